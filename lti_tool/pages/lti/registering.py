"""/lti/register: a platform registers itself with a one-time invitation (Dynamic Registration 1.0)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request
from requests import Session

from lti_tool.base import audit
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.texts import Texts
from lti_tool.lti import invitations, platforms, registration
from lti_tool.lti.platforms import Draft, Platform, PlatformError
from lti_tool.lti.refusal import INVITATION_ADDRESS, REGISTRATION, Refused
from lti_tool.lti.registration import Words
from lti_tool.pages.lti.refused import page


@dataclass(frozen=True, slots=True)
class Registrar:
    """`session`: makes the guarded session all requests to the platform go through."""

    database: Database
    clock: Clock
    session: Callable[[], Session]
    texts: Texts
    base_url: str

    def register(self) -> Response:
        """GET, in an iframe of the platform's administration: one visit registers, and says what is left to do."""
        token, url = request.args.get("invite", ""), request.args.get("openid_configuration", "")
        if not url:
            raise Refused(
                INVITATION_ADDRESS, "opened without openid_configuration: by a person, not by a platform"
            )
        with self.database.reading() as connection:
            invitations.check(connection, token, self.clock())
        with self.database.transaction() as connection:
            kind = invitations.claim(connection, token, self.clock())
        try:
            platform = self._store(token, self._draft(url, kind))
        except BaseException:
            with self.database.transaction() as connection:
                invitations.release(connection, token)
            raise
        return page("lti/registered.html", ancestors=platform.frame_ancestors, platform=platform)

    def _draft(self, url: str, kind: str) -> Draft:
        """Asked of the platform outside any transaction: it may take its time."""
        with self.session() as session:
            return registration.register(
                session,
                configuration_url=url,
                token=request.args.get("registration_token"),
                base_url=self.base_url,
                words=self._words(),
                kind=kind,
            )

    def _store(self, token: str, draft: Draft) -> Platform:
        now = self.clock()
        with self.database.transaction() as connection:
            invitations.use(connection, token, now)
            try:
                platform = platforms.upsert(connection, draft, now)
            except PlatformError as error:
                raise Refused(REGISTRATION, f"the registration cannot be kept: {error}") from error
            audit.record(
                connection,
                who="invitation",
                act="platform registered",
                subject=f"platform:{platform.id}",
                details={
                    "issuer": platform.issuer,
                    "client_id": platform.client_id,
                    "approved": platform.approved,
                },
                at=now,
            )
        return platform

    def _words(self) -> Words:
        name, description, placing = (
            self.texts.t(g.language, f"lti.tool.{key}") for key in ("name", "description", "placing")
        )
        return Words(name, description, placing)
