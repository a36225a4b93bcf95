"""The words people read: catalogues in `translations/<language>/<area>.po`, Vietnamese first.

The catalogues are gettext's own format, so any translation editor opens them; they are read at start, nothing needs compiling.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel import negotiate_locale
from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")


class Texts:
    """All texts of all languages: `catalogues[language][key]` is one text, or (singular, plural)."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str | tuple[str, ...]]]) -> None:
        self._catalogues = catalogues
        self.languages = LANGUAGES

    @classmethod
    def load(cls, folder: Path) -> "Texts":
        return cls({language: _catalogue(folder / language) for language in LANGUAGES})

    def t(self, language: str, key: str, **values: Any) -> str:
        """The text under `key`. A missing one shows as its key: a test finds it before a person does."""
        text = self._catalogues[language].get(key, key)
        return _fill(text if isinstance(text, str) else text[-1], values)

    def tn(self, language: str, key: str, n: int, **values: Any) -> str:
        """The text under `key` for a number of things; `{n}` stands for the number. Vietnamese has one form."""
        text = self._catalogues[language].get(key, key)
        forms = (text,) if isinstance(text, str) else text
        return _fill(forms[0] if n == 1 else forms[-1], {"n": n, **values})

    def has(self, key: str) -> bool:
        return all(key in self._catalogues[language] for language in LANGUAGES)

    def keys(self, language: str) -> frozenset[str]:
        return frozenset(self._catalogues[language])

    def choose(self, locale_claim: str | None, accept_language: str | None) -> str:
        """The language of a page: the launch's locale claim, else the browser's wish, else Vietnamese."""
        for wish in ([locale_claim] if locale_claim else [], _accepted(accept_language)):
            found = negotiate_locale([w.replace("-", "_").split(".")[0] for w in wish], LANGUAGES, sep="_")
            if found in LANGUAGES:
                return str(found)
        return LANGUAGES[0]


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return text.format(**values) if values else text


def _accepted(header: str | None) -> list[str]:
    wishes = []
    for part in (header or "")[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if name and weight > 0:
            wishes.append((-weight, name))
    return [name for _, name in sorted(wishes, key=lambda wish: wish[0])]


def _catalogue(folder: Path) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    found[key] = (
                        message.string if isinstance(message.string, str) else tuple(message.string or ())
                    )
    return found
