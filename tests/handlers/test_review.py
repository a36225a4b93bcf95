"""From statements and launches to outcomes and awards, by the real record store."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from certificates import register
from lti_tool.base import jobs
from lti_tool.base import tables as base
from lti_tool.handlers.review import Reviewer
from lti_tool.ledger import attention, due
from lti_tool.ledger.delivery_tables import delivery
from lti_tool.lti import platforms
from lti_tool.people import identity, learners, roster
from lti_tool.people.units import Units
from lti_tool.programmes import versions
from rules.completion import Met
from tests.handlers.house import (
    COMPLETED,
    MOODLE,
    OPENEDX,
    PROGRAMME,
    START,
    UNCOMPLETED,
    VOIDED,
    Overtaken,
    account,
    statement,
)
from xapi.identity import account_key


@dataclass(frozen=True, slots=True)
class _Failing(Reviewer):
    """Fails for one learner, as a fault in a rule would."""

    broken: str = ""

    def _assessed(self, connection, identifiers, rulebook, now):
        if self.broken in identifiers:
            raise ValueError("a fault that quotes Nguyễn Thị An")
        return Reviewer._assessed(self, connection, identifiers, rulebook, now)


def test_a_statement_of_a_known_learner_changes_the_outcome(house):
    learner = house.launch("4")
    house.review()
    assert house.state(learner) == "open"
    house.complete(account("4"), "t1", "t2")
    house.review()
    assert house.state(learner) == "met"


def test_completions_before_the_first_launch_count_at_once(house):
    ids = house.complete(account("4"), "t1", "t2", "t3")
    house.review()
    learner = house.launch("4", family_name="Nguyễn Thị", given_name="An")
    with house.database.transaction() as connection:
        found = house.reviewer.review_learner(connection, learner, house.now)["small"]
    assert isinstance(found.outcome, Met)
    assert set(found.proof) <= set(ids)
    (certificate,) = house.certificates(learner)
    assert certificate.facts.holder_name == "Nguyễn Thị An"


def test_one_who_never_launched_has_no_outcome(house):
    house.complete(account("4"), "t1", "t2")
    house.review()
    assert house.timeless() == {}


def test_the_outcome_kept_is_the_outcome_found(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1")
    house.review()
    with house.database.transaction() as connection:
        found = house.reviewer.review_learner(connection, learner, house.now)["small"]
    assert house.outcome(learner) == found
    assert found.states["t1"].done
    assert (found.advice.next_topic, found.rule_version) == ("t2", 1)


def test_an_award_its_document_and_its_score_are_asked_for_in_one_transaction(house):
    learner = house.launch("4", link="9", name="An")
    house.complete(account("4"), "t1", "t2")
    house.review()
    (certificate,) = house.certificates(learner)
    with house.database.reading() as connection:
        asked = {(job.kind, job.key) for job in jobs.listed(connection)}
        (row,) = connection.execute(select(delivery)).mappings()
    assert ("issue", certificate.number) in asked
    assert (row["lineitem"], row["sub"], row["given"], row["maximum"]) == (
        f"{MOODLE}/lineitem/9",
        "4",
        100.0,
        100.0,
    )
    assert certificate.number in row["comment"]


def test_a_link_first_opened_after_the_award_gets_the_score_too(house):
    house.complete(account("4"), "t1", "t2")
    house.launch("4", name="An")
    house.review()
    house.launch("4", link="9", name="An")
    house.review()
    with house.database.reading() as connection:
        assert connection.execute(select(delivery.c.lineitem)).scalars().all() == [f"{MOODLE}/lineitem/9"]


def test_reviewing_again_changes_nothing_and_awards_nothing_more(house):
    learner = house.launch("4", link="9", name="An")
    house.complete(account("4"), "t1", "t2")
    house.review()
    before = house.timeless()
    with house.database.transaction() as connection:
        due.mark_all(connection)
    house.review()
    assert house.timeless() == before
    assert len(house.certificates(learner)) == 1
    with house.database.reading() as connection:
        assert len(connection.execute(select(base.audit).where(base.audit.c.act == "award")).all()) == 1


def test_a_document_without_a_name_waits_and_is_asked_for_once_the_name_is_said(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1", "t2")
    house.review()
    with house.database.transaction() as connection:
        assert [one.holder for one in register.waiting(connection)] == [learner]
        assert not [job for job in jobs.listed(connection) if job.kind == "issue"]
        learners.set_name(connection, learner, "Trần Văn Bình", house.now)
        house.reviewer.review_learner(connection, learner, house.now)
        assert register.waiting(connection) == []
        assert [job.key for job in jobs.listed(connection) if job.kind == "issue"] == [
            house.certificates(learner)[0].number
        ]


def test_an_award_whose_proof_is_gone_stays_and_a_person_is_asked_once(house):
    learner = house.launch("4", name="An")
    house.complete(account("4"), "t1", "t2")
    house.review()
    house.send(statement(account("4"), "t2", START + timedelta(hours=5), UNCOMPLETED))
    house.review()
    house.launch("4", name="An")
    house.review()
    assert house.state(learner) == "open"
    assert [one.status for one in house.certificates(learner)] == ["valid"]
    with house.database.reading() as connection:
        assert [(one.kind, one.learner_id) for one in attention.open_(connection)] == [
            (attention.PROOF_LOST, learner)
        ]
    house.send(statement(account("4"), "t2", START + timedelta(hours=6), COMPLETED))
    house.review()
    with house.database.reading() as connection:
        assert attention.open_(connection) == []


def test_a_voided_completion_is_no_evidence_any_more(house):
    learner = house.launch("4", name="An")
    _, second = house.complete(account("4"), "t1", "t2")
    voiding = {
        "actor": account("1"),
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": second},
        "timestamp": START.isoformat(),
    }
    house.review()
    assert house.state(learner) == "met"
    house.send(voiding)
    house.review()
    assert house.state(learner) == "open"


def test_an_actor_of_another_platform_is_no_evidence(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1", "t2", source=OPENEDX)
    house.review()
    assert house.state(learner) == "open"


def test_an_email_actor_heard_in_other_letters_counts(house):
    learner = house.launch("u", OPENEDX, email="Honor@Xa.Example.vn")
    house.complete({"mbox": "mailto:honor@xa.example.vn"}, "t1", "t2", source=OPENEDX)
    house.review()
    assert house.state(learner) == "met"


def test_a_second_learner_with_the_email_makes_the_first_ones_outcome_unknown(house):
    first = house.launch("1", email="chung@example.vn", name="An")
    house.complete({"mbox": "mailto:chung@example.vn"}, "t1")
    house.review()
    assert house.outcome(first).states["t1"].done
    second = house.launch("2", email="chung@example.vn", name="Bình")
    house.review()
    assert (house.state(first), house.state(second)) == ("unknown", "unknown")
    assert house.outcome(first).outcome.why == ("identity",)


def test_a_persons_join_counts_at_the_next_review_and_the_other_learner_is_known_too(house):
    first, other = (house.launch(sub, email="chung@example.vn") for sub in ("1", "2"))
    house.complete({"mbox": "mailto:chung@example.vn"}, "t1", "t2")
    house.review()
    with house.database.transaction() as connection:
        (waits,) = identity.pending(connection)
        identity.join(
            connection, waits.id, first, who="staff:1", reason="asked", now=house.now, mark=due.mark
        )
    house.review()
    assert (house.state(first), house.state(other)) == ("met", "open")


def test_a_roster_row_adds_up_what_one_person_did_on_two_platforms(house):
    first, second = house.launch("4"), house.launch("u", OPENEDX, xapi_actor="x")
    house.complete(account("4"), "t1")
    house.complete(account("x", OPENEDX), "t2", source=OPENEDX)
    house.review()
    assert (house.state(first), house.state(second)) == ("open", "open")
    text = "code,family_name,given_name,sub:M,sub:O\nA1,Nguyễn,An,4,u\n"
    with house.database.transaction() as connection:
        issuers, nobody = {"M": MOODLE, "O": OPENEDX}, {"units": Units([]), "who": "staff:1"}
        roster.import_(connection, text.encode(), issuers=issuers, **nobody, now=house.now, mark=due.mark)
    house.review()
    assert house.timeless().keys() == {first}
    assert (house.state(first), house.state(second)) == ("met", "met")
    assert len(house.certificates(first)) == 1


def _moodle():
    return platforms.Draft("M", MOODLE, "c", f"{MOODLE}/auth", f"{MOODLE}/token", f"{MOODLE}/jwks", "moodle")


def test_a_login_parted_from_a_learner_gets_no_score_of_that_learners_award(house):
    """The roster named somebody else's login by mistake; what was launched under it meanwhile is that person's seat."""
    with house.database.transaction() as connection:
        platforms.add(connection, _moodle(), house.now)
    house.list_people("code,family_name,given_name,sub:M,sub:O\nA1,Nguyễn,An,5,u\n")
    learner = house.launch("u", OPENEDX, xapi_actor="x")
    assert house.launch("5", link="1") == learner
    house.list_people("code,family_name,given_name,sub:M,sub:O\nA1,Nguyễn,An,,u\n")
    house.complete(account("x", OPENEDX), "t1", "t2", source=OPENEDX)
    house.review()
    assert house.state(learner) == "met"
    with house.database.reading() as connection:
        assert connection.execute(select(delivery.c.sub)).all() == []
    house.complete(account("5"), "t1", "t2")
    house.review()
    with house.database.reading() as connection:
        (found,) = connection.execute(select(delivery.c.sub, delivery.c.learner_id)).all()
    assert found.sub == "5"
    assert found.learner_id != learner


def test_a_new_version_reviews_a_learner_known_only_by_what_a_person_joined(house):
    """The roster expects this person under a user name; no login came yet, but a person said whose the statements are."""
    house.list_people("code,family_name,given_name,username:M\nA1,Nguyễn,An,0912345678\n")
    house.complete({"mbox": "mailto:an@example.vn"}, "t1")
    house.review()
    with house.database.transaction() as connection:
        (learner,) = learners.search(connection, "A1")
        (waits,) = identity.pending(connection, early=True)
        said = {"who": "staff:1", "reason": "asked", "now": house.now, "mark": due.mark}
        identity.join(connection, waits.id, learner, **said)
    house.review()
    assert house.state(learner) == "open"
    with house.database.transaction() as connection:
        newer = PROGRAMME.replace("must: {titles: {vi: Bắt buộc", "must: {titles: {vi: Phải")
        versions.load(connection, newer, "small.yaml", house.now, mark_all=due.mark_all)
    house.review()
    assert house.outcome(learner).rule_version == 2


def test_a_quarantined_statement_of_a_learner_leaves_the_answer_unknown(house):
    learner = house.launch("4")
    bad = statement(account("4"), "t1", START) | {"verb": {"id": "no iri"}}
    house.send(bad)
    with house.database.transaction() as connection:
        found = house.reviewer.review_learner(connection, learner, house.now)["small"]
    assert (found.state, found.outcome.why) == ("unknown", ("evidence",))


def test_a_quarantined_statement_changes_the_kept_answer_by_itself(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1")
    house.review()
    assert house.state(learner) == "open"
    house.send(statement(account("4"), "t2", START) | {"verb": {"id": "no iri"}})
    house.review()
    assert house.state(learner) == "unknown"


def test_a_key_marked_again_meanwhile_stays_due(house):
    with house.database.transaction() as connection:
        due.mark(connection, ["k"])
        claimed = due.claim(connection, 10)
        due.mark(connection, ["k"])
        due.reviewed(connection, claimed)
        assert due.waiting(connection) == 1
        due.reviewed(connection, due.claim(connection, 10, "z"))
        assert due.waiting(connection) == 0


def test_a_page_knows_whether_the_kept_outcome_is_fresh(house):
    learner = house.launch("4")
    with house.database.reading() as connection:
        assert not house.reviewer.is_fresh(connection, learner)
    house.review()
    with house.database.reading() as connection:
        assert house.reviewer.is_fresh(connection, learner)
    house.complete(account("4"), "t1")
    with house.database.reading() as connection:
        assert not house.reviewer.is_fresh(connection, learner)


def test_after_the_close_a_silent_platform_leaves_the_answer_unknown(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1")
    house.now = datetime(2025, 12, 25, tzinfo=UTC)
    with house.database.transaction() as connection:
        house.reviewer.review_learner(connection, learner, house.now)
    assert house.outcome(learner).outcome.why == ("silent",)
    house.complete(account("5"), "t1")
    with house.database.transaction() as connection:
        house.reviewer.review_learner(connection, learner, house.now)
    assert house.state(learner) == "out_of_reach"


@pytest.mark.parametrize("limit", [1, 100])
def test_a_key_whose_review_fails_is_set_aside_and_holds_up_nobody(house, limit):
    broken, sound = house.launch("4", name="An"), house.launch("5", name="Bình")
    house.complete(account("4"), "t1", "t2")
    house.complete(account("5"), "t1", "t2")
    rulebooks = house.reviewer.rulebooks
    with house.database.transaction() as connection:
        connection.execute(base.job.delete())
    house.reviewer = _Failing(house.reviewer.texts, rulebooks, broken=broken)
    house.review(limit)
    assert (house.state(broken), house.state(sound)) == (None, "met")
    with house.database.reading() as connection:
        assert due.waiting(connection) == 0
        (job,) = [job for job in jobs.listed(connection) if job.kind == "review"]
    house.reviewer = Reviewer(house.reviewer.texts, rulebooks)
    house.reviewer.review_key(house.database, job.key, house.now)
    assert house.state(broken) == "met"


def test_a_failing_review_is_set_aside_though_others_are_marked_again_and_again(house):
    """Under load the first keys are never fewer than a batch takes: the failing one must be looked for where it was claimed."""
    numbers = sorted(map(str, range(4, 9)), key=lambda number: account_key(MOODLE, number))
    broken = house.launch(numbers[-1])
    for number in numbers[:-1]:
        house.launch(number)
    house.reviewer = _Failing(house.reviewer.texts, broken=broken)
    for _ in range(60):
        house.reviewer.review_due(house.database, house.now, 1)
        with house.database.transaction() as connection:
            due.mark(connection, [account_key(MOODLE, number) for number in numbers[:-1]])
    with house.database.reading() as connection:
        assert [job.kind for job in jobs.listed(connection)] == ["review"]


def _review_overtaken(house, meanwhile):
    return house.reviewer.review_due(Overtaken(house.database, meanwhile), house.now)


def test_a_statement_that_comes_while_a_review_decides_is_counted_by_the_next(house):
    learner = house.launch("4", name="An")
    house.complete(account("4"), "t1")
    _review_overtaken(house, lambda: house.complete(account("4"), "t2"))
    house.review()
    assert house.state(learner) == "met"


def test_what_was_decided_before_a_completion_was_taken_back_awards_nothing(house):
    learner = house.launch("4", name="An")
    house.complete(account("4"), "t1", "t2")
    at = START + timedelta(hours=5)
    _review_overtaken(house, lambda: house.send(statement(account("4"), "t2", at, UNCOMPLETED)))
    house.review()
    assert (house.state(learner), house.certificates(learner)) == ("open", [])


def test_a_review_that_decided_earlier_does_not_write_over_a_later_one(house):
    """One login is known by two actors; another reviewer takes up what came about the second while the first one decides."""
    learner = house.launch("u", OPENEDX, xapi_actor="x", name="An")
    house.review()
    house.complete(account("x", OPENEDX), "t3", source=OPENEDX)

    def completed_and_reviewed():
        house.now += timedelta(milliseconds=1)
        house.complete(account("u", OPENEDX), "t1", "t2", source=OPENEDX)
        house.reviewer.review_key(house.database, _key("u", OPENEDX), house.now)

    _review_overtaken(house, completed_and_reviewed)
    assert house.state(learner) == "met"
    house.review()
    assert house.state(learner) == "met"


def test_another_reviewer_who_was_quicker_leaves_nothing_to_write(house):
    learner = house.launch("4", name="An")
    house.complete(account("4"), "t1", "t2")
    _review_overtaken(house, house.review)
    assert house.state(learner) == "met"
    assert len(house.certificates(learner)) == 1


def test_an_actor_whose_learner_has_not_arrived_waits_once_and_its_review_is_done(house):
    house.complete(account("9"), "t1")
    house.review()
    house.complete(account("9"), "t2")
    house.review()
    with house.database.reading() as connection:
        assert [one.actor_key for one in identity.pending(connection, early=True)] == [_key("9")]
        assert due.is_empty(connection)


def _key(name, issuer=MOODLE):
    return account_key(issuer, name)


def test_a_portion_of_which_some_were_marked_again_is_no_end_of_what_is_due(house):
    """The worker pauses after the last portion only: at 200 statements a second some key is always marked again."""
    for number in ("4", "5"):
        house.launch(number)
        house.complete(account(number), "t1")
    looked = _review_overtaken(house, lambda: house.complete(account("4"), "t2"))
    with house.database.reading() as connection:
        assert due.are_waiting(connection, [_key("4")])
        assert not due.are_waiting(connection, [_key("5")])
    assert looked >= 2
