"""The tool's own keys."""

import base64
import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor

from lti_tool.lti.keys import ToolKeys
from tests.lti.fake_platform import tool_keys


def test_the_first_start_makes_one_key_that_only_the_owner_reads(tmp_path):
    folder = tmp_path / "lti"
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: ToolKeys(folder), range(2))
    assert one.signing() == other.signing()
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_a_key_id_is_the_thumbprint_of_rfc_7638(tmp_path):
    public = tool_keys(tmp_path / "lti").published()["keys"][0]
    needed = json.dumps(
        {name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(needed.encode()).digest()).decode().rstrip("=")
    assert public["kid"] == digest


def test_nothing_private_is_published(tmp_path):
    (key,) = tool_keys(tmp_path / "lti").published()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}


def test_a_new_key_signs_while_the_old_one_stays_published(tmp_path):
    keys = tool_keys(tmp_path / "lti")
    elsewhere = ToolKeys(tmp_path / "lti")
    old = keys.signing()
    new = keys.add()
    assert new != old
    assert [key["kid"] for key in elsewhere.published()["keys"]] == [new.kid, old.kid]
    assert elsewhere.signing() == new
