"""Every word a person reads is in both catalogues, and every word in a catalogue is read by somebody."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

import lti_tool
from lti_tool.base.texts import LANGUAGES, Texts

ROOT = Path(lti_tool.__file__).parent
TEXTS = Texts.load(ROOT / "translations")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = [path for path in sorted(ROOT.rglob("*.py")) if "simulator" not in path.parts]
AREAS = sorted({path.stem for path in (ROOT / "translations").rglob("*.po")})
KEY = re.compile(rf"(?:{'|'.join(AREAS)})(?:\.\w+)+")
PARSER = jinja2.Environment(autoescape=True)
NAME = "Đồng hành"
ANY = r"[\w./-]+"  # what a part of a key may be that is only known when it runs


def tree(path: Path) -> nodes.Template:
    return PARSER.parse(path.read_text(encoding="utf-8"))


def said_in(path: Path) -> Iterator[nodes.Expr]:
    """What each `t(…)` and `tn(…)` of a template is given as its key."""
    for call in tree(path).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"t", "tn"}:
            yield call.args[0]


def pattern_of(node: nodes.Expr) -> str:
    """The keys an expression may give, as a regular expression."""
    match node:
        case nodes.Const():
            return re.escape(str(node.value))
        case nodes.Concat():
            return "".join(pattern_of(part) for part in node.nodes)
        case nodes.Add():
            return pattern_of(node.left) + pattern_of(node.right)
        case nodes.CondExpr() if node.expr2 is not None:
            return f"(?:{pattern_of(node.expr1)}|{pattern_of(node.expr2)})"
        case _:
            return ANY


def python_keys() -> Iterator[tuple[Path, str]]:
    """(file, pattern) of every text in our sources that may be a key: a constant, or an f-string with a known beginning."""
    for path in SOURCES:
        source = ast.parse(path.read_text(encoding="utf-8"))
        endpoints = {
            id(one)
            for call in ast.walk(source)
            if isinstance(call, ast.Call) and called(call) == "url_for"
            for one in call.args
        }
        for node in ast.walk(source):
            if id(node) in endpoints:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                yield path, re.escape(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(one.value)) if isinstance(one, ast.Constant) else ANY for one in node.values
                ]
                if KEY.match(re.sub(r"\\(.)", r"\1", "".join(parts).replace(ANY, "x"))):
                    yield path, "".join(parts)


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_asked_for(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that are keys: of `t`, `tn`, and of a problem's title."""
    name = called(call)
    if name in {"t", "tn"}:
        yield from call.args[:2]
    if name == "Problem" and len(call.args) > 2:
        yield call.args[2]


def test_every_key_that_a_template_names_is_in_both_catalogues():
    keys = TEXTS.keys("vi") & TEXTS.keys("en")
    missing = set()
    for path in TEMPLATES:
        for node in said_in(path):
            pattern = re.compile(pattern_of(node))
            if pattern.pattern != ANY and not any(pattern.fullmatch(key) for key in keys):
                missing.add(f"{path.name}: {pattern.pattern}")
    assert missing == set()


def test_every_key_that_the_source_names_is_in_both_catalogues():
    missing = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for asked in is_asked_for(node) if isinstance(node, ast.Call) else ():
                if (
                    isinstance(asked, ast.Constant)
                    and "." in str(asked.value)
                    and not TEXTS.has(str(asked.value))
                ):
                    missing.add(f"{path.name}: {asked.value}")
    assert missing == set()


def test_no_key_is_in_a_catalogue_that_nobody_names():
    named = {pattern_of(node) for path in TEMPLATES for node in said_in(path)} | {
        pattern for _, pattern in python_keys()
    }
    # A template may be handed a key by a view, or choose among literals that stand in it.
    quoted = {
        one
        for path in TEMPLATES
        for one in re.findall(r"""["']([\w.]+)["']""", path.read_text(encoding="utf-8"))
    }
    patterns = re.compile("|".join(f"(?:{one})" for one in sorted(named) if one != ANY))
    unused = {key for key in TEXTS.keys("vi") if not patterns.fullmatch(key) and key not in quoted}
    unused -= {key for key in unused if key.endswith(".help") and key.removesuffix(".help") not in unused}
    assert sorted(unused) == []


