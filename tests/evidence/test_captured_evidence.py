"""All of the captured exchanges (../shared/data, where it lies beside the checkout): sent by the LMS they came from, as it sent them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.assembly import KNS, Assembly, assembled
from tests.evidence.counting import Became, Ledger, done_topics, kind_of
from tests.evidence.sending import MOODLE_TOPICS, Json, Rows, in_order
from tests.lti.fake_platform import LTI

SHARED = Path(__file__).parents[3] / "shared" / "data"
EXPECTED = Path(__file__).parent / "expected"
LIVE, PLUGIN, OPENEDX = "http://127.0.0.1:8100", "http://www.example.org", "https://lms.example.vn"
NOW = datetime(2026, 12, 5, 3, 0, tzinfo=UTC)
DEMO = "block-v1:edX+DemoX+Demo_Course+type@"
MAPPINGS = (
    f"""
programme: kns-2025
platform: {LIVE}
topics:
{MOODLE_TOPICS}""",
    f"""
programme: kns-2025
platform: {PLUGIN}
topics:
  cd-01: {{activities: [{{pattern: "**/mod/*/view.php?id=1"}}]}}
  cd-02: {{activities: [{{pattern: "**/mod/quiz/**", verbs: [completed]}}]}}
  cd-03: {{activities: [{{pattern: "**/course/view.php?id=1"}}]}}
""",
    f"""
programme: kns-2025
platform: {OPENEDX}
topics:
  cd-01: {{activities: [{{usage_key: "block-v1:MOST+DT2026+T12+type@sequential+block@t7"}}]}}
  cd-02: {{activities: [{{usage_key: "block-v1:MOST+DT2026+T12+type@chapter+block@t7"}}]}}
  cd-03: {{activities: [{{usage_key: "block-v1:MOST+DT2026+T12+type@vertical+block@t7"}}]}}
  cd-04: {{activities: [{{usage_key: "block-v1:MOST+DT2026+T12+type@course+block@t7"}}]}}
  cd-05: {{activities: [{{usage_key: "{DEMO}video+block@0b9e39477cf34507a7a48f74be381fdd"}}]}}
  cd-06: {{activities: [{{usage_key: "{DEMO}problem+block@7c54b16c8ed34f9f8772015178c7a175"}}]}}
  cd-07: {{activities: [{{usage_key: "{DEMO}sequential+block@a2184f8ebf9d478ba57edcc4f288854a", min_score: 0.5}}]}}
  cd-08: {{activities: [{{pattern: "**/course/course-v1:edX+DemoX+Demo_Course", verbs: [passed]}}]}}
  cd-09: {{activities: [{{pattern: "**/course/course-v1:edX+DemoX+Demo_Course", verbs: [earned], min_score: 0.8}}]}}
  cd-10: {{activities: [{{usage_key: "{DEMO}problem+block@a0effb954cca4759994f1ac9e9434bf4", verbs: [evaluated], min_score: 0.5}}]}}
