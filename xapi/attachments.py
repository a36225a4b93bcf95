"""Attachments: what a statement says of them, and whether their contents came (xAPI 1.0.3, part 2, 2.4.11; part 3, 1.5.2)."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import new
from types import MappingProxyType
from typing import Any

from xapi import formats
from xapi.faults import Fault
from xapi.shape import Check, Wrong, array, members, whole

Json = dict[str, Any]
Contents = Mapping[str, bytes]
"""Contents of a request by their SHA-2 in lower case."""
NO_CONTENTS: Contents = MappingProxyType({})

_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


def attachments(value: Any) -> None:
    array(value, _attachment)


def every(statement: Json) -> Iterator[tuple[str, Json]]:
    """(path, attachment) of the statement and of its SubStatement."""
    for index, attachment in enumerate(statement.get("attachments", ())):
        yield f"attachments[{index}]", attachment
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        for index, attachment in enumerate(target.get("attachments", ())):
            yield f"object.attachments[{index}]", attachment


def have_contents(statement: Json, contents: Contents) -> None:
    """Raises `Wrong` where there is neither a fileUrl nor a content.

    "an LRS MUST reject batches of Statements having Attachments that neither contain a fileUrl nor match a received Attachment
    part based on their hash" (part 3, 1.5.2; 2.0, 4.1.3). Without a multipart request `contents` is empty.
    """
    for path, attachment in every(statement):
        if "fileUrl" not in attachment and attachment["sha2"].lower() not in contents:
            wrong = Wrong("is wanted, as no content came for this sha2", Fault.CONTENT)
            raise wrong.within("fileUrl").within(path)


def named(statements: Iterable[Json]) -> set[str]:
    """Every sha2 of these statements."""
    return {attachment["sha2"].lower() for sent in statements for _, attachment in every(sent)}


def matches(sha2: str, content: bytes) -> bool:
    """Is this the SHA-224, 256, 384 or 512 of the content? Its length tells which."""
    algorithm = _ALGORITHMS.get(len(sha2))
    return algorithm is not None and new(algorithm, content).hexdigest() == sha2.lower()


def _attachment(value: Any) -> None:
    members(value, _ATTACHMENT, ("usageType", "display", "contentType", "length", "sha2"))


_ATTACHMENT: dict[str, Check] = {
    "usageType": formats.iri,
    "display": formats.language_map,
    "description": formats.language_map,
    "contentType": formats.media_type,
    "length": whole,
    "sha2": formats.sha2,
    "fileUrl": formats.iri,
}
