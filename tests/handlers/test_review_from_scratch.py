"""Incremental equals from scratch: whatever came in whatever order, reviewed whenever, ends as if all had been looked at once."""

from datetime import timedelta
from hashlib import sha1

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, or_, select

from certificates.certificate import Status
from lti_tool.base.columns import metadata
from lti_tool.ledger import attention, due, tables
from lti_tool.ledger.attention import IMPLAUSIBLE, WORKER
from lti_tool.people import identity, learners, oneness, roster
from lti_tool.people import tables as people
from lti_tool.people.units import Units
from rules.plausibility import VIEWED
from tests.handlers.house import (
    COMPLETED,
    MOODLE,
    OPENEDX,
    START,
    UNCOMPLETED,
    VOIDED,
    House,
    Overtaken,
    account,
    statement,
)
from xapi import tables as xapi

MAILS = ("An@Xa.example.vn", "an@xa.example.vn", "binh@xa.example.vn", None)
SUBS, ACTORS = ("1", "2"), ("x1", "x2", None)


def hashed(text):
    return {"mbox_sha1sum": sha1(text.encode()).hexdigest()}


FORMS = [
    *((MOODLE, account(sub)) for sub in SUBS),
    *((OPENEDX, account(name, OPENEDX)) for name in ("x1", "x2")),
    *((source, {"mbox": f"mailto:{mail}"}) for source in (MOODLE, OPENEDX) for mail in MAILS[1:3]),
    *((OPENEDX, hashed(prefix + mail)) for prefix in ("", "mailto:") for mail in MAILS[:2]),
]
TOPICS = st.sampled_from(["t1", "t2", "t3"])
CHANGE = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(FORMS), TOPICS, st.integers(0, 5), st.sampled_from([COMPLETED, UNCOMPLETED, VIEWED])),
    st.tuples(st.just("send"), st.sampled_from(FORMS), TOPICS, st.integers(0, 5), st.just(COMPLETED)),
    st.tuples(st.just("study"), st.sampled_from(FORMS[:4]), TOPICS, st.integers(0, 5), st.sampled_from([20, 40, 119, 300])),
    st.tuples(st.just("settle")),
    st.tuples(st.just("launch"), st.sampled_from([MOODLE, OPENEDX]), st.sampled_from(SUBS), st.sampled_from(MAILS), st.sampled_from(ACTORS)),
    st.tuples(st.just("void"), st.integers(0, 30)),
    st.tuples(st.just("join"), st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("roster"), st.sampled_from(["1,", ",1", "1,1", "2,1", ","])),
    st.tuples(st.just("page"), st.integers(0, 5)),
)  # fmt: skip
REVIEW = st.tuples(st.just("review"), st.sampled_from([1, 2, 100]), st.lists(CHANGE, max_size=2))
EVENTS = st.lists(st.one_of(CHANGE, CHANGE, REVIEW), max_size=25)
# Chance alone hardly ever makes a learner whom somebody must look at.
HASTY = [("launch", MOODLE, "1", MAILS[0], None), ("study", FORMS[0], "t1", 0, 20), ("review", 100, [])]


