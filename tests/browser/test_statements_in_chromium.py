"""The console's statement browser in a real browser: nothing for axe-core to find, nothing cut off from a phone to a desk."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.assembly import TEN, assembled, completion
from tests.browser.consoling import cut_off, signed_in
from tests.loopback import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"


@pytest.fixture
def address(tmp_path):
    """A console with what a browser of statements has to show: long addresses, flags, a retraction, groups, results."""
    with assembled(tmp_path, NOW) as house:
        house.add_platform("moodle", ISSUER)
        house.add_credential("analyst", ["all"])
        house.load()
        house.launch("moodle", sub="41", name="Nguyễn Thị Lan")
        house.complete("moodle", "41", TEN[:3])  # no certificate: nothing is signed beside the driver
        ids = house.post("moodle", [completion(ISSUER, "41", "cd-11", NOW), rich()]).json
        house.post("moodle", [completion("https://khac.example.vn", "9", "cd-01", NOW)])
        void = {"objectType": "StatementRef", "id": ids[0]}
        verb = {"id": "http://adlnet.gov/expapi/verbs/voided", "display": {"en": "voided"}}
        house.post("analyst", {"actor": {"mbox": "mailto:keeper@example.vn"}, "verb": verb, "object": void})
        house.work()
        house.sign_in()
        with served(house.app) as base:
            yield base, ids


def rich():
    long = f"{ISSUER}/mod/quiz/attempt.php?attempt=123456789012345678901234567890&cmid=12"
    return {
        **completion(ISSUER, "41", "cd-12", NOW),
        "result": {
            "score": {"scaled": 0.75, "raw": 7.5},
            "success": True,
            "duration": "PT12M",
            "response": "a" * 120,
        },
        "context": {
            "instructor": {"name": "Trần Văn Minh", "mbox": "mailto:minh@example.vn"},
            "contextActivities": {"parent": [{"id": long}], "grouping": [{"id": ISSUER}]},
            "extensions": {f"{ISSUER}/extensions/a-very-long-name-of-an-extension": {"a": [1, 2]}},
        },
    }


@pytest.fixture
def page(address, chromium):
    base, _ = address
    with signed_in(chromium, base) as page:
        page.goto(f"{base}/console/statements")
        yield page


def opened(page, tmp_path, name):
    """Everything unfolded, and a picture to look at."""
    for details in page.locator("details:not([open]) > summary").all():
        details.click()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)


def test_axe_finds_nothing_and_nothing_is_cut_off(address, page, check, tmp_path):
    base, ids = address
    opened(page, tmp_path, "form")
    assert (check(page), cut_off(page)) == ([], [])
    page.get_by_role("button", name="Tìm").click()
    expect(page.get_by_role("table")).to_be_visible()
    opened(page, tmp_path, "list")
    assert (check(page), cut_off(page)) == ([], [])
    for name, one in zip(("retracted", "rich"), ids, strict=True):
        page.goto(f"{base}/console/statements/{one}")
        opened(page, tmp_path, name)
        assert (check(page), cut_off(page)) == ([], [])
