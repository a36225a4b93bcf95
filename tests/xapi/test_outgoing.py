"""A receiver of pseudonymous statements can join those of one person and name nobody."""

import json
from typing import Any

import pytest

from tests.standards.xapi.client import AN, COMPLETED, TOPIC
from tests.xapi.signing import attachment
from tests.xapi.test_masking import PLACES
from xapi.outgoing import pseudonymous
from xapi.statement import check
from xapi.versions import Version

Json = dict[str, Any]
RUN = "4f1d2e0a-58a5-4d0c-9c1b-1f3f7a1f0c11"
change = pseudonymous(b"one receiver's")


def said(**changes: Any) -> Json:
    return {"actor": AN, "verb": COMPLETED, "object": TOPIC, **changes}


def who(statement: Json) -> str:
    return str(statement["actor"]["account"]["name"])


@pytest.mark.parametrize("place", PLACES, ids=json.dumps)
def test_nobody_is_named_anywhere_and_it_is_still_a_statement(place: Json):
    sent = said(**place, attachments=[attachment(b"x", fileUrl="https://example.vn/an")])
    for one in (sent, said(object={"objectType": "SubStatement", **sent})):
        found = change(one)
        text = json.dumps(found)
        assert not any(told in text for told in (AN["mbox"], f'"{AN["name"]}"', "attachments"))
        check(found, version=Version.V2 if "context" in json.dumps(place) else Version.V1)


def test_one_person_is_one_account_however_the_address_was_typed():
    shouting = said(actor={"mbox": AN["mbox"].upper().replace("MAILTO", "mailto"), "name": "AN"})
    assert who(change(said())) == who(change(shouting))
    assert who(change(said())) != who(change(said(actor={"mbox": "mailto:other@example.vn"})))


def test_two_receivers_cannot_join_what_they_got():
    sent = said(context={"registration": RUN})
    mine, theirs = change(sent), pseudonymous(b"another's")(sent)
    assert who(mine) != who(theirs)
    assert mine["context"] != theirs["context"]


def test_a_registration_stays_one_and_says_no_longer_which():
    first = change(said(context={"registration": RUN, "language": "vi"}))
    again = change(said(context={"registration": RUN.upper()}))
    assert first["context"]["registration"] == again["context"]["registration"] != RUN
    assert first["context"]["language"] == "vi"
    check(first)
