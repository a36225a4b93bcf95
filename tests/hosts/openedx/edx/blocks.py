"""XBlock's runtime, as small as the real LtiConsumerXBlock allows."""

import gettext
from types import SimpleNamespace

from django.conf import settings
from xblock.field_data import DictFieldData, SplitFieldData
from xblock.fields import Scope, ScopeIds
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

_KEPT = {}  # what the blocks keep for each person, as long as this process lives
_SETTINGS_SCOPES = (Scope.settings, Scope.content, Scope.children, Scope.parent)


class People(UserService):
    """The `user` service: who looks at the block, in edx-platform's own attribute names."""

    def __init__(self, user, role):
        super().__init__()
        self._user, self._role = user, role

    def get_current_user(self):
        known = self._user is not None and self._user.is_authenticated
        found = XBlockUser(is_current_user=True)
        found.opt_attrs["edx-platform.is_authenticated"] = known
        if known:
            found.full_name, found.emails = self._user.profile.name, [self._user.email]
            found.opt_attrs |= {
                "edx-platform.user_id": self._user.id,
                "edx-platform.username": self._user.username,
                "edx-platform.user_role": self._role,
                "edx-platform.user_is_staff": False,
                "edx-platform.user_preferences": {},
            }
        return found

    def get_external_user_id(self, purpose):
        from edx.people import external_id

        return str(external_id(self._user, purpose).external_user_id)


class Courseware(Runtime):
    def __init__(self, user, role):
        language = gettext.NullTranslations()
        language.ugettext = language.gettext
        rebind = SimpleNamespace(rebind_noauth_module_to_user=give_to)
        services = {"user": People(user, role), "i18n": language, "rebind_user": rebind}
        empty = SimpleNamespace()
        super().__init__(id_reader=empty, field_data=DictFieldData({}), id_generator=empty, services=services)

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        return f"{settings.LMS_ROOT_URL}/handler/{block.scope_ids.usage_id}/{handler_name}"

    def resource_url(self, resource):
        return f"/static/{resource}"

    def local_resource_url(self, block, uri):
        return f"/static/{uri}"

    def publish(self, block, event_type, event_data):
        from edx.models import Published

        if event_type == "grade":
            usage = str(block.scope_ids.usage_id)
            Published.objects.create(
                user_id=event_data["user_id"],
                usage=usage,
                value=event_data["value"],
                maximum=event_data["max_value"],
            )


def give_to(block, user):
    """Bind a block's per-person fields to `user` (None: nobody)."""
    kept = _KEPT.setdefault((str(block.scope_ids.usage_id), getattr(user, "id", None)), {})
    fields = dict.fromkeys(_SETTINGS_SCOPES, block.course_values)
    fields |= {
        scope: DictFieldData({}) for scope in (Scope.user_info, Scope.preferences, Scope.user_state_summary)
    }
    block._field_data = SplitFieldData({**fields, Scope.user_state: DictFieldData(kept)})
    block._field_data_cache.clear()
    return block


def load(key, user=None, role="student"):
    """The real block behind a usage key, bound to `user`."""
    from lti_consumer.lti_xblock import LtiConsumerXBlock

    from edx.models import Block

    values = DictFieldData(dict(Block.objects.get(usage=str(key)).values))
    person = user if user is not None and user.is_authenticated else None
    ids = ScopeIds(getattr(person, "id", None), "lti_consumer", key, key)
    block = LtiConsumerXBlock(Courseware(user, role), field_data=values, scope_ids=ids)
    block.course_values, block.location = values, key
    block.due = block.graceperiod = block.start = None
    block.graded = True
    return give_to(block, person)


def keep(block):
    """Write the block's settings back, as the module store's `update_item` does."""
    from edx.models import Block

    block.save()
    Block.objects.filter(usage=str(block.location)).update(values=dict(block.course_values._data))
