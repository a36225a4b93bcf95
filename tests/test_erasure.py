"""Erasure and export of one person, over the whole house: nothing names them afterwards, and no figure changes."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect as look_at
from sqlalchemy import select, text

from certificates import register
from lti_tool.app.tool import erasure_key
from lti_tool.base.logs import JsonLines
from lti_tool.base.tables import audit
from lti_tool.handlers import taking_out
from lti_tool.handlers.erasing import Eraser
from lti_tool.ledger import due, outcomes
from lti_tool.people import learners, roster, units
from lti_tool.people.units import Unit
from lti_tool.reports import figures
from tests import living
from tests.assembly import TEN, completion, csrf_of
from tests.lti.fake_platform import LTI
from xapi import identity
from xapi.inspection import inspect
from xapi.masking import ERASED_HOME
from xapi.tables import statement as statements

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER, OPENEDX = "https://hoc.example.vn", "https://khoahoc.example.vn"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MAIL, EDX_SUB, EDX_ACCOUNT = "Suu.LQ@riengtu.example", "edx-88010234", "e9e9e9e9-0000-4000-8000-000088010235"
WORDS = {
    "88010231", "taikhoan88010231", "maso88010231", MAIL, MAIL.lower(), "Lường Quàng Sửu", "Sửu Lường Quàng", "Lường Quàng",
    EDX_SUB, EDX_ACCOUNT, "0987650001", "079088010231", *identity.sha1_forms(MAIL),
}  # fmt: skip
SHEET = (
    "code,family_name,given_name,phone,province,sub:moodle,sub:openedx\n"
    f"079088010231,Lường Quàng,Sửu,0987650001,Hà Nội,88010231,{EDX_SUB}\n"
    "079088010299,Trần Văn,Minh,0987650009,Cà Mau,42,\n"
)


def begin(house):
    house.add_platform("moodle", ISSUER)
    house.add_platform("openedx", OPENEDX, "openedx")
    house.add_credential("other", ["all"])
    house.load()
    enlist(house)
    live(house)


def enlist(house):
    with house.tool.database.transaction() as connection:
        units.load(connection, [Unit("01", "Hà Nội", "province"), Unit("96", "Cà Mau", "province")])
        issuers = {"moodle": ISSUER, "openedx": OPENEDX}
        known = units.known(connection)
        report = roster.import_(
            connection, SHEET.encode(), issuers=issuers, units=known, who="t", now=NOW, mark=due.mark
        )
        assert not report.problems


def agent(name="88010231", issuer=ISSUER):
    return {"account": {"homePage": issuer, "name": name}, "name": "Sửu Lường Quàng"}


def live(house):
    """Everything the person leaves behind: launches, evidence, a certificate, a grade, practice, a question, bad statements."""
    claims = {
        "sub": "88010231", "family_name": "Lường Quàng", "given_name": "Sửu", "name": "Sửu Lường Quàng", "email": MAIL,
        LTI + "ext": {"user_username": "taikhoan88010231"}, LTI + "lis": {"person_sourcedid": "maso88010231"},
        ENDPOINT: house.open_gradebook("moodle"),
    }  # fmt: skip
    browser = house.browser()
    path = house.launch("moodle", browser, **claims).headers["Location"]
    house.launch(
        "openedx", sub=EDX_SUB, email=MAIL, name="Sửu", **{LTI + "custom": {"xapi_actor": EDX_ACCOUNT}}
    )
    house.launch("moodle", sub="42", name="Văn Minh Trần", email="minh@example.vn")
    house.post("moodle", nine())
    house.complete("moodle", "42", ["cd-11"])
    by_mail = {**edx("cd-10"), "actor": {"mbox": f"mailto:{MAIL}", "name": "Sửu Lường Quàng"}}
    by_hash = {**edx("cd-11"), "actor": {"mbox_sha1sum": identity.sha1_forms(MAIL)[0]}}
    house.post("openedx", [edx("cd-12"), by_mail, by_hash])
    house.post("moodle", [mentioning()])
    house.post("moodle", [{"actor": agent(), "verb": {}, "object": {"id": "urn:x"}}])
    house.browser().post(
        "/xapi/statements", data=b'[{"actor": "%s", ' % MAIL.encode(), headers=house.basic("moodle")
    )
    state = {"activityId": "urn:a", "stateId": "s", "agent": json.dumps(agent())}
    house.browser().put(
        "/xapi/activities/state", data=b"Sua", query_string=state, headers=house.basic("other")
    )
    house.post("moodle", [completion(ISSUER, "88010231", "cd-10", NOW)])
    house.work()
    ask = {"csrf": csrf_of(browser.get(f"{path}/questions").text), "topic": "cd-01"}
    browser.post(f"{path}/questions", data={**ask, "text": "Tôi là Lường Quàng Sửu, hỏi gì ở đâu?"})


def nine():
    return [completion(ISSUER, "88010231", topic, NOW) for topic in TEN[:9]]


def edx(topic):
    one = completion(OPENEDX, EDX_ACCOUNT, topic, NOW)
    return {**one, "actor": {"account": {"homePage": OPENEDX, "name": EDX_ACCOUNT}}}


def mentioning():
    """Minh's statement, in which the person is instructor, member, object and a sub-statement's actor."""
    inner = {
        "objectType": "SubStatement",
        "actor": agent(),
        "verb": {"id": "urn:v"},
        "object": {**agent(), "objectType": "Agent"},
    }
    team = {"objectType": "Group", "name": "Nhóm", "member": [agent(), {**agent("42"), "name": "Minh"}]}
    return {
        **completion(ISSUER, "42", "x", NOW),
        "object": inner,
        "context": {"instructor": agent(), "team": team},
    }


lived, house, house_on_postgresql = living.after(begin, NOW)


def person(house):
    with house.tool.database.reading() as connection:
        return learners.find(connection, ISSUER, "88010231")


def erase(house, **more):
    eraser = Eraser(
        house.tool.database,
        erasure_key(house.tool.settings),
        house.clock,
        lambda: house.clock.pass_by(seconds=3),
    )
    return eraser.erase(person(house), who="command", reason="thư của Lường Quàng Sửu", **more)


def dump(house):
    """Every cell of every table as text, by table."""
    found = {}
    with house.tool.database.reading() as connection:
        for table in look_at(house.tool.database.engine).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"'))
            found[table] = "\n".join(_text(cell) for row in rows for cell in row)
    return found


def _text(cell):
    return bytes(cell).decode(errors="replace") if isinstance(cell, (bytes, memoryview)) else str(cell)


def naming(house, words=WORDS):
    return {(table, word) for table, cells in dump(house).items() for word in words if word in cells}


def counted(house):
    with house.tool.database.reading() as connection:
        return figures.figures(connection, "kns-2025")


@pytest.mark.postgresql
def test_on_postgresql_too(house_on_postgresql):
    vanish(house_on_postgresql)


def test_after_an_erasure_nothing_names_the_person_and_every_figure_stays(house):
    vanish(house)


def vanish(house):
    before, learner_id = counted(house), person(house)
    assert {table for table, _ in naming(house)} >= {
        "xapi_payload", "xapi_agent", "xapi_quarantine", "people_login", "people_claim", "people_roster", "desk_question",
        "certificate_certificate", "ledger_delivery", "base_launch",
    }  # fmt: skip
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    counts = erase(house)
    house.work()
    logging.getLogger().removeHandler(handler)
    assert naming(house) == set()
    assert not any(word in lines.getvalue() for word in WORDS)
    assert counted(house) == before
    assert counts["statements"] == 14
    assert list(inspect(house.tool.database.reading)) == []
    with house.tool.database.reading() as connection:
        (row,) = connection.execute(select(audit).where(audit.c.act == "privacy.erase"))
        (certificate,) = register.of_holder(connection, learner_id)
        assert outcomes.of(connection, learner_id, "kns-2025").state == "met"
    assert row.subject == f"learner:{learner_id}"
    assert (certificate.status, certificate.facts.holder_name, certificate.document) == (
        "valid",
        None,
        "waiting",
    )
    assert house.browser().get(f"/verify/{certificate.number}").status_code == 200


def test_the_actor_keys_of_the_person_are_nowhere_either(house):
    """A key is a hash of the identifier: whoever guesses the identifier would find it."""
    with house.tool.database.reading() as connection:
        keys = taking_out.erasure.person(connection, person(house)).keys
    assert naming(house, keys)
    erase(house)
    house.work()
    assert naming(house, keys) == set()


def test_what_the_host_sends_again_or_anew_is_stored_under_the_same_account(house):
    with house.tool.database.reading() as connection:
        count = len(connection.execute(select(statements.c.id)).all())
    before = counted(house)
    erase(house)
    house.post("moodle", nine())
    house.post("openedx", [edx("cd-12")])
    house.post("moodle", [mentioning()])
    house.post("moodle", [{"actor": agent(), "verb": {}, "object": {"id": "urn:x"}}])
    house.clock.pass_by(seconds=10)
    house.work()
    with house.tool.database.reading() as connection:
        assert len(connection.execute(select(statements.c.id)).all()) == count
    assert (naming(house), counted(house)) == (set(), before)
    house.post("moodle", [completion(ISSUER, "88010231", "cd-13", NOW)])
    house.work()
    assert naming(house) == set()
    with house.tool.database.reading() as connection:
        topics = outcomes.listed(connection, "kns-2025")
        assert any(one.states["cd-13"].done for one in topics)  # theirs still
        accounts = {row for (row,) in connection.execute(select(statements.c.actor_key))}
    assert len(accounts) <= 3


def test_nobody_else_is_touched(house):
    erase(house)
    house.work()
    everything = "\n".join(dump(house).values())
    for word in ("Trần Văn", "0987650009", "minh@example.vn", "079088010299"):
        assert word in everything


def test_an_erasure_that_was_broken_off_is_gone_on_with(house):
    class PulledOut(Exception):
        pass

    def pull():
        raise PulledOut

    eraser = Eraser(house.tool.database, erasure_key(house.tool.settings), house.clock, pull)
    with pytest.raises(PulledOut):
        eraser.erase(person(house), who="command", reason="r")
    erase(house)
    with house.tool.database.reading() as connection:
        assert len(set(connection.execute(text("SELECT account FROM xapi_erased")).scalars())) == 1
    assert naming(house) == set()


def test_an_export_holds_everything_about_the_person_and_nothing_of_others(house):
    with house.tool.database.reading() as connection:
        found = taking_out.person(connection, person(house), NOW)
    said = taking_out.written(found).decode()
    for word in WORDS - {"Sửu Lường Quàng", "Lường Quàng Sửu", MAIL.lower()}:
        assert word in said or word in identity.sha1_forms(MAIL), word
    assert len(found["statements"]) == 13
    assert len(found["mentions"]) == 1
    assert all(found["certificates"].values())
    assert {"desk_question", "people_login", "ledger_outcome", "ledger_delivery", "xapi_document"} <= set(
        found["tables"]
    )
    for word in ("Trần Văn", "0987650009", "minh@example.vn"):
        assert word not in said
    json.loads(said)


def test_the_account_that_stands_for_the_person_cannot_be_claimed_by_a_platform_of_no_concern(house):
    erase(house)
    house.work()
    with house.tool.database.reading() as connection:
        account = connection.execute(text("SELECT account FROM xapi_erased")).scalars().first()
    house.add_platform("khac", "https://khac.example.vn")
    stolen = {**completion("https://khac.example.vn", "1", "cd-14", NOW)}
    stolen["actor"] = {"account": {"homePage": ERASED_HOME, "name": account}}
    before = counted(house)
    house.post("khac", [stolen])
    house.work()
    assert counted(house) == before
