from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from certificates import register
from certificates.certificate import DocumentState, Facts, Line, Wording
from certificates.signing import Genuine, Invalid, Signer, make_pem
from lti_tool.base import jobs
from lti_tool.base.jobs import Done, Park
from lti_tool.handlers.issue import KIND, Issue

WORDING = Wording(**{one.name: Line(f"Chữ {one.name}") for one in fields(Wording)})
FACTS = Facts("Lê Văn Tám", Line("Kỹ năng số"), "2025", date(2025, 12, 9), False, WORDING)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(make_pem("Sở Thử nghiệm", datetime(2025, 12, 9, tzinfo=UTC)))


@pytest.fixture
def issue(database, signer, clock) -> Issue:
    return Issue(database, signer, "https://donghanh.example.gov.vn/", clock)


@pytest.fixture
def award(database, now):
    def do(name="Lê Văn Tám"):
        with database.transaction() as connection:
            facts = replace(FACTS, holder_name=name)
            return register.award(connection, holder="h", programme="p", edition="2025", facts=facts, now=now)

    return do


def job_of(database, number, now):
    with database.transaction() as connection:
        jobs.enqueue(connection, KIND, number, run_at=now)
        return jobs.listed(connection)[0]


def test_the_job_composes_signs_verifies_and_stores(database, issue, award, signer, now):
    made = award()
    assert issue(job_of(database, made.number, now)) == Done()
    with database.reading() as connection:
        stored = register.document_of(connection, made.number)
        assert register.find(connection, made.number).document is DocumentState.ISSUED
    assert signer.verify(stored, now=now) == Genuine()


def test_a_page_that_asks_first_gets_the_same_bytes_as_everybody_after(database, issue, award, now):
    made = award()
    first = issue.now(made.number)
    assert issue(job_of(database, made.number, now)) == Done()
    assert issue.now(made.number) == first


def test_requests_and_jobs_in_parallel_get_one_document(database, award, signer, clock):
    made = award()
    several = [Issue(database, signer, "https://x.example", clock) for _ in range(3)]
    with ThreadPoolExecutor(9) as pool:
        documents = set(pool.map(lambda turn: several[turn % 3].now(made.number), range(9)))
    assert len(documents) == 1


def test_a_document_that_waits_for_a_name_is_made_when_it_is_named(database, issue, award, now):
    made = award(None)
    assert issue(job_of(database, made.number, now)) == Done()
    assert issue.now(made.number) is None
    with database.transaction() as connection:
        register.set_name(connection, made.number, "Lê Văn Tám")
    assert issue.now(made.number).startswith(b"%PDF")


def test_a_name_corrected_while_the_document_is_composed_is_the_one_printed(database, award, signer, clock):
    made = award()

    class Slow:
        """Signs, and meanwhile somebody corrects the name: once."""

        corrected = False

        def sign(self, content, *, reason, now):
            if not self.corrected:
                self.corrected = True
                with database.transaction() as connection:
                    register.set_name(connection, made.number, "Lê Văn Tâm")
            return signer.sign(content, reason=reason, now=now)

        def verify(self, content, *, now):
            return signer.verify(content, now=now)

    class Counting(Slow):
        signed = 0

        def sign(self, content, *, reason, now):
            self.signed += 1
            return super().sign(content, reason=reason, now=now)

    counting = Counting()
    assert Issue(database, counting, "https://x.example", clock).now(made.number) is not None
    assert counting.signed == 2
    with database.reading() as connection:
        assert register.find(connection, made.number).facts.holder_name == "Lê Văn Tâm"


def test_a_signature_of_ours_that_does_not_verify_is_never_stored(database, award, signer, clock, now):
    made = award()

    class Broken:
        def sign(self, content, *, reason, now):
            return signer.sign(content, reason=reason, now=now)

        def verify(self, *_, **__):
            return Invalid("broken")

    broken = Issue(database, Broken(), "https://x.example", clock)
    assert broken(job_of(database, made.number, now)) == Park("own-signature-invalid")
    with database.reading() as connection:
        assert register.document_of(connection, made.number) is None


def test_an_unknown_number_has_no_document(database, issue, now):
    assert issue.now("nothing") is None
    assert issue(job_of(database, "nothing", now)) == Done()
