"""The view is a pure function: what the page says in each state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.certificate import DocumentState, Status
from certificates.names import Problem
from lti_tool.base.resources import config_folder
from lti_tool.coaching.practice_log import Practised
from lti_tool.pages.learner.calendar import MOST_CELLS, pace_view
from lti_tool.pages.learner.picture import Row, Ways, picture
from lti_tool.pages.learner.view import Desk, LearnerView, Person, build, version
from lti_tool.programmes.reader import read_programme
from rules.coaching import advise
from rules.completion import Pending, assess
from rules.programme import TopicSet, Window
from rules.requirement import AllOf, AnyOf, AtLeast


@pytest.fixture
def view(staging):
    def make(
        states=None, *, now=staging.NOW, programme=None, certificate=None, language="vi", **pending
    ) -> LearnerView:
        programme = programme or staging.kns()
        states = states or {}
        outcome = assess(programme, states, Pending(**{"last_heard": now, **pending}), now)
        return build(
            programme,
            states,
            outcome,
            certificate=certificate,
            person=Person("Nguyễn Thị Hồng Ánh", None),
            desk=Desk(0, 0),
            practised={"cd-05": Practised(1, 1, 3)},
            base_url=staging.BASE,
            language=language,
            now=now,
        )

    return make


def test_the_picture_follows_the_requirement(view, staging):
    compulsory, optional = view(staging.on_the_way()).rows
    assert (compulsory.label, compulsory.done, compulsory.begun, compulsory.count) == ("Bắt buộc", 4, 1, 5)
    assert [mark.kind for mark in compulsory.marks] == ["done"] * 4 + ["partly"]
    assert (optional.label, optional.done, optional.count) == ("Tự chọn", 2, 5)


def test_more_done_than_wanted_is_never_more_than_all(view, staging):
    states = staging.states(*(staging.done(f"cd-{n:02d}") for n in range(6, 20)))
    assert view(states).rows[1].done == 5


def test_another_programme_draws_another_picture(staging):
    programme = replace(
        staging.kns(),
        sets=(TopicSet("a", {"vi": "Nhóm A"}, ("cd-01", "cd-02")),),
        requirement=AllOf(
            (
                AtLeast(1, ("cd-01", "cd-02"), "a"),
                AnyOf((AtLeast(2, ("cd-03", "cd-04")), AtLeast(1, ("cd-05",)))),
            )
        ),
    )
    first, second = picture(programme, {}, "vi")
    assert isinstance(first, Row)
    assert first.count == 1
    assert isinstance(second, Ways)
    assert [way[0].count for way in second.ways] == [2, 1]


def test_many_topics_are_a_bar(staging):
    many = replace(staging.kns(), requirement=AtLeast(25, tuple(f"t{n}" for n in range(40))))
    (row,) = picture(many, {}, "vi")
    assert row.marks == ()
    assert row.percent == 0


def test_what_is_missing_is_said_by_set(view, staging):
    page = view(staging.on_the_way())
    assert [(one.needed, one.label) for one in page.missing] == [(1, "Bắt buộc"), (3, "Tự chọn")]
    assert (page.done, page.needed) == (6, 10)


def test_a_list_without_a_set_is_said_by_numbers(view, staging):
    programme = replace(staging.kns(), requirement=AtLeast(2, ("cd-03", "cd-07")))
    (one,) = view(programme=programme).missing
    assert (one.label, one.numbers) == ("", (3, 7))


def test_the_next_topic_is_the_begun_compulsory_one_and_names_the_part_left(view, staging):
    page = view(staging.on_the_way())
    assert page.next.key == "cd-05"
    assert page.reason == "compulsory_started"
    assert page.next.parts_open == ("Bài trắc nghiệm",)
    assert page.next.parts_done == ("Video bài giảng",)


def test_every_topic_stands_under_its_set_with_its_evidence(view, staging):
    compulsory, optional = view(staging.on_the_way()).sets
    assert (compulsory.title, compulsory.done, len(compulsory.topics)) == ("Bắt buộc", 4, 5)
    assert (optional.title, optional.done, len(optional.topics)) == ("Tự chọn", 2, 14)
    first = compulsory.topics[0]
    assert (first.kind, first.percent, first.platform, len(first.proof)) == ("done", 90, "moodle.example", 1)


def test_topics_outside_every_set_are_still_listed(view, staging):
    programme = replace(staging.kns(), sets=staging.kns().sets[:1])
    assert [(one.title, len(one.topics)) for one in view(programme=programme).sets] == [
        ("Bắt buộc", 5),
        ("", 14),
    ]


def test_met_needs_nothing_more(view, staging):
    page = view(staging.enough())
    assert (page.state, page.missing, page.next, page.reason) == ("met", (), None, "done")
    assert page.awaiting


@pytest.mark.parametrize(
    ("document", "status", "state"),
    [
        (DocumentState.ISSUED, Status.VALID, "ready"),
        (DocumentState.DUE, Status.VALID, "preparing"),
        (DocumentState.WAITING, Status.VALID, "name"),
        (DocumentState.ISSUED, Status.REVOKED, "revoked"),
    ],
)
def test_the_certificate_says_where_it_stands(view, staging, document, status, state):
    held = staging.certificate(document, status=status)
    shown = view(staging.enough(), certificate=held).certificate
    assert shown.state == state
    assert shown.verify_url == f"{staging.BASE}/verify/{held.number}"


def test_letters_that_cannot_be_printed_are_named(view, staging):
    held = staging.certificate(DocumentState.WAITING, waiting=Problem("name_letters", "喜"))
    assert view(staging.enough(), certificate=held).certificate.missing_letters == "喜"


def test_after_the_close_it_is_out_of_reach_or_still_unknown(view, staging):
    late, over = datetime(2025, 12, 16, 3, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)
    assert view(staging.on_the_way(), now=late).why == ("late",)
    assert (view(staging.on_the_way(), now=over).state, view(staging.on_the_way(), now=over).why) == (
        "out_of_reach",
        ("closed",),
    )
    silent = view(staging.on_the_way(), now=over, last_heard=staging.NOW)
    assert (silent.state, silent.why, silent.last_heard) == ("unknown", ("silent",), staging.NOW)


def test_a_programme_nobody_can_complete_is_not_the_learners_fault(view, staging):
    broken = replace(staging.kns(), requirement=AtLeast(2, ("cd-01",), "compulsory"))
    assert view(programme=broken).why == ("impossible",)


def test_the_calendar_is_in_the_programmes_own_time(view, staging):
    pace = view(staging.on_the_way(), now=datetime(2025, 12, 8, 17, 30, tzinfo=UTC)).pace  # 0:30 on the 9th
    assert (pace.day_number, pace.day_count, pace.today.day) == (9, 15, 9)
    assert pace.closes_at_midnight
    assert pace.last_day.day == 15
    assert [cell.first.day for cell in pace.cells if cell.did] == [1, 2, 4, 6, 7, 8]


def test_the_pace_of_the_sketch(view, staging):
    pace = view(staging.on_the_way()).pace  # 10 o'clock on 9 December
    assert (pace.days_left, pace.hours_left, pace.topics_left, pace.every_hours, pace.verdict) == (
        6,
        14,
        4,
        39,
        "enough",
    )


@pytest.mark.parametrize(
    ("moment", "verdict"),
    [
        (datetime(2025, 12, 1, tzinfo=UTC), "enough"),
        (datetime(2025, 12, 12, tzinfo=UTC), "behind"),
        (datetime(2025, 12, 15, 15, tzinfo=UTC), "tight"),
    ],
)
def test_the_verdict_turns_with_time(view, staging, moment, verdict):
    assert view(staging.states(staging.done("cd-01")), now=moment).pace.verdict == verdict


@given(days=st.integers(1, 800), gone=st.floats(-0.5, 1.5))
def test_the_strip_of_days_covers_every_window_once(days, gone):
    zone = datetime.fromisoformat("2025-12-01T00:00:00+07:00")
    window = Window(zone, zone + timedelta(days=days), timedelta())
    now = zone + timedelta(days=days * gone)
    cells = pace_view(window, _pace(window, now), (), now).cells
    assert 1 <= len(cells) <= MOST_CELLS
    assert cells[0].first == zone.date()
    assert cells[-1].last == zone.date() + timedelta(days=days - 1)
    assert all(one.last + timedelta(days=1) == two.first for one, two in pairwise(cells))
    assert sum(cell.today for cell in cells) == int(window.contains(now))


_KNS = read_programme(
    (config_folder() / "programmes" / "kns-2025.yaml").read_text(encoding="utf-8"), "kns-2025.yaml"
)


def _pace(window, now):
    programme = replace(_KNS, window=window)
    return advise(programme, {}, assess(programme, {}, Pending(last_heard=now), now), now).pace


def test_the_version_changes_with_what_happened_not_with_the_minute(view, staging):
    before = view(staging.on_the_way())
    minute = view(staging.on_the_way(), now=staging.later(minutes=1))
    more = view(staging.on_the_way() | staging.states(staging.done("cd-05", 9)))
    held = view(staging.enough(), certificate=staging.certificate())
    assert version(before) == version(minute)
    assert (
        len({version(before), version(more), version(held), version(replace(before, desk=Desk(1, 1)))}) == 4
    )


def test_english_says_the_same_in_english(view, staging):
    page = view(staging.on_the_way(), language="en")
    assert [row.label for row in page.rows] == ["Compulsory", "Optional"]
    assert page.next.title == "Information security for commune officials"
