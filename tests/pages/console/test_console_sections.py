"""What staff do in the sections, each act recorded without a name."""

import re

import pytest
from sqlalchemy import select

from certificates.tables import certificate
from lti_tool.base import jobs
from lti_tool.base.tables import audit
from lti_tool.coaching import desk
from lti_tool.ledger import attention, due
from lti_tool.ledger import tables as ledger
from lti_tool.lti import invitations, platforms
from lti_tool.lti.launch import RESOURCE_LINK, Profile, Roles, ValidLaunch
from lti_tool.lti.platforms import Draft
from lti_tool.people import identity, learners, roster, sorting, units
from lti_tool.people import tables as people_tables
from lti_tool.people.staff import Role
from lti_tool.people.units import Unit
from tests.assembly import assembled
from xapi import access, forwarding, quarantine
from xapi import identity as xapi_identity
from xapi.faults import Fault
from xapi.quarantine import Bad

LMS = "https://lms.example.vn"
FORM = {
    "name": "lms",
    "kind": "moodle",
    "issuer": LMS,
    "client_id": "a1",
    "deployment_id": "1",
    "auth_login_url": f"{LMS}/auth",
    "token_url": f"{LMS}/token",
    "jwks_url": f"{LMS}/jwks",
    "frame_origins": "https://apps.example.vn",
}
DRAFT = Draft("lms", LMS, "a1", f"{LMS}/auth", f"{LMS}/token", f"{LMS}/jwks", "moodle", ("1",))


def acts(database):
    with database.reading() as connection:
        return [row.act for row in connection.execute(select(audit.c.act).order_by(audit.c.id))]


@pytest.fixture
def lms(database, now):
    with database.transaction() as connection:
        return platforms.add(connection, DRAFT, now)


@pytest.fixture
def people(database, now, lms):
    """Lan of Hà Nội and Minh of Cà Mau, by name → learner id."""
    sheet = (
        "code,family_name,given_name,province,sub:lms\n01,Nguyễn Thị,Lan,01,7\n02,Trần,Minh,96,8\n".encode()
    )
    with database.transaction() as connection:
        units.load(connection, [Unit("01", "Hà Nội", "province"), Unit("96", "Cà Mau", "province")])
        roster.import_(
            connection,
            sheet,
            issuers={"lms": LMS},
            units=units.known(connection),
            who="t",
            now=now,
            mark=due.mark,
        )
        return {name: learners.search(connection, name)[0] for name in ("Lan", "Minh")}


def test_a_platform_is_added_shown_with_moodles_own_labels_stopped_and_removed(admin, database):
    admin.get("/console/platforms")
    page = admin.send("/console/platforms", FORM).text
    assert "Đã thêm nền tảng" in page
    assert "Initiate login URL" in page
    assert "https://tool.example.vn/lti/login" in page
    page = admin.send("/console/platforms/1/approve", {"approved": "no"}).text
    assert "Chờ phê duyệt" in page
    refused = admin.send("/console/platforms/1/remove", {"name": "other"}).text
    assert '<p class="error" role="alert">Tên không khớp' in refused  # not in the green of what was done
    assert "Đã xóa" in admin.send("/console/platforms/1/remove", {"name": "lms"}).text
    assert acts(database)[-3:] == ["platform.add", "platform.approve", "platform.remove"]


def test_a_wrong_platform_says_which_field_and_keeps_what_was_typed(admin):
    admin.get("/console/platforms")
    answer = admin.post("/console/platforms", {**FORM, "token_url": "nowhere"})
    assert answer.status_code == 422
    assert "token_url" in answer.text
    assert 'value="a1"' in answer.text


def test_an_invitation_link_is_shown_once_and_serves_a_registration(admin, database, now):
    admin.get("/console/platforms")
    link = re.search(
        r"https://tool\.example\.vn/lti/register\?[^<]+", admin.send("/console/platforms/invite").text
    )[0]
    assert link not in admin.get("/console/platforms").text
    with database.transaction() as connection:
        assert invitations.claim(connection, link.partition("=")[2], now) == "moodle"


