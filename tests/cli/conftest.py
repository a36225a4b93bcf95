"""Commands as an operator types them, on a database of their own."""

import json
from dataclasses import dataclass

import pytest

from lti_tool.cli.main import main

PLATFORM = (
    "platform add --name lms --issuer https://lms.example.vn --client-id a1 --deployment-id 1 --deployment-id 2 "
    "--auth-login-url https://lms.example.vn/auth --token-url https://lms.example.vn/token "
    "--jwks-url https://lms.example.vn/jwks --kind moodle --frame-origin https://apps.example.vn"
)


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def environ(database, database_url, tmp_path):
    return {"DONGHANH_DATABASE_URL": database_url, "DONGHANH_HOME": str(tmp_path / "home")}


@pytest.fixture
def run(environ, clock, capsys):
    """Runs a command; words are parted by blanks unless a list is given."""

    def run(line, **changes):
        arguments = line.split() if isinstance(line, str) else line
        code = main(arguments, {**environ, **changes}, clock)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def lms(run):
    """One registered platform."""
    assert run(PLATFORM).code == 0
