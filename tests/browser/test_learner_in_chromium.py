"""The learner's pages in a real browser: nothing for axe-core to find, nothing cut off, everything by keyboard and without script."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certificates.certificate import DocumentState, Status
from certificates.names import Problem
from lti_tool.coaching import desk
from lti_tool.pages.teacher import Member

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

WIDTHS = (320, 360, 1280)


@pytest.fixture
def scene(stage, staging):
    """Puts the world into a state by its name."""

    def way() -> None:
        stage.world.states = staging.on_the_way()
        stage.world.programme = replace(staging.kns(), rehearsal=True)

    def earned() -> None:
        stage.world.states, stage.world.certificate = staging.enough(), staging.certificate()

    def preparing() -> None:
        stage.world.states, stage.world.certificate = staging.enough(), staging.certificate(DocumentState.DUE)

    def nameless() -> None:
        stage.world.states = staging.enough()
        stage.world.certificate = staging.certificate(
            DocumentState.WAITING, name=None, waiting=Problem("name_missing")
        )

    def revoked() -> None:
        stage.world.states = staging.enough()
        stage.world.certificate = staging.certificate(status=Status.REVOKED)

    def early() -> None:
        stage.world.now = datetime(2025, 11, 20, tzinfo=UTC)

    def late() -> None:
        stage.world.now = datetime(2025, 12, 16, 3, tzinfo=UTC)
        stage.world.states = staging.on_the_way()

    def over() -> None:
        late()
        stage.world.now = datetime(2026, 1, 5, tzinfo=UTC)
        stage.world.pending = replace(stage.world.pending, last_heard=stage.world.now)

    scenes = {one.__name__: one for one in (way, earned, preparing, nameless, revoked, early, late, over)}
    return lambda name: scenes[name]()


def cut_off(page) -> list[int]:
    """The widths at which the page is wider than the screen."""
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)
    page.set_viewport_size({"width": 360, "height": 740})
    return wide


STATES = ["way", "earned", "preparing", "nameless", "revoked", "early", "late", "over"]


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_and_nothing_is_cut_off_in_any_state(scene, visit, check, name):
    scene(name)
    page = visit()
    assert cut_off(page) == []
    for details in page.locator("summary").all():
        details.click()
    assert cut_off(page) == []
    assert check(page) == []


def test_axe_finds_nothing_on_a_wide_screen(scene, visit, check):
    scene("way")
    assert check(visit(width=1280)) == []


@pytest.mark.parametrize("path", ["/practice", "/practice/cd-05/q1", "/questions", "/name"])
def test_the_other_pages_too(stage, scene, staging, visit, check, path):
    scene("nameless")
    with stage.database.transaction() as connection:
        asked = desk.ask(
            connection,
            learner_id="L1",
            programme_key="p",
            topic="cd-05",
            text="Câu hỏi?",
            language="vi",
            token="t",
            now=staging.NOW,
        )
        desk.answer(connection, asked.number, "Trả lời.", by="s1", now=staging.NOW)
    page = visit(path)
    assert cut_off(page) == []
    assert check(page) == []


@pytest.mark.parametrize("choice", ["a", "b"])
def test_feedback_is_readable_for_everyone(scene, visit, check, choice):
    scene("way")
    page = visit("/practice/cd-05/q1")
    page.check(f"input[value={choice}]")
    page.get_by_role("button", name="Trả lời").click()
    page.wait_for_selector("#feedback")
    assert check(page) == []


def test_the_teachers_pages_too(stage, visit, check):
    stage.world.programme = replace(stage.world.programme, teacher_sees="members")
    stage.world.members = [Member(f"L{n}", "open", frozenset({"cd-01"})) for n in range(60)]
    for path in ("", "/members"):
        page = visit(path, view="teacher")
        assert cut_off(page) == []
        assert check(page) == []


def test_everything_is_read_and_done_without_javascript(scene, visit):
    scene("way")
    page = visit(javascript=False)
    assert page.get_by_text("6 trên 10 chuyên đề.").is_visible()
    page.locator("summary").first.click()
    assert page.get_by_text("Mã bằng chứng").first.is_visible()
    page.get_by_role("link", name="Luyện tập", exact=True).first.click()
    page.get_by_role("link", name="5. An toàn thông tin").click()
    page.check("input[value=b]")
    page.get_by_role("button", name="Trả lời").click()
    assert page.get_by_text("Đúng rồi!").is_visible()


def test_text_twice_as_large_still_fits(scene, visit):
    scene("way")
    page = visit(width=360)
    # The policy forbids inline styles, so the debugger enlarges the font, as a browser's setting would.
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    frame = client.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    sheet = client.send("CSS.createStyleSheet", {"frameId": frame})["styleSheetId"]
    client.send("CSS.setStyleSheetText", {"styleSheetId": sheet, "text": "html { font-size: 200% }"})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_reaches_everything_in_the_order_it_is_read(scene, visit):
    scene("way")
    page = visit(width=1280)
    targets = (
        "[...document.querySelectorAll('a[href], button, summary')].filter(one => one.checkVisibility())"
    )
    wanted = page.evaluate(f"{targets}.length")
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"{targets}.indexOf(document.activeElement)"))
    assert reached == list(range(wanted))


def test_targets_are_large_enough_to_touch(scene, visit):
    scene("earned")
    page = visit(width=320)
    for locator in (".button", "summary", ".tongue", ".foot a", ".topic .act"):
        for one in page.locator(locator).all():
            box = one.bounding_box()
            if one.evaluate("e => getComputedStyle(e).display") != "inline":
                assert box["height"] >= 24, (locator, box)


def test_the_certificate_appears_by_itself(stage, scene, staging, visit):
    scene("way")
    page = visit()
    scene("earned")
    page.wait_for_selector(".earned", timeout=15_000)
    assert page.get_by_role("heading", name="Chúc mừng!").is_visible()


def test_a_first_view_weighs_less_than_60_kilobytes(scene, stage, visit, chromium):
    scene("way")
    weighed: list[int] = []
    page = visit()
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "dh", "value": "b" * 22, "url": stage.address}])
    page.on(
        "requestfinished",
        lambda request: weighed.append(
            sum(request.sizes()[k] for k in ("responseBodySize", "responseHeadersSize"))
        ),
    )
    page.reload(wait_until="networkidle")
    assert 0 < sum(weighed) < 60_000
