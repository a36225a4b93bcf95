"""Activities and their definitions, interactions included (xAPI 1.0.3, part 2, 2.4.4.1)."""

from typing import Any

from xapi import formats
from xapi.faults import Fault
from xapi.shape import Check, Wrong, array, members, one_of, remembered, string

_LISTS = ("choices", "scale", "source", "target", "steps")


@remembered
def activity(value: Any) -> None:
    members(value, _ACTIVITY, ("id",))


def definition(value: Any) -> None:
    """The properties of an interaction are wanted together with its interactionType."""
    members(value, _DEFINITION)
    if "interactionType" not in value:
        for name in ("correctResponsesPattern", *_LISTS):
            if name in value:
                raise Wrong(f'is missing, yet "{name}" is there', Fault.MISSING).within("interactionType")


def _component(value: Any) -> None:
    members(value, _COMPONENT, ("id",))


def _components(value: Any) -> None:
    """The standard: "Within an array of interaction components, the id MUST be distinct"."""
    array(value, _component)
    if len({item["id"] for item in value}) != len(value):
        raise Wrong("each component needs an id of its own")


def _strings(value: Any) -> None:
    array(value, string)


_COMPONENT: dict[str, Check] = {"id": string, "description": formats.language_map}
_DEFINITION: dict[str, Check] = {
    "name": formats.language_map,
    "description": formats.language_map,
    "type": formats.iri,
    "moreInfo": formats.iri,
    "interactionType": one_of(
        "true-false",
        "choice",
        "fill-in",
        "long-fill-in",
        "matching",
        "performance",
        "sequencing",
        "likert",
        "numeric",
        "other",
    ),
    "correctResponsesPattern": _strings,
    **dict.fromkeys(_LISTS, _components),
    "extensions": formats.extensions,
}
_ACTIVITY: dict[str, Check] = {
    "objectType": one_of("Activity"),
    "id": formats.iri,
    "definition": definition,
}
