"""A score as AGS 2.0 writes it, and what can come of sending one or of reading one back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Score:
    """What a learner is to have. `at`: aware, whole seconds, never in the future.

    Every field is always sent: Moodle clears grade and comment when scoreGiven is missing or grading is not FullyGraded.
    """

    sub: str
    given: float
    maximum: float
    at: datetime
    comment: str
    activity_progress: str = "Completed"

    def body(self) -> str:
        """AGS 2.0, 3.4 (score publish service). The timestamp has "sub-second precision", which hosts compare in whole seconds."""
        return json.dumps(
            {
                "userId": self.sub,
                "scoreGiven": _plain(self.given),
                "scoreMaximum": _plain(self.maximum),
                "comment": self.comment,
                "timestamp": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "activityProgress": self.activity_progress,
                "gradingProgress": "FullyGraded",
            }
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform said yes; whether the result is ours, only reading it back tells (an override also says yes)."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The platform holds a score with this timestamp or a later one: perhaps ours, perhaps not."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was taken; trying again makes sense. `retry_after`: how long the platform asked us to wait."""

    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was taken, and the same score will be refused again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The score may have been taken: send it again with the same timestamp."""

    reason: str


Sent = Accepted | AlreadyThere | Later | Refused | Uncertain


@dataclass(frozen=True, slots=True)
class Result:
    """What stands in the gradebook; `score` None: the row exists without a grade."""

    score: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The platform did not say what stands there."""

    reason: str


def _plain(value: float) -> float | int:
    """A whole number is written without a fraction: Open edX refuses 100.0 as a maximum."""
    return int(value) if value == int(value) else value
