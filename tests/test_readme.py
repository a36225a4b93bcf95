"""What the README tells people to type and to open is there."""

import re
import shlex
from pathlib import Path

import pytest

from lti_tool.cli.main import make_parser
from lti_tool.hosts.fields import to_paste

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL))
PROSE = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
LEFT_OUT = "…"


def commands() -> list[str]:
    """Every `donghanh …` of the shell blocks and of inline code, as it is written."""
    lines = [
        part.strip() for line in SHELL.splitlines() for part in re.split(r"&&|;", line.partition("#")[0])
    ]
    inline = [" ".join(one.split()) for one in re.findall(r"`(donghanh [^`]+)`", PROSE)]
    found = [line.removeprefix("$ ") for line in lines] + inline
    return sorted({line for line in found if line.startswith("donghanh ")})


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_is_one_of_ours(line: str, capsys: pytest.CaptureFixture[str]):
    words = shlex.split(re.sub(r"<[^>]*>", "x", line))[1:]
    shortened = words[-1] == LEFT_OUT or not any(word.startswith("-") or "/" in word for word in words)
    if words == ["--help"]:
        return
    try:
        make_parser().parse_args(
            [word for word in words if word != LEFT_OUT] if words[-1] == LEFT_OUT else words
        )
    except SystemExit:
        said = capsys.readouterr().err
        # A command that is only named, or ends in "…", leaves out what it needs; nothing it says may be unknown.
        assert shortened, said
        assert "the following arguments are required" in said


def test_the_readme_names_the_commands_it_needs():
    assert len(commands()) >= 14


def named_files() -> list[str]:
    linked = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(r'src="([^":]+)"', README)
    typed = re.findall(r"(?<![\w/.-])(?:config|docs|tests)/[\w./-]+", README)
    return sorted({name.rstrip(".") for name in [*linked, *typed, "requirements.lock"]})


@pytest.mark.parametrize("name", named_files())
def test_every_file_the_readme_names_is_there(name: str):
    assert (ROOT / name).exists()


def test_every_make_target_of_the_readme_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)`", README)) | set(
        re.findall(r"^make ([a-z-]+)", SHELL, flags=re.MULTILINE)
    )
    assert named >= {"run", "test", "check", "bench", "proof"}
    assert named <= targets


def test_every_setting_is_explained_in_the_example():
    example = (ROOT / "config" / "donghanh.example.env").read_text(encoding="utf-8")
    source = (ROOT / "lti_tool" / "base" / "settings.py").read_text(encoding="utf-8")
    known = {name for name in re.findall(r"DONGHANH_[A-Z_]+", source) if name != "DONGHANH_ENV_FILE"}
    assert {name for name in known if name not in example} == set()
    named = set(re.findall(r"DONGHANH_[A-Z_]+", README + example)) - {"DONGHANH_ENV_FILE", "DONGHANH_DEBUG"}
    assert {name for name in named if name.removesuffix("_FILE") not in known} == set()


def test_addresses_the_readme_gives_are_routes_of_the_tool():
    given = set(re.findall(r"https://<your tool>(/[\w/-]+)", README))
    assert given == {"/lti/launch", "/lti/login", "/lti/jwks", "/xapi"}


def section(title: str) -> str:
    """The README's text under "## <title>"."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


# Open edX's own defaults, which the README leaves alone.
LEFT_AS_DELIVERED = {"Registered Redirect URIs", "Names & Roles (NRPS)"}


@pytest.mark.parametrize(("kind", "title"), [("moodle", "Connect Moodle"), ("openedx", "Connect Open edX")])
def test_the_guide_and_the_console_call_a_hosts_fields_alike(kind: str, title: str):
    guide = " ".join(section(title).split())
    called = {label.partition(" (Content")[0] for label, _ in to_paste(kind, "https://tool.example.vn")}
    assert {label for label in called - LEFT_AS_DELIVERED if label not in guide} == set()


def test_open_edxs_labels_are_those_of_its_own_code():
    """Read where `make test-openedx` has installed the block; elsewhere there is nothing to read."""
    found = list((ROOT / ".tools" / "openedx").glob("lib/python*/site-packages/lti_consumer/lti_xblock.py"))
    if not found:
        pytest.skip("Open edX's block is not installed here: make test-openedx")
    labels = set(re.findall(r'display_name=_\("([^"]+)"\)', found[0].read_text(encoding="utf-8")))
    assert {label for label, _ in to_paste("openedx", "https://tool.example.vn")} - labels == set()
    step = section("Connect Open edX").split("\n1. ")[1].split("\n2. ")[0]
    printed = {" ".join(name.split()) for name in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", step)}
    assert printed - labels == set()


def test_what_the_guide_says_to_press_in_the_console_is_written_there():
    texts = (ROOT / "lti_tool/translations/en/console.po").read_text(encoding="utf-8")
    pressed = re.findall(r"our console, \*\*([^*]+)\*\*", README)
    assert len(pressed) >= 3
    labels = {label for path in pressed for label in path.split(" → ")}
    assert {label for label in labels if f'msgstr "{label}"' not in texts} == set()
