"""The formats ids and canonical."""

import json
from typing import Any

from xapi import rendering
from xapi.rendering import Canonical

Json = dict[str, Any]
AN = {"objectType": "Agent", "mbox": "mailto:an@example.vn", "name": "An"}
TOPIC = {"objectType": "Activity", "id": "urn:x:topic", "definition": {"name": {"vi": "Bài", "en": "Unit"}}}


def sent(**more: Any) -> Json:
    verb = {"id": "urn:x:did", "display": {"vi": "làm", "en-US": "did"}}
    return {"actor": AN, "verb": verb, "object": TOPIC, **more}


def test_ids_names_everything_by_its_identifier_alone():
    context = {
        "contextActivities": {"parent": [TOPIC]},
        "instructor": AN,
        "contextAgents": [{"objectType": "contextAgent", "agent": AN}],
        "contextGroups": [
            {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [AN], "name": "Tổ"}}
        ],
    }
    found = json.loads(rendering.ids(json.dumps(sent(context=context))))
    bare = {"objectType": "Agent", "mbox": AN["mbox"]}
    assert (found["actor"], found["verb"], found["object"]) == (
        bare,
        {"id": "urn:x:did"},
        {"id": "urn:x:topic"},
    )
    assert found["context"] == {
        "contextActivities": {"parent": [{"id": "urn:x:topic"}]},
        "instructor": bare,
        "contextAgents": [{"objectType": "contextAgent", "agent": bare}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", "member": [bare]}}],
    }


def test_canonical_tells_what_the_store_knows_of_an_activity_in_one_language():
    known = {"urn:x:topic": {"name": {"vi": "Bài 1", "en": "Unit 1"}, "type": "urn:x:page"}}
    bare = {"id": "urn:x:topic"}
    inner = {
        "objectType": "SubStatement",
        **sent(object=bare, context={"contextActivities": {"other": [bare]}}),
    }
    found = Canonical(["en-GB"], known).shown(sent(object=inner))
    shown = {"id": "urn:x:topic", "definition": {"name": {"en": "Unit 1"}, "type": "urn:x:page"}}
    assert found["verb"]["display"] == {"en-US": "did"}
    assert found["object"]["object"] == found["object"]["context"]["contextActivities"]["other"][0] == shown
    assert found["actor"] == AN


def test_an_activity_the_store_knows_nothing_of_is_told_as_it_came():
    found = Canonical(["vi"], {}).shown(sent())
    assert found["object"] == {**TOPIC, "definition": {"name": {"vi": "Bài"}}}
    assert Canonical(["vi"], {}).shown(sent(object={"id": "urn:x:y"}))["object"] == {"id": "urn:x:y"}


def test_the_parts_of_a_question_are_in_one_language_too():
    definition = {
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"vi": "Đúng", "en": "Yes"}}],
    }
    found = Canonical(["en"], {"urn:x:topic": definition}).shown(sent())
    assert found["object"]["definition"]["choices"] == [{"id": "a", "description": {"en": "Yes"}}]


def test_people_as_objects_stay_as_they_are():
    assert Canonical(["vi"], {}).shown(sent(object=AN))["object"] == AN
