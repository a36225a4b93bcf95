"""Every refusal can be read out, and says what to do."""

import re

import pytest

from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts
from lti_tool.lti.refusal import ALL

TEXTS = Texts.load(package_folder("translations"))


def test_every_refusal_has_a_code_of_its_own():
    assert len({one.code for one in ALL}) == len(ALL)
    assert all(re.fullmatch(r"LTI-\d\d", one.code) for one in ALL)


@pytest.mark.parametrize("refusal", ALL, ids=lambda one: one.code)
def test_every_refusal_says_in_both_languages_what_to_do(refusal):
    assert TEXTS.has(refusal.key)
    assert TEXTS.has(f"{refusal.key}.help")
    assert refusal.status in range(400, 500)


def test_every_text_of_the_pages_exists_in_both_languages():
    used = set()
    for template in (package_folder("templates") / "lti").glob("*.html"):
        used |= set(re.findall(r't\("([\w.]+)"', template.read_text(encoding="utf-8")))
    assert used
    assert [key for key in sorted(used) if not TEXTS.has(key)] == []
