"""What the console works with, handed in by the application."""

from dataclasses import dataclass

from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.texts import Texts
from lti_tool.people.staff_sessions import Gate
from xapi.embedded import EmbeddedLrs
from xapi.erased import Erased
from xapi.retrying import PolicyFor


@dataclass(frozen=True, slots=True)
class Workbench:
    """Collaborators of every section. `secret` signs CSRF tokens; `policy_for`: what is special about a credential's platform.

    `erased`: whom nothing may name any more.
    """

    database: Database
    clock: Clock
    texts: Texts
    gate: Gate
    secret: bytes
    base_url: str
    policy_for: PolicyFor
    lrs: EmbeddedLrs
    erased: Erased | None = None
