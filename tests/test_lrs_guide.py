"""The curl lines of docs/lrs.md do what stands above them, sent as curl would send them."""

import base64
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.assembly import Assembly, assembled, completion
from tests.conftest import NOW

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "lrs.md"
TOOL = "https://tool.example.vn"
_TAKES = {"-u", "-H", "-X", "-d", "--data-urlencode"}  # the options of curl in the guide that have a value


def commands() -> Iterator[list[str]]:
    """The words of each command under "Asking with curl"; an open quotation goes on in the next line."""
    block = (
        GUIDE.read_text(encoding="utf-8").split("## Asking with curl")[1].split("```sh\n")[1].split("```")[0]
    )
    held = ""
    for line in block.replace("\\\n", " ").splitlines():
        held = f"{held}\n{line}" if held else line
        try:
            words = shlex.split(held, comments=True)
        except ValueError:
            continue
        held = ""
        if words:
            yield words


class Curl:
    """`known`: what the guide's letters and <…> stand for."""

    def __init__(self, house: Assembly, key: str, secret: str) -> None:
        self._browser = house.browser()
        self.known = {"$K": key, "$S": secret, "$U": TOOL, "<ETag>": "", "<more>": ""}

    def run(self, words: list[str]) -> TestResponse | None:
        if words[0].startswith("P="):
            self.known["$P"] = self._filled(words[0][2:])
            return None
        said = [self._filled(word) for word in words[1:]]
        answer = self._ask(said)
        self.known["<ETag>"] = answer.headers.get("ETag", "").strip('"')
        if answer.is_json and isinstance(answer.json, dict):
            self.known["<more>"] = answer.json.get("more", "")
        return answer

    def _filled(self, word: str) -> str:
        for name, value in self.known.items():
            word = word.replace(name, value)
        return word

    def _ask(self, words: list[str]) -> TestResponse:
        given: dict[str, list[str]] = {name: [] for name in _TAKES}
        rest, left = [], iter(words)
        for word in left:
            given[word].append(next(left)) if word in _TAKES else rest.append(word)
        (url,) = [word for word in rest if not word.startswith("-")]
        headers = dict(one.split(": ", 1) for one in given["-H"])
        if given["-u"]:
            headers["Authorization"] = "Basic " + base64.b64encode(given["-u"][0].encode()).decode()
        data = [*given["-d"], *given["--data-urlencode"]]
        query = parse_qsl(urlsplit(url).query)
        body = None
        if "-G" in rest:
            query += [(one.partition("=")[0], one.partition("=")[2]) for one in data]
        elif data:
            body = "&".join(data)
        method = given["-X"][0] if given["-X"] else "GET" if body is None else "POST"
        return self._browser.open(
            urlsplit(url).path, method=method, query_string=query, headers=headers, data=body
        )


@pytest.fixture
def curl(tmp_path: Path) -> Iterator[Curl]:
    with assembled(tmp_path, NOW) as house:
        house.add_credential("guide", ["all"])
        house.post(
            "guide", [completion("https://lms.example.vn", "2041", "cd-01", NOW)] * 12
        )  # more than a page
        yield Curl(house, *house.credentials["guide"])


def test_every_line_of_the_guide_is_answered_as_it_says(curl: Curl):
    answers = [answer for words in commands() if (answer := curl.run(words)) is not None]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 204, 200, 204]
    stored, page, more = (answers[place].json for place in (1, 2, 3))
    assert ([page["statements"][0]["id"]], len(page["statements"]), len(more["statements"])) == (
        stored,
        10,
        3,
    )
