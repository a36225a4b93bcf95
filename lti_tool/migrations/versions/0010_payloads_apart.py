"""Payloads apart from the rows of their statements; on PostgreSQL in partitions by number

Stop web processes and workers before: the release before this one knows payloads in `xapi_statement` only. The database moves
them itself, nothing passes through this process; on PostgreSQL `VACUUM FULL xapi_statement` gives the old room back to the disk.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FIRST = 5_000_000  # numbers ahead that the first partition holds
_BARE = (
    "SELECT 1 FROM xapi_statement WHERE NOT EXISTS"
    " (SELECT 1 FROM xapi_payload WHERE xapi_payload.seq = xapi_statement.seq) LIMIT 1"
)


def upgrade() -> None:
    op.create_table(
        "xapi_payload",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_xapi_payload")),
        postgresql_partition_by="RANGE (seq)",
    )
    op.create_table(
        "xapi_dropped",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("statements", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_xapi_dropped")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        last = connection.scalar(sa.text("SELECT coalesce(max(last_seq), 0) FROM xapi_statement"))
        op.execute("CREATE TABLE xapi_payload_rest PARTITION OF xapi_payload DEFAULT")
        op.execute(
            "CREATE TABLE xapi_payload_1 PARTITION OF xapi_payload"
            f" FOR VALUES FROM (MINVALUE) TO ({last + 1 + _FIRST})"
        )
    op.execute("INSERT INTO xapi_payload (seq, payload) SELECT seq, payload FROM xapi_statement")
    op.drop_column("xapi_statement", "payload")


def downgrade() -> None:
    if op.get_bind().scalar(sa.text(_BARE)):
        raise RuntimeError(
            "payloads were dropped, and the release before cannot do without: restore a backup"
        )
    op.add_column("xapi_statement", sa.Column("payload", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE xapi_statement SET payload ="
        " (SELECT payload FROM xapi_payload WHERE xapi_payload.seq = xapi_statement.seq)"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("xapi_statement", "payload", server_default=None)
    op.drop_table("xapi_dropped")
    op.drop_table("xapi_payload")
