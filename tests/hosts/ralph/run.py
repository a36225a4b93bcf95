"""Serve Ralph on its file-system backend: `run.py PORT FOLDER`. One client: me, secret.

Its API asks every backend to "create" for each POST; a file can be created once. Here it appends, as its other backends do.
"""

import json
import os
import sys
from pathlib import Path

import bcrypt

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
os.environ |= {
    "RALPH_APP_DIR": str(FOLDER),
    "RALPH_AUTH_FILE": str(FOLDER / "auth.json"),
    "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(FOLDER),
    "RALPH_RUNSERVER_BACKEND": "fs",
}
(FOLDER / "fs_lrs.jsonl").touch()
CLIENT = {
    "username": "me",
    "hash": bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode(),
    "scopes": ["all"],
    "agent": {"objectType": "Agent", "account": {"homePage": "https://lrs.example.vn", "name": "me"}},
}
(FOLDER / "auth.json").write_text(json.dumps([CLIENT]))

import uvicorn  # noqa: E402 - Ralph reads its settings when it is imported
from ralph.api import app  # noqa: E402
from ralph.backends.data.base import BaseOperationType  # noqa: E402
from ralph.backends.lrs.fs import FSLRSBackend  # noqa: E402

plain = FSLRSBackend.write


def append(self, data, target=None, chunk_size=None, ignore_errors=False, operation_type=None):
    return plain(self, data, target, chunk_size, ignore_errors, BaseOperationType.APPEND)


FSLRSBackend.write = append
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
