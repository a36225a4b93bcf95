import unicodedata

import pytest

from certificates import names


def test_every_vietnamese_letter_can_be_printed(vietnamese_letters):
    assert len(vietnamese_letters) == 134
    assert names.missing_glyphs(vietnamese_letters) == ""


@pytest.mark.parametrize("name", ["Y Thŭ Êban", "H'Lan Niê Kdăm", "Ƀlung Čil Ŏng", "O’Brien-Núñez"])
def test_names_of_other_languages_of_the_country_can_be_printed(name):
    assert names.problem(names.normalise(name)) is None


def test_a_decomposed_name_becomes_composed():
    assert names.normalise(unicodedata.normalize("NFD", "Nguyễn Thị Ánh")) == "Nguyễn Thị Ánh"


def test_spaces_and_invisible_letters_are_tidied():
    assert names.normalise("  Lê\u200b \t Văn\u00a0 Tám ") == "Lê Văn Tám"


@pytest.mark.parametrize("name", [None, "", "   ", "\u200b"])
def test_no_name_is_a_missing_name(name):
    assert names.problem(names.normalise(name)) == names.Problem("name_missing")


def test_characters_the_typeface_lacks_are_named_once_each():
    assert names.problem("李 Minh 李 🙂") == names.Problem("name_letters", "李🙂")


def test_a_mark_that_cannot_be_composed_counts_as_missing():
    assert names.problem("Bơ\u0306k") == names.Problem("name_letters", "\u0306")


def test_a_name_too_long_for_the_page_waits():
    assert names.problem("Đỗ " * 40) == names.Problem("name_long")
