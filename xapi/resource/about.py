"""The About resource (xAPI 1.0.3, part 3, 2.8; 2.0, 4.1.6.7)."""

from flask import Response, request

from xapi import exact, parameters
from xapi.resource import answers
from xapi.versions import SUPPORTED


def get() -> Response:
    """Which versions this store speaks; open to anyone, who need not speak one yet."""
    parameters.read(request.args.items(multi=True), required=())
    return answers.json(exact.dumps({"version": SUPPORTED}))
