"""What must be registered in the tool before a practice LMS with this configuration can launch it."""

from typing import Any

from lti_tool.simulator.config import Config
from lti_tool.simulator.paths import endpoints


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
        }
        for key, face in config.faces.items()
    }
