"""What tests and journeys do at the practice LMS: sign in, launch, complete topics, read the grade, flip a switch."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from lti_tool.simulator.browser import Browser, Page
from lti_tool.simulator.control import HEADER
from lti_tool.simulator.paths import OPENEDX_BLOCK, OPENEDX_COURSE

OK: Final = 200


class DriveError(Exception):
    """Something did not answer as it should; the message says what and where."""


@dataclass(slots=True)
class Person:
    """Somebody signed in at one face, with a browser of their own."""

    base_url: str
    face: str
    key: str
    browser: Browser = field(default_factory=Browser)

    @property
    def root(self) -> str:
        return f"{self.base_url}/{self.face}"

    @property
    def course_url(self) -> str:
        path = "course/view.php?id=7" if self.face == "moodle" else f"courses/{OPENEDX_COURSE}/course"
        return f"{self.root}/{path}"

    def sign_in(self) -> "Person":
        page = self.browser.get(f"{self.root}/")
        _good(self.browser.submit(page.form("/sign-in"), {"person": self.key}))
        return self

    def course(self) -> Page:
        return _good(self.browser.get(self.course_url))

    def activity(self, identifier: int = 1, *, query: str = "") -> Page:
        """The page that holds the tool in a frame."""
        if self.face == "moodle":
            return _good(self.browser.get(f"{self.root}/mod/lti/view.php?l={identifier}{query}"))
        return _good(self.browser.get(f"{self.root}/xblock/{OPENEDX_BLOCK}{query.replace('&', '?', 1)}"))

    def launch(self, identifier: int = 1, *, dest: str = "document") -> Page:
        """Open the tool's activity and go on until the tool's own page; `dest="iframe"` says so to the tool."""
        page = self.browser.get(self.activity(identifier).frame_url(), dest=dest)
        return self.browser.settle(page, dest=dest)

    def launch_on_phone(self, identifier: int = 1) -> Page:
        """Moodle's way on a phone: the whole window goes to the tool."""
        return self.browser.settle(self.browser.get(f"{self.root}/mod/lti/view.php?l={identifier}&phone=1"))

    def open_deep_linking(self, tool_id: int = 1) -> Page:
        """The tool's dialogue, as the teacher sees it."""
        if self.face == "moodle":
            page = self.browser.get(f"{self.root}/mod/lti/contentitem.php?id={tool_id}", dest="document")
        else:
            page = self.browser.get(self.activity(query="&deep_linking=1").frame_url())
        return self.browser.settle(page)

    def act(self, topic: str, act: str) -> Page:
        """Press one of a topic's buttons: complete, uncomplete, pass, fail."""
        form = self.course().form(f"/topic/{topic}")
        return _good(self.browser.submit(form, {"act": act}))

    def complete(self, *topics: str) -> None:
        for topic in topics:
            self.act(topic, "complete")

    def press(self, button: str, **fields: str) -> Page:
        """Press a button of the administration page: activate, list, place, register, lrs, option, delete."""
        page = _good(self.browser.get(f"{self.root}/admin"))
        return _good(self.browser.submit(page.form(f"/admin/{button}"), fields))

    def register_tool(self, url: str, *, client_id: str = "") -> Page:
        """Dynamic Registration: paste the tool's address; gives what the tool shows in the frame."""
        page = self.press("register", url=url, client_id=client_id)
        return _good(self.browser.get(page.frame_url(), dest="iframe"))

    def gradebook(self) -> str:
        """The gradebook page, as text."""
        return _good(self.browser.get(f"{self.root}/grade")).text


def _good(page: Page) -> Page:
    if page.status != OK:
        raise DriveError(f"{page.status} at {page.url}: {page.text[:300]}")
    return page


@dataclass(frozen=True, slots=True)
class Control:
    """The control door of a running practice LMS."""

    base_url: str
    token: str

    def state(self) -> dict[str, Any]:
        answer = requests.get(f"{self.base_url}/control/state", headers={HEADER: self.token}, timeout=30)
        return dict(_json(answer))

    def do(self, face: str, act: str, **values: Any) -> Any:
        body = {"face": face, "do": act, **values}
        return _json(
            requests.post(f"{self.base_url}/control", json=body, headers={HEADER: self.token}, timeout=60)
        )

    def fault(self, face: str, target: str, mode: str, **values: Any) -> None:
        """Make requests go wrong, as faults.Fault says: `control.fault("moodle", "scores", "status", status=429)`."""
        self.do(face, "fault", target=target, mode=mode, **values)

    def complete(self, face: str, person: str, topics: Collection[str], *, done: bool = True) -> None:
        self.do(face, "complete", person=person, topics=list(topics), done=done)

    def send(self, face: str) -> int:
        """Send one round of statements now."""
        return int(self.do(face, "send"))

    def send_all(self, face: str) -> None:
        while self.send(face):
            pass

    def grade(self, face: str, person: str, activity: int = 1) -> float | None:
        """What stands in the LMS's gradebook, or None."""
        rows = self.state()[face]["grades"]
        found = [row["value"] for row in rows if row["person"] == person and row["activity_id"] == activity]
        return found[0] if found else None

    def completed(self, face: str, person: str, module: str = "lti:1") -> bool:
        """Whether the LMS shows a module as complete (`lti:1` is the tool's first activity)."""
        rows = self.state()[face]["completion"]
        return any(
            row["person"] == person and row["module"] == module and row["state"] in {1, 2} for row in rows
        )


def _json(answer: requests.Response) -> Any:
    if answer.status_code != OK:
        raise DriveError(f"{answer.status_code}: {answer.text[:500]}")
    return answer.json()
