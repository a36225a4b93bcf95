"""The people of the practice LMS. Nobody here exists; the names are chosen because software gets such names wrong."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    LEARNER = "learner"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    family: str
    given: str
    role: Role
    number: int
    suspended: bool = False
    city: str = "Ninh Bình"

    @property
    def moodle_id(self) -> str:
        """Moodle's user id: `sub`, `login_hint`, NRPS `user_id` and the name of the xAPI account."""
        return str(self.number)

    @property
    def lti_id(self) -> str:
        """Open edX's external id of type `lti`: the same in all blocks."""
        return _identifier("lti", self.key)

    @property
    def xapi_id(self) -> str:
        """Open edX's external id of type `xapi`: never the one of type `lti`."""
        return _identifier("xapi", self.key)

    @property
    def display_name(self) -> str:
        """As both hosts show it: "given family", even for Vietnamese names."""
        return f"{self.given} {self.family}".strip()

    @property
    def full_name(self) -> str:
        return f"{self.family} {self.given}".strip()

    @property
    def email(self) -> str:
        return f"{self.key}@xa.example.vn"

    @property
    def sourcedid(self) -> str:
        prefix = {Role.LEARNER: "CB", Role.TEACHER: "GV"}.get(self.role)
        return f"{prefix}{self.number:06d}" if prefix else ""

    @property
    def phone(self) -> str:
        return f"09120{self.number:05d}"


def _identifier(purpose: str, key: str) -> str:
    digest = hashlib.sha256(f"practice|{purpose}|{key}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


_LEARNERS: Final = (
    ("hong-anh", "Nguyễn Thị", "Hồng Ánh"),
    ("huu-uoc", "Đỗ Hữu", "Ước"),
    # Entered the way clerks do: the clan as the given name, so that "given family" reads "Niê H'Mai".
    ("h-mai", "H'Mai", "Niê"),
    ("quynh-nhu", "Trần Quỳnh", "Như"),
    ("a-pao", "Lý A", "Páo"),
    ("so-phia", "Thạch", "Sô Phia"),
    ("ngoc-ung", "Phạm Thị", "Ngọc Ưng"),
    ("thuy", "Mai Thị", "Thuỷ"),
    ("quyet", "Ngô Văn", "Quyết"),
    ("den", "Nông Văn", "Dền"),
    ("kim-xuyen", "Võ Thị", "Kim Xuyến"),
    ("duc", "Trần Văn", "Đức"),
)
ADMINISTRATOR: Final = Person("quan-tri", "Lê Thị", "Quản Trị", Role.ADMINISTRATOR, 2)
TEACHER: Final = Person("giao-vien", "Cao Xuân", "Trường", Role.TEACHER, 3, city="Hà Nội")


class People:
    """Everybody of one face, found by key or by the id that face knows them by."""

    def __init__(self, extra_learners: int = 0) -> None:
        everybody = (ADMINISTRATOR, TEACHER, *_learners(extra_learners))
        self._by_key = {person.key: person for person in everybody}
        self._by_moodle_id = {person.moodle_id: person for person in everybody}
        self._by_lti_id = {person.lti_id: person for person in everybody}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_key.values())

    def find(self, key: str | None) -> Person | None:
        return self._by_key.get(key or "")

    def by_moodle_id(self, identifier: str) -> Person | None:
        return self._by_moodle_id.get(identifier)

    def by_lti_id(self, identifier: str) -> Person | None:
        return self._by_lti_id.get(identifier)

    def learners(self) -> tuple[Person, ...]:
        return tuple(person for person in self if person.role is Role.LEARNER)


def _learners(extra: int) -> Iterator[Person]:
    for number, (key, family, given) in enumerate(_LEARNERS, 4):
        yield Person(key, family, given, Role.LEARNER, number)
    # Suspended in the course: absent from the member list, yet a score for them is answered with 200 and ignored.
    yield Person("tam-dung", "Hoàng Thị", "Tạm Dừng", Role.LEARNER, 90, suspended=True)
    for index in range(1, extra + 1):
        yield Person(f"hv{index:05d}", "Nguyễn Văn", f"Học Viên {index}", Role.LEARNER, 1000 + index)
