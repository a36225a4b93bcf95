"""Send statements on to another store: a batch, then the cursor's move, again and again.

Killed between the two, the batch is sent once more and the receiver recognises it. A receiver that is away is asked again later
and later; a statement it refuses is parked with its reason, and the others go on.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti_tool.base import jobs
from lti_tool.base.database import Database
from lti_tool.base.jobs import Again, Done, Job, Outcome
from lti_tool.base.sealing import Seal, Unsealable
from lti_tool.base.settings import LrsAccess
from xapi import contents, forwarding, identity, outgoing, sending
from xapi.external import ExternalLrs, LrsUnanswered, SessionMaker
from xapi.forwarding import Choice, Forward, Overtaken, Piece
from xapi.sending import Enclosures
from xapi.settled import settled

KIND = "forward"
OWN = "external-lrs"
"""The forward of our own statements to the external store of the settings."""
_BATCH, _BATCHES = 100, 5
_PAUSE, _SOON = timedelta(seconds=5), timedelta(seconds=1)
_DELAYS = (5, 15, 30, 60, 120, 300, 600)


@dataclass(frozen=True, slots=True)
class Send:
    """The handler of job kind "forward", whose key is the forward's id. `own`: where our own statements go too, if anywhere."""

    database: Database
    session: SessionMaker
    seal: Seal
    clock: Callable[[], datetime]
    own: LrsAccess | None = None
    own_authorities: Sequence[dict[str, object]] = ()

    def __call__(self, job: Job) -> Outcome:
        """Send what there is, up to some batches; done only when it is paused or removed."""
        held = self._held(int(job.key))
        if held is None or held.paused:
            return Done()
        try:
            with closing(self._lrs(held)) as lrs:
                return self._send(lrs, held)
        except Overtaken:
            return Again(self.clock() + _SOON, "overtaken")
        except (LrsUnanswered, Unsealable) as error:
            return self._unanswered(held.id, error)

    def begin(self, connection: Connection, now: datetime) -> None:
        """When the worker starts: our own statements go to the external store, and no forward is forgotten."""
        if self.own is not None:
            self._put_own(connection, self.own)
        for one in forwarding.list_(connection):
            if not one.paused:
                ask(connection, one.id, now)

    def _put_own(self, connection: Connection, own: LrsAccess) -> None:
        held, secret = forwarding.by_name(connection, OWN), self.seal.close(own.secret)
        if held is None:
            keys = tuple(identity.key(one) or "" for one in self.own_authorities)
            choice = Choice(authorities=keys)
            forwarding.add(connection, name=OWN, endpoint=own.url, key=own.key, secret=secret, choice=choice)
        else:
            forwarding.set_access(connection, held.id, endpoint=own.url, key=own.key, secret=secret)

    def _held(self, forward_id: int) -> Forward | None:
        with self.database.reading() as connection:
            return forwarding.find(connection, forward_id)

    def _lrs(self, held: Forward) -> ExternalLrs:
        return ExternalLrs(self.session, held.endpoint, held.key, self.seal.open(held.secret))

    def _send(self, lrs: ExternalLrs, held: Forward) -> Outcome:
        self._send_parked(lrs, held)
        for _ in range(_BATCHES):
            bound = settled(self.database.reading)
            if bound is None:
                return Again(self.clock() + _SOON, "writers")
            with self.database.reading() as connection:
                found = forwarding.find(connection, held.id)
                if found is None or found.paused:
                    return Done()
                pieces, to = forwarding.window(connection, found, bound, _BATCH)
            if to == found.position and not found.failures:
                return Again(self.clock() + _PAUSE, "caught-up")
            self._deliver(lrs, found, pieces, to)
        return Again(self.clock(), "more")

    def _deliver(self, lrs: ExternalLrs, held: Forward, pieces: list[Piece], to: int) -> None:
        refused = self._refused(lrs, held, pieces)
        with self.database.transaction() as connection:
            forwarding.moved(connection, held, to, pieces, refused, self.clock())

    def _send_parked(self, lrs: ExternalLrs, held: Forward) -> None:
        """Those a person asked for, one by one."""
        with self.database.reading() as connection:
            waiting = forwarding.asked_again(connection, held, _BATCH)
        for one, piece in waiting:
            refused = self._refused(lrs, held, [piece] if piece else [])
            with self.database.transaction() as connection:
                if piece is None:
                    forwarding.forgotten(connection, one)
                elif refused:
                    forwarding.refused_again(connection, one, refused[0][1])
                else:
                    forwarding.arrived(connection, one, self.clock())

    def _refused(self, lrs: ExternalLrs, held: Forward, pieces: list[Piece]) -> list[tuple[Piece, str]]:
        """Send these, with the contents that came with them."""
        with self.database.reading() as connection:
            sizes = contents.sizes(connection, [seq for seq, *_ in pieces])
        enclosures = Enclosures(sizes, self._content)
        patient = held.failures < len(_DELAYS)
        return sending.send(lrs, pieces, enclosures, self._change(held), patient=patient)

    def _change(self, held: Forward) -> outgoing.Change:
        """A receiver that got another forward's hashes must not be able to join the two."""
        if held.choice.pseudonymous:
            return outgoing.pseudonymous(self.seal.key(f"forward {held.id}"))
        return outgoing.nameless if held.choice.without_names else outgoing.whole

    def _content(self, sha2: str) -> bytes | None:
        with self.database.reading() as connection:
            return contents.content(connection, sha2)

    def _unanswered(self, forward_id: int, error: LrsUnanswered | Unsealable) -> Outcome:
        held = self._held(forward_id)
        if held is None or held.paused:
            return Done()
        try:
            with self.database.transaction() as connection:
                forwarding.failed(connection, held, str(error))
        except Overtaken:
            return Again(self.clock() + _SOON, "overtaken")
        asked = min(getattr(error, "wait", 0.0), 3600.0)
        wait = max(_DELAYS[min(held.failures, len(_DELAYS) - 1)], asked)
        return Again(self.clock() + timedelta(seconds=wait), "unanswered")


def ask(connection: Connection, forward_id: int, now: datetime) -> None:
    """Have it looked at: it is new, goes on, or somebody asked for what it parked."""
    jobs.enqueue(connection, KIND, str(forward_id), run_at=now, release=True)