def test_a_credential_is_shown_once_serves_at_once_and_can_be_revoked(admin, database, lms, now):
    admin.get("/console/credentials")
    page = admin.send("/console/credentials", {"use": "intake", "label": "Moodle", "source": LMS}).text
    key, secret = re.findall(r'<dd class="copy">([\w-]+)</dd>', page)
    with database.reading() as connection:
        found = access.authenticate(connection, key, secret, now)
    assert (found.host_intake, found.source) == (True, LMS)
    assert secret not in admin.get("/console/credentials").text
    assert "Đã thu hồi" in admin.send(f"/console/credentials/{key}/revoke").text
    with database.reading() as connection:
        assert access.authenticate(connection, key, secret, now) is None


def test_an_analysts_credential_is_made_with_its_limits_and_they_are_shown(admin, database, now):
    with database.transaction() as connection:
        units.load(connection, [units.Unit("66", "Tỉnh mẫu", "province")])
    form = {
        "use": "client",
        "label": "Phân tích",
        "owner": "Sở Nội vụ",
        "scope": "statements/read",
        "days": "30",
    }
    admin.get("/console/credentials")
    page = admin.send("/console/credentials", {**form, "verbs": "urn:a\r\nurn:b", "units": "66"}).text
    for shown in ("Sở Nội vụ", "động từ: urn:a, urn:b", "đơn vị: 66", "chưa dùng", "hết hạn 08/01/2026"):
        assert shown in page
    wrong = (
        {"verbs": "completed"},
        {"units": "99"},
        {"units": "66", "scope": "all"},
        {"days": "0"},
        {"days": "x"},
    )
    for one in wrong:
        assert admin.post("/console/credentials", {**form, **one}).status_code == 422
    with database.reading() as connection:
        (kept,) = access.list_(connection)
    assert kept.limits.verbs == ("urn:a", "urn:b")


def test_a_credential_that_may_nothing_is_not_made(admin):
    admin.get("/console/credentials")
    assert admin.post("/console/credentials", {"use": "client", "label": "x"}).status_code == 422


def test_a_quarantined_statement_is_shown_as_it_came_tried_again_and_dropped(admin, database, now):
    with database.transaction() as connection:
        key, secret = access.add(
            connection, label="m", scopes=["statements/write"], source=LMS, host_intake=True, now=now
        )
        sender = access.authenticate(connection, key, secret, now).sender()
        quarantine.keep(
            connection, [Bad(0, "verb", "is missing", b'{"actor": "<script>"}', Fault.MISSING)], sender, now
        )
    page = admin.get("/console/quarantine/1").text
    for shown in (page, admin.get("/console/quarantine").text):
        assert "Trường <code>verb</code>: thiếu thuộc tính bắt buộc" in shown
        assert "is missing" in shown
    assert "&lt;script&gt;" in page
    assert "Vẫn chưa đúng" in admin.send("/console/quarantine/1/retry").text
    assert "Hãy ghi lý do" in admin.send("/console/quarantine/1/drop", {"reason": " "}).text
    assert "Đã bỏ" in admin.send("/console/quarantine/1/drop", {"reason": "a test"}).text
    assert acts(database)[-1] == "quarantine.drop"


def test_a_parked_job_is_shown_with_its_reason_and_sent_again(admin, database, now):
    with database.transaction() as connection:
        jobs.enqueue(connection, "issue", "x", run_at=now)
    job = jobs.claim(database, now=now, lease=now - now.replace(hour=0), kinds=["issue"])
    with database.transaction() as connection:
        jobs.settle(connection, job, jobs.Park("the disk is full"), now)
    assert "the disk is full" in admin.get("/console/jobs").text
    assert "Đang gửi lại" in admin.send(f"/console/jobs/{job.id}/retry").text
    with database.reading() as connection:
        assert jobs.parked(connection) == []


def test_a_question_is_answered_and_leaves_the_list(admin, database, people, now):
    with database.transaction() as connection:
        asked = desk.ask(
            connection, learner_id=people["Lan"], programme_key="p", topic="t", text="Học <b>ở đâu</b>?",
            language="vi", token="x", now=now,
        )  # fmt: skip
    assert asked.number in admin.get("/console/questions").text
    assert "&lt;b&gt;" in admin.get(f"/console/questions/{asked.number}").text
    assert "Đã gửi" in admin.send(f"/console/questions/{asked.number}", {"answer": "Ở trang môn học."}).text
    with database.reading() as connection:
        assert desk.find(connection, asked.number).answer == "Ở trang môn học."


