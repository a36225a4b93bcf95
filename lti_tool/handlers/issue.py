"""Make the document of an award: compose, sign, verify one's own signature, store. Once stored, its bytes never change.

The job does it after an award; a page that is asked first does the same. Whoever stores first wins, and everybody gets those bytes.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from certificates import pdf, register
from certificates.certificate import Certificate, DocumentState
from certificates.design import DESIGNS, LANDSCAPE
from certificates.signing import Genuine, Signer
from lti_tool.base.database import Database
from lti_tool.base.jobs import Done, Job, Outcome, Park

KIND = "issue"
_TRIES = 5


class IssueError(Exception):
    """The document could not be made; the message says why, without personal data."""


@dataclass(frozen=True, slots=True)
class Issue:
    """The handler of job kind "issue", whose key is the certificate's number; `now` is for pages."""

    database: Database
    signer: Signer
    base_url: str
    clock: Callable[[], datetime]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __call__(self, job: Job) -> Outcome:
        """A document that waits for a name is done with: naming it asks for the job again."""
        try:
            self.now(job.key)
        except IssueError as error:
            return Park(str(error))
        return Done()

    def now(self, number: str) -> bytes | None:
        """Return the stored document, made now when it is due; None for an unknown number and while a name is wanted.

        Raises IssueError when our own signature does not verify: nothing is stored then.
        """
        stored = self._stored(number)
        if stored is not None:
            return stored
        with self._one_at_a_time:  # a learner's second tap waits for the first instead of composing beside it
            return self._made(number)

    def _made(self, number: str) -> bytes | None:
        for _ in range(_TRIES):
            with self.database.reading() as connection:
                held = register.find(connection, number)
                stored = register.document_of(connection, number)
            if stored is not None or held is None or held.document is DocumentState.WAITING:
                return stored
            content = self._signed(held)
            with self.database.transaction() as connection:
                kept = register.store(connection, number, content, self.clock(), held.facts)
            if kept is not None:
                return kept
        raise IssueError("the name keeps changing")

    def _signed(self, held: Certificate) -> bytes:
        address = f"{self.base_url.rstrip('/')}/verify/{held.number}"
        design = DESIGNS.get(held.design, LANDSCAPE)
        reason = f"{held.facts.wording.heading.main} {held.number}"
        now = self.clock()
        content = self.signer.sign(
            pdf.compose(held.facts, held.number, address, design), reason=reason, now=now
        )
        if not isinstance(self.signer.verify(content, now=now), Genuine):
            raise IssueError("own-signature-invalid")
        return content

    def _stored(self, number: str) -> bytes | None:
        with self.database.reading() as connection:
            return register.document_of(connection, number)
