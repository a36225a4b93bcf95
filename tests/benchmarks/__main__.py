"""Run benchmarks: python -m tests.benchmarks [name …] [--quick] [--stored N] [--json-file FILE]."""

import argparse
import os
from pathlib import Path

from tests.benchmarks import delay, launches, memory, pages, peers, queries, statements
from tests.benchmarks.figures import machine, save
from tests.benchmarks.house import Setting

_ALL = {
    "launches": launches.run,
    "statements": statements.run,
    "queries": queries.run,
    "delay": delay.run,
    "memory": memory.run,
    "pages": pages.run,
    "peers": peers.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(_ALL)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="a quarter of the time: for a look, not for a claim"
    )
    parser.add_argument(
        "--stored", type=int, help="statements in the store beforehand (default 100000, quick 0)"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument(
        "--json-file", type=Path, default=Path(".tools/benchmarks.json"), help="where the results go"
    )
    options = parser.parse_args()
    unknown = set(options.names) - set(_ALL)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(_ALL)}")
    before = machine()
    print(
        f"{before['processor']}, {before['cores']} cores, load {before['load_average'][0]}, commit {before['commit']}",
        flush=True,
    )
    setting = Setting(
        quick=options.quick,
        postgres=os.environ.get("DONGHANH_TEST_POSTGRES", ""),
        stored=options.stored if options.stored is not None else (0 if options.quick else 100_000),
        only=options.database,
    )
    found = []
    for name in options.names or _ALL:
        for figure in _ALL[name](setting):
            figure.show()
            found.append(figure)
            save(options.json_file, found, before)


if __name__ == "__main__":
    main()
