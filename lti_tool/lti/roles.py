"""Roles of a launch, by allow-list (LTI Core 1.3, A.2.3 context roles).

Only membership roles count: an Instructor of the *institution* is not staff of this course, and a system administrator who
really teaches here comes with a membership role beside it, as Moodle's does.
"""

from collections.abc import Iterable

from lti_tool.lti.launch import Roles

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_NAMES = frozenset({"Learner", "Instructor", "Administrator", "ContentDeveloper"})


def read(claim: Iterable[str]) -> Roles:
    """The roles in a claim. A simple name such as "Learner" means the context role (A.2.3).

    Somebody with no role we know is shown a learner's page, which holds nothing of anybody else's; every further right
    needs a role that is on the list.
    """
    names = {_name(one) for one in claim}
    staff = names & {"Instructor", "Administrator", "ContentDeveloper"}
    return Roles(
        learner="Learner" in names or not staff,
        teacher="Instructor" in names,
        administrator="Administrator" in names,
        developer="ContentDeveloper" in names,
    )


def _name(role: str) -> str | None:
    short = role.removeprefix(_MEMBERSHIP)
    return short if short in _NAMES else None
