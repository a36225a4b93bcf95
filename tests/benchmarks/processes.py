"""What processes took of the machine, read from /proc/<pid>/stat."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_PARENT, _SESSION, _USED, _CHILDREN_USED, _RESIDENT = 1, 3, (11, 12), (13, 14), 21  # fields from the third on


def resident(leader: int) -> int:
    """Bytes resident in the processes of one session: each is started as the leader of its own."""
    return sum(int(one[_RESIDENT]) for one in _all(_SESSION, leader)) * os.sysconf("SC_PAGE_SIZE")


def spent(leader: int) -> float:
    """Seconds of processor time that the processes of one session have spent so far."""
    return _seconds(_all(_SESSION, leader), _USED)


def spent_with_children(parent: int) -> float:
    """The same of a process and its children, with those that have ended."""
    own = _fields(Path(f"/proc/{parent}"))
    return _seconds([own] if own else [], _USED + _CHILDREN_USED) + _seconds(_all(_PARENT, parent), _USED)


def _seconds(processes: Iterable[list[str]], fields: tuple[int, ...]) -> float:
    return sum(int(one[field]) for one in processes for field in fields) / os.sysconf("SC_CLK_TCK")


def _all(field: int, pid: int) -> Iterator[list[str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        found = _fields(folder)
        if found and int(found[field]) == pid:
            yield found


def _fields(folder: Path) -> list[str] | None:
    try:
        return (folder / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:  # it ended while we looked
        return None
