"""Plain values, as parsed from a programme file, into a Programme, or every problem at once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import TypeVar

from rules.plain import Place, Problem
from rules.programme import IMPLAUSIBLE_UNDER, Programme, Scores, Support, Topic, TopicSet, Window
from rules.requirement import AllOf, AnyOf, AtLeast, Requirement

REQUIRED = (
    "programme",
    "edition",
    "languages",
    "titles",
    "window",
    "topics",
    "sets",
    "requirement",
    "certificate",
)
OPTIONAL = ("scores", "teacher_sees", "support", "implausible_under")
PRINTED = ("issuer", "heading", "subheading", "achieved")  # what only the programme can say, in each language
PRINTED_TOO = ("presented", "number", "date", "check", "signed", "specimen", "detail")
TEACHER_SEES = ("counts", "members")
DEPTH = 12  # a requirement nested deeper is a mistake, and must not exhaust the stack

T = TypeVar("T")


def read(plain: object) -> Programme | tuple[Problem, ...]:
    """The programme written as plain values, or all that is wrong with it."""
    top = Place(plain)
    fields = top.fields(REQUIRED, OPTIONAL)
    languages = tuple(_different((item, item.key()) for item in fields["languages"].items()))
    topics = _topics(fields["topics"], languages)
    known = tuple(topic.key for topic in topics)
    sets = _sets(fields["sets"], languages, known)
    key, edition, titles = (
        fields["programme"].key(),
        fields["edition"].text(),
        fields["titles"].texts(languages),
    )
    requirement = _requirement(fields["requirement"], {one.key: one.topics for one in sets}, known)
    window = _window(fields["window"])
    teacher_sees = fields["teacher_sees"].choice(TEACHER_SEES) or TEACHER_SEES[0]
    scores = _scores(fields["scores"])
    certificate = fields["certificate"].by_language(languages, _printed)
    support = _support(fields["support"], languages)
    under = fields["implausible_under"].fraction()
    if top.problems:
        return tuple(top.problems)
    assert requirement is not None  # only absent together with a problem
    return Programme(
        key=_sure(key),
        edition=_sure(edition),
        languages=languages,
        titles=_sure(titles),
        topics=topics,
        sets=sets,
        requirement=requirement,
        window=_sure(window),
        teacher_sees=teacher_sees,
        scores=scores,
        certificate=_sure(certificate),
        support=support,
        implausible_under=IMPLAUSIBLE_UNDER if under is None else under,
    )


def _sure(value: T | None) -> T:
    """What is only absent together with a problem."""
    assert value is not None
    return value


def _different(named: Iterable[tuple[Place, str | None]]) -> Iterable[str]:
    """The names in their order; one that comes again is noted where it comes again."""
    seen = set[str]()
    for place, name in named:
        if name in seen:
            place.note("duplicate", found=name)
        elif name is not None:
            seen.add(name)
            yield name


def _topics(place: Place, languages: Collection[str]) -> tuple[Topic, ...]:
    read = [(item, _topic(item, position, languages)) for position, item in enumerate(place.items(), start=1)]
    keys = set(_different((item.inner("key", topic.key), topic.key) for item, topic in read if topic))
    list(_different((item.inner("number", topic.number), str(topic.number)) for item, topic in read if topic))
    return tuple({topic.key: topic for _, topic in read if topic and topic.key in keys}.values())


def _topic(place: Place, position: int, languages: Collection[str]) -> Topic | None:
    fields = place.fields(("key", "titles"), ("number", "minutes"))
    key, titles = fields["key"].key(), fields["titles"].texts(languages)
    number, minutes = fields["number"].whole(least=1), fields["minutes"].whole(least=1)
    return None if key is None else Topic(key, number or position, titles or {}, minutes)


def _sets(place: Place, languages: Collection[str], known: Collection[str]) -> tuple[TopicSet, ...]:
    return tuple(_set(key, item, languages, known) for key, item in place.entries().items())


def _set(key: str, place: Place, languages: Collection[str], known: Collection[str]) -> TopicSet:
    fields = place.fields(("titles", "topics"))
    Place(key, place.path, place.problems).key()
    return TopicSet(key, fields["titles"].texts(languages) or {}, _listed(fields["topics"], known))


def _listed(place: Place, known: Collection[str]) -> tuple[str, ...]:
    """Topic keys listed one by one. While no topic could be read, none of them is called unknown."""
    named = [(item, item.text()) for item in place.items()]
    for item, topic in named:
        if topic is not None and known and topic not in known:
            item.note("unknown_topic", found=topic)
    return tuple(_different(named))


def _requirement(
    place: Place, sets: Mapping[str, tuple[str, ...]], known: Collection[str], depth: int = 0
) -> Requirement | None:
    if not place.present:
        return None
    if depth > DEPTH:
        place.note("too_deep", most=DEPTH)
        return None
    kinds = [
        kind
        for kind in ("at_least", "all_of", "any_of")
        if isinstance(place.value, dict) and kind in place.value
    ]
    if len(kinds) != 1:
        place.note("bad_requirement")
        return None
    if kinds == ["at_least"]:
        return _at_least(place, sets, known)
    parts = [_requirement(item, sets, known, depth + 1) for item in place.fields(kinds)[kinds[0]].items()]
    whole = tuple(part for part in parts if part is not None)
    return AllOf(whole) if kinds == ["all_of"] else AnyOf(whole)


def _at_least(place: Place, sets: Mapping[str, tuple[str, ...]], known: Collection[str]) -> AtLeast:
    fields = place.fields(("at_least", "of"))
    label, topics = _of(fields["of"], sets, known)
    wanted = fields["at_least"]
    count = len(topics) if wanted.value == "all" else wanted.whole(least=1) or 1
    if topics and count > len(topics):
        wanted.note("impossible", count=count, total=len(topics))
    return AtLeast(count, topics, label)


def _of(
    place: Place, sets: Mapping[str, tuple[str, ...]], known: Collection[str]
) -> tuple[str, tuple[str, ...]]:
    """The key of a set, or a list of topics of its own (without label)."""
    if isinstance(place.value, list):
        return "", _listed(place, known)
    label = place.text() or ""
    if label and sets and label not in sets:
        place.note("unknown_set", found=label, known=", ".join(sets))
    return label, sets.get(label, ())


def _window(place: Place) -> Window | None:
    fields = place.fields(("opens", "closes", "late_arrival"))
    opens, closes, late = fields["opens"].moment(), fields["closes"].moment(), fields["late_arrival"].span()
    if opens is None or closes is None:
        return None
    if closes <= opens:
        fields["closes"].note("closes_before_opens", opens=opens.isoformat(), closes=closes.isoformat())
    return Window(opens, closes, late or timedelta())


def _scores(place: Place) -> Scores:
    fields = place.fields((), ("award_maximum", "progress")) if place.present else {}
    maximum = fields["award_maximum"].whole(least=1) if fields else None
    progress = fields["progress"].choice(("off", "on")) if fields else None
    return Scores(maximum or 100, progress == "on")


def _printed(place: Place) -> dict[str, str] | None:
    if not place.present:
        return None
    read = {name: field.text() for name, field in place.fields(PRINTED, PRINTED_TOO).items()}
    return {name: text for name, text in read.items() if text is not None}


def _support(place: Place, languages: Collection[str]) -> Support:
    if not place.present:
        return Support(None, None, {})
    fields = place.fields((), ("phone", "email", "hours"))
    return Support(fields["phone"].text(), fields["email"].text(), fields["hours"].texts(languages) or {})
