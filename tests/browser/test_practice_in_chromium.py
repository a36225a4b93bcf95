"""Practice in flight mode, in a real browser before the whole tool: what was done arrives later, each once, with the time it happened."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lti_tool.coaching.tables import answer
from lti_tool.ledger.tables import outcome
from tests.assembly import at_moodle
from tests.loopback import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]
NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
QUESTION = "/practice/cd-05/q1"
KEPT = "Object.keys(localStorage).length"
AWAY, OPEN = "giữ trên máy này", "đừng đóng trang"


@pytest.fixture
def house(tmp_path):
    with at_moodle(tmp_path, NOW, ISSUER) as house:
        yield house


@pytest.fixture
def phone(house, chromium):
    with served(house.app) as base:
        context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
        yield Phone(house, context, base)
        context.close()


class Phone:
    """One browser, in which people launch and practise on a clock that a test moves."""

    def __init__(self, house, context, base):
        self.house, self.context, self.base = house, context, base
        self.client = house.browser()

    def open(self, path=QUESTION, *, sub="4"):
        """A new page of a new launch."""
        launched = self.house.launch("moodle", self.client, sub=sub).headers["Location"]
        value = self.client.get_cookie("dh").value
        self.context.add_cookies([{"name": "dh", "value": value, "url": self.base}])
        self.page = self.context.new_page()
        self.page.clock.install(time=self.house.clock())
        self.house.clock.pass_by(seconds=30)  # it stands still, and the page's does not
        self.page.goto(f"{self.base}{urlsplit(launched).path}{path}")
        return self.page

    def fly(self, **time):
        self.context.set_offline(True)
        self.wait(**time)

    def leave(self):
        """Gone from the page before it is closed: a page that is being closed has the network back for a moment, and would send."""
        self.page.goto("about:blank")
        self.page.close()

    def wait(self, **time):
        self.house.clock.pass_by(**time)
        self.page.clock.fast_forward(int(timedelta(**time).total_seconds() * 1000))

    def land(self):
        """The network is back, and the page sends what it has."""
        self.context.set_offline(False)
        self.until(self.nothing_kept)

    def nothing_kept(self):
        return self.page.evaluate(KEPT) == 0

    def until(self, so):
        """Asked from outside: the page's policy lets nobody evaluate inside it."""
        while not so():
            self.page.wait_for_timeout(50)

    def answer(self, said=AWAY):
        """Choose the first answer, then the second, and give it."""
        for option in self.page.locator("input[name=choice]").all()[:2]:
            option.check()
        self.page.get_by_role("button", name="Trả lời").click()
        expect(self.page.locator("#kept")).to_contain_text(said)

    def told(self):
        """Verb, response and moment of every practice statement in the store, oldest first."""
        query = {"ascending": "true", "format": "exact"}
        headers = self.house.basic("admin")
        kept = self.house.browser().get("/xapi/statements", query_string=query, headers=headers).json
        found = [
            (one["verb"]["id"].rsplit("/", 1)[1], one.get("result", {}).get("response"), one["timestamp"])
            for one in kept["statements"]
        ]
        return sorted(found, key=lambda one: (one[2], one[0]))

    def answers(self):
        with self.house.tool.database.reading() as connection:
            return connection.execute(select(answer.c.question, answer.c.answered_at)).all()


WHAT_WAS_DONE = [("experienced", None), ("interacted", "a"), ("interacted", "b"), ("answered", "b")]


def done_within(phone, seconds, begun=NOW):
    """What arrived, without its moments, which all lie within so many seconds from the beginning."""
    told = phone.told()
    for *_, at in told:
        assert timedelta(0) <= datetime.fromisoformat(at) - begun < timedelta(seconds=seconds)
    return [(verb, response) for verb, response, _ in told]


