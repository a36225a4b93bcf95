from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.base import jobs
from lti_tool.base.columns import metadata
from lti_tool.base.database import Database
from lti_tool.ledger import deliveries, seats
from rules.programme import Scores

START = datetime(2025, 12, 9, 13, 30, 0, 400_000, tzinfo=UTC)
CERTIFICATE = seats.Place(1, "link-1", "course", "https://lms.example/15/lineitem", "certificate")
PROGRESS = seats.Place(1, "link-2", "course", "https://lms.example/16/lineitem", "progress")


def programme(*, progress: bool = True, key: str = "kns"):
    return SimpleNamespace(key=key, scores=Scores(100, progress))


@pytest.fixture
def sit(database):
    def do(place, sub="41", learner_id="learner-1", now=START):
        with database.transaction() as connection:
            seats.take(connection, place, sub, learner_id, now)

    return do


@pytest.fixture
def intend(database):
    def do(award, done, *, now=START, learner_id="learner-1", **which):
        with database.transaction() as connection:
            deliveries.intend_for(
                connection,
                learner_id,
                programme(**which),
                award=award,
                done=done,
                total=19,
                comment="c",
                now=now,
            )

    return do


def wanted(database):
    with database.reading() as connection:
        return {
            (one.lineitem, one.sub): (one.desired.given, one.desired.maximum)
            for one in deliveries.listed(connection, ("due", "uncertain", "delivered", "parked"))
        }


def test_the_certificates_line_item_gets_nothing_before_the_award(database, sit, intend):
    sit(CERTIFICATE)
    sit(PROGRESS)
    intend(False, 9)
    assert wanted(database) == {(PROGRESS.lineitem, "41"): (9, 19)}


def test_the_award_gives_the_full_score_to_every_certificate_link(database, sit, intend):
    other = seats.Place(2, "link-9", None, "https://other.example/15/lineitem", "certificate")
    sit(CERTIFICATE)
    sit(other, sub="abc")
    intend(True, 10, progress=False)
    assert wanted(database) == {(CERTIFICATE.lineitem, "41"): (100, 100), (other.lineitem, "abc"): (100, 100)}


def test_progress_is_sent_only_where_the_programme_wants_it(database, sit, intend):
    sit(PROGRESS)
    intend(False, 9, progress=False)
    assert wanted(database) == {}


def test_progress_never_goes_to_a_line_item_that_is_a_certificates_too(database, sit, intend):
    sit(CERTIFICATE, sub="50", learner_id="learner-2")
    sit(seats.Place(1, "link-7", None, CERTIFICATE.lineitem, "progress"))
    intend(False, 9)
    assert wanted(database) == {}


def test_no_progress_of_zero_is_sent_first_but_a_take_back_is(database, sit, intend):
    sit(PROGRESS)
    intend(False, 0)
    assert wanted(database) == {}
    intend(False, 1)
    intend(False, 0)
    assert wanted(database) == {(PROGRESS.lineitem, "41"): (0, 19)}


def test_a_link_of_another_programme_gets_nothing(database, sit, intend):
    sit(seats.Place(1, "link-1", None, CERTIFICATE.lineitem, "certificate", programme_key="other"))
    intend(True, 10)
    assert wanted(database) == {}


def test_a_link_without_a_line_item_waits_for_one(database, sit, intend):
    sit(seats.Place(1, "link-1", None, None, "certificate"))
    intend(True, 10)
    assert wanted(database) == {}
    sit(CERTIFICATE)
    sit(seats.Place(1, "link-1", None, None, "certificate"))
    intend(True, 10)
    assert wanted(database) == {(CERTIFICATE.lineitem, "41"): (100, 100)}


def test_intending_the_same_score_again_changes_nothing(database, sit, intend):
    sit(CERTIFICATE)
    intend(True, 10)
    with database.reading() as connection:
        before = deliveries.listed(connection, ("due",))
    intend(True, 10, now=START + timedelta(hours=1))
    with database.reading() as connection:
        assert deliveries.listed(connection, ("due",)) == before
        assert len(jobs.listed(connection)) == 1


@given(st.lists(st.tuples(st.integers(1, 19), st.integers(0, 3_000)), min_size=1, max_size=12))
def test_every_new_intention_has_its_own_later_whole_second(memory, steps):
    now, stamps = START, []
    seat = seats.Seat(
        1, "https://lms.example/16/lineitem", str(len(steps)) + str(id(steps)), "learner-1", "progress"
    )
    for given_score, milliseconds in steps:
        now += timedelta(milliseconds=milliseconds)
        with memory.transaction() as connection:
            delivery_id = deliveries.intend(connection, seat, deliveries.Desired(given_score, 19, "c"), now)
            held = deliveries.find(connection, delivery_id)
        assert held.desired_at.microsecond == 0
        if not stamps or stamps[-1] != held.desired_at:
            stamps.append(held.desired_at)
    assert stamps == sorted(set(stamps))


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    found = Database(f"sqlite:///{tmp_path_factory.mktemp('deliveries') / 'one.db'}")
    metadata.create_all(found.engine)
    yield found
    found.close()


def test_the_purpose_comes_from_the_custom_parameter_and_is_the_certificate_otherwise():
    def launch(custom, link="link-1"):
        return SimpleNamespace(
            platform=SimpleNamespace(id=7),
            link=SimpleNamespace(id=link) if link else None,
            context=SimpleNamespace(id="course"),
            lineitem="https://lms.example/15/lineitem",
            custom=custom,
        )

    assert seats.place_of(launch({})).purpose == "certificate"
    assert seats.place_of(launch({"purpose": "nonsense"})).purpose == "certificate"
    place = seats.place_of(launch({"purpose": "progress", "programme": "kns"}))
    assert (place.purpose, place.programme_key, place.platform_id) == ("progress", "kns", 7)
    assert seats.place_of(launch({}, link=None)) is None


def test_a_seat_follows_the_learner_it_is_now_known_as(database, sit, intend):
    sit(CERTIFICATE, learner_id="learner-1")
    sit(CERTIFICATE, learner_id="learner-2")
    intend(True, 10, learner_id="learner-1")
    assert wanted(database) == {}
    intend(True, 10, learner_id="learner-2")
    assert list(wanted(database)) == [(CERTIFICATE.lineitem, "41")]
    with database.reading() as connection:
        assert [one.sub for one in deliveries.of_learner(connection, "learner-2")] == ["41"]
        assert deliveries.counts(connection) == {"due": 1}
