"""A mapping file: which activities of one platform make which topic of one programme."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lti_tool.hosts.activities import (
    COMPLETED,
    EARNED,
    IDNUMBER,
    INITIALIZED,
    LAUNCHED,
    NEVER_EVIDENCE,
    PASSED,
    PLAYED,
    PROGRESSED,
    SHORTCUTS,
    STARTED,
    UNCOMPLETED,
    VIEWED,
    Shortcut,
)
from lti_tool.programmes.faults import ProgrammeError, located
from lti_tool.programmes.yaml_places import parse
from rules.evidence import ANY_SOURCE, EVALUATED, SCORED, ActivityRule, By, Mapping, Needs, TopicMapping
from rules.plain import Place

VERBS = {
    "completed": COMPLETED,
    "passed": PASSED,
    "progressed": PROGRESSED,
    "earned": EARNED,
    "evaluated": EVALUATED,
    "uncompleted": UNCOMPLETED,
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "mastered": "http://adlnet.gov/expapi/verbs/mastered",
    "experienced": "http://adlnet.gov/expapi/verbs/experienced",
    "attempted": "http://adlnet.gov/expapi/verbs/attempted",
    "initialized": INITIALIZED,
    "launched": LAUNCHED,
    "played": PLAYED,
    "started": STARTED,
    "viewed": VIEWED,
}
_PLAIN = frozenset({COMPLETED, PASSED, PROGRESSED})
_BEGINS = frozenset({INITIALIZED, LAUNCHED, PLAYED, STARTED, VIEWED})
WAYS = {  # how an organiser may name an activity: the hosts' shortcuts, and two that belong to no host
    **SHORTCUTS,
    "id": Shortcut("id", ("{}",), _PLAIN, frozenset({UNCOMPLETED}), begins=_BEGINS),
    "pattern": Shortcut("pattern", ("{}",), _PLAIN, frozenset({UNCOMPLETED}), begins=_BEGINS),
}
_BY: dict[str, By] = {"idnumber": "external_id", "id": "id"}  # every other way is a pattern
_DETAILS = ("verbs", "min_score", "taken_back_by", "begun_by", "events", "name")
TopicsOf = Callable[[str], Collection[str] | None]


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping file that was read: the programme it is for, the mapping, and the plain values it was made of."""

    programme: str
    mapping: Mapping
    plain: Any


def read_mapping(text: str, filename: str, topics_of: TopicsOf) -> MappingFile:
    """The mapping of a file, as version 0; raises ProgrammeError, whose text lists "file:line: reason".

    `topics_of(programme)`: the topic keys of a loaded programme, None when it is not loaded.
    """
    document = parse(text)
    top = Place(document.value)
    unreadable = bool(document.problems) and document.value is None
    found = None if unreadable else _file(top, topics_of)
    problems = [*document.problems, *top.problems]
    if problems or found is None:
        raise ProgrammeError(located(document, problems, filename))
    return found


def restore(plain: Any, topics: Collection[str], version: int) -> Mapping:
    """The mapping of plain values that were read before; what the programme no longer has is left out."""
    found = _file(Place(plain), lambda _: topics)
    if found is None:
        raise ValueError(f"a mapping for {plain!r} can no longer be read")
    return replace(found.mapping, version=version)


def by_idnumber(topic: str) -> TopicMapping:
    """The default: any activity whose ID number in the LMS is the topic's key."""
    return TopicMapping(topic, "any", (_rule(IDNUMBER, topic, "external_id"),))


def default(topics: Iterable[str]) -> Mapping:
    """The mapping of a platform for which none was imported."""
    return Mapping(ANY_SOURCE, 0, {topic: by_idnumber(topic) for topic in topics}, NEVER_EVIDENCE)


