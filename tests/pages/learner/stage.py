"""The learner's and teacher's pages on a small application of their own, with the rest of the house faked.

`World` is what the fakes answer from: a test changes it and looks at the page again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, g, render_template
from sqlalchemy import Connection

from certificates.certificate import Certificate, DocumentState, Facts, Line, Status, Wording
from certificates.names import Problem as NameProblem
from lti_tool.base import session_tables, sessions
from lti_tool.base import tables as base_tables
from lti_tool.base.columns import metadata
from lti_tool.base.database import Database
from lti_tool.base.errors import Problem
from lti_tool.base.resources import config_folder, package_folder
from lti_tool.base.texts import Texts
from lti_tool.coaching import tables as coaching_tables
from lti_tool.coaching.practice import PracticeSet
from lti_tool.coaching.practice_reader import read_folder
from lti_tool.pages import learner, teacher
from lti_tool.pages.learner.offers import Offers
from lti_tool.pages.learner.services import Issued
from lti_tool.people import tables as people_tables
from lti_tool.programmes.reader import read_programme
from rules.completion import Pending, assess
from rules.programme import Programme
from rules.progress import PartState, TopicState

NOW = datetime(2025, 12, 9, 3, 0, tzinfo=UTC)  # 10 o'clock on 9 December in Vietnam
BROWSER = "b" * 22
BASE = "https://tool.example"
MOODLE = "https://moodle.example"


@cache
def kns() -> Programme:
    path = config_folder() / "programmes" / "kns-2025.yaml"
    return read_programme(path.read_text(encoding="utf-8"), path.name)


@cache
def practice() -> Mapping[str, PracticeSet]:
    return read_folder(config_folder() / "practice")


@cache
def texts() -> Texts:
    return Texts.load(package_folder("translations"))


def done(topic: str, day: int = 1, scaled: float | None = None) -> TopicState:
    at = datetime(2025, 12, day, 13, 41, tzinfo=UTC)
    proof = (f"{int(topic[-2:]):08d}-52f7-4a2c-9d8e-0a1b2c3d4e5f",)
    return TopicState(topic, done=True, at=at, proof=proof, scaled=scaled, source=MOODLE)


def begun(topic: str) -> TopicState:
    at = datetime(2025, 12, 8, 13, 0, tzinfo=UTC)
    parts = (
        PartState("Video bài giảng", done=True, at=at, proof="p", seen=True),
        PartState("Bài trắc nghiệm", seen=False),
    )
    return TopicState(topic, parts=parts, source=MOODLE)


def states(*found: TopicState) -> dict[str, TopicState]:
    return {state.topic: state for state in found}


def on_the_way() -> dict[str, TopicState]:
    """Six of ten: four compulsory done and one begun, two optional done."""
    return states(
        done("cd-01", 1, 0.9),
        done("cd-02", 2),
        done("cd-03", 4, 1.0),
        done("cd-04", 6),
        begun("cd-05"),
        done("cd-13", 7, 0.8),
        done("cd-09", 8),
    )


def enough() -> dict[str, TopicState]:
    """Just the ten that complete."""
    five = [done(f"cd-{n:02d}", n) for n in range(1, 6)]
    return states(*five, *(done(f"cd-{n:02d}", 7) for n in (6, 9, 10, 13, 15)))


def certificate(
    document: DocumentState = DocumentState.ISSUED,
    *,
    name: str | None = "Nguyễn Thị Hồng Ánh",
    status: Status = Status.VALID,
    waiting: NameProblem | None = None,
) -> Certificate:
    line = Line("…")
    wording = Wording(**dict.fromkeys(Wording.__dataclass_fields__, line))
    facts = Facts(name, Line("Chương trình"), "2025", date(2025, 12, 9), rehearsal=False, wording=wording)
    return Certificate(
        number="7K2M-9QXT-4HWP-C3RD",
        holder="L1",
        programme="kns-2025",
        edition="2025",
        facts=facts,
        design="landscape-1",
        awarded_at=NOW,
        status=status,
        document=document,
        waiting=waiting,
        revocation=None,
    )


@dataclass
class World:
    """What the faked rooms know."""

    programme: Programme | None = field(default_factory=kns)
    states: Mapping[str, TopicState] = field(default_factory=dict)
    pending: Pending = field(default_factory=lambda: Pending(last_heard=NOW))
    person: learner.Person = field(
        default_factory=lambda: learner.Person("Nguyễn Thị Hồng Ánh", "Phường Buôn Ma Thuột, Đắk Lắk")
    )
    certificate: Certificate | None = None
    pdf: bytes | None = None
    course_url: str | None = f"{MOODLE}/course/view.php?id=2"
    statements: list[Mapping[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    members: list[teacher.Member] = field(default_factory=list)
    member_names: dict[str, str | None] = field(default_factory=dict)
    now: datetime = NOW


class Stage:
    """The application, its database, and launches opened in one browser."""

    def __init__(self, folder: Path) -> None:
        self.world = World()
        self.database = Database(f"sqlite:///{folder / 'stage.db'}")
        own = [coaching_tables.answer, coaching_tables.question, session_tables.launch, base_tables.audit]
        metadata.create_all(self.database.engine, tables=[*own, people_tables.learner])
        self.texts = texts()
        self.sessions = sessions.Sessions(
            reading=self.database.reading, clock=lambda: self.world.now, secret=b"s" * 32
        )
        self.app = self._app()

    def open(self, view: str = "learner", language: str = "vi", learner_id: str = "L1", **more: Any) -> str:
        opening = sessions.Opening(
            learner_id, 1, MOODLE, learner_id, view, language, context_id="2", context_title="Lớp", **more
        )
        with self.database.transaction() as connection:
            return sessions.open_(connection, opening, BROWSER, self.world.now)

    def client(self, browser: str = BROWSER):
        client = self.app.test_client()
        client.set_cookie(sessions.COOKIE, browser, domain="localhost")
        return client

    def close(self) -> None:
        self.database.close()

    def _app(self) -> Flask:
        app = Flask(
            "stage",
            template_folder=str(package_folder("templates")),
            static_folder=str(package_folder("static")),
        )
        app.testing = True
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        texts = self.texts

        @app.context_processor
        def words() -> dict[str, Any]:
            language = g.get("language", "vi")
            return {
                "lang": language,
                "t": lambda key, **values: texts.t(language, key, **values),
                "tn": lambda key, n, **values: texts.tn(language, key, n, **values),
            }

        @app.errorhandler(Problem)
        def problem(error: Problem) -> tuple[str, int]:
            language = g.get("language", "vi")
            title, help_key = texts.t(language, error.title_key), f"{error.title_key}.help"
            more = texts.t(language, help_key) if texts.has(help_key) else ""
            return render_template("error.html", title=title, help=more, code=error.code), error.status

        app.add_url_rule("/xapi/statements", "statements", list, methods=["POST"])
        app.register_blueprint(learner.create_blueprint(self._learner()))
        app.register_blueprint(teacher.create_blueprint(**self._teacher()))
        return app

    def _learner(self) -> learner.Services:
        world = self.world
        return learner.Services(
            database=self.database,
            clock=lambda: world.now,
            sessions=self.sessions,
            texts=self.texts,
            base_url=BASE,
            practice=practice(),
            programme_of=lambda _connection, _session: world.programme,
            standing_of=lambda _connection, _learner, programme, now: learner.Standing(
                world.states, assess(programme, world.states, world.pending, now)
            ),
            person_of=lambda _connection, _learner: world.person,
            certificate_of=lambda _connection, _learner, _programme: world.certificate,
            document_of=lambda _number: world.pdf,
            name_certificate=self._name,
            refresh=lambda learner_id, _now: world.refreshed.append(learner_id),
            record=lambda _connection, statement: world.statements.append(statement),
            offers=Offers(b"s" * 32, lambda: world.now),
            token=self._token,
            course_url=lambda _session: world.course_url,
        )

    def _token(self, _connection: Connection, *, learner_id: str, now: datetime, **_said: Any) -> Issued:
        return Issued("t", {"account": {"homePage": BASE, "name": learner_id}}, (), now + timedelta(hours=1))

    def _name(
        self, _connection: Connection, _learner: str, _held: Certificate, name: str, _now: datetime
    ) -> None:
        self.world.names.append(name)
        self.world.certificate = certificate(DocumentState.DUE, name=name)

    def _teacher(self) -> dict[str, Any]:
        world = self.world
        return {
            "database": self.database,
            "clock": lambda: world.now,
            "sessions": self.sessions,
            "programme_of": lambda _connection, _session: world.programme,
            "members_of": lambda _connection, _session, _programme: world.members,
            "names_of": lambda _connection, ids: {one: world.member_names.get(one) for one in ids},
            "course_url": lambda _session: world.course_url,
        }


def later(**amount: float) -> datetime:
    return NOW + timedelta(**amount)
