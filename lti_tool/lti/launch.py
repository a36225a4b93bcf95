"""What is known after a launch proved valid: plain values that the rooms to the left read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.lti.platforms import Platform

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"


@dataclass(frozen=True, slots=True)
class Roles:
    """What a person is in the launched context, by allow-list. Roles of an institution or a system give nothing here."""

    learner: bool
    teacher: bool
    administrator: bool
    developer: bool = False

    @property
    def may_place(self) -> bool:
        """Who may put our page into a course."""
        return self.teacher or self.administrator or self.developer


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform said of the person; None where it said nothing. `full_name`: as its host says it is to be written."""

    family_name: str | None = None
    given_name: str | None = None
    name: str | None = None
    email: str | None = None
    username: str | None = None
    sourcedid: str | None = None
    full_name: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The course."""

    id: str
    label: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The resource link: the place in the course that was opened."""

    id: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ValidLaunch:
    """A launch that passed every check. `xapi_actor`: the account name (homePage = issuer) of this person's statements, if known."""

    platform: Platform
    deployment_id: str
    sub: str
    message_type: str
    roles: Roles
    profile: Profile
    xapi_actor: str | None
    context: Context | None
    link: Link | None
    lineitem: str | None
    lineitems: str | None
    ags_scopes: frozenset[str]
    memberships_url: str | None
    custom: Mapping[str, str]
    locale: str | None
    return_url: str | None
    document_target: str | None
    deep_linking: Mapping[str, Any] | None

    @property
    def view(self) -> str:
        """Which page this launch opens: "placing", "teacher" or "learner"."""
        if self.message_type == DEEP_LINKING:
            return "placing"
        return "teacher" if self.roles.teacher or self.roles.administrator else "learner"
