"""What follows from outcomes: an award for who has completed, the scores that line items are to hold, a look at what came too fast."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from certificates.certificate import Certificate, Status
from lti_tool.base.texts import Texts
from lti_tool.ledger import awards, deliveries, doubts
from lti_tool.ledger.awards import Awarder
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.ledger.rulebook import Rulebook
from lti_tool.people import learners
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Consequences:
    """`texts`: of the comment beside a score."""

    texts: Texts

    def follow(
        self, connection: Connection, found: list[Reviewed], rulebook: Rulebook, now: datetime
    ) -> None:
        """Award, intend scores and have doubts looked at, in the transaction that saves the outcomes."""
        programmes = {edition.programme.key: edition.programme for edition in rulebook.editions}
        awarder = Awarder(self.texts)
        members = learners.members_of(connection, {one.learner_id for one in found})
        doubts.follow(connection, found, members, now)
        held = awards.holders(connection, members)
        for one in found:
            programme = programmes[one.programme_key]
            certificate = awarder.award(connection, one, programme, held[one.learner_id], now)
            self._intend(connection, one, programme, certificate, now)

    def _intend(
        self,
        connection: Connection,
        found: Reviewed,
        programme: Programme,
        certificate: Certificate | None,
        now: datetime,
    ) -> None:
        """The award's score to the certificate's line items, progress to others where the programme wants it."""
        valid = certificate if certificate and certificate.status is Status.VALID else None
        if valid is None and not programme.scores.progress:
            return
        pace = found.advice.pace
        done, total = pace.topics_done, pace.topics_done + pace.topics_left
        language = programme.languages[0]
        comment = (
            self.texts.t(language, "award.comment", number=valid.number)
            if valid
            else self.texts.t(language, "award.progress", done=done, total=total)
        )
        deliveries.intend_for(
            connection,
            found.learner_id,
            programme,
            award=valid is not None,
            done=done,
            total=total,
            comment=comment,
            now=now,
        )
