"""Servers on the loopback, each in a thread of its own while a block lasts."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Answering(BaseHTTPRequestHandler):
    """A handler with one way for GET and POST, which says nothing on the terminal."""

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def asked(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def say(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        """One whole answer."""
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A handler's port."""
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield port


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """An application's address."""
    with _serving(make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _serving(server: BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
