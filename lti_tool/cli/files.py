"""Files an operator names."""

from pathlib import Path

from lti_tool.cli.terminal import MISUSED, CommandError


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 (with or without a mark in front, as spreadsheets write it)."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: not UTF-8 text (byte {error.start})") from error


def read_secret(path: Path) -> str:
    """A secret that stands alone in a file (`--secret-file`): on a command line `ps` would show it to everybody on the machine."""
    found = read_text(path).strip()
    if not found:
        raise CommandError(f"--secret-file: {path} is empty", MISUSED)
    return found
