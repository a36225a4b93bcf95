"""Run in a process of its own by test_replay.py: post one launch, as soon as told, and print the status."""

import sys
from datetime import datetime
from pathlib import Path

from flask import Flask

from lti_tool.base.database import Database
from lti_tool.lti.keys import ToolKeys
from tests.lti.fake_platform import Site, build


def main() -> None:
    url, folder, now, token, state, cookie = sys.argv[1:]
    database = Database(url)
    keys = ToolKeys(Path(folder))
    site = Site(Flask("site"), database, None, None, keys, datetime.fromisoformat(now))
    build(site, database, keys)
    browser = site.browser()
    browser.set_cookie("dh", cookie)
    print("ready", flush=True)
    sys.stdin.readline()
    print(site.post(browser, token, state).status_code, flush=True)


if __name__ == "__main__":
    main()
