"""What the standard says of statements, in plain words: who and what they are about, when two are the same (for model.py)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_NO_CONTENT = {"authority", "stored", "version", "timestamp", "definition", "display"}


@dataclass
class Kept:
    """A statement with what the store added, and as it was sent."""

    whole: Json
    sent: Json
    by: str
    at: datetime

    @property
    def voids(self) -> str | None:
        """The id that it voids, where it is a voiding statement."""
        return self.sent["object"]["id"] if self.sent["verb"]["id"] == VOIDED else None


def completed(sent: Json, name: str, authority: Json, at: datetime, version: str) -> Json:
    """What a store returns for it: 2.0 speaks of moments in UTC, 1.0.3 leaves them as they came."""
    second = version == "2.0.0"
    whole = {**with_arrays(in_utc(sent) if second else sent), "id": name, "authority": authority}
    whole["stored"] = written(at)
    whole.setdefault("timestamp", whole["stored"])
    whole.setdefault("version", "2.0.0" if second else "1.0.0")
    return whole


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def in_utc(statement: Json) -> Json:
    found = dict(statement)
    if not found.get("timestamp", "Z").endswith("Z"):
        found["timestamp"] = written(datetime.fromisoformat(found["timestamp"]))
    if kind(found["object"]) == "SubStatement":
        found["object"] = in_utc(found["object"])
    return found


def with_arrays(statement: Json) -> Json:
    """contextActivities "as an array", those of a SubStatement too."""
    found = dict(statement)
    if kind(found["object"]) == "SubStatement":
        found["object"] = with_arrays(found["object"])
    given = found.get("context", {}).get("contextActivities")
    if given is not None:
        arrays = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        found["context"] = {**found["context"], "contextActivities": arrays}
    return found


def kind(target: Json) -> str:
    return target.get("objectType", "Activity")


def identifier(agent: Json) -> str:
    """By what an agent is the same agent; "" for an anonymous Group."""
    found = [f"{name} {agent[name]}" for name in ("mbox", "openid") if name in agent]
    if "account" in agent:
        found.append(f"account {agent['account']['homePage']} {agent['account']['name']}")
    return "".join(found)


def people(agent: Json) -> set[str]:
    """An agent; a Group and its members."""
    return {identifier(one) for one in (agent, *agent.get("member", []))} - {""}


def direct_people(statement: Json) -> set[str]:
    """Actor and object."""
    target = statement["object"]
    return people(statement["actor"]) | (people(target) if kind(target) in {"Agent", "Group"} else set())


def related_people(statement: Json) -> set[str]:
    """Those, and authority, instructor, team, contextAgents and contextGroups; and all of a SubStatement."""
    context = statement.get("context", {})
    others = [statement.get("authority", {}), context.get("instructor", {}), context.get("team", {})]
    others += [one["agent"] for one in context.get("contextAgents", [])]
    others += [one["group"] for one in context.get("contextGroups", [])]
    found = direct_people(statement).union(*map(people, others))
    inner = statement["object"]
    return found | related_people(inner) if kind(inner) == "SubStatement" else found


def activities(statement: Json) -> list[Json]:
    """Object and contextActivities; and all of a SubStatement."""
    target = statement["object"]
    own = {"Activity": [target], "SubStatement": activities(target) if "actor" in target else []}
    context = statement.get("context", {}).get("contextActivities", {})
    others = [one for value in context.values() for one in (value if isinstance(value, list) else [value])]
    return own.get(kind(target), []) + others


def same(held: Kept, sent: Json) -> bool:
    """The standard calls two statements the same but for what the store sets, definitions, displays, a Group's order of members."""
    if "timestamp" in sent:
        times = (sent["timestamp"], held.whole["timestamp"])
        if len({datetime.fromisoformat(time) for time in times}) == 2:
            return False
    return content(held.sent) == content(sent)


def content(statement: Json) -> Any:
    found = with_arrays(statement)
    found.pop("id", None)
    inner = found["object"]
    if kind(inner) == "SubStatement":
        time = inner.get("timestamp")
        found["object"] = {"inner": content(inner), "time": time and datetime.fromisoformat(time)}
    return _bare(found)


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _bare(item) for name, item in value.items() if name not in _NO_CONTENT}
    if "member" in found:
        found["member"] = sorted(map(repr, found["member"]))
    if found.get("objectType") in {"Agent", "Activity"}:  # what is meant when nothing is said
        del found["objectType"]
    return found
