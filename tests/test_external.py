"""With DONGHANH_LRS_URL: our own statements go to that store by the durable queue, through the whole tool."""

import json
import re
import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.assembly import assembled
from tests.xapi.outside import KEY, SECRET, storing

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"


def practise(house):
    """Answer one question."""
    browser = house.browser()
    path = urlsplit(house.launch("moodle", browser, sub="4").headers["Location"]).path
    url = f"{path}/practice/cd-05/q1"
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', browser.get(url).text))
    assert browser.post(url, data={**hidden, "choice": "b"}).status_code == 200


def work(house):
    """What the worker does from its start on."""
    stop = threading.Event()
    stop.set()
    house.worker.run(stop)
    house.work()


def test_what_we_say_ourselves_goes_to_the_external_store_once_though_it_was_away(tmp_path):
    with storing() as store:
        access = {
            "DONGHANH_LRS_URL": store.url,
            "DONGHANH_LRS_KEY": KEY,
            "DONGHANH_LRS_SECRET": SECRET,
        }
        with assembled(tmp_path, NOW, **access) as house:
            house.add_platform("moodle", ISSUER)
            house.load()
            practise(house)
            house.complete("moodle", "4", ["cd-01"])  # the platform's word, which is not ours to send
            store.away = True
            work(house)
            store.away = False
            for _ in range(3):
                house.clock.pass_by(minutes=20)
                work(house)
            said = [json.loads(one)["verb"]["id"].rsplit("/", 1)[1] for one in store.held]
            assert said.count("answered") == 1
            assert "completed" not in said
