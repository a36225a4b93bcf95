"""Accounts of the console: no default password, one-time links, throttled sign-in, sessions on the server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from lti_tool.people import staff, staff_sessions, staff_tables
from lti_tool.people.staff import Right, Role
from lti_tool.people.staff_sessions import Gate, Opened, Refused, SignIn

PASSWORD = "một mật khẩu đủ dài"


@pytest.fixture
def gate(database):
    return Gate(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def lan(database, gate, now):
    with database.transaction() as connection:
        staff.add(connection, "Lan", Role.ADMINISTRATOR, now=now)
        token = staff.make_link(connection, "lan", now=now)
        staff.use_link(connection, token, gate.hash(PASSWORD), now=now)
        return staff.by_login(connection, "lan")


def enter(gate, now, *, login="lan", password=PASSWORD, address="198.51.100.7"):
    return gate.enter(SignIn(login, password, address), now)


def test_a_new_account_has_no_password_and_nobody_can_sign_in(database, gate, now):
    with database.transaction() as connection:
        staff.add(connection, "lan", Role.ADMINISTRATOR, now=now)
    assert enter(gate, now, password="") == Refused(throttled=False)


def test_a_one_time_link_sets_the_password_and_serves_once(database, gate, lan, now):
    assert isinstance(enter(gate, now), Opened)
    with database.transaction() as connection:
        token = staff.make_link(connection, "lan", now=now)
        staff.use_link(connection, token, gate.hash("một mật khẩu khác hẳn"), now=now)
        with pytest.raises(staff.StaffError, match="link"):
            staff.use_link(connection, token, gate.hash(PASSWORD), now=now)
    assert enter(gate, now) == Refused(throttled=False)


def test_a_link_ends_after_a_day_and_a_newer_one_ends_it_at_once(database, lan, now):
    with database.transaction() as connection:
        first = staff.make_link(connection, "lan", now=now)
        second = staff.make_link(connection, "lan", now=now)
        assert staff.of_link(connection, first, now=now) is None
        assert staff.of_link(connection, second, now=now) == lan
        assert staff.of_link(connection, second, now=now + staff.LINK_LIFE) is None


def test_neither_links_nor_sessions_nor_passwords_can_be_read_from_the_database(database, gate, lan, now):
    opened = enter(gate, now)
    with database.transaction() as connection:
        link = staff.make_link(connection, "lan", now=now)
        kept = "".join(
            str(row)
            for table in (staff_tables.staff, staff_tables.link, staff_tables.session, staff_tables.attempt)
            for row in connection.execute(select(table))
        )
    assert not any(secret in kept for secret in (opened.token, link, PASSWORD, "198.51.100.7"))
    assert "$argon2id$" in kept


def test_guessing_one_account_is_stopped_even_from_many_addresses_and_opens_again_later(gate, lan, now):
    for number in range(staff_sessions.TRIES_OF_ACCOUNT):
        assert enter(gate, now, password="falsch", address=f"198.51.100.{number}") == Refused(throttled=False)
    assert enter(gate, now) == Refused(throttled=True)
    assert isinstance(enter(gate, now + staff_sessions.WINDOW), Opened)


def test_guessing_many_accounts_from_one_address_is_stopped(gate, lan, now):
    for number in range(staff_sessions.TRIES_OF_ADDRESS):
        enter(gate, now, login=f"x{number}", password="falsch")
    assert enter(gate, now) == Refused(throttled=True)
    assert isinstance(enter(gate, now, address="203.0.113.9"), Opened)


def test_parallel_guesses_do_not_slip_through_together(gate, lan, now):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: enter(gate, now, password="falsch", address=str(n)), range(24)))
    assert answers.count(Refused(throttled=False)) <= staff_sessions.TRIES_OF_ACCOUNT


def test_signing_in_rightly_forgets_the_wrong_tries(gate, lan, now):
    for _ in range(3):
        for _ in range(staff_sessions.TRIES_OF_ACCOUNT - 1):
            enter(gate, now, password="falsch")
        assert isinstance(enter(gate, now), Opened)


def test_an_unknown_login_costs_the_same_hash_as_a_known_one(database, now):
    class Counting(PasswordHasher):
        verified = 0

        def verify(self, *arguments):
            self.verified += 1
            return super().verify(*arguments)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    assert enter(Gate(database, hasher), now, login="nobody") == Refused(throttled=False)
    assert hasher.verified == 1


def test_a_session_ends_by_sign_out_by_idleness_by_age_and_with_the_account(database, gate, lan, now):
    def of(token, later):
        return staff_sessions.of_session(database, token, now + later)

    token = enter(gate, now).token
    assert of(token, timedelta(0)) == lan
    assert of(token, staff_sessions.IDLE) is None
    hours = 0
    while timedelta(minutes=50 * (hours + 1)) < staff_sessions.LIFE:
        hours += 1
        assert of(token, timedelta(minutes=50 * hours)) == lan
    assert of(token, staff_sessions.LIFE) is None
    token = enter(gate, now).token
    with database.transaction() as connection:
        staff_sessions.close_session(connection, token)
    assert of(token, timedelta(0)) is None
    token = enter(gate, now).token
    with database.transaction() as connection:
        staff.disable(connection, "lan", now=now)
    assert of(token, timedelta(0)) is None
    assert enter(gate, now) == Refused(throttled=False)


def test_a_new_password_ends_every_open_session(database, gate, lan, now):
    token = enter(gate, now).token
    with database.transaction() as connection:
        staff.use_link(connection, staff.make_link(connection, "lan", now=now), gate.hash(PASSWORD), now=now)
    assert staff_sessions.of_session(database, token, now) is None


def test_a_short_password_is_refused(gate):
    with pytest.raises(staff.StaffError, match="password_short"):
        gate.hash("ngắn quá")


def test_a_login_is_one_whatever_its_case(database, lan, now):
    with database.transaction() as connection, pytest.raises(staff.StaffError, match="exists"):
        staff.add(connection, " LAN ", Role.SUPPORT, now=now)


def test_roles_open_no_more_than_their_sections():
    support = staff.Staff(1, "s", Role.SUPPORT, ("*",), active=True, has_password=True)
    organiser = staff.Staff(2, "o", Role.ORGANISER, ("01",), active=True, has_password=True)
    assert not support.may(Right.CREDENTIALS)
    assert not organiser.may(Right.PLATFORMS)
    assert organiser.sees("01")
    assert not organiser.sees("02")
    assert not organiser.sees(None)
