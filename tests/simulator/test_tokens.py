"""Both token endpoints verify the tool's signature and answer in their own form."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool.simulator.vocabulary import ALL_SCOPES, SCORE


def test_moodle_answers_json_as_html(world):
    answer = world.tool.ask_token("moodle")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    body = json.loads(answer.text)
    assert list(body) == ["access_token", "token_type", "expires_in", "scope"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["scope"].split() == list(ALL_SCOPES)


def test_moodle_grants_only_what_it_knows(world):
    assert json.loads(world.tool.ask_token("moodle", SCORE, "https://example.vn/none").text)["scope"] == SCORE


def test_open_edx_answers_a_jwt_of_its_own_with_a_lower_case_type(world):
    answer = world.tool.ask_token("openedx")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["token_type"] == "bearer"
    assert jwt.decode(answer.json()["access_token"], options={"verify_signature": False})["iss"].endswith(
        "/openedx"
    )


@pytest.mark.parametrize("face", ["moodle", "openedx"])
def test_a_foreign_signature_is_invalid_client(world, face):
    stranger = rsa.generate_private_key(65537, 2048)
    now = int(time.time())
    claims = jwt.decode(world.tool.assertion(face), options={"verify_signature": False}) | {
        "iat": now,
        "exp": now + 60,
    }
    forged = jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "tool-1"})
    answer = world.tool.ask_token(face, assertion=forged)
    assert (answer.status_code, json.loads(answer.text)) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize("face", ["moodle", "openedx"])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "https://elsewhere.example"}, "invalid_client"),
        ({"sub": "nobody"}, "invalid_client"),
        ({"exp": 1}, "invalid_grant"),
    ],
)
def test_an_assertion_that_is_not_for_here_is_refused(world, face, changes, error):
    answer = world.tool.ask_token(face, assertion=world.tool.assertion(face, **changes))
    assert (answer.status_code, json.loads(answer.text)) == (400, {"error": error})


@pytest.mark.parametrize("face", ["moodle", "openedx"])
def test_another_grant_is_unsupported(world, face):
    assert json.loads(world.tool.ask_token(face, grant_type="password").text) == {
        "error": "unsupported_grant_type"
    }
