from xapi.identity import mbox_key
from xapi.links import activity_key, links

A, B = {"mbox": "mailto:a@b.vn"}, {"mbox": "mailto:b@b.vn"}


def test_own_subjects_are_columns_and_no_links_and_everything_in_context_is_related():
    found = links(
        {
            "actor": {"objectType": "Group", "member": [A]}, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"},
            "context": {"team": {"objectType": "Group", "member": [B, A]}, "contextActivities": {"parent": {"id": "urn:p"}, "other": [{"id": "urn:o"}]}},
        }
    )  # fmt: skip
    assert found.actor is None
    assert found.agents == {mbox_key("a@b.vn"): True, mbox_key("b@b.vn"): False}
    assert found.activities == {activity_key("urn:p")}
    assert found.identifiers[mbox_key("b@b.vn")] == B


def test_an_agent_that_is_the_object_is_direct_and_the_actor_stays_a_column_wherever_else_it_is_named():
    found = links(
        {"actor": A, "verb": {"id": "urn:v"}, "object": {"objectType": "Agent", **B}, "context": {"instructor": A}}
    )  # fmt: skip
    assert (found.actor, found.agents) == (mbox_key("a@b.vn"), {mbox_key("b@b.vn"): True})
    assert found.identifiers == {mbox_key("a@b.vn"): A, mbox_key("b@b.vn"): B}


def test_of_a_group_with_an_identifier_the_group_is_the_column_and_its_members_are_direct():
    found = links({"actor": {"objectType": "Group", "member": [A], **B}, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"}})  # fmt: skip
    assert (found.actor, found.agents) == (mbox_key("b@b.vn"), {mbox_key("a@b.vn"): True})


def test_a_substatement_is_related_with_all_it_has():
    sub = {
        "objectType": "SubStatement",
        "actor": A,
        "verb": {"id": "urn:v"},
        "object": {"objectType": "Agent", **B},
        "context": {"instructor": B},
    }
    found = links({"actor": B, "verb": {"id": "urn:v"}, "object": sub})
    assert found.agents == {mbox_key("a@b.vn"): False}
    assert found.activities == set()


def test_the_activity_of_a_substatement_is_related_although_it_is_the_own_one_of_that():
    sub = {"objectType": "SubStatement", "actor": A, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"}}
    assert links({"actor": B, "verb": {"id": "urn:v"}, "object": sub}).activities == {activity_key("urn:o")}
