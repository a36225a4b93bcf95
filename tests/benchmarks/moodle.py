"""Statements as Moodle's logstore_xapi sends them: no id, an account of the site, the topic's ID number."""

import random
import uuid
from datetime import UTC, datetime
from typing import Any

TOPICS = tuple(f"cd-{number:02}" for number in range(1, 20))
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VIEWED = "http://id.tincanapi.com/verb/viewed"
_EXTERNAL_ID = "https://w3id.org/learning-analytics/learning-management-system/external-id"


def completed(issuer: str, sub: str, topic: str) -> dict[str, Any]:
    """A learner completed the activity of a topic."""
    return {
        **_statement(issuer, sub, topic, COMPLETED, "core\\event\\course_module_completion_updated"),
        "result": {"completion": True},
    }


def viewed(issuer: str, sub: str, topic: str) -> dict[str, Any]:
    """A learner looked at it, which decides nothing."""
    return _statement(issuer, sub, topic, VIEWED, "mod_page\\event\\course_module_viewed")


def anything(issuer: str, subs: range, chance: random.Random) -> dict[str, Any]:
    """What a course sends all day: seven views to three completions."""
    make = completed if chance.random() < 0.3 else viewed
    return make(issuer, str(chance.choice(subs)), chance.choice(TOPICS))


def _statement(issuer: str, sub: str, topic: str, verb: str, event: str) -> dict[str, Any]:
    number = int(topic[-2:])
    info = {
        "http://moodle.org": "4.5.5+ (Build: 20250613)",
        "https://github.com/xAPI-vle/moodle-logstore_xapi": "5.0.1",
        "event_name": f"\\{event}",
        "event_function": f"\\src\\transformer\\events\\{event}",
    }
    target = _activity(
        f"{issuer}/mod/page/view.php?id={100 + number}", "page", f"Chuyên đề {number}: Chuyển đổi số ở cấp xã"
    )
    target["definition"]["extensions"] = {_EXTERNAL_ID: topic}
    return {
        "actor": {"name": f"Nguyễn Thị Ánh {sub}", "account": {"homePage": issuer, "name": sub}},
        "verb": {"id": verb, "display": {"en": verb.rsplit("/", 1)[-1].capitalize()}},
        "object": target,
        "context": {
            "platform": "Moodle",
            "language": "vi",
            "registration": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer}/{sub}")),
            "extensions": {"http://lrs.learninglocker.net/define/extensions/info": info},
            "contextActivities": {
                "parent": [
                    _activity(f"{issuer}/course/section.php?id={87 + number}", "section", f"Phần {number}"),
                    _activity(f"{issuer}/course/view.php?id=7", "course", "Khóa tập huấn cấp xã"),
                ],
                "category": [_activity(issuer, "lms", "Hệ thống tập huấn")],
            },
        },
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
    }


def _activity(identifier: str, kind: str, name: str) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "type": f"http://id.tincanapi.com/activitytype/{kind}",
        "name": {"vi": name},
    }
    return {"objectType": "Activity", "id": identifier, "definition": definition}
