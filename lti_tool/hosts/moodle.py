"""Moodle 4.5 and later with logstore_xapi."""

from collections.abc import Mapping
from urllib.parse import quote

from lti_tool.hosts.host import Ags, Host, family_first

_CONFLICT = 409


def _account_name(sub: str, _custom: Mapping[str, str]) -> str | None:
    """Moodle's `sub` and the name in logstore_xapi's account are both the numeric id of the person."""
    return sub


def _link_url(issuer: str, link_id: str) -> str | None:
    """`l` is the LTI instance, which is what resource_link.id holds (not the course-module id of xAPI objects)."""
    return f"{issuer.rstrip('/')}/mod/lti/view.php?l={quote(link_id, safe='')}"


def _already_there(status: int, _body: str) -> bool:
    """Moodle compares timestamps in whole seconds and answers 409 to the same or an older one."""
    return status == _CONFLICT


MOODLE = Host(
    kind="moodle",
    title="Moodle",
    # `limit` breaks paging: line items answer a Link header with curly quotes, results answer a 404 page.
    ags=Ags(already_there=_already_there, limit_works=False, any_score_completes=True),
    # `name` is "given family" even for Vietnamese names, so it is built from the parts.
    full_name=family_first,
    account_name=_account_name,
    link_url=_link_url,
    # logstore_xapi makes it of the session of the scheduled task that sends: statements have no id, and a resend is not equal.
    registration_of_run=True,
    sends_ids=False,
)
