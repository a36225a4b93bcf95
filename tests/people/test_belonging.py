"""Who belongs to a unit is told of all at once as it is of each."""

from lti_tool.people import learners, tables
from lti_tool.people.belonging import of_units

ROWS = (
    ("lan", None, "01", "c1"),
    ("lan-before", "lan", "24", "c2"),  # joined: of the rows of one person the first by code counts
    ("an", None, "24", None),
    ("binh", None, None, None),
    ("minh", None, "24", "c2"),
)


def test_a_unit_has_everybody_of_whom_it_is_said_to_be_the_unit_under_all_their_ids(database, now):
    with database.transaction() as connection:
        for code, (learner, root, province, commune) in enumerate(ROWS):
            row = {"id": learner, "merged_into": root, "created_at": now}
            connection.execute(tables.learner.insert(), row)
            place = {"province": province, "commune": commune, "learner_id": learner}
            connection.execute(tables.roster.insert(), {"code": f"A{code}", "imported_at": now, **place})
    with database.reading() as connection:

        def found(*units):
            return set(connection.execute(of_units(units)).scalars())

        assert found("01") == found("c1") == {"lan", "lan-before"}
        assert (found("24"), found("c2")) == ({"an", "minh"}, {"minh"})
        assert found("24", "c1") == {"lan", "lan-before", "an", "minh"}
        assert found("99") == found() == set()
        for unit in ("c1", "c2"):
            said = {learner for learner, *_ in ROWS if learners.unit_of(connection, learner) == unit}
            assert found(unit) == said
