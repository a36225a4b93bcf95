"""What kind of fault a value has, for those who do not read the English reason. Stored: a name never changes its meaning."""

from enum import StrEnum


class Fault(StrEnum):
    """The kinds that hosts were seen to produce; all else is OTHER."""

    UNREADABLE = "unreadable"  # no JSON, no statement, no parts
    MISSING = "missing"
    UNKNOWN = "unknown"  # the standard has no such property
    TYPE = "type"  # another type of JSON is wanted
    CHOICE = "choice"  # none of the values the standard names
    IDENTIFIER = "identifier"  # an Agent or Group with none, or more than one
    IRI = "iri"
    UUID = "uuid"
    MAIL = "mail"
    TIME = "time"  # a moment or a duration
    LANGUAGE = "language"
    RANGE = "range"  # a number too small or too large
    CONTENT = "content"  # of an attachment: missing, or not what its sha2 says
    OTHER = "other"
