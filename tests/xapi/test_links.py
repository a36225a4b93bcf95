from xapi.identity import mbox_key
from xapi.links import activity_key, links

A, B = {"mbox": "mailto:a@b.vn"}, {"mbox": "mailto:b@b.vn"}


def test_own_subjects_are_direct_and_everything_in_context_is_related():
    found = links(
        {
            "actor": {"objectType": "Group", "member": [A]}, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"},
            "context": {"team": {"objectType": "Group", "member": [B, A]}, "contextActivities": {"parent": {"id": "urn:p"}, "other": [{"id": "urn:o"}]}},
        }
    )  # fmt: skip
    assert found.agents == {mbox_key("a@b.vn"): True, mbox_key("b@b.vn"): False}
    assert found.activities == {activity_key("urn:o"): True, activity_key("urn:p"): False}
    assert found.identifiers[mbox_key("b@b.vn")] == B


def test_a_substatement_is_related_with_all_it_has():
    sub = {
        "objectType": "SubStatement",
        "actor": A,
        "verb": {"id": "urn:v"},
        "object": {"objectType": "Agent", **B},
        "context": {"instructor": B},
    }
    found = links({"actor": B, "verb": {"id": "urn:v"}, "object": sub})
    assert found.agents == {mbox_key("b@b.vn"): True, mbox_key("a@b.vn"): False}
    assert found.activities == {}
