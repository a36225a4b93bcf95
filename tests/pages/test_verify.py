from dataclasses import fields
from datetime import date, timedelta

import pytest
from flask import Flask

from certificates import number, register
from certificates.certificate import Facts, Line, Wording
from lti_tool.base.doors import Audience, audience_of
from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts
from lti_tool.pages import surroundings, verify
from lti_tool.pages.limits import Limiter

WORDING = Wording(**{one.name: Line("x") for one in fields(Wording)})
TITLE = Line("Kỹ năng số cho cán bộ cấp xã", "Digital skills for commune officials")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load(package_folder("translations"))


@pytest.fixture
def client(database, clock, texts):
    app = Flask("lti_tool")
    surroundings.surround(app, texts=texts, secure=False)
    limiter = Limiter(most=20)
    app.register_blueprint(
        verify.create_blueprint(database=database, clock=clock, texts=texts, limiter=limiter)
    )
    return app.test_client()


@pytest.fixture
def issued(database, now):
    def do(*, rehearsal=False, revoked=False, document=True, name="Lê Thị <b>Tám</b>"):
        facts = Facts(name, TITLE, "2025", date(2025, 12, 9), rehearsal, WORDING, "Xã Mẫu, tỉnh Mẫu")
        with database.transaction() as connection:
            made = register.award(
                connection, holder="learner-77", programme="kns", edition="2025", facts=facts, now=now
            )
            if document:
                register.store(connection, made.number, b"%PDF", now)
            if revoked:
                register.revoke(connection, made.number, "cấp nhầm người", now)
        return made.number

    return do


def page(client, path, **headers):
    return client.get(path, headers=headers)


def test_a_valid_certificate_is_shown_with_the_name_as_printed(client, issued):
    found = page(client, f"/verify/{issued()}")
    text = found.text
    assert found.status_code == 200
    for part in ("Lê Thị &lt;b&gt;Tám&lt;/b&gt;", TITLE.main, "09/12/2025", "Có hiệu lực"):
        assert part in text


def test_nothing_else_is_told(client, issued):
    text = page(client, f"/verify/{issued()}").text
    for secret in ("Xã Mẫu", "learner-77", "2025-12-09T", "13:30"):
        assert secret not in text


def test_search_engines_and_caches_are_kept_out(client, issued):
    for path in ("/verify", f"/verify/{issued()}", "/verify/ABCD"):
        found = page(client, path)
        assert "noindex" in found.headers["X-Robots-Tag"]
        assert found.headers["Cache-Control"] == "no-store"
        assert '<meta name="robots" content="noindex' in found.text
        assert "Set-Cookie" not in found.headers


def test_english_on_request(client, issued):
    known = issued()
    assert TITLE.beside in page(client, f"/verify/{known}", **{"Accept-Language": "en-GB"}).text
    assert "This certificate is valid" in page(client, f"/verify/{known}?lang=en").text
    assert "Giấy chứng nhận có hiệu lực" in page(client, f"/verify/{known}?lang=xx").text


def test_a_revoked_certificate_says_so_and_not_why(client, issued):
    text = page(client, f"/verify/{issued(revoked=True)}").text
    assert "đã bị thu hồi ngày 09/12/2025" in text
    assert "cấp nhầm người" not in text
    assert "Có hiệu lực" not in text


def test_a_rehearsals_specimen_is_said_clearly(client, issued):
    text = page(client, f"/verify/{issued(rehearsal=True)}").text
    assert "Bản diễn tập, không có giá trị" in text
    assert "Có hiệu lực" not in text


def test_no_name_is_shown_before_it_is_printed(client, issued):
    text = page(client, f"/verify/{issued(document=False, name='Lê Văn Tám')}").text
    assert "Tám" not in text
    assert "chưa được in tên" in text


@pytest.mark.parametrize(
    "typed", [pytest.param(number.make(), id="well-formed"), "ABCD", "x" * 2000, "%3Cscript%3E"]
)
def test_an_unknown_number_is_a_404_page(client, typed):
    found = page(client, f"/verify/{typed}")
    assert found.status_code == 404
    assert "Không tìm thấy giấy chứng nhận" in found.text
    assert "<script>" not in found.text


def test_a_number_typed_otherwise_leads_to_its_own_address(client, issued):
    known = issued()
    typed = known.lower().replace("-", " ")
    assert page(client, f"/verify/{typed}").location == f"/verify/{known}"
    assert page(client, f"/verify?number={typed}&lang=en").location == f"/verify/{known}?lang=en"


def test_the_form_names_a_mistyped_number(client):
    assert "<form" in page(client, "/verify").text
    assert "<form" in page(client, "/verify/").text  # typed by hand, with the slash people end addresses with
    found = page(client, "/verify?number=ABCD")
    assert found.status_code == 404
    assert "gõ hoặc đọc sai" in found.text
    assert 'value="ABCD"' in found.text


def test_an_address_that_asks_too_often_has_to_wait(client):
    answers = [page(client, "/verify").status_code for _ in range(25)]
    assert answers == [200] * 20 + [429] * 5
    found = page(client, "/verify")
    assert found.headers["Retry-After"] == "60"
    other = client.get("/verify", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200


def test_anyone_may_enter(database, clock, texts):
    blueprint = verify.create_blueprint(database=database, clock=clock, texts=texts)
    assert audience_of(blueprint) is Audience.ANYONE


def test_every_text_is_there_in_both_languages(texts):
    keys = {
        language: {key for key in texts.keys(language) if key.startswith("verify.")}
        for language in ("vi", "en")
    }
    assert keys["vi"] == keys["en"]
    assert len(keys["vi"]) > 20


class TestLimiter:
    def test_a_new_minute_is_a_new_count(self, now):
        limiter = Limiter(most=1)
        assert limiter.wait("203.0.113.9", now) is None
        assert limiter.wait("203.0.113.9", now + timedelta(seconds=20)) == timedelta(seconds=40)
        assert limiter.wait("203.0.113.9", now + timedelta(seconds=60)) is None

    def test_its_memory_is_bounded(self, now):
        limiter = Limiter(most=1, kept=100)
        for address in range(1000):
            limiter.wait(f"10.0.{address // 250}.{address % 250}", now)
        assert len(limiter._seen) == 100

    def test_one_subscriber_of_ipv6_is_one_address(self, now):
        limiter = Limiter(most=1)
        assert limiter.wait("2001:db8:1:2::1", now) is None
        assert limiter.wait("2001:db8:1:2:ffff::9", now) is not None
        assert limiter.wait("2001:db8:1:3::1", now) is None

    def test_an_ipv4_address_in_ipv6_clothes_is_itself(self, now):
        limiter = Limiter(most=1)
        assert limiter.wait("203.0.113.9", now) is None
        assert limiter.wait("::ffff:203.0.113.9", now) is not None

    def test_no_address_is_an_address_too(self, now):
        limiter = Limiter(most=1)
        assert limiter.wait("", now) is None
        assert limiter.wait("nonsense", now) is not None
