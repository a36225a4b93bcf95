"""Where each face answers: the real hosts' own paths under `/moodle` and `/openedx`."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

MOODLE_COURSE: Final = 7
OPENEDX_COURSE: Final = "course-v1:MOST+DONGHANH+2025"
OPENEDX_BLOCK: Final = "block-v1:MOST+DONGHANH+2025+type@lti_consumer+block@donghanh"
AUTH: Final = {"moodle": "/mod/lti/auth.php", "openedx": "/api/lti_consumer/v1/launch/"}
_BLOCK: Final = quote(OPENEDX_BLOCK, safe="")
TOKEN: Final = {"moodle": "/mod/lti/token.php", "openedx": f"/api/lti_consumer/v1/token/{_BLOCK}"}
JWKS: Final = {"moodle": "/mod/lti/certs.php", "openedx": f"/api/lti_consumer/v1/public_keysets/{_BLOCK}"}
SERVICES: Final = "/mod/lti/services.php"
CONSUMER: Final = "/api/lti_consumer/v1/lti/1"


@dataclass(frozen=True, slots=True)
class Endpoints:
    auth: str
    token: str
    jwks: str


def endpoints(base_url: str, key: str) -> Endpoints:
    base = f"{base_url}/{key}"
    return Endpoints(base + AUTH[key], base + TOKEN[key], base + JWKS[key])


def usage_key(kind: str, block: str) -> str:
    """An Open edX usage key in the practice course."""
    return f"block-v1:MOST+DONGHANH+2025+type@{kind}+block@{block}"
