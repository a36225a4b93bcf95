"""The order of Vietnamese names: by letter (ă and â after a, đ after d …), then by tone: level, grave, hook, tilde, acute, dot."""

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACE = {letter: place for place, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}

Key = tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]


def name_key(name: str) -> Key:
    """Sorts full names as Vietnamese lists do: by the given name, which is the last word, then by the words before it."""
    *before, given = name.split() or [""]
    words = [_word(word) for word in (given, *before)]
    return tuple(letters for letters, _ in words), tuple(tones for _, tones in words)


def _word(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFC", word.casefold()):
        bare, tone = _parted(letter)
        letters.append(_PLACE.get(bare, len(_ALPHABET) + ord(bare)))
        tones.append(tone)
    return tuple(letters), tuple(tones)


def _parted(letter: str) -> tuple[str, int]:
    """A letter without its tone mark, and the tone."""
    marks = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), 0)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)), tone
