"""The house keeps its shape: small tests that guard structure (see design.md)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("rules", "xapi", "certificates", "lti_tool")
ROOMS = (
    "base",
    "hosts",
    "lti",
    "people",
    "programmes",
    "ledger",
    "coaching",
    "reports",
    "handlers",
    "pages",
    "simulator",
    "cli",
)


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def test_every_import_contract_is_kept() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize("folder", [*PACKAGES, *(f"lti_tool/{room}" for room in ROOMS)])
def test_every_package_and_room_says_what_may_enter(folder: str) -> None:
    lines = (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert 5 <= len(lines) <= 25


FORBIDDEN_IN_RULES = {
    "time",
    "os",
    "io",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "logging",
    "json",
    "threading",
    "locale",
    "gettext",
}


@pytest.mark.parametrize("path", sources("rules"), ids=str)
def test_rules_have_no_clock_and_no_input_or_output(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN_IN_RULES
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in FORBIDDEN_IN_RULES
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today", "open"}, f"{path}:{node.lineno}"
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input"}, f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_happens_at_import_and_nothing_is_imported_inside_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []
    loose = [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and path.name not in {"env.py", "__main__.py"}
    ]
    assert loose == []


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_top_of_the_house_reads_the_clock(path: Path) -> None:
    """Time comes in as a value or a `clock`; the practice LMS is a program of its own."""
    place = path.relative_to(ROOT)
    if str(place) == "lti_tool/base/clock.py" or place.parts[:2] == ("lti_tool", "simulator"):
        return
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    found = [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"utcnow", "now"}
        and _is_datetime(call.func.value)
    ]
    assert found == []


def _is_datetime(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "datetime") or (
        isinstance(node, ast.Attribute) and node.attr == "datetime"
    )


def test_only_hosts_and_the_simulator_know_a_hosts_name() -> None:
    """A quirk of one LMS is a value in hosts/, with its reason; elsewhere code asks the value."""
    allowed = {("lti_tool", "hosts"), ("lti_tool", "simulator"), ("lti_tool", "cli")}
    inside = [path for path in sources(*PACKAGES) if path.relative_to(ROOT).parts[:2] not in allowed]
    guilty = [
        f"{path}:{node.lineno}"
        for path in inside
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _asks_for_a_host(node)
    ]
    assert guilty == []


def _asks_for_a_host(node: ast.AST) -> bool:
    """Whether a comparison names a host, as `kind == "moodle"` does."""
    if not isinstance(node, ast.Compare):
        return False
    return any(
        isinstance(side, ast.Constant) and side.value in {"moodle", "openedx"} for side in ast.walk(node)
    )


def test_nothing_committed_names_a_package_index_or_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    hosts = [
        "pypi." + "org",
        "python" + "hosted",
        "registry." + "npmjs",
        "deb." + "debian",
        "/wo" + "rk/",
        "/opt/" + "pypi",
    ]
    guilty = [
        f"{name}: {host}"
        for name in listed
        if (ROOT / name).is_file() and (ROOT / name).suffix not in {".png", ".ttf", ".woff2"}
        for host in hosts
        if host in (ROOT / name).read_text(encoding="utf-8", errors="ignore")
    ]
    assert guilty == []
