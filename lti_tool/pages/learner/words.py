"""Phrases that a template cannot put together without reading badly: lists, and time left."""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.base.texts import Texts
from lti_tool.pages.learner.calendar import PaceView
from lti_tool.pages.learner.picture import Row
from lti_tool.pages.learner.view import Missing
from lti_tool.pages.moments import Moments

_HOUR = 60


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases of one page in one language."""

    texts: Texts
    language: str
    moments: Moments

    def missing(self, missing: Sequence[Missing]) -> str:
        """1 compulsory and 3 optional."""
        return self.listed([self._missing(one) for one in missing])

    def listed(self, phrases: Sequence[str]) -> str:
        """a, b and c."""
        before, last = phrases[:-1], "".join(phrases[-1:])
        return f"{', '.join(before)} {self._t('learner.and')} {last}" if before else last

    def picture(self, rows: Sequence[Row]) -> str:
        """What the picture shows, for those who hear it."""
        return " ".join(self._row(row) for row in rows)

    def left(self, pace: PaceView) -> str:
        """6 days 14 hours; the parts that are nought are left out."""
        parts = [
            self._tn(f"learner.time.{unit}", count)
            for unit, count in (("days", pace.days_left), ("hours", pace.hours_left))
            if count
        ]
        return " ".join(parts) or self._t("learner.time.moment")

    def study(self, minutes: int) -> str:
        """About 2 hours 30 minutes, to the next five minutes."""
        rounded = -(-minutes // 5) * 5
        parts = [
            self._tn(f"learner.time.{unit}", count)
            for unit, count in (("hours", rounded // _HOUR), ("minutes", rounded % _HOUR))
            if count
        ]
        return " ".join(parts)

    def strip(self, pace: PaceView) -> str:
        """What the strip of days shows, for those who hear it."""
        did = [self.moments.day(cell.first) for cell in pace.cells if cell.did]
        done = self._t("learner.pace.did", days=", ".join(did)) if did else self._t("learner.pace.did_none")
        if pace.phase != "during":
            return done
        return f"{self._t('learner.pace.day_of', day=pace.day_number, days=pace.day_count)} {done}"

    def _missing(self, one: Missing) -> str:
        if one.label:
            return self._tn("learner.stand.of_set", one.needed, set=one.label.lower())
        return self._tn("learner.stand.of_list", one.needed, numbers=", ".join(map(str, one.numbers)))

    def _row(self, row: Row) -> str:
        label = row.label or self._t("learner.stand.topics")
        said = self._t("learner.stand.row", label=label, done=row.done, count=row.count)
        return f"{said} {self._tn('learner.stand.row_begun', row.begun)}" if row.begun else said

    def _t(self, key: str, **values: object) -> str:
        return self.texts.t(self.language, key, **values)

    def _tn(self, key: str, count: int, **values: object) -> str:
        return self.texts.tn(self.language, key, count, **values)
