"""Statements in the shape that event-routing-backends 9.3.8 gives them."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from lti_tool.simulator.face import Face
from lti_tool.simulator.paths import OPENEDX_COURSE, usage_key
from lti_tool.simulator.people import Person
from lti_tool.simulator.vocabulary import EARNED, PASSED, PROGRESSED

_TRANSFORMER: Final = "https://w3id.org/xapi/openedx/extension/transformer-version"
_SESSION: Final = "https://w3id.org/xapi/openedx/extensions/session-id"
_PROGRESS: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"
_ALL: Final = 100  # per cent
COURSE_TYPE: Final = "http://adlnet.gov/expapi/activities/course"
MODULE_TYPE: Final = "http://adlnet.gov/expapi/activities/module"
RESOURCE_TYPE: Final = "http://id.tincanapi.com/activitytype/resource"
Statement = dict[str, Any]


def moment(face: Face) -> str:
    return datetime.fromtimestamp(face.seconds(), UTC).isoformat(timespec="microseconds")


def actor(face: Face, person: Person) -> Statement:
    """By XAPI_AGENT_IFI_TYPE; the hash is taken over the e-mail without `mailto:` (the standard hashes with it)."""
    email = "unknown@example.com" if face.option("unknown_actor") else person.email
    if face.option("actor") == "mbox" or face.option("unknown_actor"):
        return {"objectType": "Agent", "mbox": f"mailto:{email}"}
    if face.option("actor") == "mbox_sha1sum":
        return {"objectType": "Agent", "mbox_sha1sum": hashlib.sha1(email.encode()).hexdigest()}  # noqa: S324 -- xAPI says SHA-1
    return {"objectType": "Agent", "account": {"name": person.xapi_id, "homePage": face.issuer}}


def identifier(verb: str, who: Statement, at: str) -> str:
    """uuid5 of verb, actor and time. The object is not in it: two events of one instant share an id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{verb}|{json.dumps(who, sort_keys=True)}|{at}"))


def statement(
    face: Face,
    person: Person,
    verb: str,
    target: Statement,
    at: str,
    *,
    result: Statement | None,
    session: bool = True,
) -> Statement:
    """One statement; `session` is False for the completion aggregator's, which run outside a person's session."""
    who = actor(face, person)
    extensions = {_TRANSFORMER: "event-routing-backends@9.3.8"}
    if session:
        extensions[_SESSION] = hashlib.md5(person.key.encode(), usedforsecurity=False).hexdigest()
    context: Statement = {"extensions": extensions}
    if result is not None:
        # A block names only the course as its parent, never its chapter.
        context["contextActivities"] = {"parent": [_course(face, "en-US")]}
    return {
        "id": identifier(verb, who, at),
        **({"result": result} if result is not None else {}),
        "version": "1.0.3",
        "actor": who,
        "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
        "object": target,
        "timestamp": at,
        "context": context,
    }


def _course(face: Face, language: str) -> Statement:
    return {
        "id": f"{face.issuer}/course/{OPENEDX_COURSE}",
        "objectType": "Activity",
        "definition": {"name": {language: "Khoá tập huấn cán bộ cấp xã (luyện tập)"}, "type": COURSE_TYPE},
    }


def block_url(face: Face, kind: str, block: str) -> str:
    return f"{face.issuer}/xblock/{usage_key(kind, block)}"


def _block(face: Face, kind: str, block: str, activity_type: str) -> Statement:
    return {
        "id": block_url(face, kind, block),
        "objectType": "Activity",
        "definition": {"type": activity_type},
    }


def progressed(
    face: Face, person: Person, at: str, kind: str, block: str, percent: float, *, aggregated: bool
) -> Statement:
    """`aggregated`: a completion-aggregator event (chapter, sequential, vertical, course), else one block's completion."""
    kinds = COURSE_TYPE if kind == "course" else MODULE_TYPE
    target = _block(face, kind, block, kinds if aggregated else RESOURCE_TYPE)
    result = {"completion": percent == _ALL, "extensions": {_PROGRESS: percent}}
    return statement(face, person, PROGRESSED, target, at, result=result, session=not aggregated)


def earned(face: Face, person: Person, at: str, block: str, scaled: float) -> Statement:
    """A subsection's grade; `success` means full marks, not a pass."""
    score = {"scaled": scaled, "raw": scaled * 10, "min": 0.0, "max": 10.0}
    target = _block(face, "sequential", block, RESOURCE_TYPE)
    return statement(face, person, EARNED, target, at, result={"score": score, "success": scaled == 1})


def passed(face: Face, person: Person, at: str) -> Statement:
    target = _course(face, "en")
    target["definition"]["extensions"] = {}
    return statement(face, person, PASSED, target, at, result=None)
