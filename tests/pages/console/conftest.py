"""The console on a small application of its own, and a browser that has signed in."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask, g, jsonify

from lti_tool.base.errors import Problem
from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts
from lti_tool.pages.console import create_blueprint
from lti_tool.pages.console.workbench import Workbench
from lti_tool.people import staff
from lti_tool.people.staff import Role
from lti_tool.people.staff_sessions import Gate
from xapi.embedded import EmbeddedLrs
from xapi.intake import IntakePolicy

PASSWORD = "một mật khẩu đủ dài"


class Clock:
    """A clock that moves only when told."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def move(self, **by):
        self.now += timedelta(**by)


class Browser:
    """A browser that posts forms as a person does: with the token of the page it looks at."""

    def __init__(self, client):
        self.client = client
        self.last = None

    def get(self, path, **options):
        self.last = self.client.get(path, **options)
        return self.last

    def post(self, path, form=None, **options):
        token = re.search(r'name="csrf" value="([^"]*)"', self.last.text)[1]
        return self.client.post(path, data={"csrf": token, **(form or {})}, **options)

    def send(self, path, form=None):
        """Post from the page at `path`'s own section and follow to the page that tells what happened."""
        answer = self.post(path, form)
        while answer.status_code == 303:
            answer = self.get(answer.location)
        self.last = answer
        return answer


@pytest.fixture(scope="session")
def texts():
    return Texts.load(package_folder("translations"))


@pytest.fixture
def moving(now):
    return Clock(now)


@pytest.fixture
def bench(database, moving, texts):
    return Workbench(
        database=database,
        clock=moving,
        texts=texts,
        gate=Gate(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        secret=b"s" * 32,
        base_url="https://tool.example.vn",
        policy_for=lambda credential: IntakePolicy(credential.source or ""),
        lrs=EmbeddedLrs(database.transaction, database.reading, moving, lambda *_: None),
    )


@pytest.fixture
def app(bench, texts):
    app = Flask(
        "lti_tool", root_path=str(package_folder("")), template_folder="templates", static_folder="static"
    )
    app.register_blueprint(create_blueprint(bench=bench))
    app.testing = True

    @app.context_processor
    def words():
        return {
            "t": lambda key, **values: texts.t(g.language, key, **values),
            "tn": lambda key, n, **values: texts.tn(g.language, key, n, **values),
            "lang": g.language,
        }

    @app.errorhandler(Problem)
    def problem(error):
        return jsonify(code=error.code), error.status

    return app


@pytest.fixture
def newcomer(app):
    """A browser without any session."""
    return Browser(app.test_client())


@pytest.fixture
def enter(app, database, bench, now):
    """Signs a new account in and gives its browser."""

    def enter(login, role=Role.ADMINISTRATOR, units=staff.EVERYWHERE):
        with database.transaction() as connection:
            staff.add(connection, login, role, units, now=now)
            token = staff.make_link(connection, login, now=now)
            staff.use_link(connection, token, bench.gate.hash(PASSWORD), now=now)
        browser = Browser(app.test_client())
        browser.get("/console/sign-in")
        assert browser.post("/console/sign-in", {"login": login, "password": PASSWORD}).status_code == 303
        browser.get("/console/")
        return browser

    return enter


@pytest.fixture
def admin(enter):
    return enter("lan")
