"""The versions of the standard that this store speaks side by side: xAPI 1.0.3 and 2.0 (IEEE 9274.1.1)."""

import re
from enum import StrEnum
from typing import Any

from xapi.formats import moment, written

Json = dict[str, Any]
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


class Version(StrEnum):
    """The value is what the version header of an answer says."""

    V1 = "1.0.3"
    V2 = "2.0.0"


SUPPORTED = tuple(str(version) for version in Version)
_HEADERS = {
    Version.V1: re.compile(r"1\.0(\.\d+)?", re.ASCII),
    Version.V2: re.compile(r"2\.0(\.\d+)?", re.ASCII),
}


def spoken(header: str) -> Version | None:
    """The version a request speaks by its version header; None for any other, and for none.

    1.0.3, part 3, 3.3: "MUST accept requests with a version header of 1.0 as if the version header was 1.0.0"; a client of any
    patch of 1.0 or 2.0 is answered by the rules of that one.
    """
    return next((version for version, pattern in _HEADERS.items() if pattern.fullmatch(header)), None)


def accepted(statement: Json, version: Version) -> Json:
    """A valid statement as this version stores it.

    2.0, 4.2.4.3: "If they lack a version, the version shall be set to 2.0.0"; 4.2.7: "An LRS shall convert Timestamps to UTC".
    1.0.3 keeps every letter as it came.
    """
    if version is Version.V1:
        return statement
    found = {"version": str(Version.V2), **_in_utc(statement)}
    if found["object"].get("objectType") == "SubStatement":
        found["object"] = _in_utc(found["object"])
    return found


def _in_utc(statement: Json) -> Json:
    text = statement.get("timestamp")
    if text is None or _UTC.fullmatch(text):
        return statement
    return {**statement, "timestamp": written(moment(text))}
