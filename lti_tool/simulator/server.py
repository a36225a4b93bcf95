"""The practice LMS's own small HTTP server: threads, HTTP/1.1, quiet, loopback only."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler
from werkzeug.serving import make_server as werkzeug_server

from lti_tool.simulator.config import ConfigError, is_loopback


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: `make run` has other things to show."""


def make_server(base_url: str, app: Flask) -> BaseWSGIServer:
    """A server at the address of `base_url` (port 0: any free one); raises ConfigError off loopback or if taken."""
    address = urlsplit(base_url)
    if not is_loopback(base_url):
        raise ConfigError(f"the practice LMS works on loopback only, not at {base_url}")
    host = "127.0.0.1" if address.hostname == "localhost" else str(address.hostname)
    return werkzeug_server(host, address.port or 80, app, threaded=True, request_handler=_Handler)