def test_a_learner_is_found_and_shown_and_each_look_is_recorded_without_a_name(admin, database, people):
    assert "Nguyễn Thị Lan" in admin.post("/console/learners", {"q": "Lan"}).text
    page = admin.get(f"/console/learners/{people['Lan']}").text
    assert "Nguyễn Thị Lan" in page
    assert LMS in page
    with database.reading() as connection:
        rows = [str(tuple(row)) for row in connection.execute(select(audit))]
    assert any("learner.show" in row and people["Lan"] in row for row in rows)
    assert not any("Nguyễn" in row for row in rows)


def test_a_learners_standing_is_told_in_the_programmes_own_titles(tmp_path, now):
    with assembled(tmp_path, now) as house:
        house.add_platform("moodle", LMS)
        house.load()
        house.launch("moodle", sub="41", name="Nguyễn Thị Lan")
        house.complete("moodle", "41", ["cd-01"])
        house.work()
        with house.tool.database.reading() as connection:
            learner = learners.find(connection, LMS, "41")
        page = house.sign_in().get(f"/console/learners/{learner}").text
    assert "Bắt buộc: đã xong 1 trong 5 chuyên đề" in page
    assert "1. Tổng quan về chuyển đổi số" in page
    assert "compulsory" not in page


def test_the_section_of_a_page_is_marked_in_the_way_through_the_console(admin, people):
    page = admin.get(f"/console/learners/{people['Lan']}").text
    assert 'href="/console/learners" aria-current="true"' in page


def test_what_the_worker_does_is_told_in_words(admin, database, now):
    with database.transaction() as connection:
        jobs.enqueue(connection, "sweep", "outcomes", run_at=now)
    job = jobs.claim(database, now=now, lease=now - now.replace(hour=0), kinds=["sweep"])
    with database.transaction() as connection:
        jobs.settle(connection, job, jobs.Again(now, "next-boundary"), now)
    page = admin.get("/console/jobs").text
    assert "Xét theo mốc thời gian" in page
    assert "Chờ đến mốc thời gian kế tiếp" in page


def test_an_organiser_sees_the_learners_of_their_own_units_only(enter, people):
    hanoi = enter("hanoi", Role.ORGANISER, ("01",))
    assert people["Lan"] in hanoi.post("/console/learners", {"q": "Lan"}).text
    assert people["Minh"] not in hanoi.post("/console/learners", {"q": "Minh"}).text
    assert hanoi.get(f"/console/learners/{people['Lan']}").status_code == 200
    assert hanoi.get(f"/console/learners/{people['Minh']}").status_code == 404


@pytest.fixture
def minhs(database, now, people):
    """A join and an open matter of Minh of Cà Mau."""
    key = xapi_identity.mbox_key("m@example.vn")
    with database.transaction() as connection:
        sorting.resolve(connection, LMS, key, {"mbox": "mailto:m@example.vn"}, now)
        (waiting,) = identity.pending(connection, early=True)
        said = {"who": "staff:9", "reason": "đã gọi điện", "now": now}
        joined = identity.join(connection, waiting.id, people["Minh"], mark=due.mark, **said)
        attention.ask(connection, attention.PROOF_LOST, people["Minh"], "p", {}, now)
        (matter,) = attention.open_(connection)
    return joined, matter.id


def test_an_organiser_decides_on_the_learners_of_their_own_units_only(enter, database, people, minhs):
    joined, matter = minhs
    paths = (f"/console/identity/join/{joined}/undo", f"/console/attention/{matter}")
    hanoi, camau = enter("hanoi", Role.ORGANISER, ("01",)), enter("camau", Role.ORGANISER, ("96",))
    for path in paths:
        assert hanoi.post(path, {"reason": "vì thế"}).status_code == 404
    with database.reading() as connection:
        assert identity.joins(connection, people["Minh"])[0].undone_at is None
        assert len(attention.open_(connection)) == 1
    for path in paths:
        assert camau.post(path, {"reason": "vì thế"}).status_code == 303
    with database.reading() as connection:
        assert identity.joins(connection, people["Minh"])[0].undone_at is not None
        assert attention.open_(connection) == []


