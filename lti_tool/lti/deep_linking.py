"""Deep linking (LTI Deep Linking 2.0): a teacher puts our page into a course from the platform's own dialogue."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from lti_tool.hosts import host
from lti_tool.lti.keys import ToolKey
from lti_tool.lti.platforms import Platform
from lti_tool.lti.pylti import registration

_MESSAGE = "https://purl.imsglobal.org/spec/lti-dl/claim/msg"


@dataclass(frozen=True, slots=True)
class Placement:
    """A page that can be placed. `key` names it in the form; `resource_id` and `score_maximum` make its line item.

    `custom`: what later launches of the placed link must carry, beside what their host needs.
    """

    key: str
    title: str
    text: str
    label: str
    resource_id: str
    score_maximum: int
    custom: tuple[tuple[str, str], ...] = ()


def response(
    platform: Platform,
    key: ToolKey,
    *,
    deployment_id: str,
    settings: Mapping[str, Any],
    placements: Sequence[Placement],
    message: str,
) -> str:
    """The signed deep linking response (DL 2.0, 4.5) for these placements. `message`: shown by the platform."""
    link = _Link(registration(platform, key), deployment_id, dict(settings))
    claims = link.get_message_jwt([_resource(one, platform.kind) for one in placements])
    claims[_MESSAGE] = message
    return str(link.encode_jwt(claims))


class _Link(DeepLink):  # type: ignore[misc]
    """PyLTI1p3's, except that it says nothing where there is nothing to say, and names no network card in its nonce."""

    def _generate_nonce(self) -> str:
        return secrets.token_urlsafe(24)

    def get_message_jwt(self, resources: Sequence[DeepLinkResource]) -> dict[str, object]:
        made = super().get_message_jwt(resources)
        # DL 2.0, 4.5: `data` goes back as it came, when it came; the library would answer null.
        return {name: value for name, value in made.items() if value is not None}


class _Resource(DeepLinkResource):  # type: ignore[misc]
    text: str = ""

    def to_dict(self) -> dict[str, object]:
        # Moodle refuses a link with its own url: without one it launches the tool's only launch URL.
        made = {name: value for name, value in super().to_dict().items() if value is not None}
        return made | {"text": self.text}


def _resource(placement: Placement, kind: str) -> _Resource:
    item = LineItem().set_score_maximum(placement.score_maximum).set_label(placement.label)
    item.set_resource_id(placement.resource_id)
    made = _Resource()
    made.set_title(placement.title).set_lineitem(item)
    made.set_custom_params(dict(placement.custom) | dict(host(kind).placing_custom))
    made.text = placement.text
    return made
