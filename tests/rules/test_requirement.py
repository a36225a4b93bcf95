"""Requirements against naive evaluators, and the promises every requirement keeps."""

from hypothesis import given
from hypothesis import strategies as st

from rules.requirement import (
    AllOf,
    AnyOf,
    AtLeast,
    Requirement,
    Shortfall,
    compiled,
    indispensable,
    leaves,
    mask,
    path,
    satisfied,
    shortfalls,
)

TOPICS = tuple("abcdefg")

at_least = st.builds(
    lambda topics, share: AtLeast(max(1, round(share * len(topics))), tuple(topics)),
    st.lists(st.sampled_from(TOPICS), min_size=1, unique=True),
    st.floats(0, 1),
)
requirements = st.recursive(
    at_least,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)
subsets = st.sets(st.sampled_from(TOPICS))


def naive(requirement: Requirement, done: set[str]) -> bool:
    """The plainest reading of the words."""
    if isinstance(requirement, AtLeast):
        return len([topic for topic in requirement.topics if topic in done]) >= requirement.count
    answers = [naive(part, done) for part in requirement.parts]
    return False not in answers if isinstance(requirement, AllOf) else True in answers


@given(requirements, subsets)
def test_a_nested_requirement_means_what_its_words_say(requirement, done):
    assert satisfied(requirement, done) == naive(requirement, done)
    assert compiled(requirement, TOPICS)(mask(done, TOPICS)) == naive(requirement, done)


@given(requirements, subsets, st.sampled_from(TOPICS))
def test_one_more_done_topic_never_makes_it_worse(requirement, done, more):
    assert satisfied(requirement, done) <= satisfied(requirement, done | {more})


@given(requirements, subsets)
def test_something_is_missing_exactly_when_it_is_not_satisfied(requirement, done):
    missing = shortfalls(requirement, done)
    assert bool(missing) != satisfied(requirement, done)
    for part in missing:
        assert part.needed > 0
        assert not set(part.topics) & done


@given(requirements, subsets, st.permutations(TOPICS))
def test_the_path_leads_to_completion(requirement, done, preference):
    way = path(requirement, done, preference)
    assert satisfied(requirement, done | set(way))
    assert not set(way) & done
    assert len(set(way)) == len(way)
    assert (way == ()) == satisfied(requirement, done)


def test_the_path_is_as_short_as_can_be_when_parts_share_no_topics():
    requirement = AllOf((AtLeast(2, ("a", "b")), AtLeast(1, ("c", "d", "e"))))
    assert path(requirement, {"a"}, TOPICS) == ("b", "c")


def test_the_path_prefers_a_topic_that_serves_two_parts():
    requirement = AllOf((AtLeast(1, ("a", "c")), AtLeast(1, ("b", "c"))))
    assert path(requirement, (), TOPICS) == ("c",)


def test_the_path_of_an_impossible_requirement_ends_where_nothing_helps():
    assert path(AtLeast(3, ("a", "b")), (), TOPICS) == ("a", "b")
    assert path(AtLeast(1, ("z",)), (), TOPICS) == ()
    assert path(AtLeast(1, ("z",)), (), ()) == ()


def test_of_two_ways_the_shorter_one_is_what_is_missing():
    requirement = AnyOf((AtLeast(3, ("a", "b", "c"), "long"), AtLeast(1, ("d",), "short")))
    assert shortfalls(requirement, ()) == (Shortfall("short", 1, ("d",)),)
    assert shortfalls(requirement, {"a", "b"})[0].label == "long"


def test_compulsory_is_what_nobody_completes_without():
    requirement = AllOf((AtLeast(2, ("a", "b")), AtLeast(1, ("c", "d"))))
    assert indispensable(requirement, TOPICS) == {"a", "b"}


def test_leaves_are_found_at_every_depth():
    first, second, third = AtLeast(1, ("a",)), AtLeast(1, ("b",)), AtLeast(1, ("c",))
    assert leaves(AllOf((first, AnyOf((second, AllOf((third,))))))) == (first, second, third)