""",
)
# The xAPI account and the e-mail that the captured statements of one person carry, in the order of XAPI_AGENT_IFI_TYPE's two runs.
PEOPLE = {
    "75532491-85c8-5fcd-8e01-de116507df5d": "honor@xa.example.vn",
    "5907e5bd-397a-5635-8088-9f8a9c881cd0": "staff@xa.example.vn",
    "31a08dca-7897-59b7-aaa1-5751c2c857c6": "edx@xa.example.vn",
    "93fabbe7-2a48-528f-97fd-3aaef29ff5fb": "audit@xa.example.vn",
    "f9bf0b7c-da5e-5f3d-87bf-2ff6f9303e80": "verified@xa.example.vn",
}

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the captured exchanges are not beside this checkout"
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Assembly]:
    """The three LMSs that the captures come from, and a programme whose window is around all their moments."""
    with assembled(tmp_path, NOW) as found:
        found.add_platform("live", LIVE)
        found.add_platform("plugin", PLUGIN)
        found.add_platform("openedx", OPENEDX, "openedx")
        text = re.sub("opens: .*", "opens: 2020-01-01T00:00:00+07:00", KNS.read_text(encoding="utf-8"))
        text = re.sub("closes: .*", "closes: 2027-01-01T00:00:00+07:00", text)
        text = re.sub("late_arrival: .*", "late_arrival: 2000 days", text)
        found.load(text)
        for mapping in MAPPINGS:
            found.map(mapping)
        yield found


def captured(folder: str) -> Rows:
    found: Rows = []
    for file in sorted((SHARED / folder).glob("*.json")):
        value = json.loads(file.read_text(encoding="utf-8"))
        found += [(kind_of(one, file.stem), one) for one in (value if isinstance(value, list) else [value])]
    return found


def claims_of(path: str) -> Json:
    found: Json = json.loads((SHARED / path).read_text(encoding="utf-8"))
    claims: Json = found.get("claims", found)
    return claims


def table(name: str) -> dict[str, Became]:
    lines = (EXPECTED / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {kind: Became(*map(int, numbers)) for kind, *numbers in (line.split("\t") for line in lines)}


def arrive(house: Assembly, platform: str, path: str, **changes: Any) -> None:
    """One of the captured launches, perhaps of another person; signed anew, because its minute is over."""
    answer = house.launch(platform, claims=claims_of(path), **changes)
    assert answer.status_code == 303, answer.text


def arrive_in_moodle(house: Assembly, platform: str, subs: list[str]) -> None:
    for sub in subs:
        arrive(house, platform, "moodle/launches/learner.json", sub=sub, email=f"hv{sub}@xa.example.vn")


@pytest.mark.parametrize(
    "path",
    sorted(
        str(file.relative_to(SHARED))
        for file in SHARED.glob("*/launches/*.json")
        if "params" not in file.name
    ),
)
def test_every_captured_launch_is_let_in_but_for_a_message_we_did_not_ask_for(house: Assembly, path: str):
    if "submission_review" not in path:
        arrive(house, "live" if path.startswith("moodle") else "openedx", path)
        return
    answer = house.launch("live", claims=claims_of(path))
    assert answer.status_code in range(400, 500)
    assert "LTI-" in answer.text


def test_what_became_of_everything_a_real_moodle_sent(house: Assembly):
    rows = in_order(captured("moodle/statements-live"))
    arrive_in_moodle(house, "live", [str(number) for number in range(2, 16)])
    ledger = Ledger(house)
    ledger.post("live", rows)
    house.work()
    became = ledger.became()
    assert became == table("captured-moodle")
    house.clock.pass_by(minutes=1)
    ledger.post("live", rows)  # "resend failed batches"
    house.work()
    assert {kind: one._replace(sent=one.sent // 2) for kind, one in ledger.became().items()} == became
    assert done_topics(house, "kns-2025") == {
        "5": {"cd-01", "cd-02", "cd-04"},
        "7": {"cd-06", "cd-07"},
        "14": {"cd-08"},
    }


def test_what_became_of_everything_the_plugin_says_it_sends(house: Assembly):
    """The 190 statements of logstore_xapi's own tests: all of another site, whose people are nobody's at the first platform."""
    rows = captured("moodle/statements-expected")
    arrive_in_moodle(house, "live", ["1", "2"])
    foreign = Ledger(house)
    foreign.post("live", rows)
    house.work()
    assert all(one.flagged == one.stored and one.facts == 0 for one in foreign.became().values())
    # Seven equal one in an earlier request of 30, which is how a resend is known; the other 183 are all kept.
    became = foreign.became().values()
    assert (sum(one.sent for one in became), sum(one.stored for one in became)) == (190, 183)
    assert done_topics(house, "kns-2025") == {}


def test_what_the_plugin_says_it_sends_counts_where_it_comes_from(house: Assembly):
    arrive_in_moodle(house, "plugin", ["1", "2"])
    ledger = Ledger(house)
    ledger.post("plugin", captured("moodle/statements-expected"))
    house.work()
    assert ledger.became() == table("captured-plugin")


def test_what_became_of_everything_open_edx_sent_under_both_names_of_its_people(house: Assembly):
    for account, mail in PEOPLE.items():
        custom = {"xapi_actor": account}
        path = "openedx/launches/launch_01_LtiResourceLinkRequest_an.json"
        arrive(house, "openedx", path, sub=f"lti-{account}", email=mail, **{LTI + "custom": custom})
    ledger = Ledger(house)
    for folder in ("aggregator", "external_id", "mbox"):
        ledger.put("openedx", captured(f"openedx/statements/{folder}"))
    house.work()
    assert ledger.became() == table("captured-openedx")
    done = {sub[4:12]: topics for sub, topics in done_topics(house, "kns-2025").items()}
    assert done == {
        "75532491": {"cd-01", "cd-02", "cd-03", "cd-05", "cd-08", "cd-09"},
        "5907e5bd": {"cd-06", "cd-07"},
        "f9bf0b7c": {"cd-10"},
    }