class Story:
    """Carries events out on one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.sent: list[tuple[str, str]] = []

    def tell(self, events) -> None:
        self.each(events)
        self.house.review()

    def send(self, form, topic, minute, verb):
        source, actor = form
        said = statement(actor, topic, START + timedelta(minutes=minute), verb)
        self.sent += [(source, one) for one in self.house.send(said, source=source)]

    def study(self, form, topic, minute, seconds):
        """In so little time that somebody must look at it, mostly."""
        source, actor = form
        begun = START + timedelta(minutes=minute)
        said = (
            statement(actor, topic, begun, VIEWED),
            statement(actor, topic, begun + timedelta(seconds=seconds)),
        )
        self.sent += [(source, one) for one in self.house.send(*said, source=source)]

    def settle(self):
        with self.house.database.transaction() as connection:
            for one in attention.open_(connection)[:1]:
                attention.settle(connection, one.id, who="staff:1", reason="known", now=self.house.now)

    def launch(self, issuer, sub, email, xapi_actor):
        self.house.launch(sub, issuer, email=email, xapi_actor=xapi_actor if issuer == OPENEDX else None)

    def void(self, at):
        if self.sent:
            source, target = self.sent[at % len(self.sent)]
            about = {"objectType": "StatementRef", "id": target}
            said = {
                "actor": account("0", source),
                "verb": {"id": VOIDED},
                "object": about,
                "timestamp": START.isoformat(),
            }
            self.house.send(said, source=source)

    def join(self, which, whom):
        with self.house.database.transaction() as connection:
            waiting = identity.pending(connection, early=True)
            known = sorted(set(connection.execute(select(people.login.c.learner_id)).scalars()))
            if waiting and known:
                pending_id, learner_id = waiting[which % len(waiting)].id, known[whom % len(known)]
                said = {"who": "staff:1", "reason": "asked", "now": self.house.now, "mark": due.mark}
                identity.join(connection, pending_id, learner_id, **said)

    def undo(self, which):
        with self.house.database.transaction() as connection:
            row = people.join
            made = (
                connection.execute(select(row.c.id).where(row.c.undone_at.is_(None)).order_by(row.c.id))
                .scalars()
                .all()
            )
            if made:
                said = {"who": "staff:1", "reason": "asked", "now": self.house.now, "mark": due.mark}
                identity.undo(connection, made[which % len(made)], **said)

    def roster(self, logins):
        text = f"code,family_name,given_name,sub:M,sub:O\nA1,Nguyễn,An,{logins}\n"
        said = {
            "issuers": {"M": MOODLE, "O": OPENEDX},
            "units": Units([]),
            "who": "staff:1",
            "mark": due.mark,
        }
        with self.house.database.transaction() as connection:
            roster.import_(connection, text.encode(), now=self.house.now, **said)

    def page(self, which):
        """A learner looks at their page, which reviews them at once and takes nothing off what is due."""
        self.house.now += timedelta(milliseconds=1)
        with self.house.database.transaction() as connection:
            known = sorted(set(connection.execute(select(people.login.c.learner_id)).scalars()))
            if known:
                learner_id = known[which % len(known)]
                self.house.reviewer.review_learner(connection, learner_id, self.house.now)

    def review(self, limit, meanwhile):
        """`meanwhile`: what others do after the review has decided and before it writes."""
        self.house.now += timedelta(milliseconds=1)
        overtaken = Overtaken(self.house.database, lambda: self.each(meanwhile))
        self.house.reviewer.review_due(overtaken, self.house.now, limit)

    def each(self, events):
        for name, *values in events:
            getattr(self, name)(*values)


def emptied(house: House) -> House:
    with house.database.transaction() as connection:
        kept = {"programme_version", "programme_mapping"}
        for table in (*reversed(metadata.sorted_tables), *reversed(xapi.metadata.sorted_tables)):
            if table.name not in kept:
                connection.execute(table.delete())
    return house


def forget_all_projections(house: House) -> None:
    """Only statements, logins, the roster and what persons decided are left."""
    row = people.join
    by_rule = (row.c.how == "mail") & or_(row.c.undone_at.is_(None), row.c.undone_by == "rule")
    with house.database.transaction() as connection:
        connection.execute(delete(row).where(by_rule))
        for table in (people.pending, people.actor, people.mailbox, tables.outcome, tables.review_due):
            connection.execute(delete(table))
        row = tables.attention
        by_hand = row.c.settled_by.is_not(None) & (row.c.settled_by != WORKER)
        connection.execute(delete(row).where(row.c.kind == IMPLAUSIBLE, ~by_hand))
        heard = connection.execute(select(xapi.statement.c.actor_key).distinct()).scalars()
        claimed = connection.execute(select(people.claim.c.actor_key).distinct()).scalars()
        due.mark(connection, {*heard, *claimed} - {None})


def doubts(house: House):
    """By who it is now (a matter keeps the id it was asked under), what waits for a person."""
    with house.database.reading() as connection:
        waiting = [one for one in attention.open_(connection) if one.kind == IMPLAUSIBLE]
        return sorted(
            (oneness.canonical(connection, one.learner_id), one.details["topics"]) for one in waiting
        )


@given(before=st.sampled_from([[], HASTY]), events=EVENTS)
def test_reviewed_piece_by_piece_equals_reviewed_from_scratch(hasty_house, before, events):
    house = hasty_house
    Story(emptied(house)).tell([*before, *events])
    found = house.timeless(), doubts(house)
    forget_all_projections(house)
    house.review(limit=3)
    assert (house.timeless(), doubts(house)) == found


@given(events=EVENTS)
def test_a_person_has_at_most_one_award_for_each_login_and_met_is_always_awarded(hasty_house, events):
    house = hasty_house
    Story(emptied(house)).tell(events)
    for learner_id, found in house.timeless().items():
        with house.database.reading() as connection:
            ids = learners.members(connection, learner_id)
            assert oneness.canonical(connection, learner_id) == learner_id
        valid = [
            one.number for holder in ids for one in house.certificates(holder) if one.status is Status.VALID
        ]
        assert len(valid) <= len(ids)
        assert valid or found.state != "met"
