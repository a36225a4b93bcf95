"""Weight and time of the pages people wait for, one browser at a time."""

import gzip
import re
import time
from collections.abc import Callable, Iterator

import orjson
from sqlalchemy import text

from tests.benchmarks import moodle, raw
from tests.benchmarks.figures import Figure, milliseconds, percentile, rounded
from tests.benchmarks.house import House, Setting, open_house
from tests.benchmarks.http import Answer, Connection
from tests.journeys.running import until

_NUMBER = text("SELECT number FROM certificate_certificate")
_ASSET = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


def run(setting: Setting) -> Iterator[Figure]:
    """A learner of five topics, the same with a certificate, and anyone's check of that certificate."""
    with open_house(setting) as house, raw.empty_server() as ask:
        empty = percentile(ask(1, 2.0).seconds, 0.5)
        connection = house.connection()
        opened = house.launch(connection, 1)
        headers = {"Cookie": opened.cookie}

        def learner() -> Answer:
            return connection.ask("GET", opened.path, headers=headers)

        _complete(house, connection, moodle.TOPICS[:5])
        yield _figure("learner", learner, connection, empty, 200)
        _complete(house, connection, moodle.TOPICS[5:10])
        number = until(lambda: _number(house), "the certificate")
        until(lambda: number.encode() in learner().body, "the certificate on the page")
        yield _figure("learner_certified", learner, connection, empty, 200)
        # The page of anyone is rate-limited: few at once.
        yield _figure("verify", lambda: connection.ask("GET", f"/verify/{number}"), connection, empty, 30)


def _complete(house: House, connection: Connection, topics: tuple[str, ...]) -> None:
    house.send(
        connection, orjson.dumps([moodle.completed(house.platform.url, "1", topic) for topic in topics])
    )
    until(lambda: house.count("ledger_review_due") == 0, "the review")


def _number(house: House) -> str | None:
    with house.database.reading() as connection:
        return connection.execute(_NUMBER).scalar()


def _figure(name: str, get: Callable[[], Answer], connection: Connection, empty: float, times: int) -> Figure:
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        page = get()
        seconds.append(time.perf_counter() - begun)
        assert page.status == 200, (page.status, page.body[:300])
    assets = sorted(set(_ASSET.findall(page.body)))
    weight = sum(len(connection.ask("GET", path.decode()).body) for path in assets)
    took = milliseconds(seconds)
    values = {
        "bytes": len(page.body),
        "bytes_gzip": len(gzip.compress(page.body)),
        "assets": len(assets),
        "asset_bytes": weight,
        **took,
        "empty_view_p50_ms": rounded(empty * 1000),
        "times_empty": rounded(took["p50_ms"] / (empty * 1000)),
    }
    line = (
        f"{len(page.body) / 1000:.1f} KB and {weight / 1000:.1f} KB in {len(assets)} files; p50 {took['p50_ms']:.1f}, p95 {took['p95_ms']:.1f} ms"
        f" = {values['times_empty']:.0f} empty views"
    )
    return Figure(f"pages.{name}", line, values)
