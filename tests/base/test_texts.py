"""Texts: Vietnamese first, English beside it, nothing untranslated."""

import pytest

from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts

TEXTS = Texts(
    {
        "vi": {"a": "Còn {n} chuyên đề", "x": "Chào {name}"},
        "en": {"a": ("{n} topic left", "{n} topics left"), "x": "Hello {name}"},
    }
)


def test_a_number_of_things_is_said_in_each_languages_way() -> None:
    assert [TEXTS.tn("en", "a", n) for n in (1, 2)] == ["1 topic left", "2 topics left"]
    assert TEXTS.tn("vi", "a", 1) == "Còn 1 chuyên đề"


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert TEXTS.t("vi", "x", name="{0}") == "Chào {0}"


@pytest.mark.parametrize(
    ("claim", "header", "language"),
    [
        (None, None, "vi"), ("en", None, "en"), ("en-US", "vi", "en"), ("vi_VN", "en", "vi"), ("fr", "en;q=0.5, vi;q=0.9", "vi"),
        (None, "fr, en;q=0.8", "en"), (None, "fr", "vi"), ("", "x" * 5000, "vi"), (None, "en;q=zero", "vi"), ("en.UTF-8", None, "en"),
    ],
)  # fmt: skip
def test_the_language_follows_the_launch_then_the_browser_then_vietnamese(
    claim: str | None, header: str | None, language: str
) -> None:
    assert TEXTS.choose(claim, header) == language


def test_both_catalogues_hold_the_same_keys_and_no_empty_text() -> None:
    texts = Texts.load(package_folder("translations"))
    assert texts.keys("vi") == texts.keys("en")
    empty = [
        (language, key)
        for language in texts.languages
        for key in texts.keys(language)
        if not texts.t(language, key).strip()
    ]
    assert empty == []
