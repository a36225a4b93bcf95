"""Alive, ready, and the figures of operations."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert

from lti_tool.base import jobs, migrate
from lti_tool.base.database import Database
from lti_tool.base.tables import heartbeat
from lti_tool.pages import health


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key.pem"
    file.write_text("key")
    return file


def client(database, clock, *, token=None, on_loopback=True, key=None, checks=None):
    app = Flask(__name__)
    wanted = checks if checks is not None else health.readiness(database, [key] if key else [])
    app.register_blueprint(
        health.create_blueprint(
            database=database, clock=clock, checks=wanted, metrics_token=token, on_loopback=on_loopback
        )
    )
    return app.test_client()


def test_it_is_alive_without_any_database(clock):
    dead = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert client(dead, clock).get("/healthz").json == {"status": "alive"}


def test_it_is_ready_on_a_migrated_database_with_its_keys_and_no_worker(clock, key, database_url):
    found = Database(database_url)
    migrate.upgrade(found)
    answer = client(found, clock, key=key).get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    found.close()


def test_it_is_not_ready_without_a_database_and_says_so(clock, key):
    dead = Database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = client(dead, clock, key=key).get("/readyz")
    assert (answer.status_code, set(answer.json["failed"])) == (503, {"database", "migrations"})


def test_it_is_not_ready_on_a_database_of_another_release_or_without_a_key(database, clock, tmp_path):
    answer = client(database, clock, key=tmp_path / "gone.pem").get("/readyz")
    assert (answer.status_code, set(answer.json["failed"])) == (503, {"keys", "migrations"})


def test_the_metrics_tell_what_waits_and_how_old_it_is(database, clock, now):
    with database.transaction() as connection:
        connection.execute(insert(heartbeat).values(name="worker", at=now - timedelta(seconds=90)))
        jobs.enqueue(connection, "issue", "x", run_at=now - timedelta(seconds=30))
    browser = client(database, clock)
    browser.get("/healthz")
    text = browser.get("/metrics").text
    for line in (
        'donghanh_statements_stored{source="client"} 0.0',
        'donghanh_request_seconds_count{endpoint="health.healthz",method="GET",status="200"} 1.0',
        "donghanh_store_bytes ",
        "donghanh_worker_heartbeat_age_seconds 90.0",
        'donghanh_queue_age_seconds{kind="issue"} 30.0',
        "donghanh_jobs_parked 0.0",
        "donghanh_quarantined_statements 0.0",
        'donghanh_requests_total{endpoint="health.healthz",status="200"} 1.0',
    ):
        assert line in text


def test_without_a_database_the_metrics_still_answer(clock):
    dead = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert "donghanh_database_up 0.0" in client(dead, clock).get("/metrics").text


def test_off_loopback_the_metrics_need_their_token(database, clock):
    assert client(database, clock, on_loopback=False).get("/metrics").status_code == 401
    browser = client(database, clock, token="t" * 20, on_loopback=False)
    assert browser.get("/metrics").status_code == 401
    assert browser.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert browser.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"}).status_code == 200
