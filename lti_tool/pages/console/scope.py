"""Whose learners a person of the staff may see: all, or those of their units."""

from collections.abc import Callable

from sqlalchemy import Connection, Select

from lti_tool.people import belonging, learners, units
from lti_tool.people.staff import EVERYWHERE, Staff


def viewer(connection: Connection, person: Staff) -> Callable[[str], bool]:
    """Tells whether a learner's commune, or the province above it, is within the person's scope."""
    if person.units == EVERYWHERE:
        return lambda _learner_id: True
    known = units.known(connection)

    def sees(learner_id: str) -> bool:
        code = learners.unit_of(connection, learner_id)
        unit = known.get(code) if code else None
        return person.sees(code) or (unit is not None and person.sees(unit.parent))

    return sees


def sees(connection: Connection, person: Staff, learner_id: str) -> bool:
    """`viewer` for one learner."""
    return viewer(connection, person)(learner_id)


def within(person: Staff) -> Select[str] | None:
    """The ids of all whom `viewer` tells of, to count by; None for everybody."""
    return None if person.units == EVERYWHERE else belonging.of_units(person.units)
