"""Every problem a roster may have has its words."""

import re
from pathlib import Path

import lti_tool
from lti_tool.base.texts import LANGUAGES, Texts
from lti_tool.people import roster, roster_sheet

TEXTS = Texts.load(Path(lti_tool.__file__).parent / "translations")


def test_every_problem_of_a_roster_is_said_in_both_languages():
    sources = "".join(Path(module.__file__).read_text() for module in (roster, roster_sheet))
    codes = set(re.findall(r'(?:_Bad\(|Problem\([^"]*?, )"(\w+)"', sources)) | {"code_twice", "login_twice"}
    assert len(codes) >= 13
    for code in codes:
        assert TEXTS.has(f"people.roster.{code}"), code
    for language in LANGUAGES:
        values = dict.fromkeys(
            ("column", "platform", "found", "wanted", "unit", "other", "code", "login"), "1"
        )
        assert "{" not in TEXTS.t(language, "people.roster.login_taken", **values)
