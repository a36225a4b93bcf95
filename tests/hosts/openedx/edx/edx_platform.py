"""The modules of edx-platform that lti_consumer's `compat.py` imports, answered in a few lines each."""

import sys
from types import ModuleType, SimpleNamespace


def provide(name, **content):
    """Make module `name` importable, with its parents."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        if path not in sys.modules:
            made = ModuleType(path)
            made.__path__ = []
            sys.modules[path] = made
            if end > 1:
                setattr(sys.modules[".".join(parts[: end - 1])], parts[end - 1], made)
    vars(sys.modules[name]).update(content)


class Flag:
    """A waffle flag that is off, as on a fresh site."""

    def __init__(self, *_, **__):
        pass

    def is_enabled(self, *_):
        return False


class Modulestore:
    def get_item(self, key):
        from edx import blocks

        return blocks.load(key)

    def update_item(self, block, _user):
        from edx import blocks

        blocks.keep(block)


class ExternalIds:
    """`ExternalId` as the consumer uses it: looked up by id and type name, made in bulk for NRPS."""

    class DoesNotExist(Exception):
        pass

    class objects:
        @staticmethod
        def get(external_user_id, external_id_type__name):
            from edx.models import ExternalId

            found = ExternalId.objects.filter(
                external_user_id=external_user_id, purpose=external_id_type__name
            ).first()
            if found is None:
                raise ExternalIds.DoesNotExist(external_user_id)
            return found

    @staticmethod
    def batch_get_or_create_user_ids(users, type_name):
        from edx.people import external_id

        return {user.id: external_id(user, type_name) for user in users}


class TooManyEnrolled(Exception):
    pass


def role_in(user, course):
    from edx.models import Enrolment

    if user is None or not user.is_authenticated:
        return None
    return Enrolment.objects.filter(user=user, course=str(course)).values_list("role", flat=True).first()


def members(course):
    from edx.models import Enrolment

    return {
        row.user_id: {
            "id": row.user_id,
            "username": row.user.username,
            "email": row.user.email,
            "name": row.user.profile.name,
            "roles": [row.role],
        }
        for row in Enrolment.objects.filter(course=str(course)).select_related("user")
    }


def course(key):
    return SimpleNamespace(
        id=key,
        display_name_with_default="Chuyển đổi số cấp xã",
        display_org_with_default=key.org,
        lti_passports=[],
    )


def for_person(user, block, **_):
    from edx import blocks

    return blocks.give_to(block, user if user.is_authenticated else None)


def install():
    """Before Django starts."""
    provide("openedx.core.djangoapps.waffle_utils", CourseWaffleFlag=Flag)
    provide("openedx.core.djangoapps.xblock", api=SimpleNamespace())
    provide("openedx.core.djangoapps.external_user_ids.models", ExternalId=ExternalIds)
    provide("openedx.core.lib.courses", get_course_by_id=course)
    provide("openedx.core.lib.cache_utils", request_cached=lambda function: function)
    provide("xmodule.modulestore.django", modulestore=Modulestore)
    provide("lms.djangoapps.courseware.block_render", get_block_for_descriptor=for_person)
    provide("lms.djangoapps.courseware.access", has_access=lambda *_: True)
    provide(
        "lms.djangoapps.courseware.courses",
        check_course_access=lambda found, user, *_, **__: role_in(user, found.id) is not None,
    )
    provide("lms.djangoapps.course_api.api", get_course_members=members)
    provide("lms.djangoapps.course_api.exceptions", OverEnrollmentLimitException=TooManyEnrolled)
    provide(
        "common.djangoapps.student.auth",
        has_studio_write_access=lambda user, key: role_in(user, key) in {"staff", "instructor"},
    )
