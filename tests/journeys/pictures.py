"""Make pictures of a running practice anew for the README: python -m tests.journeys.pictures [folder]."""

import subprocess
import sys
import tempfile
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lti_tool.simulator.browser import Browser as Hand
from lti_tool.simulator.driver import Person
from tests.chromium import CHROMIUM, OPTIONS
from tests.journeys.practising import TEN, RunningPractice
from tests.journeys.running import until

_PASSWORD = "một mật khẩu đủ dài"


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=30_000)
    with (
        tempfile.TemporaryDirectory(prefix="donghanh-pictures-") as home,
        RunningPractice(Path(home), send_every=0.3).start() as practice,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        _certificate(practice, folder / "certificate.png")
        _console(practice, browser, folder / "console.png")
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(picture, f"{picture.stat().st_size / 1024:.0f} KB")


def _certificate(practice: RunningPractice, target: Path) -> None:
    """The document's page."""
    learner = practice.person("moodle", "kim-xuyen")
    learner.launch()
    practice.control.complete("moodle", "kim-xuyen", TEN)
    link = until(lambda: _link(learner), "the certificate")
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "certificate.pdf"
        pdf.write_bytes(_download(practice, learner.browser, link))
        subprocess.run(
            ["pdftoppm", "-r", "72", "-png", "-singlefile", str(pdf), str(target.with_suffix(""))], check=True
        )
    _optimise(target)


def _link(learner: Person) -> str | None:
    found = (one.get("href", "") for one in learner.launch().links)
    return next((one for one in found if one.endswith("certificate.pdf")), None)


def _download(practice: RunningPractice, hand: Hand, path: str) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in hand.cookies["127.0.0.1"].items())
    answer = requests.get(f"{practice.url}{path}", headers={"Cookie": cookies}, timeout=30)
    answer.raise_for_status()
    return answer.content


def _console(practice: RunningPractice, browser: Browser, target: Path) -> None:
    """Home of the console, with something that waits for a person."""
    _waiting(practice)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
    page = context.new_page()
    page.goto(practice.prepared["console"])
    for name in ("password", "again"):
        page.locator(f"input[name={name}]").fill(_PASSWORD)
    page.locator("form button").last.click()
    page.goto(f"{practice.url}/console")
    _shoot(page, target)
    context.close()


def _waiting(practice: RunningPractice) -> None:
    """Several learners under way, and a certificate whose LMS tells no name."""
    for number, key in enumerate(("huu-uoc", "h-mai", "quynh-nhu", "a-pao", "thuy")):
        practice.person("moodle", key).launch()
        practice.control.complete("moodle", key, TEN[: 2 * number])
    practice.person("openedx", "quyet").launch()
    practice.control.complete("openedx", "quyet", TEN)
    until(lambda: practice.grade("openedx", "quyet"), "the grade")


def _shoot(page: Page, target: Path) -> None:
    page.screenshot(path=target)
    _optimise(target)


def _optimise(picture: Path) -> None:
    """At most 128 colours: text and flat areas lose nothing."""
    with Image.open(picture) as found:
        found.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


if __name__ == "__main__":
    main()
