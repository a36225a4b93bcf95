"""Links only for what a statement names beside its own actor and object; two indexes only of the few rows they are for

Stop web processes and workers before: the release before this one looks for a statement's own actor and object among its links. On
PostgreSQL autovacuum gives the room of the old links to new ones.

Revision: 0012, after 0011.
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_FEW = {"ref_id": "ref_id IS NOT NULL", "last_seq": "last_seq <> seq"}
_OWN_AGENTS = (
    "DELETE FROM xapi_agent_link WHERE EXISTS (SELECT 1 FROM xapi_statement"
    " WHERE xapi_statement.seq = xapi_agent_link.seq AND xapi_statement.actor_key = xapi_agent_link.actor_key)"
)
_AGENTS_BACK = (
    "INSERT INTO xapi_agent_link (actor_key, seq, direct)"
    " SELECT actor_key, seq, true FROM xapi_statement WHERE actor_key IS NOT NULL"
    " ON CONFLICT (actor_key, seq) DO UPDATE SET direct = true"
)
_OBJECTS = "SELECT DISTINCT object_id FROM xapi_statement WHERE object_id IS NOT NULL"
_ACTIVITIES_BACK = (
    "INSERT INTO xapi_activity_link (activity_key, seq, direct)"
    " SELECT :key, seq, true FROM xapi_statement WHERE object_id = :iri"
)


def upgrade() -> None:
    op.execute("DELETE FROM xapi_activity_link WHERE direct")
    op.execute(_OWN_AGENTS)
    op.drop_column("xapi_activity_link", "direct")
    for column, which in _FEW.items():
        name = f"ix_xapi_statement_{column}"
        op.drop_index(name, table_name="xapi_statement")
        few = sa.text(which)
        op.create_index(name, "xapi_statement", [column], sqlite_where=few, postgresql_where=few)


def downgrade() -> None:
    for column in _FEW:
        name = f"ix_xapi_statement_{column}"
        op.drop_index(name, table_name="xapi_statement")
        op.create_index(name, "xapi_statement", [column])
    op.add_column(
        "xapi_activity_link", sa.Column("direct", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.alter_column("xapi_activity_link", "direct", server_default=None)
    op.execute(_AGENTS_BACK)
    for iri in connection.execute(sa.text(_OBJECTS)).scalars().all():
        key = sha256(iri.encode()).hexdigest()[:32]
        connection.execute(sa.text(_ACTIVITIES_BACK), {"key": key, "iri": iri})