def test_every_reason_why_a_score_waits_has_its_words():
    places = ("lti/ags.py", "lti/judging.py", "handlers/deliver.py", "ledger/deliveries.py")
    source = "".join((ROOT / place).read_text(encoding="utf-8") for place in places)
    said = r"(?:Later|Refused|Uncertain|Unreadable|Again|_parked|_later|_differs|_arrived)\([^)]*?"
    codes = set(re.findall(said + r'f?"([a-z]+(?:-[a-z]+)*)[-"]', source)) | set(
        re.findall(r'gone": "([a-z-]+)"', source)
    )
    assert len(codes) >= 10
    assert {code for code in codes - {"no-list", "http"} if not TEXTS.has(f"delivery.reason.{code}")} - {
        "due",
        "uncertain",
    } == set()


def holes(text: str | tuple[str, ...]) -> set[str]:
    return {
        hole for form in ((text,) if isinstance(text, str) else text) for hole in re.findall(r"\{(\w+)", form)
    }


def catalogue(language: str) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((ROOT / "translations" / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    assert key not in found, f"{key} stands twice in {language}"
                    found[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return found


def test_both_languages_fill_in_the_same_values():
    vi, en = catalogue("vi"), catalogue("en")
    different = {key: (holes(vi[key]), holes(en[key])) for key in vi if holes(vi[key]) != holes(en[key])}
    assert different == {}


def test_every_area_has_one_file_in_each_language():
    for language in LANGUAGES:
        assert sorted(path.stem for path in (ROOT / "translations" / language).glob("*.po")) == AREAS


# What Vietnamese administrators know by these very words: the labels of the LMS and the terms of the standards.
KNOWN = {
    "Moodle",
    "Open edX",
    "LTI",
    "xAPI",
    "AGS",
    "Client ID",
    "Deployment ID",
    "Issuer",
    "JSON",
    "LMS",
    "URL",
    "IRI",
}


def test_no_vietnamese_text_was_left_in_english():
    """Crude, and enough: Vietnamese of some length cannot be written without its letters."""
    suspects = {}
    for key, text in catalogue("vi").items():
        plain = " ".join((text,) if isinstance(text, str) else text)
        plain = re.sub(r"\{\w+\}|<[^>]+>|https?://\S+|`[^`]*`", "", plain)
        for known in KNOWN:
            plain = plain.replace(known, "")
        if plain.isascii() and len(re.findall(r"[A-Za-z]{2,}", plain)) >= 2:
            suspects[key] = text
    for key in (
        "learner.tongue.en",
        "console.more",
        "teacher.next",
    ):  # a name; "Trang sau", which needs no marks
        suspects.pop(key, None)
    assert suspects == {}


def test_no_english_text_was_left_in_vietnamese():
    letters = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
    own_names = {"learner.tongue.vi"}
    suspects = {}
    for key, text in catalogue("en").items():
        plain = " ".join((text,) if isinstance(text, str) else text).replace(NAME, "")
        if letters.search(plain) and key not in own_names:
            suspects[key] = text
    assert suspects == {}


ITSELF = re.compile(
    r"Đồng hành|Tiếng Việt|English|\bPDF\b|\bsub\b|<code>.*?</code>"
)  # names, a claim of the standard, commands
READ_ATTRIBUTES = re.compile(r"""\b(?:title|alt|placeholder|aria-label|content)="([^"]*)\"""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_by_itself(path: Path):
    """Outside `t(…)` no letter is to be seen, but for the product's name and what stands for itself."""
    source = "".join(
        one.data if isinstance(one, nodes.TemplateData) else "\x00"
        for output in tree(path).find_all(nodes.Output)
        for one in output.nodes
    )
    visible = re.sub(
        r"<(script|style)\b.*?</\1>|<!--.*?-->|<!doctype[^>]*>", "", source, flags=re.DOTALL | re.IGNORECASE
    )
    visible = ITSELF.sub("", visible)
    attributes = [
        value for value in READ_ATTRIBUTES.findall(visible) if not re.match(r"width=|noindex|[\w-]+$", value)
    ]
    words = re.sub(r"<[^>]*>|&#?\w+;", " ", visible)
    found = re.findall(r"[^\W\d_]{2,}", " ".join([words, *attributes]))
    assert found == []
