"""The Agents resource: what is known of a person (xAPI 1.0.3, part 3, 2.4; 2.0, 4.1.6.3)."""

from flask import Response, request

from xapi import exact, identity, parameters, person
from xapi.access import Credential
from xapi.embedded import Transaction
from xapi.errors import bad
from xapi.resource import answers, requests
from xapi.resource.door import Door


class Agents:
    def __init__(self, *, door: Door, read: Transaction) -> None:
        self._door = door
        self._read = read

    def get(self) -> Response:
        """A Person, also of an agent nobody ever spoke of; HEAD is the same without a body."""
        credential = self._door.people()
        requests.speaks_our_version()
        given = parameters.read(request.args.items(multi=True), required=("agent",))
        agent = parameters.agent(given)
        if agent.get("objectType") == "Group":
            raise bad("an Agent is wanted: a Group is no person", field="agent")
        with self._read() as connection:
            names = person.names(connection, identity.key(agent) or "", mine=_mine(credential))
        return answers.json(exact.dumps(person.person(agent, names)))


def _mine(credential: Credential) -> str | None:
    return None if credential.reads_all else credential.authority_key
