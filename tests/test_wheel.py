"""The wheel carries all it needs: built, installed outside the checkout beside the locked dependencies, and run there."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journeys.running import free_port

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout, by the locked hatchling, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    run = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return folder / run.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that sees the locked dependencies, with the wheel alone installed into it."""
    home = tmp_path_factory.mktemp("installed") / "env"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    run = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    # A folder named by a .pth file is searched, but its own .pth files are not read: the checkout's editable install stays unseen.
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


@pytest.fixture
def place(installed: Path, tmp_path: Path) -> Iterator["Place"]:
    found = Place(installed, tmp_path, free_port())
    yield found
    found.stop()


class Place:
    """An empty folder in which the installed tool is used."""

    def __init__(self, home: Path, folder: Path, port: int) -> None:
        self.home, self.folder, self.port = home, folder, port
        self.url = f"http://127.0.0.1:{port}"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DONGHANH_", "PYTHON", "COV"))
        }
        self.environ = {**kept, "DONGHANH_BASE_URL": self.url, "DONGHANH_HOME": str(folder / "instance")}
        self.server: subprocess.Popen[bytes] | None = None

    def python(self, code: str) -> str:
        return self._run([str(self.home / "bin" / "python"), "-c", code])

    def donghanh(self, *words: str, code: int = 0) -> Any:
        said = self._run([str(self.home / "bin" / "donghanh"), *words, "--json"], code)
        return json.loads(said)

    def _run(self, command: list[str], code: int = 0) -> str:
        run = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert run.returncode == code, f"{command}: {run.stdout}{run.stderr}"
        return run.stdout

    def serve(self) -> None:
        command = [str(self.home / "bin" / "donghanh"), "serve", "--with-worker", "--port", str(self.port)]
        log = (self.folder / "log").open("wb")
        self.server = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=log, stderr=log)
        log.close()
        end = time.monotonic() + 60
        while time.monotonic() < end and self.server.poll() is None:
            try:
                if requests.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(20)


def test_the_wheel_holds_every_file_that_is_not_python(wheel: Path):
    """Whatever the checkout has of templates, texts, pictures, fonts and configuration."""
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wanted = {name for name in listed if name.startswith(("lti_tool/", "rules/", "xapi/", "certificates/"))}
    wanted |= {f"lti_tool/{name}" for name in listed if name.startswith("config/")}
    assert {
        name for name in wanted if (CHECKOUT / name.replace("lti_tool/config", "config")).is_file()
    } - names == set()
    assert not any(name.startswith(("tests/", "docs/")) for name in names)


def test_the_installed_tool_is_not_the_checkout(place: Place):
    where = place.python(
        "import lti_tool, rules, xapi, certificates; print(lti_tool.__file__, rules.__file__, xapi.__file__, certificates.__file__)"
    )
    assert all(path.startswith(str(place.home)) for path in where.split())


def test_the_installed_tool_migrates_loads_its_own_programme_and_serves(place: Place):
    config = Path(
        place.python("from lti_tool.base.resources import config_folder; print(config_folder())").strip()
    )
    assert config.is_relative_to(place.home)
    assert place.donghanh("migrate") == {"migrated": True}
    programme = str(config / "programmes" / "kns-2025.yaml")
    place.donghanh("programme", "check", programme)
    place.donghanh("programme", "load", programme, "--rehearsal")
    place.donghanh("mapping", "list")
    link = place.donghanh("admin", "add", "lan")
    assert place.url in json.dumps(link)
    place.serve()
    for path, said in (
        ("/", "Đồng hành"),
        ("/verify", "<form"),
        ("/console/sign-in", "<form"),
        ("/healthz", "alive"),
    ):
        answer = requests.get(place.url + path, timeout=10)
        assert (answer.status_code, said in answer.text) == (200, True), path
    for name in ("app.css", "app.js", "console.css", "verify.css"):
        assert requests.get(f"{place.url}/static/{name}", timeout=10).status_code == 200
    assert requests.get(f"{place.url}/lti/jwks", timeout=10).json()["keys"]
    said = place.python(
        "import os, sys; from pathlib import Path; from lti_tool.cli.main import main; sys.exit(main(['doctor', '--json']) > 1)"
    )
    assert json.loads(said)
    place.stop()
    lines = [json.loads(line) for line in (place.folder / "log").read_text(encoding="utf-8").splitlines()]
    assert {"_granian", "lti_tool.app"} & {line["name"] for line in lines}
    assert all({"at", "level", "message", "request"} <= set(line) for line in lines)


def test_the_installed_tool_finds_units_practice_questions_fonts_and_both_languages(place: Place):
    found = json.loads(
        place.python(
            "import json\n"
            "from certificates.names import missing_glyphs\n"
            "from lti_tool.base.resources import config_folder, package_folder\n"
            "from lti_tool.base.texts import Texts\n"
            "from lti_tool.coaching import practice_reader\n"
            "texts = Texts.load(package_folder('translations'))\n"
            "practice = practice_reader.read_folder(config_folder() / 'practice')\n"
            "units = (config_folder() / 'units.csv').read_text(encoding='utf-8').splitlines()\n"
            "print(json.dumps([len(texts.keys('vi')), len(texts.keys('en')), len(units), bool(practice), missing_glyphs('Đỗ Thị Ưng Ỷ')]))\n"
        )
    )
    vi, en, units, practice, missing = found
    assert vi == en > 300
    assert units > 1
    assert practice
    assert missing == ""
