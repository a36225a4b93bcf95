"""A statement in words."""

from xapi.telling import tell

ACTIVITY = {"id": "urn:a", "definition": {"name": {"en": "A page", "vi-VN": "Một trang"}, "type": "urn:t"}}


def said(**changes):
    whole = {
        "actor": {"mbox": "mailto:lan@example.vn", "name": "Lan"},
        "verb": {
            "id": "http://adlnet.gov/expapi/verbs/completed",
            "display": {"en": "completed", "vi": "đã xong"},
        },
        "object": ACTIVITY,
        **changes,
    }
    return tell(whole, ["vi", "en"])


def test_displays_are_told_in_the_readers_language_as_far_as_they_have_it():
    told = said()
    assert (told.actor.name, told.verb, told.target.label) == ("Lan", "đã xong", "Một trang")
    assert tell(
        {"actor": {"openid": "urn:me"}, "verb": {"id": "urn:x/tried/"}, "object": {"id": "urn:b"}}, []
    ) == tell(
        {
            "actor": {"openid": "urn:me"},
            "verb": {"id": "urn:x/tried/", "display": {}},
            "object": {"id": "urn:b"},
        },
        ["vi"],
    )


def test_results_and_contexts_are_told_in_the_standards_own_words():
    told = said(
        result={"success": True, "score": {"scaled": 0.5}, "extensions": {"urn:e": [1, False]}},
        context={
            "instructor": {"mbox": "mailto:minh@example.vn"},
            "contextActivities": {"parent": [ACTIVITY], "category": {"id": "urn:c"}},
            "statement": {"objectType": "StatementRef", "id": "r"},
            "platform": "Moodle",
        },
        attachments=[{"display": {"en": "A file"}, "sha2": "0"}, {"display": {}, "sha2": "f"}],
    )
    assert told.result == (("success", "true"), ("score scaled", "0.5"), ("extensions urn:e", "1, false"))
    assert told.context == (
        ("instructor", "minh@example.vn"), ("parent", "Một trang"), ("category", "urn:c"), ("statement", "r"),
        ("platform", "Moodle"),
    )  # fmt: skip
    assert told.attachments == ("A file", "f")


def test_every_kind_of_object_and_of_actor_has_words():
    group = {
        "objectType": "Group",
        "member": [{"mbox": "mailto:a@b.vn"}, {"mbox": "mailto:c@d.vn", "name": "C"}],
    }
    assert [one.identifier for one in said(actor=group).actor.members] == ["a@b.vn", "c@d.vn"]
    assert said(object=group).target.label == "a@b.vn, C"
    assert said(object={"objectType": "StatementRef", "id": "r"}).target.id == "r"
    account = {"objectType": "Agent", "account": {"homePage": "https://h.vn", "name": "7"}}
    assert said(object=account).target.label == "7 · https://h.vn"
    inner = {
        "objectType": "SubStatement",
        "actor": account,
        "verb": {"id": "urn:x/y"},
        "object": {"id": "urn:z"},
    }
    assert said(object=inner).target.label == "7 · https://h.vn y urn:z"