def _file(top: Place, topics_of: TopicsOf) -> MappingFile | None:
    fields = top.fields(("programme", "platform", "topics"), ("others", "exclude"))
    programme, platform = fields["programme"].key(), fields["platform"].text()
    topics = None if programme is None else topics_of(programme)
    if programme is not None and topics is None:
        fields["programme"].note("not_loaded", found=programme)
    others = fields["others"].choice(("idnumber", "none"))
    mapped = _topics(fields["topics"], topics)
    if others == "idnumber":
        mapped = {**{topic: by_idnumber(topic) for topic in topics or ()}, **mapped}
    exclude = tuple(filter(None, (item.text() for item in fields["exclude"].items())))
    if programme is None or platform is None:
        return None
    return MappingFile(programme, Mapping(platform, 0, mapped, (*NEVER_EVIDENCE, *exclude)), top.value)


def _topics(place: Place, known: Collection[str] | None) -> dict[str, TopicMapping]:
    entries = place.entries()
    for topic, item in entries.items():
        if known is not None and topic not in known:
            item.note("unknown_topic", found=topic)
    return {topic: _topic(topic, item) for topic, item in entries.items()}


def _topic(topic: str, place: Place) -> TopicMapping:
    fields = place.fields(("activities",), ("needs",))
    activities = tuple(filter(None, (_activity(item) for item in fields["activities"].items())))
    return TopicMapping(topic, _needs(fields["needs"], len(activities)), activities)


def _needs(place: Place, total: int) -> Needs:
    """How many of the activities: all when nothing is said."""
    if isinstance(place.value, str):
        return "any" if place.choice(("all", "any")) == "any" else "all"
    count = place.whole(least=1)
    if count is not None and count > total > 0:
        place.note("impossible", count=count, total=total)
    return "all" if count is None else count


def _activity(place: Place) -> ActivityRule | None:
    named = [way for way in WAYS if isinstance(place.value, dict) and way in place.value]
    if len(named) != 1:
        place.note("bad_activity", options=", ".join(WAYS))
        return None
    fields = place.fields(named, _DETAILS)
    value = _value(fields[named[0]], WAYS[named[0]])
    if value is None:
        return None
    return _detailed(_rule(WAYS[named[0]], value, _BY.get(named[0], "pattern")), fields)


def _value(place: Place, way: Shortcut) -> str | None:
    """A text, or a whole number such as a course module's id."""
    if isinstance(place.value, int) or way.numbered:
        number = place.whole(least=1)
        return None if number is None else str(number)
    return place.text()


def _rule(way: Shortcut, value: str, by: By) -> ActivityRule:
    values = tuple(pattern.format(value) for pattern in way.patterns)
    return ActivityRule(by, values, way.verbs, None, way.takes_back, way.events, value, way.begins)


def _detailed(rule: ActivityRule, fields: dict[str, Place]) -> ActivityRule:
    """The rule with what the organiser said about it in place of the defaults."""
    least, name = fields["min_score"].fraction(), fields["name"].text()
    verbs, back, events = (
        _verbs(fields["verbs"]),
        _verbs(fields["taken_back_by"], may_be_empty=True),
        fields["events"],
    )
    begins = _verbs(fields["begun_by"], may_be_empty=True)
    for verb in sorted(SCORED & verbs) if least is None else ():
        fields["verbs"].note("needs_score", verb=verb)
    return replace(
        rule,
        verbs=verbs or (rule.verbs if least is None else rule.verbs | {EARNED}),
        min_scaled=least,
        takes_back=back if fields["taken_back_by"].present else rule.takes_back,
        events=frozenset(filter(None, (item.text() for item in events.items())))
        if events.present
        else rule.events,
        label=name or rule.label,
        begins=begins if fields["begun_by"].present else rule.begins,
    )


def _verbs(place: Place, may_be_empty: bool = False) -> frozenset[str]:
    return frozenset(filter(None, (_verb(item) for item in place.items(may_be_empty))))


def _verb(place: Place) -> str | None:
    found = place.text()
    if found is not None and found not in VERBS and "://" not in found:
        place.note("bad_verb", found=found, known=", ".join(VERBS))
        return None
    return None if found is None else VERBS.get(found, found)
