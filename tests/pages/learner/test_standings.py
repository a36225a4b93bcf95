"""How the launched pages read the rooms behind them, on the real tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from certificates import register
from certificates.certificate import Status
from lti_tool.base.resources import config_folder
from lti_tool.base.sessions import LaunchSession
from lti_tool.coaching.practice_log import Answer, save
from lti_tool.ledger import due
from lti_tool.ledger.delivery_tables import link, seat
from lti_tool.pages import standings
from lti_tool.people import tables as people
from lti_tool.programmes import versions
from rules.completion import Open, OutOfReach, Unknown
from xapi import evidence, identity
from xapi.embedded import EmbeddedLrs
from xapi.tables import statement

NOW = datetime(2025, 12, 9, 3, 0, tzinfo=UTC)
TEXT = (config_folder() / "programmes" / "kns-2025.yaml").read_text(encoding="utf-8")


def session(**changes) -> LaunchSession:
    whole = LaunchSession(
        id="x", learner_id="L1", platform_id=1, issuer="https://lms.example", sub="7", view="learner", language="vi",
        context_id="2", context_title=None, link_id=None, lineitem=None, return_url=None, frame_ancestors=(), extra={},
        created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    return replace(whole, **changes)


@pytest.fixture
def connection(database):
    with database.transaction() as opened:
        yield opened


def load(connection, text: str = TEXT):
    return versions.load(connection, text, "kns-2025.yaml", NOW, mark_all=lambda _: None).programme


def known(connection, *ids: str, merged_into: str | None = None) -> None:
    for one in ids:
        connection.execute(insert(people.learner).values(id=one, merged_into=merged_into, created_at=NOW))


def test_a_launch_without_a_name_belongs_to_the_programme_that_is_open(connection):
    find = standings.programme_of(lambda: NOW)
    assert find(connection, session()) is None
    load(connection)
    load(
        connection,
        TEXT.replace("programme: kns-2025", "programme: kns-2026")
        .replace("2025-12-01", "2026-12-01")
        .replace("2025-12-16", "2026-12-16"),
    )
    assert find(connection, session()).key == "kns-2025"
    assert find(connection, session(extra={"programme": "kns-2026"})).key == "kns-2026"
    assert find(connection, session(extra={"programme": "nothing"})) is None


def test_before_the_first_review_everything_is_open(connection):
    known(connection, "L1")
    found = standings.standing_of(connection, "L1", load(connection), NOW)
    assert found.states == {}
    assert isinstance(found.outcome, Open)


def test_after_the_close_time_alone_changes_the_outcome(connection):
    known(connection, "L1")
    found = standings.standing_of(connection, "L1", load(connection), NOW + timedelta(days=60))
    assert isinstance(found.outcome, Unknown | OutOfReach)


def test_a_valid_certificate_comes_before_a_revoked_one(connection, staging):
    known(connection, "L1")
    programme = load(connection)
    facts = staging.certificate().facts
    assert standings.certificate_of(connection, "L1", programme) is None
    held = register.award(
        connection, holder="L1", programme=programme.key, edition=programme.edition, facts=facts, now=NOW
    )
    assert standings.certificate_of(connection, "L1", programme).number == held.number
    register.revoke(connection, held.number, "sai", NOW)
    assert standings.certificate_of(connection, "L1", programme).status is Status.REVOKED


def test_the_members_of_a_course_are_each_counted_once_and_only_there(connection):
    programme = load(connection)
    known(connection, "L1", "L2")
    known(connection, "L1b", merged_into="L1")
    for number, (link_id, context) in enumerate([("a", "2"), ("b", "2"), ("c", "3")], start=1):
        connection.execute(
            insert(link).values(
                id=number,
                platform_id=1,
                resource_link_id=link_id,
                purpose="certificate",
                programme_key="",
                context_id=context,
                seen_at=NOW,
            )
        )
    for link_id, sub, learner in [(1, "7", "L1"), (2, "8", "L1b"), (3, "9", "L2")]:
        connection.execute(insert(seat).values(link_id=link_id, sub=sub, learner_id=learner, seen_at=NOW))
    assert [one.learner_id for one in standings.members_of(connection, session(), programme)] == ["L1"]


@pytest.mark.parametrize(
    ("return_url", "expected"),
    [("https://lms.example/c/2", "https://lms.example/c/2"), ("javascript:alert(1)", None), (None, None)],
)
def test_only_a_web_address_is_a_way_back(return_url, expected):
    assert standings.course_url(session(return_url=return_url)) == expected


def test_a_practice_answer_is_in_the_lrs_under_our_authority_and_never_evidence(database, staging):
    base = "https://tool.example"
    lrs = EmbeddedLrs(database.transaction, database.reading, lambda: NOW, due.on_saved)
    record = standings.practice_record(lrs, base)
    question = staging.practice()["cd-05"].questions[0]
    given = Answer("L1", question, question.right_option.key, "once")
    with database.transaction() as opened:
        save(opened, given, record=record, base_url=base, language="vi", now=NOW)
    key = identity.account_key(base, "L1")
    with database.reading() as opened:
        (row,) = opened.execute(select(statement)).mappings()
        assert row["source"] is None
        assert row["actor_key"] == key
        assert evidence.sources_of(opened, key) == set()
