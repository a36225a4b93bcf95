"""A small programme, statements sent with real credentials, outcomes as the worker makes them, and the store over HTTP."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.serving import make_server

from lti_tool.base.outbound import Outbound
from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts
from lti_tool.handlers.arrival import on_launched
from lti_tool.handlers.review import Reviewer
from lti_tool.ledger import due
from lti_tool.lti.launch import RESOURCE_LINK, Context, Profile, Roles, ValidLaunch
from lti_tool.lti.platforms import Platform
from lti_tool.people import roster, units
from lti_tool.people.units import Unit
from lti_tool.programmes import versions
from lti_tool.reports.verify import verify
from tests.small_programme import PROGRAMME
from xapi import access, intake, resource
from xapi.embedded import EmbeddedLrs
from xapi.external import TimedRemoteLRS
from xapi.intake import IntakePolicy

MOODLE = "https://moodle.example.vn"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
EXTERNAL_ID = "https://w3id.org/learning-analytics/learning-management-system/external-id"
ROSTER = (
    "code,family_name,given_name,province,sub:lms\n01,Nguyễn Thị,Lan,Hà Nội,1\n02,Trần Văn,Minh,Cà Mau,2\n"
)


def account(name, home_page=MOODLE):
    return {"account": {"homePage": home_page, "name": name}}


def policy(source):
    return IntakePolicy(source, home_page=source)


class World:
    """Everything up to the stored outcomes, on a clock that each request moves."""

    def __init__(self, database, now):
        self.database, self.now = database, now
        self.lrs = EmbeddedLrs(database.transaction, database.reading, lambda: self.now, due.on_saved)
        self.reviewer = Reviewer(Texts.load(package_folder("translations")))
        with database.transaction() as connection:
            versions.load(connection, PROGRAMME, "small.yaml", now, mark_all=due.mark_all)
            self.sender = self._credential(connection, ["statements/write"], source=MOODLE, host_intake=True)
            self.other = self._credential(connection, ["statements/write", "statements/read"])
            self.keeper = self._credential(connection, ["all"])

    def _credential(self, connection, scopes, **options):
        key, secret = access.add(connection, label="x", scopes=scopes, now=self.now, **options)
        return access.authenticate(connection, key, secret, self.now), secret

    def statement(self, name, topic, minute=0, verb=COMPLETED, home_page=MOODLE):
        at = datetime(2025, 12, 2, 1, 0, tzinfo=UTC) + timedelta(minutes=minute)
        return {
            "actor": account(name, home_page),
            "verb": {"id": verb},
            "object": {
                "id": f"{MOODLE}/mod/page/view.php?id={topic[1:]}",
                "definition": {"extensions": {EXTERNAL_ID: topic}},
            },
            "timestamp": at.isoformat(),
        }

    def send(self, *statements):
        """As Moodle's sender does."""
        self.now += timedelta(seconds=1)
        body = json.dumps(list(statements)).encode()
        return self.lrs.receive(intake.read(body), self.sender[0].sender(), policy(MOODLE)).ids

    def say(self, credential, *statements):
        """As any other client does."""
        self.now += timedelta(seconds=1)
        return self.lrs.save(list(statements), credential[0].sender()).ids

    def arrive(self, sub, **profile):
        platform = Platform(1, "lms", MOODLE, "c", ("1",), MOODLE, MOODLE, MOODLE, "moodle", (), True)
        launch = ValidLaunch(
            platform, "1", sub, RESOURCE_LINK, Roles(True, False, False), Profile(**profile), None,
            Context("7"), None, None, None, frozenset(), None, {}, "vi", None, None, None,
        )  # fmt: skip
        with self.database.transaction() as connection:
            return on_launched(connection, launch, self.now)

    def enlist(self):
        with self.database.transaction() as connection:
            units.load(connection, [Unit("01", "Hà Nội", "province"), Unit("96", "Cà Mau", "province")])
            report = roster.import_(
                connection, ROSTER.encode(), issuers={"lms": MOODLE}, units=units.known(connection),
                who="test", now=self.now, mark=due.mark,
            )  # fmt: skip
            assert not report.problems

    def review(self):
        while self.reviewer.review_due(self.database, self.now, 100):
            pass

    @contextmanager
    def served(self):
        """The store over HTTP, read with an analyst's credential."""
        app = Flask(__name__)
        blueprint = resource.create_blueprint(
            lrs=self.lrs,
            begin=self.database.transaction,
            read=self.database.reading,
            policy_for=lambda _credential: None,
            clock=lambda: self.now,
            rsa=lambda *_: False,
        )
        app.register_blueprint(blueprint)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        key, secret = self.other[0].key, self.other[1]
        with Outbound(loopback=True).session() as session:
            try:
                yield TimedRemoteLRS(session, f"http://127.0.0.1:{server.port}/xapi", key, secret)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()

    def verify(self):
        with self.served() as lrs, self.database.reading() as connection:
            return verify(connection, lrs, policy, self.now)


@pytest.fixture
def world(database, now):
    return World(database, now)
