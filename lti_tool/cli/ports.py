"""Whether an address is free to listen on.

The server shares its port with whoever else asks to (SO_REUSEPORT, for its own processes): a second tool started on it by
mistake would get every other request, from the wrong database, and nobody would be told.
"""

import errno
import socket
import time

from lti_tool.cli.terminal import CommandError

_PATIENCE = 3.0  # seconds that a server which was just killed may take to let go of its port
_LOOK = 0.1


def must_be_free(name: str, host: str, port: int) -> None:
    """Raises CommandError, naming the address, when another program listens there or the address is none of this machine."""
    end = time.monotonic() + _PATIENCE
    while (reason := _hindrance(host, port)) is not None:
        if reason.errno != errno.EADDRINUSE:
            raise CommandError(f"{name} cannot start on {host}:{port}: {reason.strerror}")
        if time.monotonic() >= end:
            raise CommandError(f"{name} cannot start: {host}:{port} is in use already")
        time.sleep(_LOOK)


def _hindrance(host: str, port: int) -> OSError | None:
    if not 0 < port < 2**16:
        return OSError(errno.EINVAL, "no such port")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    except UnicodeError:
        return OSError(errno.EINVAL, "no such host")
    return None
