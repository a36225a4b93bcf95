"""The doctor's single checks. Each gives findings; none stops another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from sqlalchemy import Connection

from lti_tool.base.clock import Clock
from lti_tool.base.outbound import OutboundRefused
from lti_tool.base.settings import Settings
from lti_tool.lti.platforms import Platform
from lti_tool.programmes import mappings, versions
from lti_tool.reports import state
from xapi import pseudonyms as stored

OK, WAITS, WRONG = "ok", "waits", "WRONG"
_LEEWAY = timedelta(seconds=60)  # a launch's own: beyond it every id_token of that platform is refused


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok; waits (for a person); WRONG."""

    name: str
    state: str
    says: str


def ok(name: str, says: str) -> Finding:
    """All is well."""
    return Finding(name, OK, says)


def wrong(name: str, says: str) -> Finding:
    """Something must be put right."""
    return Finding(name, WRONG, says)


def base_url(settings: Settings) -> Finding:
    """Browsers keep our cookie inside an LMS page only over https."""
    if settings.base_url.startswith("https:"):
        return ok("base url", "https")
    if settings.on_loopback:
        return ok("base url", "http on this machine only: good for practice, not for learners")
    return wrong("base url", "not https: no browser will keep a learner's session inside the LMS")


def programmes(connection: Connection, issuers: Sequence[str]) -> Iterator[Finding]:
    """A programme is loaded, and each topic can be completed on each platform."""
    found = versions.current(connection)
    if not found:
        yield wrong("programme", "none is loaded: `donghanh programme load FILE`")
    for programme in found:
        missing = mappings.unmapped(programme, mappings.current(connection, programme.key), issuers)
        for source, topics in missing.items():
            says = f"{programme.key} on {source}: nothing maps to {', '.join(topics)} (`donghanh mapping import FILE`)"
            yield wrong("mapping", says)
        if not missing:
            yield ok("mapping", f"{programme.key}: every topic is mapped")


def waiting(connection: Connection, now: datetime) -> Iterator[Finding]:
    """The worker, and everything that waits."""
    found = state.look(connection, now)
    yield _worker(found)
    for name, number, says, bad in (
        (
            "deliveries",
            found.deliveries_parked,
            "scores could not be delivered: `donghanh job list --parked`",
            True,
        ),
        ("jobs", found.jobs_parked, "jobs are parked: `donghanh job list --parked`", True),
        ("quarantine", found.quarantined, "statements are set aside: `donghanh quarantine list`", False),
        ("identities", found.identities_pending, "actors of unknown learners: /console/identity", False),
        ("documents", found.documents_waiting, "certificates wait for a name: /console/certificates", False),
        ("decisions", found.attention, "matters wait for a decision: /console/attention", False),
    ):
        if number == 0:
            yield ok(name, "nothing waits")
        else:
            yield Finding(name, WRONG if bad else WAITS, f"{number} {says}")


def pseudonyms(connection: Connection) -> Finding:
    """Nothing in the store names anybody, unless it was there before."""
    count = stored.named(connection)
    if not count:
        return ok("pseudonyms", "no statement names anybody")
    says = "statements were stored before DONGHANH_PSEUDONYMOUS=1 and keep the names they came with (docs/privacy.md)"
    return Finding("pseudonyms", WAITS, f"{count} {says}")


def approvals(known: Sequence[Platform]) -> Iterator[Finding]:
    """Registrations nobody has looked at."""
    for one in known:
        if not one.approved:
            yield Finding(
                "approval", WAITS, f"{one.name} registered itself: `donghanh platform approve {one.id}`"
            )


def reach(known: Sequence[Platform], session: requests.Session, clock: Clock) -> Iterator[Finding]:
    """Each platform's keys can be fetched, and its clock agrees with ours."""
    if not known:
        yield wrong(
            "platforms", "none is registered and approved: `donghanh platform add` or `platform invite`"
        )
    for one in known:
        try:
            answer = session.get(one.jwks_url)
        except OutboundRefused as error:
            yield wrong("platforms", f"{one.name}: {error.host} {error.reason}")
        except requests.RequestException as error:
            yield wrong("platforms", f"{one.name}: {one.jwks_url} does not answer ({type(error).__name__})")
        else:
            yield _keys_of(one, answer)
            yield _clock(one, answer, clock())


def _worker(found: state.State) -> Finding:
    if found.worker_age is None:
        return wrong("worker", "was never heard: run `donghanh worker` or `donghanh serve --with-worker`")
    seconds = int(found.worker_age.total_seconds())
    if found.worker_silent:
        return wrong(
            "worker", f"silent for {seconds} s, {found.reviews_due} reviews wait: is its process running?"
        )
    return ok("worker", f"heard {seconds} s ago")


def _keys_of(one: Platform, answer: requests.Response) -> Finding:
    try:
        keys = answer.json().get("keys") if answer.ok else None
    except (requests.JSONDecodeError, AttributeError):
        keys = None
    if isinstance(keys, list) and keys:
        return ok("platforms", f"{one.name}: answers with {len(keys)} keys")
    return wrong("platforms", f"{one.name}: {one.jwks_url} gives no key set (status {answer.status_code})")


def _clock(one: Platform, answer: requests.Response, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return ok("clock", f"{one.name}: does not say its time")
    apart = now - theirs
    if abs(apart) <= _LEEWAY:
        return ok("clock", f"{one.name}: agrees within {abs(int(apart.total_seconds()))} s")
    which = "ahead of" if apart > timedelta(0) else "behind"
    says = f"this machine's clock is {abs(int(apart.total_seconds()))} s {which} {one.name}'s: launches are refused beyond 60 s"
    return wrong("clock", f"{says}; set one of them right (NTP)")
