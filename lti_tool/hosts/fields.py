"""What an administrator copies between a host's own settings page and ours, under the host's own labels.

Labels as Moodle 4.5 (Manage tools > configure a tool manually; Tool configuration details) and lti-consumer-xblock 11.4
(Studio, LTI block) print them in English.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lti_tool.hosts.moodle import MOODLE
from lti_tool.hosts.openedx import OPENEDX
from lti_tool.hosts.standard import STANDARD

Field = tuple[str, str]

# Where the host shows each value that `platform add` asks for.
SHOWN_BY_HOST: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        MOODLE.kind: {
            "issuer": "Platform ID",
            "client_id": "Client ID",
            "deployment_id": "Deployment ID",
            "auth_login_url": "Authentication request URL",
            "token_url": "Access token URL",
            "jwks_url": "Public keyset URL",
        },
        OPENEDX.kind: {
            "issuer": "LMS root URL",
            "client_id": "Client ID",
            "deployment_id": "Deployment ID",
            "auth_login_url": "Login URL",
            "token_url": "Access Token URL",
            "jwks_url": "Keyset URL",
        },
        STANDARD.kind: {
            "issuer": "Issuer",
            "client_id": "client_id",
            "deployment_id": "deployment_id",
            "auth_login_url": "Authentication request URL",
            "token_url": "Access token URL",
            "jwks_url": "JWKS URL",
        },
    }
)


def to_paste(kind: str, base_url: str) -> tuple[Field, ...]:
    """(label, value) pairs to copy into a host's form, in the form's order."""
    launch, login, keys = f"{base_url}/lti/launch", f"{base_url}/lti/login", f"{base_url}/lti/jwks"
    if kind == MOODLE.kind:
        return (
            ("Tool URL", launch),
            ("LTI version", "LTI 1.3"),
            ("Public key type", "Keyset URL"),
            ("Public keyset", keys),
            ("Initiate login URL", login),
            ("Redirection URI(s)", launch),
            ("Supports Deep Linking (Content-Item Message)", "✓"),
            (
                "IMS LTI Assignment and Grade Services",
                "Use this service for grade sync and column management",
            ),
            (
                "IMS LTI Names and Role Provisioning",
                "Use this service to retrieve members' information as per privacy settings",
            ),
            ("Share launcher's name with tool", "Always"),
            ("Share launcher's email with tool", "Always"),
            ("Accept grades from the tool", "Always"),
        )
    if kind == OPENEDX.kind:
        return (
            ("LTI Version", "LTI 1.3"),
            ("Launch URL", launch),
            ("Tool Initiate Login URL (OIDC)", login),
            ("Registered Redirect URIs", f'["{launch}"]'),
            ("Tool Public Key Mode", "Keyset URL"),
            ("Tool Keyset URL", keys),
            ("Deep linking", "True"),
            ("Deep Linking Launch URL", launch),
            ("Assignment and Grades", "Declarative"),
            ("Custom Parameters", '["xapi_actor=${xapi_actor}"]'),
            ("This activity is graded", "True"),
            ("Grade Weight", "100"),
            ("Accept grades after due date", "True"),
        )
    return (("Launch URL / redirect_uri", launch), ("Initiate login URL", login), ("JWKS URL", keys))


def statement_endpoint(base_url: str) -> str:
    """Where the host's xAPI sender delivers; both senders append `/statements` themselves."""
    return f"{base_url}/xapi"
