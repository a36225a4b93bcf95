"""Memory of web and worker while work goes on: after warming up it must not grow with what is done."""

import random
from collections.abc import Iterator

import orjson

from tests.benchmarks import moodle
from tests.benchmarks.figures import Figure
from tests.benchmarks.house import House, Setting, open_house
from tests.journeys.running import until


def run(setting: Setting) -> Iterator[Figure]:
    """Six equal rounds of launches and statements; growth is from the second round's end to the last's."""
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            size = 25 if setting.quick else 100
            found = [house.memory()]
            for number in range(6):
                _round(house, number, size)
                found.append(house.memory())
        growth = {name: round(found[-1][name] - found[2][name], 1) for name in found[0]}
        steps = {name: [one[name] for one in found] for name in found[0]}
        line = "; ".join(f"{name} {' → '.join(f'{value:.0f}' for value in steps[name])} MB" for name in steps)
        values = {
            "database": kind,
            "launches_a_round": size,
            "statements_a_round": 20 * size,
            "memory_mb": steps,
            "growth_mb": growth,
        }
        yield Figure(
            f"memory.{kind}", f"{line} over six rounds of {size} launches and {20 * size} statements", values
        )


def _round(house: House, number: int, size: int) -> None:
    people, chance = range(number * size, (number + 1) * size), random.Random(number)
    house.launch_all(people)
    connection = house.connection()
    for part in range(20):
        batch = [moodle.anything(house.platform.url, people, chance) for _ in range(size)]
        for place, one in enumerate(batch):
            one["context"]["extensions"]["urn:bench:number"] = f"{number}.{part}.{place}"
        house.send(connection, orjson.dumps(batch))
    connection.close()
    until(lambda: house.count("ledger_review_due") == 0, "the reviews to be done")
