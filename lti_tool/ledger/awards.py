"""From a met outcome to an award in the register: at most one for a person, programme and edition, however often asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from certificates import register
from certificates.certificate import Certificate, DocumentState, Facts, Line, Status, Wording
from lti_tool.base import audit, jobs
from lti_tool.base.texts import Texts
from lti_tool.ledger import attention
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.people import learners
from rules.completion import Met
from rules.programme import Programme

KIND = "issue"
_PROGRAMMES_OWN = ("issuer", "heading", "subheading", "achieved")
_HAVE_DEFAULTS = ("presented", "number", "date", "check", "signed", "specimen")


@dataclass(frozen=True, slots=True)
class Awarder:
    """Makes awards; `texts` has the words a programme leaves to us."""

    texts: Texts

    def award(
        self,
        connection: Connection,
        found: Reviewed,
        programme: Programme,
        holders: Collection[str],
        now: datetime,
    ) -> Certificate | None:
        """The certificate that stands for this outcome, made now if it is met for the first time; the caller holds the learner.

        `holders`: those ids of this person under which any certificate is registered (see `holders`). None while there is none. An
        award is never taken back here: when its proof is lost, a person is asked.
        """
        held = self._held(connection, found, programme, holders, now)
        if held is None:
            return self._new(connection, found, programme, now) if isinstance(found.outcome, Met) else None
        if held.status is Status.VALID:
            self._doubt(connection, found, held, now)
            self._name(connection, found, held, now)
        return held

    def _held(
        self,
        connection: Connection,
        found: Reviewed,
        programme: Programme,
        holders: Collection[str],
        now: datetime,
    ) -> Certificate | None:
        """An award under any id this person was ever known by, the oldest valid one first."""
        held = [
            one
            for holder in sorted(holders)
            for one in register.of_holder(connection, holder)
            if (one.programme, one.edition, one.facts.rehearsal)
            == (programme.key, programme.edition, programme.rehearsal)
        ]
        valid = sorted(
            (one for one in held if one.status is Status.VALID), key=lambda one: (one.awarded_at, one.number)
        )
        if len(valid) > 1:
            numbers = {"numbers": [one.number for one in valid]}
            attention.ask(connection, attention.TWO_AWARDS, found.learner_id, programme.key, numbers, now)
        return valid[0] if valid else held[0] if held else None

    def _new(
        self, connection: Connection, found: Reviewed, programme: Programme, now: datetime
    ) -> Certificate:
        name = learners.name_of(connection, found.learner_id)
        made = register.award(
            connection,
            holder=found.learner_id,
            programme=programme.key,
            edition=programme.edition,
            facts=facts(programme, name, now, self.texts),
            now=now,
        )
        details = {"number": made.number, "rule_version": found.rule_version, "proof": list(found.proof)}
        subject = f"learner:{found.learner_id}"
        audit.record(connection, who="worker", act="award", subject=subject, details=details, at=now)
        _issue(connection, made, now)
        return made

    def _doubt(self, connection: Connection, found: Reviewed, held: Certificate, now: datetime) -> None:
        matter = (attention.PROOF_LOST, found.learner_id, found.programme_key)
        if isinstance(found.outcome, Met):
            attention.over(connection, *matter, "proved again", now)
        else:
            attention.ask(connection, *matter, {"number": held.number, "state": found.state}, now)

    def _name(self, connection: Connection, found: Reviewed, held: Certificate, now: datetime) -> None:
        """A document that waits for its name gets the one known by now."""
        if held.document is DocumentState.WAITING:
            name = learners.name_of(connection, found.learner_id)
            if name and name != held.facts.holder_name:
                _issue(connection, register.set_name(connection, held.number, name), now)


def holders(connection: Connection, members: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """For each learner, of the ids they were ever known by (`members`) those that hold a certificate."""
    held = register.holders(connection, [one for mine in members.values() for one in mine])
    return {learner_id: [one for one in mine if one in held] for learner_id, mine in members.items()}


def _issue(connection: Connection, certificate: Certificate, now: datetime) -> None:
    if certificate.document is DocumentState.DUE:
        jobs.enqueue(connection, KIND, certificate.number, run_at=now, release=True)


def facts(programme: Programme, name: str | None, now: datetime, texts: Texts) -> Facts:
    """What the document is to say. The date is the programme's local one."""
    wording = {key: _line(programme, programme.certificate, key) for key in (*_PROGRAMMES_OWN, "detail")}
    wording |= {key: _line(programme, _defaults(programme, key, texts), key) for key in _HAVE_DEFAULTS}
    day = now.astimezone(programme.window.opens.tzinfo).date()
    title = _line(
        programme, {language: {"title": text} for language, text in programme.titles.items()}, "title"
    )
    return Facts(name, title, programme.edition, day, programme.rehearsal, Wording(**wording))


def _defaults(programme: Programme, key: str, texts: Texts) -> Mapping[str, Mapping[str, str]]:
    def text(language: str) -> str:
        own = programme.certificate.get(language, {}).get(key)
        return own or texts.t(language if language in texts.languages else texts.languages[0], f"award.{key}")

    return {language: {key: text(language)} for language in programme.languages}


def _line(programme: Programme, words: Mapping[str, Mapping[str, str]], key: str) -> Line:
    """The text in the programme's own language, and in its second one beside."""
    said = [words.get(language, {}).get(key, "") for language in programme.languages[:2]]
    return Line(*said)
