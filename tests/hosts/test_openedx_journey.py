"""The main job on Open edX's real platform code: login, launch, topics, and the score received by its real AGS endpoint.

Run by `make test-openedx`. The statements have event-routing-backends' measured shapes, under ids the tool has never seen.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
import requests

from lti_tool.simulator.browser import Browser
from tests.journeys.running import RunningTool, free_port, until

pytestmark = [pytest.mark.openedx, pytest.mark.timeout(240)]

ROOT = Path(__file__).parent.parent.parent
COURSE = "course-v1:BoKHCN+KNS+2025"
BLOCK = "block-v1:BoKHCN+KNS+2025+type@lti_consumer+block@donghanh"
COMPULSORY = ("cd-01", "cd-02", "cd-03", "cd-04", "cd-05")
OPTIONAL = ("cd-08", "cd-11", "cd-13", "cd-16", "cd-19")
TOPICS = tuple(f"cd-{number:02}" for number in range(1, 20))


@dataclass(frozen=True)
class Platform:
    """The running LMS and the tool that is registered with it."""

    url: str
    tool: RunningTool
    key: str
    secret: str

    def get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}{path}", timeout=20)
        answer.raise_for_status()
        return answer.json()

    def send(self, statement: dict[str, Any]) -> int:
        """As the real router does: one PUT under the statement's own id."""
        return requests.put(
            f"{self.tool.url}/xapi/statements",
            params={"statementId": statement["id"]},
            data=json.dumps(statement),
            headers={"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"},
            auth=(self.key, self.secret),
            timeout=20,
        ).status_code

    def grades(self, who: str) -> list[float]:
        return [row["value"] / row["maximum"] for row in self.get("/gradebook") if row["who"] == who]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    python = ROOT / ".tools/openedx/bin/python"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    home = tmp_path_factory.mktemp("openedx")
    with RunningTool(home / "tool") as tool:
        tool.command("migrate")
        tool.command("programme", "load", str(ROOT / "config/programmes/kns-2025.yaml"), "--rehearsal")
        log = (home / "lms.log").open("wb")
        lms = subprocess.Popen(
            [str(python), str(ROOT / "tests/hosts/openedx/run.py"), str(port), tool.url],
            stdout=log,
            stderr=log,
        )
        try:
            until(
                lambda: b"READY" in (home / "lms.log").read_bytes(),
                "Open edX's platform",
                log=home / "lms.log",
            )
            key, secret = register(tool, url, home)
            tool.start()
            yield Platform(url, tool, key, secret)
        finally:
            lms.terminate()
            lms.wait(20)
            log.close()


def register(tool: RunningTool, url: str, home: Path) -> tuple[str, str]:
    """What an administrator does: copy Studio's fields into the tool, make a credential, say which section is which topic."""
    teacher = Browser()
    teacher.get(f"{url}/sign-in/thay")
    shown = json.loads(teacher.get(f"{url}/studio/{BLOCK}").text)
    tool.command(
        *(
            "platform",
            "add",
            "--name",
            "edx",
            "--kind",
            "openedx",
            "--issuer",
            url,
            "--client-id",
            shown["client_id"],
        ),
        *("--deployment-id", shown["deployment_id"], "--auth-login-url", shown["oidc_callback"]),
        *("--token-url", shown["token_url"], "--jwks-url", shown["keyset_url"]),
    )
    mapping = [f"programme: kns-2025\nplatform: {url}\ntopics:"]
    mapping += [f"  {topic}:\n    activities:\n      - usage_key: {section(topic)}" for topic in TOPICS]
    file = home / "mapping.yaml"
    file.write_text("\n".join(mapping) + "\n")
    tool.command("mapping", "import", str(file))
    made = tool.command(
        "credential",
        "add",
        "--label",
        "edx",
        "--scope",
        "statements/write",
        "--platform",
        "edx",
        "--host-intake",
    )
    return made["key"], made["secret"]


def section(topic: str) -> str:
    return f"block-v1:BoKHCN+KNS+2025+type@sequential+block@{topic.replace('-', '')}"


