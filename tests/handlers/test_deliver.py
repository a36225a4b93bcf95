from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lti_tool.base.jobs import Again, Done, Park
from lti_tool.handlers.deliver import MOST_ATTEMPTS, delay
from lti_tool.ledger import deliveries
from lti_tool.lti import platforms
from lti_tool.lti.keys import ToolKeys
from tests.handlers.gradebook import opened


@pytest.fixture(scope="module")
def tool_keys(tmp_path_factory) -> ToolKeys:
    return ToolKeys(Path(tmp_path_factory.mktemp("lti-keys")))


@pytest.fixture(params=["moodle", "openedx"])
def face(request) -> str:
    return str(request.param)


@pytest.fixture
def world(database, tool_keys, face):
    with opened(database, tool_keys, face) as found:
        yield found


class Crash(BaseException):
    """kill -9: nothing catches it."""


@dataclass
class Bomb:
    """Goes off at the `at`-th moment between two steps."""

    at: int
    count: int = 0

    def tick(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Crash


@dataclass
class Fragile:
    """A collaborator that may die before and after each of its steps."""

    real: Any
    bomb: Bomb

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self.bomb.tick()
        with self.real.transaction() as connection:
            yield connection
            self.bomb.tick()
        self.bomb.tick()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self.real.reading() as connection:
            yield connection

    def send(self, *args: Any) -> Any:
        self.bomb.tick()
        sent = self.real.send(*args)
        self.bomb.tick()
        return sent

    def read_result(self, *args: Any) -> Any:
        found = self.real.read_result(*args)
        self.bomb.tick()
        return found


def result(world: Any) -> float | None:
    return world.book.results.get(world.seat().sub)


def never_cleared(world: Any) -> bool:
    return all(score is not None for _, score in world.book.effects)


def test_a_score_arrives_and_is_seen_to_have_arrived(world):
    delivery_id = world.intend()
    assert world.step() == Done()
    held = world.found(delivery_id)
    assert (held.state, held.delivered_given, held.delivered_at) == ("delivered", 100, held.desired_at)
    assert result(world) == 10
    sent = world.book.bodies[-1]
    assert sent["gradingProgress"] == "FullyGraded"
    assert sent["timestamp"].endswith(":00.000Z")
    assert sent["comment"]


def test_a_delivered_score_is_not_sent_again(world):
    delivery_id = world.intend()
    world.work()
    assert world.intend() == delivery_id
    assert world.step() is None
    assert len(world.book.bodies) == 1


@pytest.mark.parametrize("moment", range(1, 15))
def test_killed_between_any_two_steps_the_score_takes_effect_once(world, moment):
    delivery_id = world.intend()
    bomb = Bomb(moment)
    fragile = world.handler(Fragile(world.database, bomb), Fragile(world.ags, bomb))
    try:
        world.step(fragile)
    except Crash:
        world.time += timedelta(minutes=3)  # the lease runs out and another worker takes the job
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert world.book.effects == [(world.seat().sub, 10.0)]


def test_the_moments_of_the_test_above_cover_every_step(world):
    world.intend()
    bomb = Bomb(10_000)
    world.step(world.handler(Fragile(world.database, bomb), Fragile(world.ags, bomb)))
    assert bomb.count < 14


FAULTS = ["500", "500!", "502!", "503", "503:7", "429:120", "401", "408", "cut", "cut!"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_score_service_is_survived(world, fault):
    delivery_id = world.intend()
    world.book.faults["scores"] = [fault]
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert world.book.effects == [(world.seat().sub, 10.0)]
    assert len({body["timestamp"] for body in world.book.bodies}) <= 1


@pytest.mark.parametrize("fault", ["500", "401", "429:120", "cut"])
@pytest.mark.parametrize("place", ["token", "results"])
def test_a_fault_of_tokens_or_results_is_survived(world, place, fault):
    delivery_id = world.intend()
    world.book.faults[place] = [fault]
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert world.book.effects == [(world.seat().sub, 10.0)]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["500!", "cut!"])
@pytest.mark.parametrize("moment", range(1, 15))
def test_a_fault_and_a_crash_together_are_survived(world, fault, moment):
    delivery_id = world.intend()
    world.book.faults["scores"] = [fault]
    bomb = Bomb(moment)
    fragile = world.handler(Fragile(world.database, bomb), Fragile(world.ags, bomb))
    for _ in range(2):
        with suppress(Crash):
            world.step(fragile)
        world.time += timedelta(minutes=3)
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert world.book.effects == [(world.seat().sub, 10.0)]


def test_retry_after_is_honoured(world):
    world.intend()
    world.book.faults["scores"] = ["429:120"]
    assert world.step() == Again(world.time + timedelta(seconds=120), "busy-429")


def test_an_lms_away_for_two_hours_gets_its_score_afterwards(world):
    delivery_id = world.intend()
    world.book.faults["scores"] = ["503"] * 11
    begun = world.time
    world.work()
    assert world.time - begun > timedelta(hours=2)
    assert world.found(delivery_id).state == "delivered"


def test_an_expired_token_is_dropped_and_asked_for_once_more(world):
    world.intend()
    world.work()
    world.book.tokens.clear()
    world.time += timedelta(seconds=5)
    world.intend(50)
    assert world.step() == Done()
    assert result(world) == 5


def test_a_token_is_used_until_a_minute_before_it_expires(world):
    for number, wait in enumerate([0, 3000, 600]):
        world.time += timedelta(seconds=wait)
        world.intend(10 * (number + 1))
        world.work()
    asked = [scope for kind, scope in world.book.requests if kind == "token" and scope.endswith("/score")]
    assert len(asked) == 2


def test_a_line_item_that_is_gone_is_parked_and_can_be_sent_again(world):
    delivery_id = world.intend()
    world.book.gone = True
    assert world.step() == Park("line-item-gone")
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("parked", "line-item-gone")
    world.book.gone = False
    world.time += timedelta(days=1)
    with world.database.transaction() as connection:
        assert deliveries.resend(connection, delivery_id, world.time)
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert result(world) == 10


def test_what_is_delivered_is_not_sent_again_by_hand(world):
    delivery_id = world.intend()
    world.work()
    with world.database.transaction() as connection:
        assert not deliveries.resend(connection, delivery_id, world.time)
        assert not deliveries.resend(connection, 10_000, world.time)


def test_a_person_the_platform_does_not_know_is_parked_with_the_reason(world, face):
    delivery_id = world.intend(sub="99")
    world.work()
    held = world.found(delivery_id)
    assert held.state == "parked"
    # Open edX answers 500 to an unknown person, which might heal: it is parked only after all attempts.
    assert held.reason == ("not-taken-400" if face == "moodle" else "server-error-500")


def test_an_overridden_grade_is_parked_visibly_and_not_fought_over(world):
    sub = world.seat().sub
    world.book.overridden.add(sub)
    world.book.results[sub] = 3.0
    delivery_id = world.intend()
    world.work()
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("parked", "overridden")
    assert len(world.book.bodies) == 1


def test_a_suspended_learners_yes_is_not_believed(world):
    world.book.suspended.add(world.seat().sub)
    delivery_id = world.intend()
    world.work()
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("parked", "not-taken")


def test_a_score_that_came_before_ours_with_a_later_time_is_overtaken(world):
    sub = world.seat().sub
    world.book.results[sub] = 2.0
    world.book.timestamps[sub] = world.time.replace(microsecond=0) + timedelta(seconds=40)
    delivery_id = world.intend()
    world.time += timedelta(seconds=60)
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert result(world) == 10


def test_a_platform_that_always_says_already_there_is_parked_after_few_renewals(world):
    sub = world.seat().sub
    world.book.results[sub] = 2.0
    world.book.timestamps[sub] = world.time + timedelta(days=365)
    delivery_id = world.intend()
    world.work()
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("parked", "overridden")
    assert len(world.book.bodies) == 4


def test_already_there_counts_only_after_reading_the_result_back(world):
    delivery_id = world.intend()
    world.book.faults["scores"] = ["cut!"]
    world.book.faults["results"] = ["500"]
    world.step()
    assert world.found(delivery_id).state == "uncertain"
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert [kind for kind, _ in world.book.requests].count("results") == 2


def test_two_intentions_in_one_second_get_two_timestamps_and_none_from_the_future(world):
    delivery_id = world.intend(50)
    assert world.step() == Done()
    world.intend(100)
    held = world.found(delivery_id)
    assert held.desired_at == world.time.replace(microsecond=0) + timedelta(seconds=1)
    assert world.step() is None
    world.time += timedelta(seconds=1)
    assert world.step() == Done()
    assert world.book.effects == [(held.sub, 5.0), (held.sub, 10.0)]


def test_a_new_intention_during_a_request_is_not_lost(world):
    """The first score is in flight when the second is intended: the second is what the platform holds in the end."""
    delivery_id = world.intend(50)

    class Interrupted(Fragile):
        def send(self, *args: Any) -> Any:
            sent = self.real.send(*args)
            if not self.bomb.count:
                self.bomb.count = 1
                world.time += timedelta(seconds=2)
                world.intend(100)
            return sent

    world.step(world.handler(ags=Interrupted(world.ags, Bomb(0))))
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert result(world) == 10
    assert never_cleared(world)


def test_a_new_intention_during_a_refused_request_is_not_parked_with_it(world):
    delivery_id = world.intend(50)
    world.book.gone = True

    class Interrupted(Fragile):
        def send(self, *args: Any) -> Any:
            sent = self.real.send(*args)
            world.time += timedelta(seconds=2)
            world.intend(100)
            world.book.gone = False
            return sent

    world.step(world.handler(ags=Interrupted(world.ags, Bomb(0))))
    world.work()
    assert world.found(delivery_id).state == "delivered"
    assert result(world) == 10


def test_a_platform_without_rights_gets_nothing(world):
    delivery_id = world.intend()
    with world.database.transaction() as connection:
        platforms.approve(connection, world.platform_id, approved=False)
    assert world.step() == Park("platform-unknown")
    assert world.found(delivery_id).state == "parked"
    assert world.book.requests == []


def test_a_platform_that_never_answers_is_parked_with_the_reason_in_the_end(world):
    delivery_id = world.intend()
    world.book.faults["token"] = ["400"] * (MOST_ATTEMPTS + 5)
    world.work()
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("parked", "token-refused-400")
    assert world.book.bodies == []


def test_a_private_address_is_not_asked(world, tool_keys):
    delivery_id = world.intend(lineitem="http://10.1.2.3/lineitem")
    world.step()
    held = world.found(delivery_id)
    assert (held.state, held.reason) == ("due", "address-refused")


def test_delays_grow_to_an_hour_and_cover_two_days():
    delays = [delay(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert delays == sorted(delays)
    assert delays[0] == timedelta(seconds=15)
    assert delays[-1] == timedelta(hours=1)
    assert sum(delays, timedelta()) > timedelta(days=2)
