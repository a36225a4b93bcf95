"""certificate: one certificate by its number, and a PDF checked against key and register."""

import argparse
from functools import partial
from pathlib import Path

from certificates import number as numbers
from certificates import register as certificate_register
from certificates import verify as verification
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import WRONG, Answer, CommandError, Commands, command, group


def register(commands: Commands) -> None:
    """Add certificate show and verify."""
    certificate = group(commands, "certificate", "certificates by number")
    parser = command(
        certificate, "show", show, "show a certificate", ["certificate show 7K3M-0000-0000-0000"]
    )
    parser.add_argument("number", metavar="NUMBER")
    parser.add_argument("--pdf", type=Path, help="also write its document to this file")
    examples = ["certificate verify 7K3M-0000-0000-0000"]
    parser = command(certificate, "verify", verify, "say whether a number is genuine and holds", examples)
    parser.add_argument("number", metavar="NUMBER")


def show(options: argparse.Namespace, context: Context) -> Answer:
    """Everything the register has."""
    number = numbers.parse(options.number)
    with context.database.reading() as connection:
        found = certificate_register.find(connection, number) if number else None
        if found is None:
            raise CommandError(f"there is no certificate {options.number}")
        content = certificate_register.document_of(connection, found.number) if options.pdf else None
    if options.pdf:
        if content is None:
            raise CommandError("its document is not issued yet")
        options.pdf.write_bytes(content)
    plain = {
        "number": found.number,
        "holder": found.holder,
        "name": found.facts.holder_name,
        "programme": found.programme,
        "edition": found.edition,
        "awarded_at": found.awarded_at,
        "status": found.status,
        "document": found.document,
        "waiting": found.waiting.code if found.waiting else None,
        "rehearsal": found.facts.rehearsal,
    }
    return Answer(plain, [f"{key}: {value}" for key, value in plain.items()])


def verify(options: argparse.Namespace, context: Context) -> Answer:
    """The public answer; exit code 1 unless it holds."""
    with context.database.reading() as connection:
        answer = verification.look_up(options.number, partial(certificate_register.find, connection))
    if isinstance(answer, verification.Valid):
        shown = answer.shown
        plain = {
            "answer": "valid",
            "name": shown.name,
            "awarded_on": shown.awarded_on,
            "rehearsal": shown.rehearsal,
        }
        return Answer(
            plain, [f"genuine and valid: {shown.name or '(document waits)'}, {shown.awarded_on:%d/%m/%Y}"]
        )
    if isinstance(answer, verification.Revoked):
        return Answer(
            {"answer": "revoked", "on": answer.on}, [f"genuine, taken back on {answer.on:%d/%m/%Y}"], WRONG
        )
    line = "mistyped: the check symbol does not fit" if answer.mistyped else "unknown"
    return Answer({"answer": "unknown", "mistyped": answer.mistyped}, [line], WRONG)
