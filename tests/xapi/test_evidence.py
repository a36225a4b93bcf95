"""How evidence is looked for."""

import pytest
from sqlalchemy import event

from xapi.evidence import evidence

VERBS = ("urn:completed", "urn:passed")


@pytest.mark.parametrize("many", [1, 5, 100])
def test_the_evidence_about_many_actors_is_found_by_actor_not_by_going_through_the_whole_store(
    database, many
):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL decides by what is stored")
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
    actors = [("https://hoc.example.vn", f"{number:032}") for number in range(many)]
    with database.reading() as connection:
        evidence(connection, actors, VERBS)
        ((text, values),) = [said for said in asked if said[0].startswith("SELECT")]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
    # The statements by their actor, then each one's payload by its number.
    assert [row[3].partition("(")[2] for row in plan] == ["actor_key=?)", "rowid=?)"]
