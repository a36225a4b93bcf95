"""One launch, posted at the same time to two processes: exactly one wins."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lti_tool.base import session_tables
from lti_tool.lti import nonces, tables
from lti_tool.lti.refusal import REPLAY, Refused
from tests.lti.fake_platform import running_site

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(database, tmp_path, now):
    with running_site(database, tmp_path, now) as found:
        yield found


def start(arguments):
    command = [sys.executable, "-m", "tests.lti.replay_process", *arguments]
    return subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process):
    process.stdin.write("go\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_of_two_processes_that_get_one_launch_exactly_one_takes_it(
    site, database, database_url, tmp_path, now
):
    browser = site.browser()
    launches = []
    for _ in range(2):
        state, nonce = site.login(browser)
        launches.append((site.platform.sign(site.platform.claims(nonce, now)), state))
    cookie = browser.get_cookie("dh").value
    for token, state in launches:
        arguments = [database_url, str(tmp_path / "keys" / "lti"), now.isoformat(), token, state, cookie]
        processes = [start(arguments) for _ in range(2)]
        assert [process.stdout.readline().strip() for process in processes] == ["ready", "ready"]
        with ThreadPoolExecutor() as pool:
            statuses = list(pool.map(told, processes))
        for process in processes:
            process.communicate(timeout=20)
        assert sorted(statuses) == ["303", "403"]
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(session_tables.launch)).scalar_one() == 2


def test_of_many_threads_that_get_one_launch_exactly_one_takes_it(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    cookie = browser.get_cookie("dh").value

    def post(_):
        one = site.browser()
        one.set_cookie("dh", cookie)
        return site.post(one, token, state).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(16)))
    assert statuses.count(303) == 1
    assert statuses.count(403) == 15


def test_used_nonces_are_forgotten_when_their_login_is_over(database, now):
    with database.transaction() as connection:
        nonces.use(connection, "n", now)
        with pytest.raises(Refused) as refused:
            nonces.use(connection, "n", now)
        assert refused.value.refusal is REPLAY
        assert nonces.clean(connection, now) == 1
        assert connection.execute(select(func.count()).select_from(tables.used_nonce)).scalar_one() == 0


def test_a_site_in_use_forgets_by_itself(site, database):
    site.launch()
    site.now = site.now.replace(hour=23)
    site.launch()
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.used_nonce)).scalar_one() == 1


def test_a_login_writes_nothing(site, database):
    tables_before = counts(database)
    browser = site.browser()
    for _ in range(20):
        site.login(browser)
    assert counts(database) == tables_before


def counts(database):
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }
