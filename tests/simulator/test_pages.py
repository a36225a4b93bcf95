"""The practice LMS's own pages."""

import pytest

from lti_tool.simulator.browser import read_page

FACES = ["moodle", "openedx"]


@pytest.mark.parametrize("face", FACES)
def test_a_learner_signs_in_completes_a_topic_and_sees_it(world, face):
    person = world.person(face)
    person.complete("cd-01")
    assert "Đã hoàn thành" in person.course().text
    person.act("cd-01", "uncomplete")
    assert "Đã hoàn thành" not in person.course().text


def test_nineteen_topics_are_shown(world):
    assert world.person("moodle").course().text.count('class="key"') == 19


def test_english_is_one_button_away(world):
    person = world.person("moodle")
    page = person.browser.submit(person.course().form("/language"), {"language": "en"})
    assert "Gradebook" in page.text
    assert '<html lang="en">' in page.text


def test_every_page_says_that_it_is_for_practice(world):
    assert "LMS luyện tập / Practice LMS" in world.person("openedx").course().text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/topic/cd-01", "/admin/activate"])
def test_a_form_that_this_browser_did_not_get_is_refused(world, path):
    admin = world.person("moodle", "quan-tri")
    assert admin.browser.post(admin.root + path, {"person": "huu-uoc", "csrf": "wrong"}).status == 400


@pytest.mark.parametrize("key", ["hong-anh", "giao-vien"])
def test_only_the_administrator_sees_the_administration(world, key):
    person = world.person("moodle", key)
    assert person.browser.get(person.root + "/admin").status == 403


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Không có trang này."), ("en", "There is no such page.")]
)
def test_a_page_that_is_not_there_says_so_in_the_chosen_language(world, language, words):
    person = world.person("moodle")
    person.browser.submit(person.course().form("/language"), {"language": language})
    page = person.browser.get(person.root + "/nothing")
    assert page.status == 404
    assert words in page.text
    assert "<main>" in page.text


def test_each_figure_of_the_gradebook_says_what_it_is(world):
    """On a phone a row is a card: its cells have no heading above them."""
    page = world.person("moodle").gradebook()
    for label in ("Hoạt động", "Điểm", "Trạng thái", "Nhận xét", "Khoá học"):
        assert f'data-label="{label}"' in page


@pytest.mark.parametrize("face", FACES)
def test_the_administrator_switches_the_host_and_presses_resend(world, face):
    admin = world.person(face, "quan-tri")
    page = admin.browser.get(admin.root + "/admin")
    admin.browser.submit(page.form("/admin/option"), {"name": "actor", "value": '"mbox"'})
    assert world.face(face).option("actor") == "mbox"
    for button in ("send", "resend"):
        assert admin.browser.submit(page.forms[-1], None).status in {200, 400, 405}
        assert (
            admin.browser.post(
                f"{admin.root}/admin/{button}", {"csrf": page.form("/admin/option").fields["csrf"]}
            ).status
            == 200
        )


def test_credentials_typed_on_the_page_are_used_from_then_on(world):
    admin = world.person("moodle", "quan-tri")
    form = admin.browser.get(admin.root + "/admin").form("/admin/lrs")
    admin.browser.submit(form, {"endpoint": "http://127.0.0.1:8200/xapi", "key": "k2", "secret": "s2"})
    assert world.face("moodle").lrs().key == "k2"


def test_a_host_name_that_is_not_loopback_is_refused(world):
    assert world.http.get("http://127.0.0.1:8201/", headers={"Host": "evil.example"}).status_code == 403


def test_pages_carry_a_strict_policy_and_no_inline_code(world):
    answer = world.http.get("http://127.0.0.1:8201/moodle/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_modules_named_in_statements_lead_into_the_course_page(world):
    person = world.person("moodle")
    page = person.browser.get(person.root + "/mod/page/view.php?id=103")
    assert page.url.endswith("#cd-03")
    edx = world.person("openedx")
    block = "block-v1:MOST+DONGHANH+2025+type@chapter+block@cd-03"
    assert edx.browser.get(f"{edx.root}/xblock/{block}").url.endswith("#cd-03")


def test_a_browser_reads_an_ampersand_before_lti_as_an_ampersand():
    page = read_page("http://x/", 200, '<iframe data-target="http://y/?a=1&lti_b=2&amp;c=3"></iframe>', {})
    assert page.frame_url() == "http://y/?a=1&lti_b=2&c=3"
