"""Problems a person or a client is told about (RFC 9457). One place, `app.py`, turns them into a page or JSON."""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """`status`: HTTP status; `code`: short and stable, e.g. "LTI-07"; `title_key`: a text; `detail`: for the log only, without personal data.

    The page shows the text `title_key` and, when it exists, `<title_key>.help` (what to do), both formatted with `values`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title_key: str,
        *,
        detail: str = "",
        values: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail or title_key}")
        self.status = status
        self.code = code
        self.title_key = title_key
        self.detail = detail
        self.values = dict(values or {})
        self.headers = dict(headers or {})
