"""1EdTech's LTI 1.3 core certification: its known bad payloads are refused, its valid launches accepted, by learner and teacher.

The cases are those of the certification suite (imsproject.org/spec/lti/v1p3/cert); the payloads are our own.
"""

import logging

import pytest

from tests.lti import sites
from tests.lti.fake_platform import INSTRUCTOR, LEARNER, LTI

STUDENT = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"
FACULTY = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty"
MENTOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Mentor"
UNKNOWN = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"
NAMES = ("name", "given_name", "family_name")


database_url, site = sites.on_sqlite()


@pytest.fixture(params=[LEARNER, INSTRUCTOR], ids=["learner", "teacher"])
def role(request):
    return request.param


BAD_CLAIMS = {
    "wrong LTI version": {LTI + "version": "11.3"},
    "no LTI version": {LTI + "version": None},
    "several required claims missing": dict.fromkeys(
        ("aud", "iss", "sub", LTI + "deployment_id", LTI + "roles")
    ),
    "timestamps incorrect": {"iat": 11111, "exp": 22222},
    "message type missing": {LTI + "message_type": None},
    "role claim missing": {LTI + "roles": None},
    "deployment id missing": {LTI + "deployment_id": None},
    "resource link id missing": {LTI + "resource_link": None},
    "sub missing": {"sub": None},
}


def is_refused(site, answer, caplog):
    assert answer.status_code in range(400, 500)
    code = next(record.fields["code"] for record in caplog.records if record.name == "donghanh.lti")
    assert code in answer.text
    assert not site.launched
    return True


@pytest.mark.parametrize("case", BAD_CLAIMS)
def test_a_known_bad_payload_is_refused_with_its_log_line(site, role, case, caplog):
    with caplog.at_level(logging.WARNING):
        answer = site.launch(**({LTI + "roles": [role]} | BAD_CLAIMS[case]))
    assert is_refused(site, answer, caplog)


@pytest.mark.parametrize(("case", "kid"), [("no kid", None), ("incorrect kid", "imstester_66067")])
def test_a_bad_key_id_is_refused_with_its_log_line(site, role, case, kid, caplog):
    with caplog.at_level(logging.WARNING):
        answer = site.launch(headers={"kid": kid}, **{LTI + "roles": [role]})
    assert is_refused(site, answer, caplog)


def test_json_that_is_no_launch_is_refused_with_its_log_line(site, caplog):
    browser = site.browser()
    state, _ = site.login(browser)
    with caplog.at_level(logging.WARNING):
        answer = site.post(browser, site.platform.sign({"name": "badltilaunch"}), state)
    assert is_refused(site, answer, caplog)


VALID = {
    "a plain message": {},
    "only an e-mail": dict.fromkeys(NAMES),
    "only names": {"email": None},
    "no personal data": dict.fromkeys((*NAMES, "email", LTI + "ext", LTI + "lis")),
    "an e-mail and no context": dict.fromkeys((*NAMES, LTI + "context")),
    "no optional claim at all": dict.fromkeys((
        *NAMES, "email", LTI + "ext", LTI + "lis", LTI + "context", LTI + "custom", LTI + "launch_presentation",
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
    )),
}  # fmt: skip

VALID_ROLES = {
    "several roles, learner": ([LEARNER, STUDENT, MENTOR], "/learn/"),
    "several roles, teacher": ([INSTRUCTOR, FACULTY, MENTOR], "/teach/"),
    "a short role, learner": (["Learner"], "/learn/"),
    "a short role, teacher": (["Instructor"], "/teach/"),
    "an unknown role beside, learner": ([LEARNER, UNKNOWN], "/learn/"),
    "an unknown role beside, teacher": ([INSTRUCTOR, UNKNOWN], "/teach/"),
    "an empty role": ([""], "/learn/"),
    "no role": ([], "/learn/"),
    "an unknown role": ([UNKNOWN], "/learn/"),
}


@pytest.mark.parametrize("case", VALID)
def test_a_valid_launch_is_accepted(site, role, case):
    answer = site.launch(**({LTI + "roles": [role]} | VALID[case]))
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith("/learn/" if role == LEARNER else "/teach/")


@pytest.mark.parametrize("case", VALID_ROLES)
def test_a_valid_launch_is_accepted_with_any_roles(site, case):
    roles, path = VALID_ROLES[case]
    answer = site.launch(**{LTI + "roles": roles})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith(path)
