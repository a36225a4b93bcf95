"""Run proofs: python -m tests.proof [name …] [--again]."""

import argparse
import sys

from tests.proof.proofs import PROOFS
from tests.proof.record import commit, prove, proved


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(PROOFS)}; all by default")
    parser.add_argument("--again", action="store_true", help="also what this commit has proved already")
    options = parser.parse_args()
    unknown = set(options.names) - set(PROOFS)
    if unknown:
        parser.error(f"no proof {', '.join(sorted(unknown))}; there are {', '.join(PROOFS)}")
    now, failed = commit(), []
    for name in options.names or PROOFS:
        if not options.again and proved(name, now):
            print(f"{name}: proved already at {now[:12]}", flush=True)
        elif prove(name, PROOFS[name], now)["result"] != "passed":
            failed.append(name)
    if failed:
        print(f"FAILED: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
