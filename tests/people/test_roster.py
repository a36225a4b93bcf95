"""The roster: dry run, every bad line named, the same file twice changes nothing, joins across platforms."""

import pytest
from sqlalchemy import func, select

from lti_tool.base import sessions
from lti_tool.people import identity, learners, roster, tables, units
from xapi.identity import account_key

MOODLE, OPENEDX = "https://moodle.example.vn", "https://lms.example.vn"
ISSUERS = {"Moodle": MOODLE, "Open edX": OPENEDX}
UNITS = units.Units(
    [
        units.Unit("01", "Thành phố Hà Nội", "province"),
        units.Unit("24", "Tỉnh Bắc Ninh", "province"),
        units.Unit("c1", "Xã Ba Vì", "commune", "01"),
        units.Unit("c2", "Xã Ba Vì", "commune", "24"),
    ]
)
HEAD = "code,family_name,given_name,province,commune,sub:Moodle,sub:Open edX\n"


@pytest.fixture
def take(database, marks, now):
    def take(text, *, dry_run=False):
        marks.keys.clear()
        with database.transaction() as connection:
            return roster.import_(
                connection,
                text.encode(),
                issuers=ISSUERS,
                units=UNITS,
                who="staff:1",
                now=now,
                mark=marks,
                dry_run=dry_run,
            )

    return take


@pytest.fixture
def launch(database, launch_of, marks, now):
    def launch(issuer, sub, **said):
        with database.transaction() as connection:
            return learners.arrive(connection, launch_of(issuer, sub, **said), now, mark=marks)

    return launch


def rows(database):
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.roster)).scalar()


def test_a_dry_run_stores_nothing_and_says_what_would_happen(database, take):
    report = take(HEAD + "A1,Nguyễn,An,01,c1,4,\n", dry_run=True)
    assert (report.added, report.problems, rows(database)) == (1, (), 0)


def test_the_same_file_twice_changes_nothing(database, take, marks):
    text = HEAD + "A1,Nguyễn,An,01,c1,4,u\nA2,Trần,Bình,,,5,\n"
    assert take(text).added == 2
    again = take(text)
    assert (again.added, again.changed, again.unchanged, marks.keys) == (0, 0, 2, set())
    assert take(text.replace("Bình", "Bỉnh")).changed == 1


def test_every_bad_line_is_named_and_the_good_ones_are_taken(database, take):
    bad = [
        "A1,Nguyễn,An,01,c1,4,",
        ",Nguyễn,An,01,c1,5,",
        "A3,Nguyễn,,01,c1,6,",
        "A4,Nguyễn,An,99,,7,",
        "A5,Nguyễn,An,01,Xã Không Có,8,",
        "A1,Nguyễn,An,01,c1,9,",
        "A7,Nguyễn,An,01,c1,4,",
        "A8,Nguyễn",
        "A9,Nguyễn,An,,Xã Ba Vì,10,",
        "A10,Lê,Chi,24,Xã Ba Vì,11,",
    ]
    report = take(HEAD + "\n".join(bad) + "\n")
    named = [(problem.line, problem.code) for problem in report.problems]
    assert named == [
        (3, "empty"), (4, "empty"), (5, "unit_unknown"), (6, "unit_unknown"), (7, "code_twice"),
        (8, "login_twice"), (9, "cells"), (10, "unit_unknown"),
    ]  # fmt: skip
    assert (report.added, rows(database)) == (2, 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("code,family_name\n", "column_missing"),
        ("code,family_name,given_name,tuổi\n", "column_unknown"),
        ("code,family_name,given_name,sub:Nowhere\n", "platform_unknown"),
        ("code,family_name,given_name,code\n", "column_twice"),
        ('code,family_name,given_name\n"A1,x\n', "csv"),
    ],
)
def test_a_file_of_the_wrong_shape_says_where(take, text, code):
    report = take(text)
    assert code in {problem.code for problem in report.problems}
    assert report.added == 0


def test_bytes_that_are_no_utf8_name_their_line(database, marks, now):
    with database.transaction() as connection:
        content = (
            HEAD.encode() + "A1,Nguyễn,An,01,c1,4,\n".encode("cp1258", "replace") + b"A2,\xff\xfe,An,,,5,\n"
        )
        said = {"issuers": ISSUERS, "units": UNITS, "who": "staff:1", "now": now, "mark": marks}
        report = roster.import_(connection, content, **said)
    assert [problem.code for problem in report.problems] == ["encoding"]


