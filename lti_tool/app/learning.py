"""What the launched pages work with: the learner's, the teacher's, the placing page's."""

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy import Connection

from lti_tool.app.tool import Tool
from lti_tool.base.resources import config_folder
from lti_tool.coaching import practice_reader
from lti_tool.handlers.issue import Issue
from lti_tool.handlers.review import Reviewer
from lti_tool.lti.deep_linking import Placement
from lti_tool.pages import learner, lti, standings, teacher
from lti_tool.pages.learner.offers import Offers
from lti_tool.people import units
from lti_tool.programmes import versions
from rules.programme import Programme


def blueprints(tool: Tool) -> Sequence[Blueprint]:
    """Every page that needs a launch."""
    return (_learner(tool), _teacher(tool), _placing(tool))


def _learner(tool: Tool) -> Blueprint:
    reviewer = Reviewer(tool.texts)
    services = learner.Services(
        database=tool.database,
        clock=tool.clock,
        sessions=tool.sessions,
        texts=tool.texts,
        base_url=tool.settings.base_url,
        practice=practice_reader.read_folder(config_folder() / "practice"),
        programme_of=standings.programme_of(tool.clock),
        standing_of=standings.standing_of,
        person_of=standings.person_of(_unit_title),
        certificate_of=standings.certificate_of,
        document_of=Issue(tool.database, tool.signer, tool.settings.base_url, tool.clock).now,
        name_certificate=standings.name_certificate(reviewer),
        refresh=standings.refresh(tool.database, reviewer),
        record=standings.practice_record(tool.lrs, tool.settings.base_url),
        offers=Offers(tool.secret, tool.clock),
        token=standings.practice_token(tool.settings.base_url),
        course_url=standings.course_url,
    )
    return learner.create_blueprint(services)


def _unit_title(connection: Connection, code: str) -> str | None:
    """A unit in words: commune, province."""
    known = units.known(connection)
    unit = known.get(code)
    parent = known.get(unit.parent) if unit and unit.parent else None
    return ", ".join(one.name for one in (unit, parent) if one) or None


def _teacher(tool: Tool) -> Blueprint:
    return teacher.create_blueprint(
        database=tool.database,
        clock=tool.clock,
        sessions=tool.sessions,
        programme_of=standings.programme_of(tool.clock),
        members_of=standings.members_of,
        names_of=standings.names_of,
        course_url=standings.course_url,
    )


def _placing(tool: Tool) -> Blueprint:
    def placements(connection: Connection, language: str) -> Sequence[Placement]:
        return [_placement(tool, one, language) for one in versions.current(connection)]

    return lti.create_placing_blueprint(
        database=tool.database,
        keys=tool.tool_keys,
        sessions=tool.sessions,
        texts=tool.texts,
        placements=placements,
    )


def _placement(tool: Tool, programme: Programme, language: str) -> Placement:
    """The learner's page of one programme, with its line item."""
    title = programme.titles.get(language) or programme.titles[programme.languages[0]]
    return Placement(
        key=programme.key,
        title=tool.texts.t(language, "front.item_title", programme=title),
        text=tool.texts.t(language, "front.item_text"),
        label=title,
        resource_id=f"{programme.key}:{programme.edition}",
        score_maximum=programme.scores.award_maximum,
        custom=(("programme", programme.key),),
    )
