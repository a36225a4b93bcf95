"""Why a login, launch or registration is refused: a short code people can read out, and the exact reason for the log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` stands on the page and in the log; `key` names the two texts of the page; `status` is the HTTP status."""

    code: str
    key: str
    status: int = 400


UNKNOWN_PLATFORM = Refusal("LTI-01", "lti.refused.platform", 403)
NOT_APPROVED = Refusal("LTI-02", "lti.refused.approval", 403)
INCOMPLETE = Refusal("LTI-03", "lti.refused.incomplete")
COOKIE = Refusal("LTI-04", "lti.refused.cookie", 403)
STATE = Refusal("LTI-05", "lti.refused.state", 403)
CLOCK = Refusal("LTI-06", "lti.refused.clock", 403)
REPLAY = Refusal("LTI-07", "lti.refused.replay", 403)
SIGNATURE = Refusal("LTI-08", "lti.refused.signature", 403)
KEYS_UNREACHABLE = Refusal("LTI-09", "lti.refused.keys", 424)
CLAIMS = Refusal("LTI-10", "lti.refused.claims")
DEPLOYMENT = Refusal("LTI-11", "lti.refused.deployment", 403)
TARGET = Refusal("LTI-12", "lti.refused.target")
MESSAGE = Refusal("LTI-13", "lti.refused.message")
PLACING = Refusal("LTI-14", "lti.refused.placing", 403)
PLATFORM_SAID = Refusal("LTI-15", "lti.refused.platform_said")

INVITATION = Refusal("LTI-30", "lti.refused.invitation", 403)
CONFIGURATION = Refusal("LTI-31", "lti.refused.configuration")
REGISTRATION_UNREACHABLE = Refusal("LTI-32", "lti.refused.unreachable", 424)
REGISTRATION = Refusal("LTI-33", "lti.refused.registration", 424)
INVITATION_ADDRESS = Refusal("LTI-34", "lti.refused.invitation_address")

ALL: tuple[Refusal, ...] = (
    UNKNOWN_PLATFORM,
    NOT_APPROVED,
    INCOMPLETE,
    COOKIE,
    STATE,
    CLOCK,
    REPLAY,
    SIGNATURE,
    KEYS_UNREACHABLE,
    CLAIMS,
    DEPLOYMENT,
    TARGET,
    MESSAGE,
    PLACING,
    PLATFORM_SAID,
    INVITATION,
    CONFIGURATION,
    REGISTRATION_UNREACHABLE,
    REGISTRATION,
    INVITATION_ADDRESS,
)


class Refused(Exception):
    """`detail`: the exact reason, for the log: no name, address or id of a person in it."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(f"{refusal.code}: {detail}")
        self.refusal = refusal
        self.detail = detail
