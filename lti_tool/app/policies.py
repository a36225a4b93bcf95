"""How the statements of each platform are taken in, remembered for some seconds: it hardly ever changes, and every statement asks."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.hosts import host
from lti_tool.lti import platforms
from xapi.access import Credential
from xapi.intake import IntakePolicy

_FOR = timedelta(seconds=10)


class Policies:
    """The intake policies of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._found: dict[str, tuple[datetime, IntakePolicy]] = {}

    def of(self, credential: Credential) -> IntakePolicy | None:
        """What is special about the platform a credential is bound to; None for a credential of nobody's."""
        if credential.source is None:
            return None
        until, policy = self._found.get(credential.source, (None, None))
        if policy is None or until is None or until <= self._clock():
            with self._database.reading() as connection:
                policy = intake_policy(connection, credential.source)
            self._found[credential.source] = (self._clock() + _FOR, policy)
        return policy


def intake_policy(connection: Connection, issuer: str) -> IntakePolicy:
    """How statements of the platform with this issuer are taken in."""
    found = platforms.kind_of(connection, issuer)
    if found is None:
        return IntakePolicy(issuer, home_page=issuer)
    kind = host(found)
    return IntakePolicy(
        issuer,
        home_page=kind.home_page(issuer),
        discard=kind.discarded_actors,
        registration_of_run=kind.registration_of_run,
        sends_ids=kind.sends_ids,
    )
