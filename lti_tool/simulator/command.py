"""`python -m lti_tool.simulator`: serve the practice LMS, or say what must be registered in the tool."""

import argparse
import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lti_tool.simulator import app
from lti_tool.simulator.config import Config, ConfigError, read
from lti_tool.simulator.describe import describe
from lti_tool.simulator.server import make_server

_EPILOG = """examples:
  python -m lti_tool.simulator --port 8201 --data instance/practice --tool http://127.0.0.1:8200
  python -m lti_tool.simulator --config practice.json --describe
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers the exit code (2: the configuration is wrong, said in one line)."""
    given = _parser().parse_args(arguments)
    base = given.base_url or (f"http://127.0.0.1:{given.port}" if given.port else None)
    try:
        config = read(given.config, base_url=base, tool_url=given.tool)
    except ConfigError as error:
        print(f"practice LMS: {error}", file=sys.stderr)
        return 2
    if given.describe:
        print(json.dumps(describe(config), ensure_ascii=False, indent=1))
        return 0
    return _serve(config, given.data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lti_tool.simulator",
        description="A practice LMS with the faces of Moodle and of Open edX. Loopback only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (8201)")
    parser.add_argument("--base-url", help="where browsers find it; loopback only (http://127.0.0.1:PORT)")
    parser.add_argument(
        "--data", type=Path, default=Path("instance/practice"), help="where its state is kept"
    )
    parser.add_argument("--tool", help="base URL of the tool (http://127.0.0.1:8200)")
    parser.add_argument(
        "--config", type=Path, help="JSON file: client ids, deployments, LRS credentials, titles"
    )
    parser.add_argument(
        "--describe", action="store_true", help="print what must be registered in the tool, and stop"
    )
    return parser


def _serve(config: Config, data: Path) -> int:
    practice = app.create(config, data)
    server = make_server(config.base_url, practice.app)
    stop = threading.Event()
    practice.start_sending(stop)
    print(f"LMS luyện tập / practice LMS: {config.base_url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.server_close()
    return 0
