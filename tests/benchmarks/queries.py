"""GET of every kind over HTTP, a page of 50, on a small store and on a large one: an index must not feel the difference.

Nothing here asserts a time, but every answer is looked at: it is not empty where it must not be, holds the statement it was asked
about unless a full page hides it, and nothing else than what was asked for; of each kind some are compared with SQL, id by id.
"""

from collections.abc import Iterator

from tests.benchmarks import asking, cloning, growing
from tests.benchmarks.asking import Found, Reader
from tests.benchmarks.cloning import Store
from tests.benchmarks.figures import Figure, rounded, steady_milliseconds
from tests.benchmarks.house import Setting, open_house
from tests.benchmarks.questions import SHAPES, WALKS
from tests.benchmarks.statements import ALL, fill

SMALL = 10_000
_ASKED = 500


def run(setting: Setting) -> Iterator[Figure]:
    """The same questions at both sizes, on each database. The large one: `--stored`, in whole ten thousands.

    The small one has as many statements of each learner, and so as long an answer about one: only the store's size differs. Beside
    them stands an answer for which nothing is looked up: what a request costs on this machine.
    """
    large = max(2, -(-setting.stored // SMALL)) * SMALL
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            reader = Reader(house)
            fill(house, SMALL)
            pattern = cloning.prepared(house.database, house.platform.url)
            small = _measured(
                reader, growing.grown(house.database, pattern, SMALL, ALL * SMALL // large), setting
            )
            store = growing.grown(house.database, pattern, large, ALL)
            before = house.memory()["web"]
            found = _measured(reader, store, setting)
            memory = {"web_mb_before": before, "web_mb_after": house.memory()["web"]}
            reader.close()
        for name, one in found.items():
            yield _figure(kind, name, large, small[name], one, memory)


def _measured(reader: Reader, store: Store, setting: Setting) -> dict[str, Found]:
    asked = _ASKED // 4 if setting.quick else _ASKED
    found = {"nothing (about)": asking.nothing(reader, asked), "by id": asking.by_id(reader, store, asked)}
    found |= {name: asking.listed(reader, store, name, asked) for name in SHAPES}
    return found | {f"more, deep, {name}": asking.walked(reader, store, name, asked) for name in WALKS}


def _figure(kind: str, name: str, large: int, small: Found, found: Found, memory: dict[str, float]) -> Figure:
    at_small, at_large = steady_milliseconds(small.seconds), steady_milliseconds(found.seconds)
    ratio = at_large["p95_ms"] / at_small["p95_ms"]
    line = (
        f"p95 {at_large['p95_ms']:.1f} ms at {large:,}, {at_small['p95_ms']:.1f} at {SMALL:,}: {ratio:.2f} times;"
        f" p50 {at_large['p50_ms']:.1f} and {at_small['p50_ms']:.1f}; {found.statements:.1f} and {small.statements:.1f}"
        f" statements a page{found.where and ', ' + found.where}"
    )
    values = {
        "database": kind,
        "query": name,
        "stored": large,
        "small": {**at_small, "statements": small.statements, "where": small.where},
        "large": {**at_large, "statements": found.statements, "where": found.where},
        "ratio_p95": rounded(ratio),
        **memory,
    }
    return Figure(f"queries.{kind}.{name}", line, values)
