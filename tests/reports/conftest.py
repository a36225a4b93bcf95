"""The handlers' house with real credentials, whose figures are counted again from what is read over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from lti_tool.base.outbound import Outbound
from lti_tool.ledger import due
from lti_tool.people import roster, units
from lti_tool.people.units import Unit
from lti_tool.reports.verify import verify
from tests.handlers.house import COMPLETED, MOODLE, START, House, account, statement
from tests.loopback import served
from tests.xapi.support import routes
from xapi import access
from xapi.external import TimedRemoteLRS
from xapi.intake import IntakePolicy

ROSTER = (
    "code,family_name,given_name,province,sub:lms\n01,Nguyễn Thị,Lan,Hà Nội,1\n02,Trần Văn,Minh,Cà Mau,2\n"
)


def policy(source):
    return IntakePolicy(source, home_page=source)


class World(House):
    """Moodle's statements come by `moodle`, a credential of its own."""

    def __post_init__(self):
        super().__post_init__()
        with self.database.transaction() as connection:
            self.moodle = self.credential(connection, ["statements/write"], source=MOODLE, host_intake=True)
            self.other = self.credential(connection, ["statements/write", "statements/read"])
            self.keeper = self.credential(connection, ["all"])

    def credential(self, connection, scopes, **options):
        key, secret = access.add(connection, label="x", scopes=scopes, now=self.now, **options)
        return access.authenticate(connection, key, secret, self.now), secret

    def sender(self, source):
        return self.moodle[0].sender() if source == MOODLE else super().sender(source)

    def statement(self, name, topic, minute=0, verb=COMPLETED, home_page=MOODLE):
        return statement(account(name, home_page), topic, START + timedelta(minutes=minute), verb)

    def say(self, credential, *statements):
        """As any client does that is no platform."""
        self.now += timedelta(milliseconds=1)
        return self.lrs.save(list(statements), credential[0].sender()).ids

    def enlist(self):
        with self.database.transaction() as connection:
            units.load(connection, [Unit("01", "Hà Nội", "province"), Unit("96", "Cà Mau", "province")])
            report = roster.import_(
                connection, ROSTER.encode(), issuers={"lms": MOODLE}, units=units.known(connection),
                who="test", now=self.now, mark=due.mark,
            )  # fmt: skip
            assert not report.problems

    @contextmanager
    def served(self) -> Iterator[TimedRemoteLRS]:
        """The store over HTTP, read with an analyst's credential."""
        app = routes(self.lrs, self.database, lambda: self.now)
        key, secret = self.other[0].key, self.other[1]
        with Outbound(loopback=True).session() as session, served(app) as address:
            yield TimedRemoteLRS(session, f"{address}/xapi", key, secret)

    def verify(self):
        with self.served() as lrs, self.database.reading() as connection:
            return verify(connection, lrs, policy, self.now)


@pytest.fixture
def world(database, now):
    return World(database, now)