def test_an_hour_in_flight_mode_then_all_arrive_once_with_the_time_they_happened(house, phone, check):
    page = phone.open()
    phone.fly()
    phone.answer()
    expect(page.locator("#kept")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Trả lời")).to_be_hidden()
    assert check(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.wait(hours=1)
    assert phone.told() == []
    phone.land()
    expect(page.locator("#feedback")).to_be_focused()
    assert done_within(phone, 60) == WHAT_WAS_DONE
    ((_, at),) = phone.answers()
    assert at - NOW < timedelta(minutes=1)
    with house.tool.database.reading() as connection:
        assert connection.execute(select(outcome.c.state, outcome.c.started)).all() in ([], [("open", False)])


def losing_replies(phone, pattern):
    """For half an hour let what is posted there arrive and the reply be lost; gives how it was answered."""
    posted = []

    def lose(route):
        if is_post(route) and phone.house.clock() < NOW + timedelta(minutes=30):
            posted.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    phone.page.route(pattern, lose)
    return posted


def test_what_arrived_though_its_reply_was_lost_is_known_an_hour_later_under_another_token(phone):
    page = phone.open()
    statements = losing_replies(phone, "**/xapi/statements")
    answered = losing_replies(phone, f"**{QUESTION}")
    phone.answer()
    phone.until(lambda: statements and answered)
    phone.fly(hours=1)
    phone.land()
    expect(page.locator("#feedback")).to_be_visible()
    assert set(statements) == set(answered) == {200}
    assert done_within(phone, 60) == WHAT_WAS_DONE
    assert len(phone.answers()) == 1


def test_what_one_person_left_on_a_shared_computer_waits_for_their_next_launch(phone):
    phone.open()
    phone.fly()
    phone.answer()
    phone.leave()
    phone.context.set_offline(False)
    phone.house.clock.pass_by(hours=14)
    other = phone.open("", sub="5")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    phone.wait(seconds=60)
    assert phone.told() == []
    other.close()
    page = phone.open("", sub="4")
    expect(page.locator("#kept")).to_contain_text("đã được gửi")
    phone.wait(seconds=10)
    phone.until(phone.nothing_kept)
    assert done_within(phone, 60) == WHAT_WAS_DONE


def test_a_frame_that_is_refused_storage_keeps_it_in_the_page(phone):
    refused = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } })"
    phone.context.add_init_script(refused)
    page = phone.open()
    phone.fly()
    phone.answer(OPEN)
    phone.wait(hours=1)
    phone.context.set_offline(False)
    expect(page.locator("#feedback")).to_be_visible()
    phone.until(lambda: len(phone.told()) == len(WHAT_WAS_DONE))
    assert done_within(phone, 60) == WHAT_WAS_DONE


def test_with_the_network_there_the_feedback_comes_at_once_and_what_was_done_soon_after(phone):
    page = phone.open()
    page.locator("input[name=choice]").first.check()
    page.get_by_role("button", name="Trả lời").click()
    expect(page.locator("#feedback")).to_be_focused()
    phone.until(phone.nothing_kept)
    assert done_within(phone, 60) == [WHAT_WAS_DONE[0], WHAT_WAS_DONE[1], ("answered", "a")]
    expect(page.get_by_role("link", name="Câu tiếp theo")).to_be_visible()


def test_one_answer_that_the_server_cannot_take_now_holds_up_nothing_else(phone):
    page = phone.open()
    broken = NOW + timedelta(minutes=1)

    def fail(route):
        if is_post(route) and phone.house.clock() < broken:
            route.fulfill(status=500)
        else:
            route.continue_()

    page.route(f"**{QUESTION}", fail)
    phone.answer()
    phone.until(lambda: page.evaluate(KEPT) == 1)
    assert done_within(phone, 60) == WHAT_WAS_DONE[:3]
    phone.house.clock.pass_by(minutes=1)
    phone.wait(seconds=15)
    expect(page.locator("#feedback")).to_be_visible()
    assert done_within(phone, 120) == WHAT_WAS_DONE


def is_post(route):
    return route.request.method == "POST"


def test_a_launch_that_ended_meanwhile_says_so_and_the_next_one_sends(phone):
    page = phone.open()
    phone.fly()
    phone.answer()
    phone.wait(hours=13)
    phone.context.set_offline(False)
    expect(page.locator("h1")).to_contain_text("đã kết thúc")
    assert phone.told() == []
    phone.open("")
    phone.until(phone.nothing_kept)
    assert done_within(phone, 60) == WHAT_WAS_DONE
