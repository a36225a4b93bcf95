"""What every page of a launch shares, a learner's or a teacher's: its language, its programme, what stands around its content."""

from typing import Any

from flask import Blueprint, request, url_for

from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LaunchSession
from lti_tool.base.texts import LANGUAGES
from rules.programme import Programme


def chosen_language(launched: str) -> str:
    """The language asked for by the switch, else the launch's."""
    wish = request.args.get("lang", "")
    return wish if wish in LANGUAGES else launched


def keep_language(blueprint: Blueprint) -> None:
    """Links of a page whose language was switched keep it: nothing is stored, so two tabs may differ."""

    @blueprint.url_defaults
    def add(_endpoint: str, values: dict[str, Any]) -> None:
        if request and request.args.get("lang") in LANGUAGES:
            values.setdefault("lang", request.args["lang"])


def programme_language(programme: Programme, wish: str) -> str:
    """The page's language where the programme is written in it, else the programme's own."""
    return wish if wish in programme.languages else programme.languages[0]


def needed(found: Programme | None) -> Programme:
    """The launch's programme; Problem 404 that says what to do while none is loaded."""
    if found is None:
        raise Problem(404, "LRN-02", "errors.no_programme", detail="no programme is loaded for this launch")
    return found


def around(
    session: LaunchSession, programme: Programme, language: str, back_url: str | None
) -> dict[str, Any]:
    """What the layout of a launched page shows; `back_url`: the course in the LMS."""
    return {
        "launch_id": session.id,
        "programme": programme,
        "programme_title": programme.titles[programme_language(programme, language)],
        "rehearsal": programme.rehearsal,
        "support": programme.support,
        "support_hours": programme.support.hours.get(language, ""),
        "back_url": back_url,
        "tongues": _tongues(language),
    }


def _tongues(current: str) -> list[tuple[str, str]]:
    """The other languages of this very page: (code, link)."""
    arguments = dict(request.view_args or {})
    return [
        (code, url_for(str(request.endpoint), **{**arguments, "lang": code}))
        for code in LANGUAGES
        if code != current
    ]
