"""What the console is for when something waits: seen with its reason by an administrator of the assembled tool, and put right."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from certificates import register
from lti_tool.ledger import deliveries
from lti_tool.lti import platforms
from tests.assembly import TEN, Assembly, assembled, csrf_of

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMELESS = dict.fromkeys(("family_name", "given_name", "name"))
MAPPING = f"""\
programme: kns-2025
platform: {ISSUER}
topics:
  cd-01: {{activities: [{{idnumber: cd-01}}]}}
"""


@pytest.fixture
def house(tmp_path):
    with assembled(tmp_path, NOW) as found:
        found.add_platform("moodle", ISSUER)
        found.load()
        yield found


@pytest.fixture
def admin(house: Assembly) -> FlaskClient:
    return house.sign_in()


def act(admin: FlaskClient, path: str, **form: str) -> TestResponse:
    """Post with the token of the session's forms, and look at the page that tells what happened."""
    token = csrf_of(admin.get("/console/learners").text)
    return admin.post(path, data={"csrf": token, **form}, follow_redirects=True)


def completed(house: Assembly, **claims: object) -> None:
    """Ten topics and a graded link; the worker has done what it can."""
    house.launch("moodle", **{ENDPOINT: house.open_gradebook("moodle")}, **claims)
    house.complete("moodle", "4", TEN)
    house.work()


def test_a_certificate_waits_visibly_for_its_name_and_an_organiser_gives_it(
    house: Assembly, admin: FlaskClient
):
    completed(house, **NAMELESS)
    assert [score["scoreGiven"] for score in house.scores("moodle")] == [100]  # award and score did not wait
    with house.tool.database.reading() as connection:
        (held,) = register.waiting(connection)
    page = f"/console/certificates/{held.number}"
    listed = admin.get("/console/certificates").text
    assert page in listed
    assert "Chưa có tên" in listed
    assert admin.get(f"{page}/pdf").status_code == 404
    assert '<p class="error" role="alert">' in act(admin, f"{page}/name", name="陈文平").text

    assert '<p class="error" role="alert">' not in act(admin, f"{page}/name", name="Trần Thị Bưởi").text
    house.work()
    assert admin.get(f"{page}/pdf").data.startswith(b"%PDF")
    with house.tool.database.reading() as connection:
        log = "SELECT who FROM base_audit WHERE act = 'certificate.download'"
        assert len(connection.exec_driver_sql(log).all()) == 1  # the one that was there to be taken
    assert "Trần Thị Bưởi" in house.browser().get(f"/verify/{held.number}").text
    assert page not in admin.get("/console/certificates").text
    assert "Trần Thị Bưởi" in act(admin, f"{page}/name", name="Tên Khác").text  # what is signed stays
    assert "Tên Khác" not in house.browser().get(f"/verify/{held.number}").text


def test_a_certificate_is_taken_back_with_a_reason_that_is_not_public(house: Assembly, admin: FlaskClient):
    completed(house)
    with house.tool.database.reading() as connection:
        number = connection.exec_driver_sql("SELECT number FROM certificate_certificate").scalar_one()
    act(admin, f"/console/certificates/{number}/revoke", reason=" ")
    assert "Có hiệu lực" in house.browser().get(f"/verify/{number}").text
    assert "cấp nhầm" in act(admin, f"/console/certificates/{number}/revoke", reason="cấp nhầm").text
    public = house.browser().get(f"/verify/{number}").text
    assert "đã bị thu hồi" in public
    assert "cấp nhầm" not in public


def test_a_score_that_could_not_be_delivered_is_shown_with_its_reason_and_sent_again(
    house: Assembly, admin: FlaskClient
):
    claim = house.open_gradebook("moodle")
    scores = "/moodle/lineitem/scores"
    working, house.served.answers[scores] = house.served.answers[scores], (404, "gone")
    house.launch("moodle", **{ENDPOINT: claim})
    house.complete("moodle", "4", TEN)
    house.work()
    with house.tool.database.reading() as connection:
        (stuck,) = deliveries.listed(connection)
    listed = admin.get("/console/jobs").text
    assert f"/console/deliveries/{stuck.id}/retry" in listed
    assert "(line-item-gone)" in listed  # beside the reason in words
    house.served.answers[scores] = working
    house.clock.pass_by(minutes=1)
    act(admin, f"/console/deliveries/{stuck.id}/retry")
    house.work()
    with house.tool.database.reading() as connection:
        assert deliveries.listed(connection) == []
        assert deliveries.find(connection, stuck.id).state == "delivered"
    assert act(admin, f"/console/deliveries/{stuck.id}/retry").status_code == 404


def test_a_registration_launches_from_the_moment_an_administrator_approves_it(
    house: Assembly, admin: FlaskClient
):
    with house.tool.database.transaction() as connection:
        platforms.approve(connection, 1, approved=False)
    page = admin.get("/console/platforms").text
    assert ISSUER in page
    login = {"iss": ISSUER, "client_id": "client-moodle", "login_hint": "4"}
    assert "LTI-02" in house.browser().post("/lti/login", data=login).text
    act(admin, "/console/platforms/1/approve", approved="yes")
    assert house.launch("moodle").status_code == 303


def test_a_topic_that_nothing_maps_to_is_shown(house: Assembly, admin: FlaskClient):
    assert "cd-02, cd-03" not in admin.get("/console/programmes/kns-2025").text
    house.map(MAPPING)
    assert "cd-02, cd-03" in admin.get("/console/programmes/kns-2025").text
    assert '<a href="/console/programmes"><strong>18</strong>' in admin.get("/console/").text
