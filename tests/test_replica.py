"""With DONGHANH_READ_DATABASE_URL: who only asks is answered by the replica, whatever decides goes on where it always was."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url, text

from lti_tool.cli import doctor_outside
from tests.assembly import TEN, assembled, completion, csrf_of
from tests.conftest import new_postgresql
from tests.journeys.running import until

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"


@pytest.fixture
def house(tmp_path, replica_server):
    with new_postgresql() as url:
        copy = make_url(replica_server).set(database=make_url(url).database).render_as_string()
        with assembled(tmp_path, NOW, url, DONGHANH_READ_DATABASE_URL=copy) as found:
            yield found
            on_replica(found, "pg_wal_replay_resume()")


def on_replica(house, what):
    with house.tool.database.copying() as connection:
        connection.execute(text(f"SELECT {what}"))


def stored(house):
    answer = house.browser().get("/xapi/statements", headers=house.basic("reader"))
    return len(answer.json["statements"])


def searched(browser):
    page = browser.get("/console/statements")
    answer = browser.post("/console/statements", data={"csrf": csrf_of(page.text)})
    return answer.text.count('href="/console/statements/')


@pytest.mark.postgresql
def test_readers_and_the_console_ask_the_replica_and_reviews_do_not(house):
    house.add_platform("moodle", ISSUER)
    house.add_credential("reader", ["statements/read"])
    house.load()
    house.launch("moodle", sub="41", name="Lan")
    house.post("moodle", [completion(ISSUER, "50", "x", NOW)])
    browser = house.sign_in()
    until(lambda: house.tool.lrs._replica.behind() == 0, "the replica")
    on_replica(house, "pg_wal_replay_pause()")
    house.complete("moodle", "41", TEN)
    house.work()
    assert (stored(house), searched(browser)) == (1, 1)
    with house.tool.database.reading() as connection:
        assert connection.execute(text("SELECT state FROM ledger_outcome")).scalars().all() == ["met"]
        assert (
            connection.execute(
                text("SELECT count(*) FROM base_audit WHERE act = 'statements.search'")
            ).scalar()
            == 1
        )
    assert doctor_outside.replica(house.tool.lrs._replica).state == "ok"
    on_replica(house, "pg_wal_replay_resume()")
    until(lambda: (stored(house), searched(browser)) == (11, 11), "the ten topics")
