"""The Activities resource: what is known of an activity (xAPI 1.0.3, part 3, 2.5; 2.0, 4.1.6.4)."""

from flask import Response, request

from xapi import definitions, exact, parameters
from xapi.embedded import Transaction
from xapi.resource import answers, requests
from xapi.resource.door import Door


class Activities:
    def __init__(self, *, door: Door, read: Transaction) -> None:
        self._door = door
        self._read = read

    def get(self) -> Response:
        """The Activity with its definition, or alone where nobody defined it ("shall still return an Activity Object")."""
        credential = self._door.activities()
        requests.speaks_our_version()
        given = parameters.read(request.args.items(multi=True), required=("activityId",))
        iri = parameters.iri(given, "activityId")
        wanted = [iri] if credential.sees_activity(iri) else []
        with self._read() as connection:
            known = definitions.find(connection, wanted)
        found = {"objectType": "Activity", "id": iri}
        return answers.json(exact.dumps({**found, "definition": known[iri]} if iri in known else found))
