"""Do the tool's own figures agree with what the statements say? Every difference is named, by learner and by cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.ledger import due
from lti_tool.programmes import versions
from lti_tool.reports import figures
from lti_tool.reports.figures import WHOLE, Count, Figures, Standing
from lti_tool.reports.recount import PolicyOf, recount
from xapi.external import TimedRemoteLRS


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences` empty: every figure is reproduced. `reviews_due`: keys the worker has yet to review."""

    statements: int
    figures: Mapping[str, Figures]
    differences: tuple[str, ...]
    reviews_due: int

    @property
    def agrees(self) -> bool:
        """Whether every figure is reproduced."""
        return not self.differences


def verify(connection: Connection, lrs: TimedRemoteLRS, policy_of: PolicyOf, now: datetime) -> Verdict:
    """Count again from the store and compare. Raises LrsUnanswered when the store does not answer."""
    again = recount(connection, lrs, policy_of, now)
    own: dict[str, Figures] = {}
    differences: list[str] = []
    for programme in versions.current(connection):
        kept = figures.standings(connection, programme.key)
        counted = again.standings.get(programme.key, {})
        province_of = figures.provinces(connection, {*kept, *counted})
        own[programme.key] = figures.tally(kept.values(), province_of)
        found = figures.tally(counted.values(), province_of)
        differences += (f"{programme.key}: {one}" for one in _cells(own[programme.key], found))
        differences += (f"{programme.key}: {one}" for one in _people(kept, counted))
    return Verdict(again.read, own, tuple(differences), due.waiting(connection))


def _cells(own: Figures, found: Figures) -> Iterator[str]:
    for cell in sorted({*own, *found}):
        ours, theirs = own.get(cell, Count()), found.get(cell, Count())
        if ours != theirs:
            province, topic = cell
            place = f"province {province or 'unknown'}, {'whole programme' if topic == WHOLE else topic}"
            yield (
                f"{place}: the ledger has {ours.participants} participants and {ours.completions} completions, "
                f"the statements {theirs.participants} and {theirs.completions}"
            )


def _people(own: Mapping[str, Standing], found: Mapping[str, Standing]) -> Iterator[str]:
    """Two errors may cancel out in a sum; nobody is hidden in one."""
    for learner_id in sorted({*own, *found}):
        ours = own.get(learner_id, Standing(learner_id))
        theirs = found.get(learner_id, Standing(learner_id))
        if ours != theirs:
            topics = sorted((ours.done ^ theirs.done) | (ours.begun ^ theirs.begun))
            met = (
                f" met: {ours.met} in the ledger, {theirs.met} by the statements"
                if ours.met != theirs.met
                else ""
            )
            yield f"learner {learner_id}:{met} topics that differ: {', '.join(topics) or '-'}"
