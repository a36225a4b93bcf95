"""When two statements are the same (xAPI 1.0.3, part 2, 2.3.1).

Ignored, as the standard wants: id, authority, stored and version, which the LRS may set; activity definitions and a verb's
display, "not considered part of the Statement itself"; the order of a Group's members; the spelling of moments; the case of
e-mail addresses; of durations "any precision beyond 0.01 second precision" (4.6).
"""

import re
from hashlib import sha256
from typing import Any

from xapi import exact, identity
from xapi.formats import micros, moment

Json = dict[str, Any]
_PAST_HUNDREDTHS = re.compile(r"([.,]\d\d)\d+(?=S$)", re.ASCII)
FORGOTTEN = ""
"""In place of a fingerprint that said something of an erased person and cannot be made anew: the payload was dropped."""
_SET_BY_LRS = frozenset({"id", "authority", "stored", "version", "timestamp"})


def equal(one: Json, other: Json) -> bool:
    """Valid statements are the same; the time of the event counts only when both name it."""
    return same_moment(event_time(one), event_time(other)) and fingerprint(one) == fingerprint(other)


def same_moment(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def same_content(held: str, sent: str) -> bool:
    """Two fingerprints; a forgotten one is taken for any: its id alone tells, and nothing is stored twice."""
    return held in (sent, FORGOTTEN)


def event_time(statement: Json) -> int | None:
    """Microseconds of the timestamp as sent; None when the LRS has to set it."""
    text = statement.get("timestamp")
    return None if text is None else micros(moment(text))


def fingerprint(statement: Json) -> str:
    """64 hexadecimal digits, alike for statements that are the same but for their timestamp."""
    return sha256(exact.canonical(_common(statement, _SET_BY_LRS))).hexdigest()


def _common(statement: Json, without: frozenset[str]) -> Json:
    """What statements and SubStatements share."""
    found = {name: value for name, value in statement.items() if name not in without}
    found["actor"] = _agent(statement["actor"])
    found["verb"] = statement["verb"]["id"]
    found["object"] = _object(statement["object"])
    if "context" in found:
        found["context"] = _context(found["context"])
    if "result" in found:
        found["result"] = _result(found["result"])
    return found


def _result(value: Json) -> Json:
    found: Json = _numbers(value)
    if "duration" in found:
        found["duration"] = _PAST_HUNDREDTHS.sub(r"\1", found["duration"])
    return found


def _agent(agent: Json) -> Json:
    found: Json = {
        "type": agent.get("objectType", "Agent"),
        "name": agent.get("name"),
        "key": identity.identifier(agent),
    }
    if "member" in agent:
        found["member"] = sorted((_agent(member) for member in agent["member"]), key=exact.canonical)
    return found


def _object(value: Json) -> Json:
    named = value.get("objectType", "Activity")
    if named == "Activity":
        return {"activity": value["id"]}
    if named == "StatementRef":
        return {"statement": value["id"].lower()}
    if named == "SubStatement":
        found = _common(value, frozenset())
        if "timestamp" in found:
            found["timestamp"] = event_time(found)
        return {"substatement": found}
    return _agent(value)


def _context(context: Json) -> Json:
    found = dict(context)
    for name in ("instructor", "team"):
        if name in found:
            found[name] = _agent(found[name])
    if "registration" in found:
        found["registration"] = found["registration"].lower()
    if "statement" in found:
        found["statement"] = found["statement"]["id"].lower()
    if "contextActivities" in found:
        found["contextActivities"] = {
            name: [activity["id"] for activity in (value if isinstance(value, list) else [value])]
            for name, value in found["contextActivities"].items()
        }
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in found:
            found[name] = [{**one, who: _agent(one[who])} for one in found[name]]
    return found


def _numbers(value: Any) -> Any:
    """1 and 1.0 are one number in JSON."""
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if type(value) is float and value.is_integer() and abs(value) < 2**53 else value
