"""Group commit: requests that wait for the same disk share one transaction.

While as many groups are being committed as may be at once, the requests that come meanwhile gather; the first of them then leads the
next group. Nobody waits for company: a request alone goes at once. A group that fails is taken apart, and each request stands for itself.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Work, Result]):
    work: Work
    size: int
    ready: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    result: Result = field(init=False)
    error: BaseException | None = None


class Turns(Generic[Work, Result]):
    """`together`: does several works in one transaction, all or none, and gives a result each, in order.

    `most`: how large a group may become, in the units of `size`; a single larger work goes alone. `hopeless`: errors that
    would meet each work alone too (the database is away), so that the group fails as one; `at_once`: how many groups may be under way.
    """

    def __init__(
        self,
        together: Callable[[Sequence[Work]], Sequence[Result]],
        *,
        most: int,
        hopeless: tuple[type[BaseException], ...] = (),
        at_once: int = 1,
    ) -> None:
        self._together = together
        self._most = most
        self._hopeless = hopeless
        self._gate = threading.Lock()
        self._waiting: deque[_Ticket[Work, Result]] = deque()
        self._free = at_once

    def do(self, work: Work, size: int) -> Result:
        """Blocks until the work is committed; raises what it raises."""
        ticket: _Ticket[Work, Result] = _Ticket(work, size)
        with self._gate:
            self._waiting.append(ticket)
            ticket.leads = self._free > 0
            self._free -= ticket.leads
        if not ticket.leads:
            ticket.ready.wait()
        if ticket.leads:
            self._lead(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result

    def _lead(self, leader: _Ticket[Work, Result]) -> None:
        """Do one group, of which the leader is the first, and hand on."""
        group = self._take(leader)
        try:
            self._work(group)
        finally:
            self._hand_on()
            for ticket in group:
                ticket.leads = False
                ticket.ready.set()

    def _take(self, leader: _Ticket[Work, Result]) -> list[_Ticket[Work, Result]]:
        """The leader and those who come after it, as long as they lead no group themselves and there is room."""
        group, size = [leader], leader.size
        with self._gate:
            self._waiting.remove(leader)
            while self._waiting and not self._waiting[0].leads and size + self._waiting[0].size <= self._most:
                size += self._waiting[0].size
                group.append(self._waiting.popleft())
        return group

    def _hand_on(self) -> None:
        with self._gate:
            following = next((ticket for ticket in self._waiting if not ticket.leads), None)
            if following is None:
                self._free += 1
            else:
                following.leads = True
                following.ready.set()

    def _work(self, group: Sequence[_Ticket[Work, Result]]) -> None:
        try:
            self._settle(group)
        except self._hopeless as error:
            for ticket in group:
                ticket.error = error
        except BaseException as error:  # noqa: BLE001 - it is raised where its request waits
            if len(group) == 1:
                group[0].error = error
                return
            for ticket in group:
                self._work([ticket])

    def _settle(self, group: Sequence[_Ticket[Work, Result]]) -> None:
        results = self._together([ticket.work for ticket in group])
        for ticket, result in zip(group, results, strict=True):
            ticket.result = result
