"""Whose unit a unit is, for many at once: what `learners.unit_of` says of one, as a condition."""

from collections.abc import Collection

from sqlalchemy import Select, exists, func, select, union

from lti_tool.people import tables


def of_units(units: Collection[str]) -> Select[str]:
    """A SELECT of every id, those from before a join included, of the learners of these communes or provinces (official codes)."""
    row, listed = tables.learner.c, tables.roster.c
    other, theirs = tables.roster.alias("other_row").c, tables.learner.alias("other_id").c
    root = func.coalesce(row.merged_into, row.id)
    within = listed.commune.in_(sorted(units)) | listed.province.in_(sorted(units))
    # As for one: of several rows of a person the first by code counts.
    same = (theirs.id == root) | (theirs.merged_into == root)
    earlier = exists().where(same, other.learner_id == theirs.id, other.code < listed.code)
    mine = select(root.label("id")).where(listed.learner_id == row.id, within, ~earlier).cte("roots_of_units")
    # Two searches in indexes: with an expression of both columns every learner would be read.
    ids = union(select(mine.c.id), select(row.id).where(row.merged_into.in_(select(mine.c.id))))
    return ids.cte("people_of_units").select()
