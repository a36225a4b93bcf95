"""Launches of two platforms, as small as the people room needs them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection

from lti_tool.lti.launch import RESOURCE_LINK, Profile, Roles, ValidLaunch
from lti_tool.lti.platforms import Platform


def platform(issuer: str, kind: str) -> Platform:
    return Platform(
        id=1,
        name=kind,
        issuer=issuer,
        client_id="client",
        deployments=("1",),
        auth_login_url=f"{issuer}/auth",
        token_url=f"{issuer}/token",
        jwks_url=f"{issuer}/jwks",
        kind=kind,
        frame_origins=(),
        approved=True,
    )


@pytest.fixture
def launch_of() -> Callable[..., ValidLaunch]:
    """`launch_of(issuer, sub, email=…, …)`: a validated launch by a learner."""

    def make(issuer: str, sub: str, *, xapi_actor: str | None = None, **profile: str | None) -> ValidLaunch:
        return ValidLaunch(
            platform=platform(issuer, "moodle"),
            deployment_id="1",
            sub=sub,
            message_type=RESOURCE_LINK,
            roles=Roles(learner=True, teacher=False, administrator=False),
            profile=Profile(**profile),
            xapi_actor=xapi_actor,
            context=None,
            link=None,
            lineitem=None,
            lineitems=None,
            ags_scopes=frozenset(),
            memberships_url=None,
            custom={},
            locale=None,
            return_url=None,
            document_target=None,
            deep_linking=None,
        )

    return make


@dataclass
class Marks:
    """Remembers what was marked for review."""

    keys: set[str] = field(default_factory=set)

    def __call__(self, _connection: Connection, actor_keys: Collection[str]) -> None:
        self.keys |= set(actor_keys)


@pytest.fixture
def marks() -> Marks:
    return Marks()
