"""YAML into plain values that remember their line. No constructors run, nothing is expanded: a file can only be data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from rules.plain import Path, Problem

LARGEST = 1_000_000  # characters; a programme of a hundred topics has about 20,000
_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Document:
    """The plain value of a file, the line (from 1) of each place in it, and what could not be read."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a place; of the nearest place around it when the file does not have it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def parse(text: str) -> Document:
    """Read one YAML 1.2 document. What cannot be read at all is a problem at its line, and the value None."""
    document = Document()
    if len(text) > LARGEST:
        document.problems.append(Problem("too_large", (), {"most": LARGEST}))
        return document
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _stop(document, mark.line + 1 if mark else 1, error.problem or error.context or "")
    except (YAMLError, ValueError) as error:  # characters YAML does not allow, a directive it does not know
        _stop(document, 1, str(error).splitlines()[0])
    except RecursionError:
        document.problems.append(Problem("too_deep", (), {"most": "a hundred"}))
    else:
        document.value = _Reading(document).value(node, ()) if node else None
    return document


def _stop(document: Document, line: int, reason: str) -> None:
    document.lines["yaml",] = line
    document.problems.append(Problem("not_yaml", ("yaml",), {"reason": reason}))


class _Reading:
    """One walk over the nodes of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._visited = set[int]()

    def value(self, node: Node, path: Path) -> Any:
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._visited:  # an alias: a small file could unfold into a huge one, or into itself
            self._note("alias", path)
            return None
        self._visited.add(id(node))
        if node.tag not in _COLLECTIONS:
            self._note("unknown_tag", path, tag=node.tag)
        return self._mapping(node, path) if isinstance(node, MappingNode) else self._sequence(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self._note_at(line, "bad_yaml_key", path)
            elif key.value in found:
                self._note_at(line, "duplicate_key", path, key=key.value)
            else:
                self._document.lines[*path, key.value] = line
                found[key.value] = self.value(value, (*path, key.value))
        return found

    def _sequence(self, node: Node, path: Path) -> list[Any]:
        for index, item in enumerate(node.value):
            self._document.lines[*path, index] = item.start_mark.line + 1
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind = str(node.tag).removeprefix(_TAG)
        if kind not in _SCALARS:
            self._note("unknown_tag", path, tag=node.tag)
        try:
            return _SCALARS.get(kind, str)(node.value)
        except ValueError:
            return node.value

    def _note(self, code: str, path: Path, **values: object) -> None:
        self._document.problems.append(Problem(code, path, values))

    def _note_at(self, line: int, code: str, path: Path, **values: object) -> None:
        """A problem whose place has no path of its own."""
        place = (*path, f"line {line}")
        self._document.lines[place] = line
        self._note(code, place, **values)


_COLLECTIONS = {f"{_TAG}map", f"{_TAG}seq"}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "timestamp": str,  # read by the rules, which insist on an offset; YAML's own reading would lose it
    "int": int,
    "float": float,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
}
