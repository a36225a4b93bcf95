"""The statement browser: the API's filters, a readable and a raw view, who sent it and what it became evidence of."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from lti_tool.base.tables import audit
from lti_tool.people.staff import Role
from tests.assembly import TEN, assembled, completion, csrf_of

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
PATH = "/console/statements"
FIRST = {"until": "2025-12-09T13:31:00Z"}  # the twelve
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Lan (sub 41) met the rule; Minh (sub 42) did one topic; a stranger and an analyst spoke too."""
    with assembled(tmp_path_factory.mktemp("statements"), NOW) as found:
        found.add_platform("moodle", ISSUER)
        found.add_credential("analyst", ["all"])
        found.load()
        for sub in ("41", "42"):
            found.launch("moodle", sub=sub, name=f"Người {sub}", email=f"{sub}@riengtu.example")
        found.complete("moodle", "41", TEN)
        found.complete("moodle", "42", ["cd-11"])
        stranger = completion("https://elsewhere.example", "9", "cd-01", found.clock())
        found.post("moodle", [stranger])
        found.work()
        found.clock.pass_by(hours=1)  # past `FIRST`
        found.post("moodle", [completion(ISSUER, "43", f"x-{number}", NOW) for number in range(30)])
        found.post("moodle", [completion(ISSUER, "44", "cd-01", NOW)])
        yield found


@pytest.fixture(scope="module")
def lan(house):
    return house.sign_in()


def search(browser, **form):
    token = csrf_of(browser.get(PATH).text)
    return browser.post(PATH, data={"csrf": token, **form})


def ids(page):
    return re.findall(r'href="/console/statements/([0-9a-f-]{36})"', page)


def last_acts(house, act):
    with house.tool.database.reading() as connection:
        return [row.details for row in connection.execute(select(audit).where(audit.c.act == act))]


def test_nothing_is_listed_unasked_and_a_search_lists_the_latest_first(house, lan):
    assert ids(lan.get(PATH).text) == []
    assert len(ids(search(lan).text)) == 25
    found = search(lan, **FIRST)
    assert len(ids(found.text)) == 12
    assert "Người 9" in found.text
    assert "Không là bằng chứng: người của nền tảng khác" in found.text


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ({"agent": f"41 {ISSUER}"}, 10),
        ({"agent": f'{{"account": {{"homePage": "{ISSUER}", "name": "42"}}}}'}, 1),
        ({"agent": "nobody@example.vn"}, 0),
        ({"verb": COMPLETED, **FIRST}, 12),
        ({"verb": "http://adlnet.gov/expapi/verbs/failed"}, 0),
        ({"activity": f"{ISSUER}/mod/page/view.php?id=11"}, 1),
        ({"activity": f"{ISSUER}/mod/page/view.php?id=11", "related_activities": "true"}, 1),
        ({"registration": "e45cd7f6-3f4b-4a6c-a0a1-21a1c6b8a3a1"}, 0),
        ({"since": "2025-12-09T22:31"}, 0),
        ({"since": "2025-12-09T20:29", **FIRST}, 12),
        ({"agent": f"41 {ISSUER}", "related_agents": "true", "ascending": "true"}, 10),
    ],
)
def test_the_filters_of_the_api_find_what_it_finds(lan, form, count):
    assert len(ids(search(lan, **form).text)) == count


def test_a_wrong_filter_is_named_in_the_apis_words_and_what_was_typed_stays(lan):
    answer = search(lan, verb="không phải IRI", agent="x y z")
    assert answer.status_code == 422
    assert "không phải IRI" in answer.text
    assert "Không tìm được" in answer.text


def test_more_than_a_page_is_paged_and_the_filters_stay(lan):
    first = search(lan, agent=f"43 {ISSUER}", ascending="true").text
    more = re.search(r'name="more" value="([^"]+)"', first)[1]
    second = lan.post(PATH, data={"csrf": csrf_of(first), "more": more}).text
    assert (len(ids(first)), len(ids(second))) == (25, 5)
    assert not set(ids(first)) & set(ids(second))
    assert f'value="{ISSUER}' not in second
    assert 'name="ascending" value="true" checked' in second
    assert lan.post(PATH, data={"csrf": csrf_of(first), "more": "junk"}).status_code == 422


def test_a_statement_is_told_in_words_with_sender_and_what_it_proves(lan):
    (one, *_) = ids(search(lan, agent=f"41 {ISSUER}", ascending="true").text)
    page = lan.get(f"{PATH}/{one}").text
    for said in ("Người 41", "completed", "moodle", "cd-01", "hoàn thành hoạt động"):
        assert said in page
    assert "chứng minh chuyên đề này" in page
    assert "có tên trong căn cứ của kết quả đạt" in page
    assert "&#34;id&#34;" in page  # as stored


def test_a_statement_of_an_open_outcome_proves_its_topic_only(lan):
    (one,) = ids(search(lan, agent=f"42 {ISSUER}").text)
    page = lan.get(f"{PATH}/{one}").text
    assert "chứng minh chuyên đề này" in page
    assert "có tên trong căn cứ" not in page


def test_a_retracted_statement_says_by_which(house, lan):
    (target,) = ids(search(lan, agent=f"44 {ISSUER}").text)
    void = {
        "actor": {"mbox": "mailto:keeper@example.vn"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": target},
    }
    (by,) = house.post("analyst", void).json
    page = lan.get(f"{PATH}/{target}").text
    assert "Không còn là bằng chứng" in page
    assert f'href="/console/statements/{by}"' in page
    assert f'href="/console/statements/{target}"' in lan.get(f"{PATH}/{by}").text


@pytest.mark.parametrize("unknown", ["x", "%00", "e45cd7f6-3f4b-4a6c-a0a1-21a1c6b8a3a1"])
def test_what_is_not_there_is_not_found(lan, unknown):
    assert lan.get(f"{PATH}/{unknown}").status_code == 404


def test_each_search_and_each_look_is_recorded_without_what_was_asked(house, lan):
    (one, *_) = ids(search(lan, agent=f"42 {ISSUER}").text)
    lan.get(f"{PATH}/{one}")
    assert last_acts(house, "statements.search")[-1] == '{"filters": ["agent"], "found": 1}'
    assert last_acts(house, "statement.show")


def test_an_organiser_has_no_way_in(house):
    browser = house.sign_in("organiser", Role.ORGANISER)
    assert browser.get(PATH).status_code == 403
    assert PATH not in browser.get("/console/").text
