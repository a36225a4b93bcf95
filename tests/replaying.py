"""Run in a process of its own by test_app.py: the assembled tool posts one launch to itself, as soon as told, and prints the status."""

import json
import sys
from datetime import datetime
from pathlib import Path

from lti_tool.app import build, create_app
from lti_tool.base.outbound import Outbound
from tests.assembly import Clock, settings_of


def main() -> None:
    home, database_url, said = sys.argv[1:]
    launch = json.loads(said)
    found = settings_of(Path(home), database_url)
    tool = build(found, clock=Clock(datetime.fromisoformat(launch["now"])), outbound=Outbound(loopback=True))
    browser = create_app(tool).test_client()
    browser.set_cookie("dh", launch["cookie"])
    print("ready", flush=True)
    sys.stdin.readline()
    answer = browser.post("/lti/launch", data={"id_token": launch["token"], "state": launch["state"]})
    print(answer.status_code, flush=True)


if __name__ == "__main__":
    main()