def test_the_roster_names_and_places_a_learner_who_came_before_it(database, take, launch):
    learner = launch(MOODLE, "4", name="hv001")
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,\n")
    with database.reading() as connection:
        assert learners.name_of(connection, learner) == "Nguyễn Thị An"
        assert learners.unit_of(connection, learner) == "c1"
        assert learners.find(connection, MOODLE, "4") == learner


def test_the_roster_knows_its_learners_before_they_launch(database, take, launch):
    take(HEAD + "A1,Nguyễn Thị,An,01,,4,\n")
    with database.reading() as connection:
        (known,) = identity.learners_of(connection, account_key(MOODLE, "4"))
    assert launch(MOODLE, "4") == known


def test_a_row_naming_two_logins_makes_two_learners_one_whatever_came_first(database, take, launch, marks):
    first, second = launch(MOODLE, "4"), launch(OPENEDX, "u", xapi_actor="x")
    assert first != second
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,u\n")
    assert account_key(OPENEDX, "x") in marks.keys
    with database.reading() as connection:
        assert learners.find(connection, OPENEDX, "u") == learners.find(connection, MOODLE, "4") == first
        both = {
            (MOODLE, account_key(MOODLE, "4")),
            (OPENEDX, account_key(OPENEDX, "u")),
            (OPENEDX, account_key(OPENEDX, "x")),
        }
        assert set(identity.identifiers(connection, first)) == both


def test_two_logins_named_by_one_row_arrive_as_one_learner(take, launch):
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,u\n")
    assert launch(MOODLE, "4") == launch(OPENEDX, "u", xapi_actor="x")


def test_a_row_that_names_a_login_no_longer_parts_the_learners_again(database, take, launch):
    first, second = launch(MOODLE, "4"), launch(OPENEDX, "u")
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,u\n")
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,\n")
    with database.reading() as connection:
        assert learners.find(connection, MOODLE, "4") == first
        assert learners.find(connection, OPENEDX, "u") == second
        assert identity.identifiers(connection, first) == [(MOODLE, account_key(MOODLE, "4"))]
        assert identity.identifiers(connection, second) == [(OPENEDX, account_key(OPENEDX, "u"))]


def test_a_login_that_came_as_the_rows_is_parted_too(database, take, launch):
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,u\n")
    one = launch(MOODLE, "4")
    launch(OPENEDX, "u")
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,\n")
    with database.reading() as connection:
        other = learners.find(connection, OPENEDX, "u")
        assert other != one
        assert identity.identifiers(connection, other) == [(OPENEDX, account_key(OPENEDX, "u"))]


def test_a_login_of_another_row_is_not_taken_silently(database, take):
    take(HEAD + "A1,Nguyễn,An,,,4,\n")
    report = take(HEAD + "A2,Trần,Bình,,,4,\n")
    assert [(problem.line, problem.code, problem.values["code"]) for problem in report.problems] == [
        (2, "login_taken", "A1")
    ]


def test_a_roster_may_name_logins_by_username(take, launch):
    take("code;family_name;given_name;username:Moodle;sub:Open edX\nA1;Nguyễn;An;0912;u\n")
    assert launch(MOODLE, "4", username="0912") == launch(OPENEDX, "u")
    assert launch(MOODLE, "5", username="0912") != launch(MOODLE, "4", username="0912")


def test_whoever_is_parted_no_longer_looks_at_the_other_ones_page(database, take, launch, now):
    """An open launch keeps the learner it was opened for: parted from them, it would show another person's certificate."""
    launch(MOODLE, "4")
    owner = launch(OPENEDX, "u")
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,u\n")
    opened = {
        (issuer, sub): open_launch(database, issuer, sub, owner, now)
        for issuer, sub in ((MOODLE, "4"), (OPENEDX, "u"))
    }
    take(HEAD + "A1,Nguyễn Thị,An,01,c1,4,\n")
    with database.reading() as connection:
        found = {key: sessions.find(connection, one, BROWSER, now) for key, one in opened.items()}
    assert found[OPENEDX, "u"] is None
    assert found[MOODLE, "4"] is not None


BROWSER = "B" * 22


def open_launch(database, issuer, sub, learner_id, now):
    opening = sessions.Opening(learner_id, 1, issuer, sub, "learner", "vi")
    with database.transaction() as connection:
        return sessions.open_(connection, opening, BROWSER, now)
