"""Every loaded version is kept; the newest is in force; a rehearsal counts today."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from lti_tool.base.tables import audit
from lti_tool.programmes import tables, versions
from lti_tool.programmes.reader import ProgrammeError
from lti_tool.programmes.versions import UnreadableVersionError
from lti_tool.programmes.windows import rehearsed
from rules.programme import Window


def test_a_loaded_programme_is_in_force_as_it_was_written(database, now, kns, marks):
    with database.transaction() as connection:
        made = versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
    with database.reading() as connection:
        found = versions.current(connection, "kns-2025")
    assert (made.key, made.edition, made.version, made.new, made.rehearsal) == (
        "kns-2025",
        "2025",
        1,
        True,
        False,
    )
    assert found == made.programme
    assert found.window.opens.isoformat() == "2025-12-01T00:00:00+07:00"


def test_loading_the_same_file_again_changes_nothing(database, now, kns, marks):
    for _ in range(2):
        with database.transaction() as connection:
            made = versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
    assert (made.version, made.new, marks.count) == (1, False, 1)
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(audit)) == 1


def test_a_changed_file_is_a_new_version_and_everybody_is_reviewed(database, now, kns, marks):
    changed = kns.replace("at_least: 5", "at_least: 6")
    with database.transaction() as connection:
        versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
        made = versions.load(connection, changed, "kns.yaml", now + timedelta(days=1), mark_all=marks)
        again = versions.load(connection, kns, "kns.yaml", now + timedelta(days=2), mark_all=marks)
        history = versions.history(connection, "kns-2025")
    assert (made.version, again.version, marks.count) == (2, 3, 3)
    assert [version.version for version in history] == [3, 2, 1]
    assert [version.programme.requirement.parts[1].count for version in history] == [5, 6, 5]


def test_a_bad_file_leaves_the_version_in_force(database, now, kns, marks):
    with database.transaction() as connection:
        versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
        with pytest.raises(ProgrammeError, match=r"^kns.yaml:\d+: window.closes: "):
            versions.load(
                connection, kns.replace("2025-12-16", "2024-12-16"), "kns.yaml", now, mark_all=marks
            )
        assert versions.in_force(connection, "kns-2025").version == 1
    assert marks.count == 1


def test_several_programmes_are_in_force_side_by_side(database, now, kns, marks):
    with database.transaction() as connection:
        for key in ("kns-2026", "kns-2025"):
            text = kns.replace("programme: kns-2025", f"programme: {key}")
            versions.load(connection, text, "kns.yaml", now, mark_all=marks)
        assert [programme.key for programme in versions.current(connection)] == ["kns-2025", "kns-2026"]
        assert versions.current(connection, "none") is None


def test_a_rehearsal_counts_what_is_done_today(database, now, kns, marks):
    with database.transaction() as connection:
        versions.load(connection, kns, "kns.yaml", now, True, mark_all=marks)
        found = versions.current(connection, "kns-2025")
    assert found.rehearsal
    assert found.window.contains(now)
    assert found.window.opens.isoformat() == "2025-12-04T00:00:00+07:00"
    assert found.window.closes.isoformat() == "2025-12-19T00:00:00+07:00"


def test_a_rehearsal_stays_until_it_is_over_and_then_begins_anew(database, now, kns, marks):
    def load(days: int):
        with database.transaction() as connection:
            return versions.load(
                connection, kns, "kns.yaml", now + timedelta(days=days), True, mark_all=marks
            )

    first, same, later = load(0), load(9), load(10)
    assert [(one.version, one.new) for one in (first, same, later)] == [(1, True), (1, False), (2, True)]
    assert later.programme.window.contains(now + timedelta(days=10))


def test_the_real_thing_after_a_rehearsal_is_a_new_version(database, now, kns, marks):
    with database.transaction() as connection:
        versions.load(connection, kns, "kns.yaml", now, True, mark_all=marks)
        made = versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
    assert (made.version, made.rehearsal, marks.count) == (2, False, 2)


def test_a_version_that_can_no_longer_be_read_says_so(database, now, kns, marks):
    with database.transaction() as connection:
        versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
        connection.execute(update(tables.version).values(plain="{}"))
        with pytest.raises(UnreadableVersionError, match="kns-2025, version 1: "):
            versions.current(connection, "kns-2025")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2027-03-10T00:00:00+07:00", "2027-03-05T00:00:00+07:00"),
        ("2027-03-09T17:00:00+00:00", "2027-03-05T00:00:00+07:00"),
        ("2027-03-09T16:59:59+00:00", "2027-03-04T00:00:00+07:00"),
    ],
)
def test_a_rehearsal_opens_at_local_midnight_with_a_third_behind(now, opens):
    window = Window(
        datetime.fromisoformat("2025-12-01T00:00:00+07:00"),
        datetime.fromisoformat("2025-12-16T00:00:00+07:00"),
        timedelta(days=3),
    )
    moved = rehearsed(window, datetime.fromisoformat(now).astimezone(UTC))
    assert moved.opens.isoformat() == opens
    assert moved.closes - moved.opens == timedelta(days=15)
    assert moved.late_arrival == window.late_arrival


def test_a_rehearsal_of_one_day_is_open_today(now):
    day = Window(now - timedelta(hours=2), now + timedelta(hours=22), timedelta())
    assert rehearsed(day, now + timedelta(days=400, hours=3)).contains(now + timedelta(days=400, hours=3))