def test_hasty_topics_are_shown_with_their_time_and_statements_until_somebody_settles_them(
    admin, database, now, people
):
    said = {"topic": "t1", "seconds": 80, "minutes": 20, "proof": ["a-proof"], "begun": "a-view"}
    with database.transaction() as connection:
        attention.ask(connection, attention.IMPLAUSIBLE, people["Minh"], "gone", {"topics": [said]}, now)
        attention.ask(connection, attention.PROOF_LOST, people["Lan"], "gone", {}, now)
    page = admin.get("/console/attention").text
    assert page.index("không còn đủ") < page.index("nhanh bất thường")  # what is about an award comes first
    told = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert "t1: hoàn thành sau 1 phút 20 giây, thời gian dự kiến 20 phút." in told
    assert [id_ in page for id_ in ("statements/a-view", "statements/a-proof")] == [True, True]


def test_what_waits_is_counted_on_the_first_page(admin, database, now, people):
    with database.transaction() as connection:
        desk.ask(
            connection, learner_id=people["Lan"], programme_key="p", topic=None, text="Xin hỏi", language="vi",
            token="x", now=now,
        )  # fmt: skip
    page = admin.get("/console/").text
    assert "Tiến trình xử lý không hoạt động" in page
    assert re.search(r'class="waits"><a href="/console/questions"><strong>1</strong>', page)
    assert "Chưa nhận phát biểu nào" in page


def test_a_statement_a_receiver_refused_is_shown_with_the_reason_and_sent_again(admin, database, now):
    with database.transaction() as connection:
        given = {"endpoint": "https://lrs.example.vn", "key": "k", "secret": "sealed"}
        forward = forwarding.add(connection, name="aspects", choice=forwarding.Choice(), **given)
        held, piece = forwarding.find(connection, forward), (7, "an-id", "{}")
        forwarding.moved(connection, held, 7, [piece], [(piece, "400: this verb is not liked")], now)
    assert re.search(
        r'class="broken"><a href="/console/forwarding"><strong>1</strong>', admin.get("/console/").text
    )
    assert "aspects" in admin.get("/console/forwarding").text
    assert "this verb is not liked" in admin.get(f"/console/forwarding/{forward}").text
    assert "Đang gửi lại" in admin.send(f"/console/forwarding/{forward}/retry").text
    with database.reading() as connection:
        assert forwarding.parked(connection)[0].again
        assert jobs.listed(connection)[0].kind == "forward"
    assert "tạm dừng" in admin.send(f"/console/forwarding/{forward}/pause").text
    assert "đang gửi" in admin.send(f"/console/forwarding/{forward}/resume").text
    assert admin.get("/console/forwarding/99").status_code == 404


TOO_LARGE = "9" * 20  # SQLite's driver raises an error of its own for a number no column can hold


def test_a_number_no_column_can_hold_is_no_error(admin, database, now):
    with database.transaction() as connection:
        given = {"endpoint": "https://lrs.example.vn", "key": "k", "secret": "sealed"}
        forward = forwarding.add(connection, name="aspects", choice=forwarding.Choice(), **given)
        held, piece = forwarding.find(connection, forward), (7, "an-id", "{}")
        forwarding.moved(connection, held, 7, [piece], [(piece, "400: no")], now)
    for path in ("/console/quarantine", f"/console/forwarding/{forward}"):
        for number in (TOO_LARGE, f"-{TOO_LARGE}", "x"):
            assert admin.get(f"{path}?after={number}").status_code == 200
    for number in (TOO_LARGE, "x", ""):
        assert admin.post(f"/console/forwarding/{forward}/retry", {"id": number}).status_code == 404
    with database.reading() as connection:
        assert not forwarding.parked(connection)[0].again  # what names nothing does not stand for all


@pytest.fixture
def shared(database, now, people, lms):
    """An address that both Minh of Cà Mau and somebody of no unit have; and one that nobody has."""
    keys = [xapi_identity.mbox_key(mail) for mail in ("chung@example.vn", "la@example.vn")]
    with database.transaction() as connection:
        for sub in ("8", "9"):
            profile = Profile(email="chung@example.vn")
            learners.arrive(connection, launch_of(lms, sub, profile), now, mark=due.mark)
        for key, mail in zip(keys, ("chung@example.vn", "la@example.vn"), strict=True):
            sorting.resolve(connection, LMS, key, {"mbox": f"mailto:{mail}"}, now)
        return {found.actor_key: found.id for found in identity.pending(connection, early=True)}[keys[0]]


