"""Strings with a format: IRI, UUID, language tag, moment, duration, media type, mailto, digest (xAPI 1.0.3, part 2, 4)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from xapi.faults import Fault
from xapi.shape import Wrong, kind

_SHORT = 200  # characters of what is remembered
_REMEMBERED = 8192
LONGEST_IRI = 2000  # bytes; a longer one does not fit into an index entry of PostgreSQL

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
# RFC 5646, 2.1: language, extlang, script, region, variants, extensions, private use; or private use alone; or the old ones.
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{3,8}|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de)|zh-min-nan)",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+\-]\d\d(?::?\d\d)?)?)?", re.ASCII
)
_MINUS_ZERO = re.compile(r"[Tt ].*-00(?::?00)?$")
_DURATION = re.compile(
    r"P(?:\d+(?:[.,]\d+)?W"
    r"|(?=\d|T\d)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)",
    re.ASCII,
)
_QUANTITY = re.compile(r"([\d.]+)([A-Z])")
_OF_DAYS = {"Y": 31_536_000, "M": 2_592_000, "W": 604_800, "D": 86_400}
_OF_HOURS = {"H": 3_600, "M": 60, "S": 1}
_THIRTY_YEARS = 30 * _OF_DAYS["Y"]
_MAILTO = re.compile(r"mailto:[^\s@<>\"\x00-\x20]+@[^\s@<>\"\x00-\x20]+")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_SHA2 = re.compile(r"[0-9a-fA-F]{56,128}")
_MEDIA = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(?:\s*;.*)?")
_VERSION = re.compile(r"1\.0(?:\.\d+)?", re.ASCII)
_VERSION_2 = re.compile(r"[12]\.0(?:\.\d+)?", re.ASCII)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# Hosts say the same few thousand verbs, types, activities and languages again and again.
_iri, _language = (lru_cache(maxsize=_REMEMBERED)(pattern.fullmatch) for pattern in (_IRI, _LANGUAGE))


def _is_iri(value: Any) -> bool:
    return type(value) is str and bool(_iri(value) if len(value) <= _SHORT else _IRI.fullmatch(value))


def _is_language(value: Any) -> bool:
    return type(value) is str and bool(
        _language(value) if len(value) <= _SHORT else _LANGUAGE.fullmatch(value)
    )


def iri(value: Any) -> None:
    """An IRI with its scheme: "containing IRL or IRI values without a scheme" is refused (2.2)."""
    if not _is_iri(value):
        _match(_IRI, value, 'an IRI with its scheme, as in "https://example.org/x"', Fault.IRI)
    if len(value) * 4 > LONGEST_IRI and len(value.encode()) > LONGEST_IRI:
        raise Wrong(f"an IRI of at most {LONGEST_IRI} bytes is wanted", Fault.IRI)


def uuid(value: Any) -> None:
    _match(_UUID, value, "a UUID in its standard form (8-4-4-4-12 hexadecimal digits)", Fault.UUID)


def language(value: Any) -> None:
    if not _is_language(value):
        _match(_LANGUAGE, value, 'a language tag of RFC 5646, as "vi" or "en-US"', Fault.LANGUAGE)


def mailto(value: Any) -> None:
    _match(_MAILTO, value, 'a mailto IRI, as in "mailto:name@example.org"', Fault.MAIL)


def sha1(value: Any) -> None:
    _match(_SHA1, value, "the 40 hexadecimal digits of a SHA-1")


def sha2(value: Any) -> None:
    _match(_SHA2, value, "the hexadecimal digits of a SHA-2 (56 to 128)")


def media_type(value: Any) -> None:
    _match(_MEDIA, value, 'a media type, as "text/plain"')


def version(value: Any) -> None:
    """The standard: "LRSs MUST accept all awarded version numbers that start with 1.0." (part 3, 3.3; part 2, 2.4.10)."""
    _match(_VERSION, value, 'a version of xAPI 1.0, as "1.0.3"')


def version_2(value: Any) -> None:
    """What 2.0 takes: older statements keep the version they have ("shall retain the version they are accepted with", 4.2.4.3)."""
    _match(_VERSION_2, value, 'a version of xAPI 1.0 or 2.0, as "2.0.0"')


def duration(value: Any) -> None:
    """The standard: "The alternative format (in conformity with the format used for time points ...) MUST NOT be used" (4.6)."""
    _match(_DURATION, value, 'an ISO 8601 duration, as "PT1H30M"', Fault.TIME)


def length(value: Any) -> timedelta | None:
    """How long a duration says it is, a year being 365 days and a month 30, thirty years at most; None for what is no duration."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        return None
    days, _, hours = value[1:].replace(",", ".").partition("T")
    seconds = _seconds(days, _OF_DAYS) + _seconds(hours, _OF_HOURS)
    return timedelta(seconds=min(seconds, _THIRTY_YEARS))


def _seconds(quantities: str, units: Mapping[str, int]) -> float:
    return sum(float(number) * units[unit] for number, unit in _QUANTITY.findall(quantities))


def timestamp(value: Any) -> None:
    """A moment of ISO 8601 / RFC 3339: "reject Timestamps which have a negative offset of -00, -0000 or -00:00" (4.5)."""
    _match(_MOMENT, value, 'a moment of ISO 8601, as "2025-12-15T23:59:59.000+07:00"', Fault.TIME)
    if "-00" in value and _MINUS_ZERO.search(value):
        raise Wrong("an offset of minus zero says nothing: Z or a real offset is wanted", Fault.TIME)
    try:
        moment(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong("no such day or time in the calendar", Fault.TIME) from None


def moment(text: str) -> datetime:
    """The aware moment of a checked timestamp; without an offset it is taken as UTC (RFC 3339 wants one, xAPI only should)."""
    text = text.replace(",", ".").upper()
    if text[17:19] == "60":  # a leap second, RFC 3339, 5.7: the calendar of Python has none
        return moment(text[:17] + "59" + text[19:]) + timedelta(seconds=1)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def written(at: datetime) -> str:
    """A moment as this store writes it: UTC, milliseconds or finer, "Z"."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def language_map(value: Any) -> None:
    """RFC 5646 tags to strings (4.2)."""
    if type(value) is not dict:
        raise Wrong(f"a language map is wanted, not {kind(value)}", Fault.TYPE)
    for tag, text in value.items():
        language(tag)
        if type(text) is not str:
            raise Wrong(f"a string is wanted, not {kind(text)}", Fault.TYPE).within(tag)


def extensions(value: Any) -> None:
    """IRIs to anything, null included (4.1)."""
    if type(value) is not dict:
        raise Wrong(f"an object of extensions is wanted, not {kind(value)}", Fault.TYPE)
    for key in value:
        if not _is_iri(key):
            raise Wrong("the keys of extensions are IRIs with their scheme", Fault.IRI).within(key[:60])


def _match(pattern: re.Pattern[str], value: Any, wanted: str, fault: Fault = Fault.OTHER) -> None:
    if type(value) is not str:
        raise Wrong(f"{wanted} is wanted, not {kind(value)}", Fault.TYPE)
    if not pattern.fullmatch(value):
        raise Wrong(f"{wanted} is wanted", fault)
