"""Other agents in place of some: of the actor, object, instructor, team, members and of a SubStatement. Pure.

Whatever is said in free text (a response, an extension, an attachment's display) stays: what it holds, no program can know.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from xapi import equality, exact
from xapi.drafts import Draft
from xapi.quarantine import Bad

Json = dict[str, Any]
Mask = Callable[[Json], Json]  # gives the very same object for an agent that stays
ERASED_HOME = "urn:donghanh:erased"
PSEUDONYM_HOME = "urn:donghanh:pseudonym"
STAND_INS = frozenset({ERASED_HOME, PSEUDONYM_HOME})  # accounts of ours in place of somebody's


def erased(account: str) -> Json:
    """The agent that stands for an erased person."""
    return {"account": {"homePage": ERASED_HOME, "name": account}}


def masked(statement: Json, mask: Mask) -> Json:
    """The statement with every agent of it passed through `mask`; the very same object when all stay."""
    changes: Json = {}
    _change(changes, "actor", statement.get("actor"), lambda agent: _agent(agent, mask))
    _change(changes, "object", statement.get("object"), lambda target: _object(target, mask))
    _change(changes, "context", statement.get("context"), lambda context: _context(context, mask))
    return {**statement, **changes} if changes else statement


def masked_draft(draft: Draft, mask: Mask) -> Draft:
    """A draft with the ids it had: what is sent again meets what is kept, whoever was replaced in between."""
    sent = masked(draft.sent, mask)
    return draft if sent is draft.sent else replace(draft, sent=sent, fingerprint=_fingerprint(draft, sent))


def masked_bad(bad: Bad, mask: Mask) -> Bad:
    """What is no statement may still name somebody where a statement would."""
    try:
        value = exact.loads(bad.raw)
    except ValueError:
        return bad
    if not isinstance(value, dict):
        return bad
    found = masked(value, mask)
    return bad if found is value else replace(bad, raw=exact.dumps(found))


def _fingerprint(draft: Draft, sent: Json) -> str:
    """As `drafts` takes it: with or without a registration that only names the run."""
    with_it = equality.fingerprint(draft.sent) == draft.fingerprint
    return equality.fingerprint(sent if with_it else without_registration(sent))


def without_registration(statement: Json) -> Json:
    context = statement.get("context", {})
    kept = {name: value for name, value in context.items() if name != "registration"}
    return {**statement, "context": kept} if "registration" in context else statement


def _change(changes: Json, name: str, value: Any, change: Callable[[Json], Json]) -> None:
    """What is no object is left as it is: a quarantined statement may hold anything."""
    if isinstance(value, dict):
        found = change(value)
        if found is not value:
            changes[name] = found


def _object(target: Json, mask: Mask) -> Json:
    named = target.get("objectType", "Activity")
    if named == "SubStatement":
        return masked(target, mask)
    return _agent(target, mask) if named in {"Agent", "Group"} else target


def _context(context: Json, mask: Mask) -> Json:
    changes: Json = {}
    for role in ("instructor", "team"):
        _change(changes, role, context.get(role), lambda agent: _agent(agent, mask))
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):  # 2.0, 4.2.2.5
        parts = context.get(name)
        if isinstance(parts, list):
            kept = [_part(part, who, mask) for part in parts]
            if any(new is not old for new, old in zip(kept, parts, strict=True)):
                changes[name] = kept
    return {**context, **changes} if changes else context


def _part(part: Any, who: str, mask: Mask) -> Any:
    changes: Json = {}
    if isinstance(part, dict):
        _change(changes, who, part.get(who), lambda agent: _agent(agent, mask))
    return {**part, **changes} if changes else part


def _agent(agent: Json, mask: Mask) -> Json:
    found = mask(agent)
    members = found.get("member")
    if isinstance(members, list):
        kept = [mask(one) if isinstance(one, dict) else one for one in members]
        if any(new is not old for new, old in zip(kept, members, strict=True)):
            found = {**found, "member": kept}
    return found
