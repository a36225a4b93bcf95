"""The one answer to everything refused: a page that says what to do, and a log line that says exactly why."""

import logging

from flask import Response, make_response, render_template

from lti_tool.base.sessions import content_security_policy
from lti_tool.lti.refusal import Refused

_log = logging.getLogger("donghanh.lti")


def answer(refused: Refused) -> Response:
    """4xx in the reader's language.

    Any site may frame this page: it must show inside whatever platform sent the launch, known or not, and it holds nothing
    that could be clicked by mistake.
    """
    code = refused.refusal.code
    _log.warning(
        "%s refused: %s", code, refused.detail, extra={"fields": {"code": code, "reason": refused.detail}}
    )
    return page(
        "lti/refused.html",
        status=refused.refusal.status,
        ancestors=("*",),
        code=code,
        key=refused.refusal.key,
    )


def page(
    template: str,
    *,
    status: int = 200,
    ancestors: tuple[str, ...] = (),
    form_action: tuple[str, ...] = (),
    **values: object,
) -> Response:
    """A page that may be framed by `ancestors` and whose forms may go to `form_action`."""
    response = make_response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = content_security_policy(ancestors, form_action)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
