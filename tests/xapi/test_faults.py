"""What is put aside says what kind of fault it has, for those who do not read the English reason."""

from typing import Any

import pytest

from lti_tool.base.resources import package_folder
from lti_tool.base.texts import LANGUAGES, Texts
from tests.standards.xapi.client import AN, COMPLETED, TOPIC
from tests.xapi.signing import BOUNDARY, attachment
from xapi import exact, intake
from xapi.faults import Fault

FILE = attachment(b"x")
FAULTS: list[tuple[Fault, dict[str, Any]]] = [
    (Fault.MISSING, {"verb": {}}),
    (Fault.MISSING, {"actor": {"objectType": "Group"}}),
    (Fault.UNKNOWN, {"colour": "red"}),
    (Fault.TYPE, {"actor": None}),
    (Fault.TYPE, {"timestamp": 7}),
    (Fault.TYPE, {"object": []}),
    (Fault.CHOICE, {"object": {"objectType": "Person"}}),
    (Fault.IDENTIFIER, {"actor": {"name": "An"}}),
    (Fault.IDENTIFIER, {"actor": {**AN, "openid": "https://an.example.vn"}}),
    (Fault.IRI, {"verb": {"id": "completed"}}),
    (Fault.IRI, {"context": {"extensions": {"colour": 1}}}),
    (Fault.UUID, {"context": {"registration": "7"}}),
    (Fault.MAIL, {"actor": {"mbox": "an@example.vn"}}),
    (Fault.TIME, {"timestamp": "2025-02-30T10:00:00Z"}),
    (Fault.TIME, {"result": {"duration": "an hour"}}),
    (Fault.LANGUAGE, {"verb": {"id": "urn:x", "display": {"tiếng Việt": "xong"}}}),
    (Fault.RANGE, {"result": {"score": {"min": 0, "max": 0}}}),
    (Fault.CONTENT, {"attachments": [FILE]}),
    (Fault.OTHER, {"attachments": [{**FILE, "sha2": "7"}]}),
]


@pytest.mark.parametrize(("fault", "changes"), FAULTS, ids=str)
def test_each_kind_of_fault_is_told(fault: Fault, changes: dict[str, Any]):
    sent = {"actor": AN, "verb": COMPLETED, "object": TOPIC, **changes}
    (bad,) = intake.read(exact.dumps([sent])).bad
    assert bad.fault == fault, bad


@pytest.mark.parametrize("body", [b"{", b"7", b'[{"actor": nul}, {}]'])
def test_what_cannot_be_read_at_all_is_told(body: bytes):
    assert intake.read(body).bad[0].fault == Fault.UNREADABLE


def test_a_body_of_several_parts_keeps_the_kind_of_its_first_fault():
    body = b"--%s\r\nContent-Type: application/json\r\n\r\n[{}]\r\n--%s--" % ((BOUNDARY.encode(),) * 2)
    (bad,) = intake.read(body).bad
    assert (bad.fault, bad.raw) == (Fault.MISSING, body)


def test_every_kind_has_its_words():
    texts = Texts.load(package_folder("translations"))
    for language in LANGUAGES:
        assert {f"console.fault.{one}" for one in Fault} <= texts.keys(language)
