"""The command `donghanh`."""

from lti_tool.cli.main import main

__all__ = ["main"]
