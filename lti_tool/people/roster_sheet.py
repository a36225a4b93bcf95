"""A roster as a sheet: CSV in, rows and named problems out. Pure; the database is looked at in `roster.py`."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lti_tool.people import names
from lti_tool.people.units import COMMUNE, PROVINCE, Units

PLAIN = ("code", "family_name", "given_name", "phone", "email", "province", "commune")
REQUIRED = ("code", "family_name", "given_name")
FACTS = PLAIN[1:]
SUB, USERNAME = "sub", "username"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong on one line (1 is the header). `code` names the text `people.roster.<code>`, filled with `values`."""

    line: int
    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A login the row names: on `issuer`, `by` "sub" or "username"."""

    issuer: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the roster; province and commune as unit codes."""

    line: int
    code: str
    family_name: str
    given_name: str
    phone: str | None
    email: str | None
    province: str | None
    commune: str | None
    logins: tuple[Named, ...]


def facts(row: Row) -> tuple[str | None, ...]:
    """What the row says of the person, in the order of FACTS."""
    return tuple(getattr(row, fact) for fact in FACTS)


@dataclass(frozen=True, slots=True)
class Sheet:
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


class _Bad(Exception):
    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def read(content: bytes, issuers: Mapping[str, str], units: Units) -> Sheet:
    """Every line is either a row or named as a problem.

    `content`: CSV in UTF-8 with a header, parted by `,` or `;`. Columns: code, family_name, given_name (required), phone, email,
    province, commune, and for each platform `sub:<name>` or `username:<name>`. `issuers`: platform name → issuer.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Sheet((), (Problem(1 + content[: error.start].count(b"\n"), "encoding"),))
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if head.count(";") > head.count(",") else ",",
        strict=True,
    )
    try:
        return _sheet(((reader.line_num, cells) for cells in reader), issuers, units)
    except csv.Error:
        return Sheet((), (Problem(reader.line_num, "csv"),))


def _sheet(lines: Iterator[tuple[int, list[str]]], issuers: Mapping[str, str], units: Units) -> Sheet:
    _, first = next(lines, (0, []))
    header = [cell.strip() for cell in first]
    problems = list(_header_problems(header, issuers))
    if problems:
        return Sheet((), tuple(problems))
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            row = _row(line, header, cells, issuers, units)
            _once(row, seen)
        except _Bad as bad:
            problems.append(Problem(line, bad.code, bad.values))
        else:
            rows.append(row)
    return Sheet(tuple(rows), tuple(problems))


def _header_problems(header: list[str], issuers: Mapping[str, str]) -> Iterator[Problem]:
    for column in REQUIRED:
        if column not in header:
            yield Problem(1, "column_missing", {"column": column})
    for column in header:
        kind, _, platform = column.partition(":")
        if header.count(column) > 1:
            yield Problem(1, "column_twice", {"column": column})
        elif kind in {SUB, USERNAME} and platform and platform not in issuers:
            yield Problem(1, "platform_unknown", {"column": column, "platform": platform})
        elif column not in PLAIN and not (kind in {SUB, USERNAME} and platform):
            yield Problem(1, "column_unknown", {"column": column})


def _row(line: int, header: list[str], cells: list[str], issuers: Mapping[str, str], units: Units) -> Row:
    if len(cells) != len(header):
        raise _Bad("cells", found=str(len(cells)), wanted=str(len(header)))
    given = {column: names.tidy(cell) for column, cell in zip(header, cells, strict=True)}
    for column, value in given.items():
        if column in REQUIRED and value is None:
            raise _Bad("empty", column=column)
        if value and (len(value) > _LONGEST or not value.isprintable()):
            raise _Bad("unreadable", column=column)
    province, commune = _place(given, units)
    email = given.get("email")
    if email and "@" not in email.strip("@"):
        raise _Bad("email", column="email")
    return Row(
        line, given["code"] or "", given["family_name"] or "", given["given_name"] or "",
        given.get("phone"), email, province, commune, tuple(_logins(given, issuers)),
    )  # fmt: skip


def _place(given: Mapping[str, str | None], units: Units) -> tuple[str | None, str | None]:
    wanted, inside = given.get("province"), given.get("commune")
    province = units.find(PROVINCE, wanted) if wanted else None
    if wanted and province is None:
        raise _Bad("unit_unknown", column="province", unit=wanted)
    commune = units.find(COMMUNE, inside, province.code if province else None) if inside else None
    if inside and commune is None:
        raise _Bad("unit_unknown", column="commune", unit=inside)
    return (commune.parent if commune else province.code if province else None), (
        commune.code if commune else None
    )


def _logins(given: Mapping[str, str | None], issuers: Mapping[str, str]) -> Iterator[Named]:
    for column, value in given.items():
        by, _, platform = column.partition(":")
        if platform and value:
            yield Named(issuers[platform], by, value)


def _once(row: Row, seen: dict[str, int]) -> None:
    """A code and a login may stand on one line only."""
    keys = {f"code {row.code}": "code_twice"} | {
        f"{one.issuer} {one.by} {one.value}": "login_twice" for one in row.logins
    }
    for key, code in keys.items():
        if key in seen:
            raise _Bad(code, other=str(seen[key]))
    seen.update(dict.fromkeys(keys, row.line))
