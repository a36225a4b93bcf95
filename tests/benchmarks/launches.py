"""Login, launch and page through the real server, beside what one core signs and what an empty view costs."""

from collections.abc import Iterator
from itertools import count

from tests.benchmarks import raw
from tests.benchmarks.figures import Figure, milliseconds, rounded
from tests.benchmarks.house import House, Setting, open_house
from tests.benchmarks.load import together
from tests.benchmarks.platform import Launch

BROWSERS = 4


def run(setting: Setting) -> Iterator[Figure]:
    """New browsers and learners without end; then the same learners come back."""
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            signed = raw.signatures(house.platform.key)
            house.launch_all(range(40))
            before = house.memory()
            spent = house.cpu()["web"]
            launched = _measure(house, setting.seconds(20))
            spent = house.cpu()["web"] - spent
            after = house.memory()
            with raw.empty_server(house.web_processes) as ask:
                empty = ask(BROWSERS, setting.seconds(6)).rate
        rate, found = launched
        cookie = max(len(one.cookie) for one in found)
        steps = {
            name: milliseconds([one.seconds[at] for one in found])
            for at, name in enumerate(("login", "launch", "page"))
        }
        values = {
            "database": kind,
            "web_processes": house.web_processes,
            "browsers": BROWSERS,
            "launches": len(found),
            "launches_per_s": rounded(rate),
            "web_cpu_ms_per_launch": rounded(1000 * spent / len(found)),
            "rs256_sign_and_verify_per_s": rounded(signed),
            "empty_view_per_s": rounded(empty),
            "share_of_rs256": rounded(rate / signed),
            "share_of_empty": rounded(3 * rate / empty),
            "steps": steps,
            "cookie_bytes": cookie,
            "memory_mb_before": before,
            "memory_mb_after": after,
        }
        line = (
            f"{rate:.0f} launches/s (login, launch, page; {BROWSERS} browsers, {house.web_processes} web process(es)); its three requests are"
            f" {3 * rate / empty:.0%} of an empty view's rate, launches {rate / signed:.1%} of RS256 sign+verify;"
            f" {1000 * spent / len(found):.0f} ms of processor each;"
            f" p95 {steps['login']['p95_ms']:.0f}/{steps['launch']['p95_ms']:.0f}/{steps['page']['p95_ms']:.0f} ms; cookies {cookie} B; web"
            f" {before['web']:.0f} → {after['web']:.0f} MB"
        )
        yield Figure(f"launches.{kind}", line, values)


def _measure(house: House, seconds: float) -> tuple[float, list[Launch]]:
    numbers = count(1000)
    found: list[Launch] = []

    def act(connection: object) -> int:
        found.append(house.launch(connection, next(numbers)))
        return 1

    opened = [house.connection() for _ in range(BROWSERS)]
    taken = together([lambda one=one: act(one) for one in opened], seconds)
    return taken.rate, found
