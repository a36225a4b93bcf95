"""The value that describes one kind of learning platform."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_UNSUBSTITUTED = re.compile(r"^\$(\{|[A-Za-z])")


def present(value: object) -> str | None:
    """The text a platform sent, or None where it sent nothing.

    An unsupported substitution variable arrives as its own literal (`$User.image`, `${nope}`), an empty one as "", and in
    deep linking as null (LTI Core 1.3, appendix B: a variable that is not supported is passed on as it stands).
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    return None if not text or _UNSUBSTITUTED.match(text) else text


def family_first(family: str | None, given: str | None, name: str | None) -> str | None:
    """A person's name in Vietnamese order: family name and middle name, then given name; else what came as `name`.

    `name` is the last resort because Moodle writes it "given family" for everyone.
    """
    return f"{family} {given}" if family and given else name or family or given or None


@dataclass(frozen=True, slots=True)
class Ags:
    """How a host's Assignment and Grade Services behave beyond the standard.

    `already_there(status, body)`: the answer says that a score with this timestamp or a later one exists.
    `integer_maximum`: scoreMaximum must be an integer. `limit_works`: `limit` may be sent to list endpoints.
    `publishes_zero`: a score of 0 reaches the gradebook. `any_score_completes`: any grade may complete the activity.
    `result_by_path`: one person's result is at `results/<sub>`, not at `results?user_id=<sub>`.
    """

    already_there: Callable[[int, str], bool]
    integer_maximum: bool = False
    limit_works: bool = True
    publishes_zero: bool = True
    any_score_completes: bool = False
    result_by_path: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """One kind of platform.

    `full_name(family, given, name)`: a person's name as it is to be printed.
    `account_name(sub, custom)`: the name of the xAPI account (homePage = issuer) this person's statements carry, or None
    where a launch cannot know it. `discarded_actors`: e-mail addresses that stand for nobody.
    `link_url(issuer, resource_link_id)`: where a resource link opens with sign-in, or None where the host has no such URL.
    `placing_custom`: custom parameters a deep-linked item must carry for later launches. `registration_of_run`:
    `context.registration` of its statements names the run that sent them, so that a resend says another one. `sends_ids`: its
    statements have ids of their own; without, whichever store takes them gives each copy another one.
    """

    kind: str
    title: str
    ags: Ags
    full_name: Callable[[str | None, str | None, str | None], str | None]
    account_name: Callable[[str, Mapping[str, str]], str | None]
    link_url: Callable[[str, str], str | None]
    discarded_actors: frozenset[str] = frozenset()
    placing_custom: tuple[tuple[str, str], ...] = ()
    registration_of_run: bool = False
    sends_ids: bool = True

    def home_page(self, issuer: str) -> str:
        """The homePage of this platform's xAPI accounts: the issuer itself, which both hosts use unchanged."""
        return issuer
