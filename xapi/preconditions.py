"""If-Match and If-None-Match: nobody overwrites what he has not seen (xAPI 1.0.3, part 3, 3.1; 2.0, 4.1.4)."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from xapi.errors import Refused, bad

ANY = "*"


class Bare(Enum):
    """What a PUT without either header may do."""

    REPLACE = "1.0.3 asks for the headers in the profile resources only"
    CREATE = 'xAPI 2.0: "If a PUT request is received without either header for a resource that already exists": 409'
    NOTHING = (
        "1.0.3, profiles: the same, and clients must send one of the headers even for a document that is new"
    )


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The tags of the two headers, `ANY` among them for "*"; None: no such header."""

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    @property
    def absent(self) -> bool:
        return self.match is None and self.none_match is None

    def hold(self, etag: str | None) -> None:
        """`etag`: of the document there is, None without one. Raises `Refused` 412."""
        if self.match is not None and not _among(etag, self.match):
            raise _failed("the document is not the one you saw (If-Match)", "If-Match")
        if self.none_match is not None and _among(etag, self.none_match):
            raise _failed("there is such a document already (If-None-Match)", "If-None-Match")

    def allow_put(self, etag: str | None, bare: Bare) -> None:
        """The same for a PUT. Raises `Refused` 409 too, and 400 where a header is wanted."""
        self.hold(etag)
        if not self.absent or bare is Bare.REPLACE:
            return
        if etag is not None:
            raise Refused(
                HTTPStatus.CONFLICT,
                "a document is there already: fetch it, then send its ETag as If-Match, or * to replace whatever is there",
                field="If-Match",
            )
        if bare is Bare.NOTHING:
            raise bad('If-Match with an ETag, or If-None-Match with "*" is wanted', field="If-None-Match")


def _among(etag: str | None, tags: frozenset[str]) -> bool:
    return etag is not None and (ANY in tags or etag in tags)


def _failed(detail: str, header: str) -> Refused:
    return Refused(HTTPStatus.PRECONDITION_FAILED, detail, field=header)
