"""Everything the processes of one installation share, built once from the settings: no global knows any of it."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from certificates import signing
from certificates.signing import Signer
from lti_tool.app.policies import Policies
from lti_tool.base import keys as key_files
from lti_tool.base.clock import Clock, system
from lti_tool.base.database import Database
from lti_tool.base.outbound import Outbound
from lti_tool.base.resources import package_folder
from lti_tool.base.sessions import Sessions
from lti_tool.base.settings import Settings
from lti_tool.base.texts import Texts
from lti_tool.ledger import due
from lti_tool.lti.keys import ToolKeys
from lti_tool.people import pseudonyms
from xapi.access import Credential
from xapi.embedded import EmbeddedLrs
from xapi.erased import Erased
from xapi.external import ExternalLrs
from xapi.intake import IntakePolicy
from xapi.pseudonyms import Pseudonyms
from xapi.replica import Replica

ORGANISATION = "Đồng hành"

# Transactions one process writes at once on PostgreSQL: while one waits for the disk the others work. More share too few commits.
_WRITERS = 4


@dataclass(frozen=True, slots=True)
class Tool:
    """The collaborators. Web processes and the worker are made of the same ones."""

    settings: Settings
    clock: Clock
    database: Database
    texts: Texts
    outbound: Outbound
    secret: bytes
    tool_keys: ToolKeys
    signer: Signer
    sessions: Sessions
    lrs: EmbeddedLrs
    policies: Policies

    @property
    def key_files(self) -> tuple[Path, ...]:
        """What /readyz looks for."""
        return (certificate_key(self.settings), *sorted((self.settings.keys / "lti").glob("[0-9]*.pem")))

    def policy_for(self, credential: Credential) -> IntakePolicy | None:
        """What is special about the platform a credential is bound to; None for a credential of nobody's."""
        return self.policies.of(credential)


def outbound_of(settings: Settings, *, loopback: bool | None = None) -> Outbound:
    """Requests to others as the settings allow them; `loopback`: whether this machine may be asked, where it is not as they say."""
    here = settings.on_loopback if loopback is None else loopback
    return Outbound(allow=settings.outbound_allow, loopback=here, ca=settings.outbound_ca)


def build(settings: Settings, *, clock: Clock = system, outbound: Outbound | None = None) -> Tool:
    """Build the tool; keys that are not there yet are made now."""
    database = Database(settings.database_url, settings.read_database_url)
    secret = installation_secret(settings)
    return Tool(
        settings=settings,
        clock=clock,
        database=database,
        texts=Texts.load(package_folder("translations")),
        outbound=outbound or outbound_of(settings),
        secret=secret,
        tool_keys=ToolKeys(settings.keys / "lti"),
        signer=Signer(
            key_files.read_or_make(certificate_key(settings), lambda: signing.make_pem(ORGANISATION, clock()))
        ),
        sessions=Sessions(reading=database.reading, clock=clock, secret=secret),
        lrs=EmbeddedLrs(
            database.transaction,
            database.reading,
            clock,
            due.on_saved,
            replacements(settings, clock),
            replica(database, clock),
            at_once=1 if database.is_sqlite else _WRITERS,
        ),
        policies=Policies(database, clock),
    )


def replica(database: Database, clock: Clock) -> Replica | None:
    """Where those who only ask the record store are sent; None: to the database itself."""
    return None if database.copy is None else Replica(database.reading, database.copying, clock)


def installation_secret(settings: Settings) -> bytes:
    """What signs states and forms and seals other systems' secrets; made at the first start."""
    return settings.secret_key or key_files.read_or_make(
        settings.keys / "secret", lambda: secrets.token_bytes(32)
    )


def external_lrs(settings: Settings, outbound: Outbound) -> ExternalLrs | None:
    """The record store of the settings that is followed; None where there is only our own."""
    if settings.lrs is None:
        return None
    return ExternalLrs(outbound.session, settings.lrs.url, settings.lrs.key, settings.lrs.secret)


def replacements(settings: Settings, clock: Clock) -> Erased:
    """Who is replaced on the way into the record store: those who were erased, in pseudonymous mode everybody."""
    erased = Erased(erasure_key(settings), clock)
    if not settings.pseudonymous:
        return erased
    key = key_files.read_or_make(settings.keys / "pseudonyms", lambda: secrets.token_bytes(32))
    return Pseudonyms(erased, key, pseudonyms.keep)


def erasure_key(settings: Settings) -> bytes:
    """What the identifiers of erased people are hashed with; every process of an installation needs the same."""
    return key_files.read_or_make(settings.keys / "erasure", lambda: secrets.token_bytes(32))


def certificate_key(settings: Settings) -> Path:
    return settings.keys / "certificates.pem"