def progressed(
    platform: Platform, actor: str, topic: str, kind: str = "sequential", progress: float = 100.0
) -> dict[str, Any]:
    """The completion aggregator's event; its id knows verb, actor and time, but not the object."""
    at = datetime.now(UTC).isoformat()
    key = section(topic).replace("type@sequential", f"type@{kind}")
    return {
        "id": str(uuid5(NAMESPACE_URL, f"progressed-{actor}-{at[:23]}")),
        "version": "1.0.3",
        "actor": {"objectType": "Agent", "account": {"homePage": platform.url, "name": actor}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/progressed", "display": {"en": "progressed"}},
        "object": {
            "id": f"{platform.url}/xblock/{key}",
            "objectType": "Activity",
            "definition": {"type": "http://adlnet.gov/expapi/activities/module"},
        },
        "result": {
            "completion": progress == 100.0,
            "extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": progress},
        },
        "timestamp": at,
        "context": {
            "contextActivities": {
                "parent": [
                    {
                        "id": f"{platform.url}/course/{COURSE}",
                        "objectType": "Activity",
                        "definition": {
                            "name": {"en-US": "Chuyển đổi số"},
                            "type": "http://adlnet.gov/expapi/activities/course",
                        },
                    }
                ]
            },
            "extensions": {
                "https://w3id.org/xapi/openedx/extension/transformer-version": "event-routing-backends@9.3.8"
            },
        },
    }


def launch(platform: Platform, who: str) -> tuple[Browser, str]:
    """Sign in, open the block, follow its frame into the tool; gives the tool's page."""
    browser = Browser()
    browser.get(f"{platform.url}/sign-in/{who}")
    block = browser.get(f"{platform.url}/block/{BLOCK}").text
    # The address stands raw in the attribute: html.unescape would read "&lti_" as "<i_", as no browser does.
    target = re.search(r'data-target="(http[^"]+)"', block)[1].replace("&amp;", "&")  # type: ignore[index]
    token = browser.settle(browser.get(target, dest="iframe"), dest="iframe")
    assert token.status == 200, token.text[:500]
    page = browser.settle(
        browser.submit(token.forms[0], dest="iframe"), dest="iframe"
    )  # the platform's page posts itself by script
    assert page.status == 200, page.text[:500]
    assert page.url.startswith(f"{platform.tool.url}/learn/"), page.url
    return browser, page.text


def test_a_learner_launches_learns_and_finds_certificate_and_grade(platform: Platform) -> None:
    actor = platform.get("/people")["hoa"]
    page = launch(platform, "hoa")[1]
    assert "Lường Thị Hoa" in page
    for topic in (*COMPULSORY, *OPTIONAL[:4]):
        assert platform.send(progressed(platform, actor, topic, progress=60.0)) in {200, 204}
        assert platform.send(progressed(platform, actor, topic)) in {200, 204}
    until(lambda: "9 trên 10" in launch(platform, "hoa")[1], "nine topics on the learner's page")
    assert platform.grades("hoa") == []  # nine topics: no score of any kind reaches the block's line item
    assert platform.send(progressed(platform, actor, OPTIONAL[4])) in {200, 204}
    until(lambda: platform.grades("hoa"), "the score at Open edX's own AGS endpoint")
    assert platform.grades("hoa") == [1.0]
    page = launch(platform, "hoa")[1]
    number = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3,}\b", page)
    assert number
    assert platform.tool.command("certificate", "show", number[0])["number"] == number[0]
    assert number[0] in requests.get(f"{platform.tool.url}/verify/{number[0]}", timeout=20).text


def test_completions_that_came_before_the_first_launch_count_at_it(platform: Platform) -> None:
    actor = platform.get("/people")["duc"]
    for topic in (*COMPULSORY, *OPTIONAL):
        chapter, vertical = (
            progressed(platform, actor, topic, "chapter"),
            progressed(platform, actor, topic, "vertical"),
        )
        whole = progressed(platform, actor, topic)
        chapter["id"] = vertical["id"] = whole["id"]  # one instant, one id, three contents
        for statement in (chapter, whole, vertical):
            assert platform.send(statement) in {200, 204}
    assert platform.grades("duc") == []
    launch(platform, "duc")
    until(lambda: platform.grades("duc") == [1.0], "certificate and score at the first launch")


def test_a_resend_is_never_refused_and_changes_nothing(platform: Platform) -> None:
    actor = platform.get("/people")["thay"]
    statement = progressed(platform, actor, "cd-01")
    assert {platform.send(statement) for _ in range(3)} <= {200, 204}