def launch_of(platform, sub, profile):
    return ValidLaunch(
        platform, "1", sub, RESOURCE_LINK, Roles(True, False, False), profile, None,
        None, None, None, None, frozenset(), None, {}, "vi", None, None, None,
    )  # fmt: skip


def test_an_organiser_is_shown_the_actors_that_learners_of_their_own_units_claim(
    enter, admin, people, shared
):
    hanoi, camau = enter("hanoi", Role.ORGANISER, ("01",)), enter("camau", Role.ORGANISER, ("96",))
    waiting = re.compile(r"/console/identity/\d+\"")
    for browser, claimed, every in ((hanoi, 0, 0), (camau, 1, 1), (admin, 1, 2)):
        assert len(waiting.findall(browser.get("/console/identity").text)) == claimed
        assert len(waiting.findall(browser.get("/console/identity?early=1").text)) == every
    said = {"learner": people["Lan"], "reason": "vì thế"}
    assert hanoi.get(f"/console/identity/{shared}").status_code == 404
    hanoi.get("/console/learners")
    assert hanoi.post(f"/console/identity/{shared}/search", {"q": "Lan"}).status_code == 404
    assert hanoi.post(f"/console/identity/{shared}", said).status_code == 404
    camau.get(f"/console/identity/{shared}")
    assert "Trần Minh" in camau.send(f"/console/identity/{shared}/search", {"q": "Minh"}).text
    assert camau.post(f"/console/identity/{shared}", {**said, "learner": people["Minh"]}).status_code == 303


@pytest.fixture
def met(database, now, people, minhs, shared):
    """Minh of Cà Mau has met the requirement, waits for a certificate, and asked under an id from before a join; Lan asked too."""
    outcome = dict.fromkeys(("edition", "counts", "detail", "topics", "proof", "advice"), "x")
    outcome |= {"programme_key": "p", "rule_version": 1, "state": "met", "started": True, "reviewed_at": now}
    award = dict.fromkeys(("number", "programme", "edition", "facts", "design"), "x")
    award |= {"rehearsal": False, "awarded_at": 1, "status": "valid", "document": "waiting"}
    said = {"programme_key": "p", "topic": None, "text": "Học ở đâu?", "language": "vi", "now": now}
    with database.transaction() as connection:
        connection.execute(ledger.outcome.insert(), outcome | {"learner_id": people["Minh"]})
        connection.execute(certificate.insert(), award | {"holder": people["Minh"]})
        before = {"id": "before", "merged_into": people["Minh"], "created_at": now}
        connection.execute(people_tables.learner.insert(), before)
        desk.ask(connection, learner_id="before", token="x", **said)
        desk.ask(connection, learner_id=people["Lan"], token="y", **said)


@pytest.mark.usefixtures("met")
def test_the_first_page_counts_for_an_organiser_those_whom_the_sections_show(enter, admin):
    def counted(browser):
        page = browser.get("/console/").text
        waiting = dict(re.findall(r'"/console/(\w+)"><strong>(\d+)', page))
        of_people = ("identity", "certificates", "attention", "questions")
        return re.findall(r"<li><strong>(\d+)", page), [waiting[section] for section in of_people]

    hanoi, camau = enter("hanoi", Role.ORGANISER, ("01",)), enter("camau", Role.ORGANISER, ("c1", "96"))
    assert counted(hanoi) == (["1", "0"], ["0", "0", "0", "1"])
    assert counted(camau) == (["1", "1"], ["1", "1", "1", "1"])
    ((learners, done, *_), waiting) = counted(admin)
    assert ([learners, done], waiting) == (["3", "1"], ["1", "1", "1", "2"])
    for browser, questions in ((hanoi, 1), (camau, 1), (admin, 2)):
        assert re.search(rf"\({questions}\)", browser.get("/console/questions").text)


def test_a_learners_page_is_reached_by_id_and_no_name_gets_into_the_log_through_an_address(
    admin, database, people
):
    for name in ("Lan", "Nguyễn Thị", "7"):
        assert admin.get(f"/console/learners/{name}").status_code == 404
    assert admin.get(f"/console/learners/{people['Lan']}").status_code == 200
    with database.reading() as connection:
        shown = (
            connection.execute(select(audit.c.subject).where(audit.c.act == "learner.show")).scalars().all()
        )
    assert shown == [f"learner:{people['Lan']}"]
