"""Any other platform that follows LTI 1.3 and LTI Advantage to the letter."""

from collections.abc import Mapping

from lti_tool.hosts.host import Ags, Host, family_first, present

_CONFLICT = 409


def _account_name(sub: str, custom: Mapping[str, str]) -> str | None:
    """A platform may say the account itself; else (issuer, sub) is the natural account of a person."""
    return present(custom.get("xapi_actor")) or sub


def _link_url(_issuer: str, _link_id: str) -> str | None:
    """The standard defines no address for a resource link."""
    return None


def _already_there(status: int, _body: str) -> bool:
    """AGS 2.0, 3.4.7: a platform takes no score older than its last one; 409 is the usual way to say so."""
    return status == _CONFLICT


STANDARD = Host(
    kind="standard",
    title="LTI 1.3",
    ags=Ags(already_there=_already_there),
    full_name=family_first,
    account_name=_account_name,
    link_url=_link_url,
)
