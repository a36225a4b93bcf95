from dataclasses import fields

from certificates import number, register, verify


def awarded(database, facts, now, name="Lê Văn Tám", **other):
    with database.transaction() as connection:
        given = facts(name, unit="Xã Mẫu", **other)
        return register.award(connection, holder="h", programme="p", edition="2025", facts=given, now=now)


def ask(database, typed):
    with database.reading() as connection:
        return verify.look_up(typed, lambda known: register.find(connection, known))


def issued(database, made, now):
    with database.transaction() as connection:
        register.store(connection, made.number, b"%PDF", now)


def test_a_valid_certificate_shows_what_is_printed_and_nothing_else(database, facts, now):
    made = awarded(database, facts, now)
    issued(database, made, now)
    answer = ask(database, made.number.lower().replace("-", " "))
    assert isinstance(answer, verify.Valid)
    assert answer.shown.name == "Lê Văn Tám"
    assert {field.name for field in fields(answer.shown)} == {
        "number",
        "name",
        "programme_title",
        "edition",
        "awarded_on",
        "rehearsal",
    }


def test_no_name_is_shown_before_it_is_printed(database, facts, now):
    assert ask(database, awarded(database, facts, now).number).shown.name is None


def test_a_revoked_certificate_says_so_with_the_day(database, facts, now):
    made = awarded(database, facts, now)
    issued(database, made, now)
    with database.transaction() as connection:
        register.revoke(connection, made.number, "cấp nhầm", now)
    answer = ask(database, made.number)
    assert isinstance(answer, verify.Revoked)
    assert answer.on == now.date()


def test_unknown_and_mistyped_numbers_are_told_apart(database):
    assert ask(database, number.make()) == verify.Unknown(mistyped=False)
    assert ask(database, "ABCD") == verify.Unknown(mistyped=True)


def test_a_rehearsal_is_said(database, facts, now):
    assert ask(database, awarded(database, facts, now, rehearsal=True).number).shown.rehearsal
