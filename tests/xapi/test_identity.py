from hashlib import sha1

from xapi import identity


def test_each_identifier_has_a_key_of_32_digits_that_names_and_types_do_not_change():
    agents = [
        {"mbox": "mailto:an@example.vn"},
        {"mbox_sha1sum": "a" * 40},
        {"openid": "https://id.example.vn/an"},
        {"account": {"homePage": "https://example.vn", "name": "7"}},
    ]
    keys = [identity.key(agent) for agent in agents]
    assert len(set(keys)) == 4
    assert all(key and len(key) == 32 for key in keys)
    assert keys == [
        identity.key({**agent, "name": "An", "objectType": "Group", "member": []}) for agent in agents
    ]


def test_an_anonymous_group_has_no_key():
    assert identity.key({"objectType": "Group", "member": []}) is None


def test_addresses_and_hashes_are_compared_without_case():
    assert identity.key({"mbox": "mailto:An@Example.VN"}) == identity.mbox_key("an@example.vn")
    assert identity.key({"mbox_sha1sum": "A" * 40}) == identity.key({"mbox_sha1sum": "a" * 40})


def test_account_names_are_compared_with_case():
    assert identity.account_key("https://example.vn", "A") != identity.account_key("https://example.vn", "a")


def test_an_address_is_found_by_the_hash_with_and_without_mailto():
    keys = identity.sha1_keys("An@example.vn")
    for text in ("mailto:An@example.vn", "An@example.vn", "mailto:an@example.vn", "an@example.vn"):
        assert identity.key({"mbox_sha1sum": sha1(text.encode()).hexdigest()}) in keys
    assert identity.sha1_keys("mailto:an@example.vn") == identity.sha1_keys("an@example.vn")
    assert len(identity.sha1_keys("an@example.vn")) == 2
