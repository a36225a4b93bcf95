"""GET of every kind over HTTP, a page of 50, on a small store and on a large one: an index must not feel the difference.

Nothing here asserts a time, but every answer is looked at: it is not empty where it must not be, holds the statement it was asked
about unless a full page hides it, and nothing else than what was asked for; of each kind some are compared with SQL, id by id.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from lti_tool.base.database import Database
from tests.benchmarks import asking, cloning, growing
from tests.benchmarks.asking import Answered, Answers, Reader
from tests.benchmarks.cloning import Store
from tests.benchmarks.figures import Figure, rounded, steady_milliseconds
from tests.benchmarks.house import House, Setting, open_house, warm
from tests.benchmarks.questions import SHAPES, WALKS
from tests.benchmarks.statements import ALL, fill

SMALL = 10_000
_ASKED, _PARTS = 500, 5
_WARM = 10  # before each part: a connection that rested is opened anew, maybe to another process
Kinds = dict[str, Answers]


def run(setting: Setting) -> Iterator[Figure]:
    """The same questions at both sizes in turns, on each database. The large one: `--stored`, in whole ten thousands.

    The small one has as many statements of each learner, and so as long an answer about one: only the store's size differs. Beside
    them stands an answer for which nothing is looked up: what a request costs on this machine.
    """
    large = max(2, -(-setting.stored // SMALL)) * SMALL
    asked = _ASKED // 4 if setting.quick else _ASKED
    for kind in setting.databases:
        with open_house(setting, kind) as one, open_house(setting, kind) as other:
            small, grown = _store(one, SMALL, ALL * SMALL // large), _store(other, large, ALL)
            with closing(Reader(one)) as at_small, closing(Reader(other)) as at_large:
                before = other.memory()["web"]
                questions = _kinds(at_small, small, asked), _kinds(at_large, grown, asked)
                for name in questions[0]:
                    found = _in_turns(questions[0][name], questions[1][name], asked, other.database)
                    memory = {"web_mb_before": before, "web_mb_after": other.memory()["web"]}
                    yield _figure(kind, name, large, *found, memory)


def _store(house: House, total: int, people: int) -> Store:
    fill(house, SMALL)
    return growing.grown(house.database, cloning.prepared(house.database, house.platform.url), total, people)


def _kinds(reader: Reader, store: Store, asked: int) -> Kinds:
    found = {"nothing (about)": asking.nothing(reader), "by id": asking.by_id(reader, store)}
    found |= {name: asking.listed(reader, store, name) for name in SHAPES}
    return found | {
        f"more, deep, {name}": asking.walked(reader, store, name, _PARTS * _WARM + asked) for name in WALKS
    }


def _in_turns(
    small: Answers, large: Answers, asked: int, grown: Database
) -> tuple[list[Answered], list[Answered]]:
    """So many answers of each, in parts by turns: a shared host changes its pace from one minute to the next.

    The way down to a deep page takes a minute, after which the next part finds the large store in memory again.
    """
    found: tuple[list[Answered], list[Answered]] = [], []
    sides = list(zip((small, large), found, strict=True))
    for _ in range(_PARTS):
        warm(grown)
        for answers, kept in sides:
            list(islice(answers, _WARM))
            kept.extend(islice(answers, asked // _PARTS))
    for answers, _ in sides:
        next(answers)  # what is looked at when all were asked
    return found


def _figure(
    kind: str, name: str, stored: int, small: list[Answered], large: list[Answered], memory: dict[str, float]
) -> Figure:
    at_small, at_large = (
        {
            **steady_milliseconds([one.seconds for one in found], _PARTS),
            "statements": rounded(sum(one.statements for one in found) / len(found)),
        }
        for found in (small, large)
    )
    ratio = at_large["p95_ms"] / at_small["p95_ms"]
    where = {"small": small[-1].where, "large": large[-1].where}
    line = (
        f"p95 {at_large['p95_ms']:.1f} ms at {stored:,}, {at_small['p95_ms']:.1f} at {SMALL:,}: {ratio:.2f} times;"
        f" p50 {at_large['p50_ms']:.1f} and {at_small['p50_ms']:.1f}; {at_large['statements']:.1f} and"
        f" {at_small['statements']:.1f} statements a page{where['large'] and ', ' + where['large']}"
    )
    values = {
        "database": kind,
        "query": name,
        "stored": stored,
        "small": {**at_small, "where": where["small"]},
        "large": {**at_large, "where": where["large"]},
        "ratio_p95": rounded(ratio),
        **memory,
    }
    return Figure(f"queries.{kind}.{name}", line, values)
