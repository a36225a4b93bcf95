"""Whose statements a unit's are: the actors its people are known by, for credentials that may read only some units."""

from collections.abc import Collection

from sqlalchemy import Select, exists, func, select, union

from lti_tool.people import claims, tables


def actors(units: Collection[str]) -> Select[str]:
    """A SELECT of the actor keys of everyone the roster has in these communes or provinces (official codes).

    Only sure identifiers: a platform's own for its login, unless another one claims it too, and those a person joined. An e-mail
    alone may be somebody else's.
    """
    row, join = tables.learner, tables.join
    people = _people(sorted(units))
    # Two searches in indexes: with an expression of both columns each query would read every learner.
    once = union(
        select(row.c.id).where(row.c.id.in_(people)), select(row.c.id).where(row.c.merged_into.in_(people))
    ).cte("unit_learners")
    known_as = select(once.c.id)
    claim, rival = tables.claim, tables.claim.alias("rival")
    rivals = exists().where(
        rival.c.actor_key == claim.c.actor_key,
        rival.c.source == claim.c.source,
        rival.c.how != claims.MAIL,
        rival.c.learner_id.not_in(known_as),
    )
    claimed = select(claim.c.actor_key).where(
        claim.c.learner_id.in_(known_as), claim.c.how != claims.MAIL, ~rivals
    )
    joined = select(join.c.actor_key).where(join.c.learner_id.in_(known_as), join.c.undone_at.is_(None))
    found = union(claimed, joined).subquery("unit_actors")
    stand_in = tables.pseudonym
    there = select(stand_in.c.actor_key).where(stand_in.c.real_key.in_(select(found.c.actor_key)))
    return union(select(found.c.actor_key), there).subquery("stored_actors").select()


def _people(units: Collection[str]) -> Select[str]:
    """The canonical ids of the learners of these units."""
    listed, row = tables.roster, tables.learner
    return (
        select(func.coalesce(row.c.merged_into, row.c.id))
        .join(listed, listed.c.learner_id == row.c.id)
        .where(listed.c.commune.in_(units) | listed.c.province.in_(units))
    )
