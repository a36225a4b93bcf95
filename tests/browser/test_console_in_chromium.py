"""Every section of the console in a real browser, with something in it: read by axe-core, from a phone to a desk, by a thumb."""

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.base import jobs
from lti_tool.coaching import desk
from lti_tool.ledger import attention
from lti_tool.people import learners
from tests.assembly import TEN, assembled, completion
from tests.browser.consoling import cut_off, signed_in, too_small, unfolded
from tests.loopback import served
from xapi import forwarding

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture
def house(tmp_path):
    """One of everything that the console shows."""
    with assembled(tmp_path, NOW) as found:
        found.add_platform("moodle", ISSUER)
        found.add_credential("analyst", ["all/read"])
        found.load()
        gradebook = found.open_gradebook("moodle")
        found.served.answers["/moodle/lineitem/scores"] = (404, "")
        found.launch("moodle", sub="41", name="", given_name="", family_name="", **{ENDPOINT: gradebook})
        found.complete(
            "moodle", "41", TEN
        )  # no name: the document waits, nothing is signed beside the driver
        bad = {"actor": {"mbox": "nobody"}, "verb": {"id": "completed"}}
        found.post("moodle", [completion(ISSUER, "99", "cd-01", NOW), bad])
        found.work()
        with found.tool.database.transaction() as connection:
            _waiting(connection, learners.find(connection, ISSUER, "41"))
        claimed = jobs.claim(found.tool.database, now=NOW, lease=timedelta(hours=1), kinds=["issue"])
        with found.tool.database.transaction() as connection:
            jobs.settle(connection, claimed, jobs.Park("the disk is full"), NOW)
        found.sign_in()
        yield found


def _waiting(connection, learner):
    """A question, a matter to decide on, a receiver that refuses, a job that is parked later."""
    desk.ask(
        connection, learner_id=learner, programme_key="kns-2025", topic="cd-05", text="Học ở đâu?", language="vi",
        token="x", now=NOW,
    )  # fmt: skip
    attention.ask(connection, attention.PROOF_LOST, learner, "kns-2025", {}, NOW)
    hasty = {"seconds": 95, "minutes": 40, "proof": ["0d4d8a3e-6f0e-4c8e-9d3c-1c2f2f0a5b11"], "begun": None}
    topics = [
        {**hasty, "topic": "cd-01"},
        {**hasty, "topic": "cd-03", "seconds": 20, "begun": "5c1e9c0a-77b1-4e5d-8a64-2f1f63f0d7aa"},
    ]
    attention.ask(connection, attention.IMPLAUSIBLE, learner, "kns-2025", {"topics": topics}, NOW)
    given = {
        "endpoint": "https://lrs.example.vn/a/rather/long/address/of/xapi",
        "key": "k",
        "secret": "sealed",
    }
    forward = forwarding.add(connection, name="aspects", choice=forwarding.Choice(), **given)
    piece = (7, "an-id", "{}")
    held = forwarding.find(connection, forward)
    forwarding.moved(connection, held, 7, [piece], [(piece, "400: not liked")], NOW)
    jobs.enqueue(connection, "issue", "x", run_at=NOW, release=True)


def faults(page, check):
    unfolded(page)
    return check(page), cut_off(page), too_small(page)


SECTIONS = ("", "learners", "questions", "certificates", "attention", "identity?early=1", "platforms", "credentials",
            "programmes", "quarantine", "jobs", "forwarding")  # fmt: skip


def test_every_section_and_what_it_lists_is_readable_by_everyone(house, chromium, check):
    """One test for all, because the house is what takes the time."""
    found = {}
    with house.tool.database.reading() as connection:
        learner = learners.find(connection, ISSUER, "41")
    with served(house.app) as base, signed_in(chromium, base) as page:
        for section in (*SECTIONS, f"learners/{learner}"):
            page.goto(f"{base}/console/{section}")
            found[section] = faults(page, check)
            prefix = f"/console/{section.partition('?')[0]}/"
            listed = page.locator(f"main a[href^='{prefix}']") if section else page.locator("none")
            if listed.count():
                page.goto(base + listed.first.get_attribute("href"))
                found[f"one of {section}"] = faults(page, check)
        page.context.clear_cookies()
        page.goto(f"{base}/console/sign-in")
        found["sign-in"] = faults(page, check)
    assert {name: one for name, one in found.items() if any(one)} == {}
    assert sum(name.startswith("one of") for name in found) == 7
