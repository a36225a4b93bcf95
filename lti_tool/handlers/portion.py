"""How much work a transaction may take on, so that whoever waits for its locks does not wait long."""

from dataclasses import dataclass


@dataclass(slots=True)
class Portion:
    """Grows and shrinks with the time its transactions take. `most`: never more than this; `seconds`: what each may take."""

    most: int
    seconds: float
    size: int = 8

    def took(self, done: int, seconds: float) -> None:
        """A transaction did `done` pieces in so many seconds: the next one is made to fit, but not more than doubled by one good moment."""
        if done:
            fits = int(done * self.seconds / max(seconds, 1e-6))
            self.size = max(1, min(fits, self.size * 2, self.most))
