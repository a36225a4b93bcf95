import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from certificates import number, register, tables
from certificates.certificate import DocumentState, Status
from lti_tool.base.database import Database

KEYS = {"holder": "learner-1", "programme": "kns", "edition": "2025"}


@pytest.fixture
def award(database: Database, facts, now):
    def do(name="Đặng Thị Quỳnh Như", *, rehearsal=False, **keys):
        with database.transaction() as connection:
            given = facts(name, rehearsal=rehearsal)
            return register.award(connection, **(KEYS | keys), facts=given, now=now)

    return do


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.certificate)).scalar_one()


def test_an_award_is_found_by_its_number_with_its_facts(database, award, facts, now):
    made = award()
    with database.reading() as connection:
        found = register.find(connection, made.number)
    assert found == made
    assert found.facts == facts()
    assert (found.awarded_at, found.status, found.document) == (now, Status.VALID, DocumentState.DUE)
    assert number.valid(found.number)


def test_a_second_award_is_the_first(database, award):
    assert award() == award(name="Tên Khác")
    assert count(database) == 1


@pytest.mark.parametrize(
    "other", [{"holder": "learner-2"}, {"programme": "x"}, {"edition": "2026"}, {"rehearsal": True}]
)
def test_another_holder_programme_edition_or_a_rehearsal_has_its_own(database, award, other):
    assert award().number != award(**other).number
    assert count(database) == 2


def test_fifty_parallel_triggers_make_one_certificate(database, award):
    with ThreadPoolExecutor(50) as pool:
        numbers = {made.number for made in pool.map(lambda _: award(), range(50))}
    assert len(numbers) == 1
    assert count(database) == 1


def test_parallel_processes_make_one_certificate(database, database_url):
    program = textwrap.dedent(
        """
        import sys
        from datetime import UTC, date, datetime
        from dataclasses import fields
        from certificates import register
        from certificates.certificate import Facts, Line, Wording
        from lti_tool.base.database import Database
        words = Wording(**{field.name: Line("x") for field in fields(Wording)})
        facts = Facts("Lê Văn Tám", Line("t"), "2025", date(2025, 12, 9), False, words)
        database = Database(sys.argv[1])
        for _ in range(10):
            with database.transaction() as connection:
                made = register.award(connection, holder="h", programme="p", edition="e", facts=facts, now=datetime.now(UTC))
            print(made.number)
        """
    )
    command = [sys.executable, "-c", program, database_url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = [process.communicate(timeout=60)[0].split() for process in running]
    assert {process.returncode for process in running} == {0}
    assert len({made for lines in printed for made in lines}) == 1
    assert count(database) == 1


def test_a_number_that_exists_already_is_drawn_again(database, facts, now):
    drawn = iter(["AAAA-AAAA-AAAA-AAAA", "AAAA-AAAA-AAAA-AAAA", "BBBB-BBBB-BBBB-BBBB"])
    with database.transaction() as connection:
        for holder in ("one", "two"):
            last = register.award(
                connection,
                **(KEYS | {"holder": holder}),
                facts=facts(),
                now=now,
                make_number=lambda: next(drawn),
            )
    assert last.number == "BBBB-BBBB-BBBB-BBBB"


@pytest.mark.parametrize(("name", "code"), [(None, "name_missing"), ("李小龙", "name_letters")])
def test_a_name_that_cannot_be_printed_does_not_stop_the_award(database, award, name, code):
    made = award(name)
    assert made.document is DocumentState.WAITING
    assert made.waiting.code == code
    with database.reading() as connection:
        assert [held.number for held in register.waiting(connection)] == [made.number]
        assert register.due(connection) == []


def test_a_name_given_later_makes_the_document_due(database, award):
    made = award(None)
    with database.transaction() as connection:
        named = register.set_name(connection, made.number, "Lê  Văn Tám ")
    assert named.facts.holder_name == "Lê Văn Tám"
    assert (named.document, named.waiting) == (DocumentState.DUE, None)
    with database.reading() as connection:
        assert register.waiting(connection) == []
        assert [held.number for held in register.due(connection)] == [made.number]


def test_stored_bytes_never_change(database, award, now):
    made = award()
    with database.transaction() as connection:
        assert register.store(connection, made.number, b"first", now) == b"first"
    with database.transaction() as connection:
        assert register.store(connection, made.number, b"second", now) == b"first"
        with pytest.raises(register.RegisterError):
            register.set_name(connection, made.number, "Tên Khác")
    with database.reading() as connection:
        assert register.document_of(connection, made.number) == b"first"
        assert register.find(connection, made.number).document is DocumentState.ISSUED


def test_a_document_of_a_name_corrected_meanwhile_is_not_stored(database, award, facts, now):
    made = award()
    with database.transaction() as connection:
        register.set_name(connection, made.number, "Đặng Thị Như Quỳnh")
        assert register.store(connection, made.number, b"old name", now, made.facts) is None
        assert register.find(connection, made.number).document is DocumentState.DUE


def test_nothing_is_stored_while_the_document_waits(database, award, now):
    made = award(None)
    with database.transaction() as connection:
        assert register.store(connection, made.number, b"x", now) is None


def test_a_document_changed_behind_our_back_is_not_served(database, award, now):
    made = award()
    with database.transaction() as connection:
        register.store(connection, made.number, b"first", now)
        connection.execute(update(tables.document).values(bytes=b"forged"))
    with database.reading() as connection, pytest.raises(register.RegisterError):
        register.document_of(connection, made.number)


def test_a_revoked_certificate_is_not_given_again_by_a_recomputation(database, award, now):
    made = award()
    with database.transaction() as connection:
        assert register.revoke(connection, made.number, "cấp nhầm", now + timedelta(hours=1))
        assert not register.revoke(connection, made.number, "lần hai", now + timedelta(hours=2))
    again = award()
    assert (again.number, again.status) == (made.number, Status.REVOKED)
    assert again.revocation.reason == "cấp nhầm"
    assert count(database) == 1


def test_unknown_numbers_are_refused(database, now):
    with database.transaction() as connection:
        assert register.find(connection, "x") is None
        assert not register.revoke(connection, "x", "y", now)
        with pytest.raises(register.RegisterError):
            register.set_name(connection, "x", "Lê Văn Tám")


def test_a_holder_sees_the_newest_first(database, award, facts, now):
    award()
    with database.transaction() as connection:
        later = register.award(
            connection,
            holder="learner-1",
            programme="kns",
            edition="2026",
            facts=facts(),
            now=now + timedelta(days=365),
        )
    with database.reading() as connection:
        held = register.of_holder(connection, "learner-1")
    assert [one.edition for one in held] == ["2026", "2025"]
    assert held[0] == later
