"""learner: what is known of one learner, for the operator who answers them."""

import argparse

from sqlalchemy import Connection

from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group
from lti_tool.ledger import outcomes
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.people import identity, learners
from lti_tool.programmes import versions


def register(commands: Commands) -> None:
    """Add learner show."""
    learner = group(commands, "learner", "one learner")
    examples = ["learner show 0912345678", "learner show 'Nguyễn Thị Lan' --json"]
    parser = command(
        learner, "show", show, "show where a learner stands (recorded in the audit log)", examples
    )
    parser.add_argument(
        "wanted", metavar="ID-OR-NAME", help="id, roster code, login, e-mail or a part of the name"
    )


def show(options: argparse.Namespace, context: Context) -> Answer:
    """One learner; several hits are only listed."""
    with context.database.transaction() as connection:
        found = learners.search(connection, options.wanted)
        if not found:
            raise CommandError(f"no learner is found by {options.wanted!r}")
        if len(found) > 1:
            named = [{"id": one, "name": learners.name_of(connection, one)} for one in found]
            return Answer(
                named,
                ["several are found; ask again by id:", *(f"  {one['id']}  {one['name']}" for one in named)],
            )
        context.record(connection, "learner.show", f"learner:{found[0]}")
        plain = _plain(connection, found[0])
    return Answer(plain, [f"{key}: {value}" for key, value in plain.items()])


def _plain(connection: Connection, learner_id: str) -> dict[str, object]:
    return {
        "id": learner_id,
        "name": learners.name_of(connection, learner_id),
        "unit": learners.unit_of(connection, learner_id),
        "logins": [{"issuer": one.issuer, "sub": one.sub} for one in learners.logins(connection, learner_id)],
        "identifiers": identity.identifiers(connection, learner_id),
        "outcomes": [
            {"programme": one.programme_key, "state": one.state, "proof": list(one.proof)}
            for one in _outcomes(connection, learner_id)
        ],
    }


def _outcomes(connection: Connection, learner_id: str) -> list[Reviewed]:
    found = (outcomes.of(connection, learner_id, programme.key) for programme in versions.current(connection))
    return [one for one in found if one]
