"""Files an operator names."""

from pathlib import Path

from lti_tool.cli.terminal import CommandError


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 (with or without a mark in front, as spreadsheets write it)."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: not UTF-8 text (byte {error.start})") from error
