"""What must be registered in the tool before a practice LMS with this configuration can launch it."""

from typing import Any

from lti_tool.simulator.config import Config
from lti_tool.simulator.paths import endpoints, usage_key


def describe(config: Config) -> dict[str, Any]:
    """Per face: issuer, client_id, deployment_id and the platform's URLs, named as `donghanh platform add` names them."""
    return {
        key: {
            "name": f"practice-{key}",
            "kind": key,
            "issuer": f"{config.base_url}/{key}",
            "client_id": face.client_id,
            "deployment_id": face.deployment_id,
            "auth_login_url": endpoints(config.base_url, key).auth,
            "token_url": endpoints(config.base_url, key).token,
            "jwks_url": endpoints(config.base_url, key).jwks,
            "frame_origin": config.base_url,
            "sections": _sections(config) if key == "openedx" else {},
        }
        for key, face in config.faces.items()
    }


def _sections(config: Config) -> dict[str, str]:
    """The usage key of each topic's section: statements of this face carry no ID numbers, so the tool maps by these."""
    return {topic.key: usage_key("sequential", topic.key) for topic in config.topics}
