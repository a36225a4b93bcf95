"""The programme, mappings, people and sendings of the evidence tests: real kns-2025, ids of our own recorded shapes."""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from tests.assembly import Assembly
from tests.lti.fake_platform import LTI

Json = dict[str, Any]
Rows = list[tuple[str, Json]]
DATA = Path(__file__).parent.parent / "data" / "statements"
MOODLE, OPENEDX = "https://hoc.tinh-mau.example.vn", "https://khoahoc.example.vn"
BLOCK = "block-v1:XaMau+CDS+2025+type@"
# The activities of the Moodle that was listened to; our recorded shapes keep its numbers.
MOODLE_TOPICS = """\
  cd-01: {activities: [{cmid: 9}]}
  cd-02: {activities: [{cmid: 10}]}
  cd-03: {activities: [{cmid: 12}]}
  cd-04: {activities: [{cmid: 33}]}
  cd-05: {activities: [{cmid: 34}]}
  cd-06: {activities: [{cmid: 56}]}
  cd-07: {activities: [{cmid: 57}]}
  cd-08: {activities: [{pattern: "**/course/view.php?id=7"}]}
"""
MAPPINGS = (
    f"""
programme: kns-2025
platform: {MOODLE}
topics:
{MOODLE_TOPICS}  cd-09: {{activities: [{{cmid: 10, min_score: 0.8}}]}}
  cd-10: {{needs: all, activities: [{{cmid: 9}}, {{cmid: 10}}, {{cmid: 12}}]}}
""",
    f"""
programme: kns-2025
platform: {OPENEDX}
topics:
  cd-01: {{activities: [{{usage_key: "{BLOCK}sequential+block@t7"}}]}}
  cd-02: {{activities: [{{usage_key: "{BLOCK}chapter+block@t7"}}]}}
  cd-03: {{activities: [{{usage_key: "{BLOCK}vertical+block@t7"}}]}}
  cd-04: {{activities: [{{usage_key: "{BLOCK}course+block@t7"}}]}}
  cd-05: {{activities: [{{pattern: "**type@video+block@*"}}]}}
  cd-06: {{activities: [{{pattern: "**type@problem+block@*"}}]}}
  cd-07: {{activities: [{{pattern: "**type@sequential+block@d61ecee4*", verbs: [earned], min_score: 0.5}}]}}
  cd-08: {{activities: [{{pattern: "**/course/course-v1:XaMau+CDS+2025", verbs: [passed]}}]}}
  cd-09: {{activities: [{{pattern: "**/course/course-v1:XaMau+CDS+2025", verbs: [earned], min_score: 0.8}}]}}
  cd-10: {{activities: [{{pattern: "**type@problem+block@642e7c5a*", verbs: [evaluated], min_score: 0.5}}]}}
""",
)


def recorded(name: str) -> Rows:
    """(kind, statement) of one of our own files in the shapes that a platform was seen to send."""
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["kind"], row["statement"]) for row in map(json.loads, lines)]


def in_order(rows: Rows) -> Rows:
    """As they happened; of one second Moodle sends `uncompleted` before `completed`."""
    return sorted(
        rows, key=lambda row: (row[1]["timestamp"], not row[1]["verb"]["id"].endswith("/uncompleted"))
    )


def accounts(rows: Rows) -> list[str]:
    return sorted({row["actor"]["account"]["name"] for _, row in rows if "account" in row["actor"]})


def as_another(rows: Rows, shift: int) -> Rows:
    """The same done by other people, whose ids are `shift` higher."""
    found = []
    for kind, row in rows:
        account = row["actor"]["account"]
        other = {**account, "name": str(int(account["name"]) + shift)}
        found.append((kind, {**row, "actor": {**row["actor"], "account": other}}))
    return found


def person_of(name: str) -> Json:
    """A made-up person of an Open edX account: the LTI `sub` is another id than the xAPI one, the e-mail as it was typed."""
    sub = str(uuid.uuid5(uuid.NAMESPACE_OID, f"lti {name}"))
    return {"sub": sub, "email": f"Can.Bo.{name[:4]}@Xa.example.vn", "name": f"Cán Bộ {name[:4]}"}


def speaking(rows: Rows, form: str) -> Rows:
    """The same statements under another of the platform's ways to name an actor (XAPI_AGENT_IFI_TYPE)."""
    found = []
    for kind, row in rows:
        mail = person_of(row["actor"]["account"]["name"])["email"]
        actor = {
            "external_id": row["actor"],
            "mbox": {"objectType": "Agent", "mbox": f"mailto:{mail}"},
            "mbox_sha1sum": {"objectType": "Agent", "mbox_sha1sum": hashlib.sha1(mail.encode()).hexdigest()},
            "the standard's mbox_sha1sum": {
                "objectType": "Agent",
                "mbox_sha1sum": hashlib.sha1(f"mailto:{mail}".encode()).hexdigest(),
            },
        }[form]
        found.append((kind, {**row, "actor": actor}))
    return found


def arrive_in_moodle(house: Assembly, subs: list[str]) -> None:
    """A launch each, with the claims Moodle sends."""
    for sub in subs:
        person = {"family_name": "Đỗ Thị", "given_name": f"Mẫu {sub}", "name": f"Mẫu {sub} Đỗ Thị"}
        answer = house.launch("moodle", sub=sub, email=f"hv{sub}@xa.example.vn", **person)
        assert answer.status_code == 303


def arrive_in_openedx(house: Assembly, names: list[str], *, by: str) -> None:
    """A launch each, with or without what joins the LTI `sub` to the xAPI actor: `by` is "external_id" or an e-mail form."""
    for name in names:
        person = person_of(name)
        custom = {"xapi_actor": name} if by == "external_id" else {"xapi_actor": "${xapi_actor}"}
        # In statements an e-mail is as it was typed; a launch may spell it otherwise.
        mail = person["email"].lower() if by == "mbox" else person["email"]
        answer = house.launch(
            "openedx",
            sub=person["sub"],
            email=None if by == "external_id" else mail,
            name=person["name"],
            **{
                "family_name": None,
                "given_name": None,
                LTI + "custom": custom,
                LTI + "ext": None,
                LTI + "lis": None,
                LTI + "launch_presentation": {"document_target": "iframe"},
            },
        )
        assert answer.status_code == 303, answer.text
