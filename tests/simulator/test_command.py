"""The command, its configuration and what it keeps."""

import json
import socket
import subprocess
import sys

import pytest

from lti_tool.simulator import command
from lti_tool.simulator.app import create
from lti_tool.simulator.config import Config, ConfigError, read
from lti_tool.simulator.driver import Control, Person
from lti_tool.simulator.server import make_server


@pytest.mark.parametrize(
    "base",
    [
        "http://0.0.0.0:8201",
        "https://lms.example.vn",
        "http://192.168.1.4:8201",
        "http://127.0.0.1.example.vn",
    ],
)
def test_it_refuses_every_address_but_loopback(capsys, tmp_path, base):
    assert command.main(["--base-url", base, "--data", str(tmp_path)]) == 2
    assert (
        capsys.readouterr().err == f"practice LMS: the practice LMS works on loopback only, not at {base}\n"
    )


def test_the_server_refuses_it_too(world):
    with pytest.raises(ConfigError):
        make_server("http://0.0.0.0:0", world.practice.app)


def test_describe_names_what_must_be_registered(capsys):
    assert command.main(["--port", "9201", "--describe"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"moodle", "openedx"}
    moodle = found["moodle"]
    assert moodle["issuer"] == "http://127.0.0.1:9201/moodle"
    assert moodle["auth_login_url"] == "http://127.0.0.1:9201/moodle/mod/lti/auth.php"
    assert moodle["sections"] == {}
    assert found["openedx"]["sections"]["cd-01"] == "block-v1:MOST+DONGHANH+2025+type@sequential+block@cd-01"
    assert set(moodle) >= {"client_id", "deployment_id", "token_url", "jwks_url", "kind", "frame_origin"}


def test_a_file_is_read_over_the_defaults(tmp_path):
    path = tmp_path / "practice.json"
    path.write_text(json.dumps({
        "titles": ["Một", "Hai"],
        "faces": {"moodle": {"client_id": "abc", "lrs": {"endpoint": "http://127.0.0.1:8200/xapi", "key": "k", "secret": "s"}, "options": {"batch_size": 500}}},
    }))  # fmt: skip
    config = read(path, tool_url="http://127.0.0.1:9999")
    assert [topic.key for topic in config.topics] == ["cd-01", "cd-02"]
    assert config.faces["moodle"].client_id == "abc"
    assert config.tool_path("/lti/login") == "http://127.0.0.1:9999/lti/login"


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"faces": {"moodle": {"options": {"nothing": 1}}}}', '{"base_url": "http://lms.example.vn"}'],
)
def test_a_wrong_file_stops_in_one_line(tmp_path, content):
    path = tmp_path / "practice.json"
    path.write_text(content)
    with pytest.raises(ConfigError):
        read(path)


def test_without_a_tool_configured_registration_begins_at_an_empty_list(tmp_path):
    path = tmp_path / "practice.json"
    path.write_text(json.dumps({"faces": {"moodle": {"tool": False}}}))
    practice = create(read(path), tmp_path)
    assert practice.faces["moodle"].store.all("SELECT * FROM tool") == []
    assert len(practice.faces["openedx"].store.all("SELECT * FROM tool")) == 1


def test_what_happened_survives_a_restart(world, tmp_path):
    world.person("moodle").complete("cd-01")
    again = create(Config(), tmp_path, clock=world.clock)
    face = again.faces["moodle"]
    assert face.store.one("SELECT state FROM completion WHERE module = 'cd-01'")["state"] == 1
    assert face.signing.kid == world.face("moodle").signing.kid
    assert len(face.store.all("SELECT * FROM tool")) == 1
    assert (tmp_path / "control-token").stat().st_mode & 0o777 == 0o600


def test_the_command_serves_until_it_is_stopped(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "lti_tool.simulator", "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert str(port) in process.stdout.readline()
        base = f"http://127.0.0.1:{port}"
        person = Person(base, "openedx", "huu-uoc").sign_in()
        person.complete("cd-02")
        control = Control(base, (tmp_path / "control-token").read_text())
        assert control.completed("openedx", "huu-uoc", "cd-02")
        assert control.grade("openedx", "huu-uoc") is None
        process.terminate()
