"""Follow an external record store: page after page into our own tables, each with the cursor's move in one transaction.

The store may be away for hours, answer the same page twice, or we be killed anywhere: the cursor stands where the last page that
was taken in ended, and what is read again is recognised. Everything after a page is the same code as for our own store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti_tool.base import jobs
from lti_tool.base.database import Database
from lti_tool.base.jobs import Again, Done, Job, Outcome
from xapi import collecting, cursor, following, formats, probing
from xapi.cursor import Cursor
from xapi.erased import Erased
from xapi.external import CONSISTENT, ExternalLrs, LrsUnanswered, Reply
from xapi.following import Following, Overtaken
from xapi.formats import micros, written
from xapi.intake import IntakePolicy
from xapi.items import Item, read
from xapi.lrs import OnSaved
from xapi.shape import Wrong

KIND, KEY = "collect", "external"
_PAGES = 20  # a run: a job's lease must outlast it
_LARGEST_PAGE = 250
_PAUSE = timedelta(seconds=5)
_DELAYS = (5, 10, 20, 40, 60)  # seconds: when the store is back, learners wait for their certificates
_GONE = range(400, 500)
PolicyOf = Callable[[Connection, str], IntakePolicy]


@dataclass(frozen=True, slots=True)
class Collect:
    """The handler of job kind "collect". `followed`: the store of the settings, if they name one; `policy_of`: what is special about a platform."""

    database: Database
    followed: ExternalLrs | None
    policy_of: PolicyOf
    clock: Callable[[], datetime]
    on_saved: OnSaved
    probe: Callable[[ExternalLrs], probing.Abilities]
    erased: Erased | None = None

    def __call__(self, _job: Job) -> Outcome:
        """Take in what there is, up to some pages; never done, for more will come."""
        if self.followed is None:  # it was followed once
            return Done()
        try:
            for _ in range(_PAGES):
                if not self.page():
                    return Again(self.clock() + _PAUSE, "caught-up")
        except Overtaken:
            return Again(self.clock(), "overtaken")
        except LrsUnanswered as error:
            return self._unanswered(error)
        return Again(self.clock(), "more")

    def begin(self, connection: Connection, now: datetime) -> None:
        """Have the job run, when the worker starts."""
        if self.followed is not None:
            jobs.enqueue(connection, KIND, KEY, run_at=now)

    @property
    def lrs(self) -> ExternalLrs:
        assert self.followed is not None
        return self.followed

    def page(self) -> bool:
        """One page and the cursor's move. False when it was the last. Raises LrsUnanswered, Overtaken."""
        held = self._held()
        begun, params = self._asked(held)
        now = micros(self.clock())
        cut, reply = self.lrs.remote.page(params, begun.more)
        items = read(cut.statements)
        items = self._hidden(items) + items
        # Nothing was stored after this moment, whatever a clock over there says: the cursor would skip what is to come.
        stored = [min(one.stored, now) for one in items if one.stored]
        moved = cursor.after(begun, stored, cut.more, _through(reply))
        with self.database.transaction() as connection:
            # First: it holds the row, so that of two followers one waits here and then gives way.
            following.move(connection, held, moved, self.clock())
            collecting.take(
                connection,
                items,
                policy_of=lambda source: self.policy_of(connection, source),
                clock=self.clock,
                on_saved=self.on_saved,
                erased=self.erased,
            )
        return bool(cut.more)

    def _held(self) -> Following:
        with self.database.reading() as connection:
            held = following.load(connection, self.lrs.remote.endpoint)
        if held.abilities is not None:
            return held
        return self._probed(held)

    def _probed(self, held: Following) -> Following:
        """What the store can do decides how it is followed."""
        found = self.probe(self.lrs)
        with self.database.transaction() as connection:
            to = Cursor(**{**held.cursor.plain(), "by_stored": found.since_is_stored})
            following.probed(connection, held, found.plain(), to)
            return following.load(connection, held.endpoint)

    def _asked(self, held: Following) -> tuple[Cursor, dict[str, str]]:
        if held.cursor.more:
            return held.cursor, {}
        begun, since = cursor.begin(held.cursor, micros(self.clock()))
        params = {"ascending": "true", "limit": str(max(1, _LARGEST_PAGE >> held.failures))}
        if since is not None:
            params["since"] = written(formats.from_micros(since))
        return begun, params

    def _hidden(self, items: list[Item]) -> list[Item]:
        """What a page voids and we never saw: the store shows it no more, but whose word took it back must be weighed."""
        with self.database.reading() as connection:
            targets = collecting.unknown_targets(connection, items)
        shown = {str(one.value.get("id")).lower() for one in items if one.value}
        found = [self.lrs.remote.one(target, voided=True) for target in targets if target not in shown]
        return read(one for one in found if one is not None)

    def _unanswered(self, error: LrsUnanswered) -> Outcome:
        """Wait, shortly at first; a page that went stale is asked for from the round's beginning."""
        with self.database.reading() as connection:
            held = following.load(connection, self.lrs.remote.endpoint)
        stale = held.cursor.more and error.status in _GONE
        try:
            with self.database.transaction() as connection:
                to = cursor.again(held.cursor) if stale else held.cursor
                following.failed(connection, held, str(error), to)
        except Overtaken:
            return Again(self.clock(), "overtaken")
        wait = max(_DELAYS[min(held.failures, len(_DELAYS) - 1)], min(error.wait, 3600.0))
        return Again(self.clock() + timedelta(seconds=wait), "unanswered")


def _through(reply: Reply) -> int | None:
    try:
        return micros(formats.moment(reply.headers[CONSISTENT]))
    except (KeyError, ValueError, Wrong, AttributeError):
        return None
