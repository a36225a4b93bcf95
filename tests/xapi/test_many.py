"""One of many values."""

import pytest
from sqlalchemy import event, not_, select

from tests.only import on_postgresql
from xapi.many import one_of
from xapi.tables import agent


@pytest.fixture
def known(database):
    with database.transaction() as connection:
        connection.execute(agent.insert(), [{"actor_key": key, "ifi": "{}"} for key in "abc"])
    return database


@pytest.mark.parametrize(
    ("wanted", "there"), [([], ""), (["a"], "a"), (["c", "a", "a", "z"], "ac"), (["'; --"], "")]
)
def test_rows_are_found_whose_value_is_one_of_these(known, wanted, there):
    mine = one_of(agent.c.actor_key, wanted)
    with known.reading() as connection:
        found = connection.execute(select(agent.c.actor_key).where(mine)).scalars()
        others = connection.execute(select(agent.c.actor_key).where(not_(mine))).scalars()
        assert (sorted(found), sorted(others)) == (sorted(there), sorted(set("abc") - set(there)))


@on_postgresql
def test_postgresql_hears_the_same_words_however_many_values_there_are(known):
    said = set()
    event.listen(known.engine, "before_cursor_execute", lambda *words: said.add(words[2]))
    with known.reading() as connection:
        for many in (0, 1, 7):
            connection.execute(select(agent.c.ifi).where(one_of(agent.c.actor_key, map(str, range(many)))))
    assert len({words for words in said if words.startswith("SELECT")}) == 1
