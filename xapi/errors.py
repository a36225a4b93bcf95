"""What this package refuses, and why, in words for the sender."""

from http import HTTPStatus


class Refused(Exception):
    """A request that is answered with an error and leaves nothing behind.

    `index`: place of the statement in the batch (from 0); `field`: path inside it, e.g. "actor.mbox", or the parameter's name.
    """

    def __init__(
        self, status: HTTPStatus, detail: str, *, index: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.index = index
        self.field = field


def bad(detail: str, *, index: int | None = None, field: str | None = None) -> Refused:
    """400: "the request breaks the standard" (xAPI 1.0.3, part 3, 3.2)."""
    return Refused(HTTPStatus.BAD_REQUEST, detail, index=index, field=field)


def conflict(detail: str, *, index: int | None = None) -> Refused:
    """409: a statement with this id and different content is there already (part 3, 2.1.1)."""
    return Refused(HTTPStatus.CONFLICT, detail, index=index, field="id")


def forbidden(detail: str, *, index: int | None = None) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, detail, index=index)


def missing(detail: str) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, detail)
