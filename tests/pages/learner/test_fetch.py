"""A practice page fetches its token once, and what it writes with it is evidence of nothing but practice."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from lti_tool.ledger import outcomes
from tests.assembly import TEN, at_moodle
from tests.conftest import NOW
from xapi import tokens

ISSUER = "https://hoc.example.vn"
DONE = "http://adlnet.gov/expapi/verbs/completed"


@pytest.fixture
def house(tmp_path):
    with at_moodle(tmp_path, NOW, ISSUER) as house:
        yield house


@pytest.fixture
def page(house):
    return Page(house)


class Page:
    """A learner's practice page in a browser, and its script."""

    def __init__(self, house, sub="4"):
        self.house, self.browser = house, house.browser()
        launched = house.launch("moodle", self.browser, sub=sub).headers["Location"]
        text = self.browser.get(f"{urlsplit(launched).path}/practice/cd-05/q1").text
        self.fetch_url = re.search(r'data-fetch="([^"]+)"', text)[1]
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', text)[1]

    def fetch(self, url="", browser=None, **headers):
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json", **headers}
        return (browser or self.browser).post(url or self.fetch_url, headers=headers)

    def statement(self, said, **changes):
        return {
            "actor": said["actor"],
            "verb": {"id": said["verbs"][0]},
            "object": {"id": f"{said['endpoint']}practice/cd-05/q1"},
            "context": {"registration": said["registration"]},
            **changes,
        }

    def send(self, said, body, scheme="Basic"):
        headers = {
            "Authorization": f"{scheme} {said['auth-token']}",
            "X-Experience-API-Version": "1.0.3",
        }
        return self.browser.post("/xapi/statements", json=body, headers=headers)

    def stored(self):
        return self.browser.get("/xapi/statements", headers=self.house.basic("admin")).json["statements"]


def test_from_the_launch_to_a_stored_practice_statement(page):
    answer = page.fetch()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    said = answer.json
    assert page.send(said, page.statement(said), "Bearer").status_code == 200
    (kept,) = page.stored()
    assert kept["actor"] == said["actor"]
    assert kept["authority"]["account"]["name"] == "donghanh-practice"
    assert page.fetch().status_code == 409, "fetched once"


def test_the_fetch_address_serves_its_own_launch_topic_and_hour_only(house, page):
    other = Page(house, sub="5")
    theirs = other.fetch_url.replace("/fetch/", "/fetch/x")
    assert page.fetch(browser=house.browser()).status_code == 403, "another browser"
    assert page.fetch(other.fetch_url).status_code == 403, "another launch"
    offer = other.fetch_url.rsplit("/", 1)[1]
    mine = page.fetch_url.rsplit("/", 1)[0]
    for wrong in (theirs, f"{mine}/{offer}", f"{mine}/x", f"{mine}/{'a' * 22}.9.{'0' * 64}"):
        assert page.fetch(wrong).status_code == 403
    assert page.fetch(page.fetch_url.replace("cd-05", "cd-06")).status_code == 403
    assert page.fetch(page.fetch_url.replace("cd-05", "nothing")).status_code == 403
    assert page.fetch(**{"X-CSRF-Token": "forged"}).status_code == 403
    house.clock.pass_by(hours=1)
    assert page.fetch().status_code == 403, "its hour is over"


def test_another_learner_run_or_verb_is_forbidden(house, page):
    said, theirs = page.fetch().json, Page(house, sub="5").fetch().json
    for change in (
        {"actor": theirs["actor"]},
        {"actor": {"account": {"homePage": ISSUER, "name": "4"}}},
        {"context": {"registration": theirs["registration"]}},
        {"verb": {"id": DONE}},
    ):
        assert page.send(said, [page.statement(said), page.statement(said, **change)]).status_code == 403
    assert page.stored() == []


def test_even_a_token_bound_to_the_platforms_actor_and_verb_writes_no_evidence(house, page):
    """Whatever the application may bind a token to by mistake: what it writes has no source."""
    actor = {"account": {"homePage": ISSUER, "name": "4"}}
    run = "5f0c4c5e-6f0e-4f5d-9d6b-0a4cf4f2a001"
    with house.tool.database.transaction() as connection:
        token = tokens.issue(
            connection, offer="x", actor=actor, registration=run, verbs=[DONE], authority=actor, now=NOW
        )
    said = {
        "auth-token": token,
        "actor": actor,
        "registration": run,
        "verbs": [DONE],
        "endpoint": "https://x/",
    }
    from_lms = house.complete("moodle", "4", TEN[:1])
    assert from_lms.status_code == 200
    activities = [f"{ISSUER}/mod/page/view.php?id={topic.removeprefix('cd-')}" for topic in TEN]
    forged = [
        page.statement(
            said,
            object={
                "id": activity,
                "definition": {
                    "extensions": {
                        "https://w3id.org/learning-analytics/learning-management-system/external-id": topic
                    }
                },
            },
            timestamp=(NOW - timedelta(hours=1)).isoformat(),
        )
        for activity, topic in zip(activities, TEN, strict=True)
    ]
    assert page.send(said, forged).status_code == 200
    house.work()
    with house.tool.database.reading() as connection:
        (found,) = outcomes.listed(connection, "kns-2025")
    assert [topic.topic for topic in found.topics if topic.done] == [TEN[0]]
