"""How much work a transaction may take on, so that whoever waits for its locks does not wait long."""

from dataclasses import dataclass


@dataclass(slots=True)
class Portion:
    """Grows and shrinks with the time its transactions take; `seconds`: what each may take.

    `least`, `most`: never fewer nor more than these. A review of one learner costs fifteen milliseconds, of twenty hardly more:
    smaller portions would only fall behind. `rest`: for how many times what one took nothing is done, while more than a portion waits:
    in a flood of statements the database is theirs, which knows of no niceness; reviews took a third of what it could store.
    """

    most: int
    seconds: float
    least: int = 20
    size: int = 20
    rest: float = 0.5

    def took(self, done: int, seconds: float) -> None:
        """A transaction did `done` pieces in so many seconds: the next one is made to fit, but not more than doubled by one good moment."""
        if done:
            fits = int(done * self.seconds / max(seconds, 1e-6))
            self.size = max(self.least, min(fits, self.size * 2, self.most))
