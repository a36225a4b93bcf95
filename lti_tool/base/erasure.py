"""One person taken out of the base room: open launches, waiting jobs, and whatever the log says by more than a learner's id."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, or_, select, update

from lti_tool.base.session_tables import launch
from lti_tool.base.tables import audit, job

_AT_ONCE = 50


def forget(
    connection: Connection,
    logins: Collection[tuple[str, str]],
    actor_keys: Collection[str],
    words: Collection[str],
    by: str,
) -> dict[str, int]:
    """`words`: what names the person in a reason somebody wrote; `by`: what stands there instead.

    The log is otherwise append only; that this was done stands in it too.
    """
    mine = [(launch.c.issuer == issuer) & (launch.c.sub == sub) for issuer, sub in sorted(logins)]
    gone = connection.execute(delete(launch).where(or_(*mine))).rowcount if mine else 0
    jobs = connection.execute(delete(job).where(job.c.key.in_(sorted(actor_keys)))).rowcount
    return {"launches": gone, "jobs": jobs, "audit": _rewrite(connection, [*words, *sorted(actor_keys)], by)}


def _rewrite(connection: Connection, words: list[str], by: str) -> int:
    found: dict[int, str] = {}
    for start in range(0, len(words), _AT_ONCE):
        part = [audit.c.details.contains(word, autoescape=True) for word in words[start : start + _AT_ONCE]]
        found |= {
            row.id: row.details
            for row in connection.execute(select(audit.c.id, audit.c.details).where(or_(*part)))
        }
    for number, details in sorted(found.items()):
        text = details
        for word in words:
            text = text.replace(word, by)
        connection.execute(update(audit).where(audit.c.id == number).values(details=text))
    return len(found)
