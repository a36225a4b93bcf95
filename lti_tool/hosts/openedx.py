"""Open edX with lti-consumer-xblock 11 and event-routing-backends 9."""

from collections.abc import Mapping

from lti_tool.hosts.host import Ags, Host, family_first, present

_BAD_REQUEST = 400


def _account_name(_sub: str, custom: Mapping[str, str]) -> str | None:
    """The LTI `sub` and the xAPI account are two different random ids of one person.

    Only the custom parameter `xapi_actor`, filled by the operator's own template function, names the second at a launch.
    """
    return present(custom.get("xapi_actor"))


def _link_url(_issuer: str, _link_id: str) -> str | None:
    """A usage key alone does not say on which of the platform's origins the learner studies."""
    return None


def _already_there(status: int, body: str) -> bool:
    """Equal or older timestamps get 400 with "Score already exists", not the standard's 409."""
    return status == _BAD_REQUEST and "already exists" in body.lower()


OPENEDX = Host(
    kind="openedx",
    title="Open edX",
    # A score of zero is silently not published before version 11; a float as scoreMaximum is refused.
    # Its results know no `user_id`: the person stands in the path, and `results` without a further slash is not found.
    ags=Ags(already_there=_already_there, integer_maximum=True, publishes_zero=False, result_by_path=True),
    full_name=family_first,
    account_name=_account_name,
    link_url=_link_url,
    # Everyone the platform cannot identify sends statements under this one address.
    discarded_actors=frozenset({"mailto:unknown@example.com"}),
    # Custom parameters of a placed item replace the block's own, so the actor's template has to be said again.
    placing_custom=(("xapi_actor", "${xapi_actor}"),),
)
