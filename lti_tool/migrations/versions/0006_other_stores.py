"""Other stores

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_authority",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("keeper", sa.Boolean(), nullable=False),
        sa.Column("first_stored", sa.BigInteger(), nullable=False),
        sa.Column("last_stored", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_xapi_authority")),
    )
    op.create_table(
        "xapi_collect",
        sa.Column("endpoint", sa.String(length=255), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("abilities", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_xapi_collect")),
    )
    op.create_table(
        "xapi_forward",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("moved", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_forward")),
        sa.UniqueConstraint("name", name=op.f("uq_xapi_forward_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "xapi_forward_parked",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("forward_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_forward_parked")),
        sa.UniqueConstraint("forward_id", "seq", name=op.f("uq_xapi_forward_parked_forward_id_seq")),
    )
    op.create_index(
        op.f("ix_xapi_forward_parked_forward_id_again"),
        "xapi_forward_parked",
        ["forward_id", "again"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_xapi_forward_parked_forward_id_again"), table_name="xapi_forward_parked")
    op.drop_table("xapi_forward_parked")
    op.drop_table("xapi_forward")
    op.drop_table("xapi_collect")
    op.drop_table("xapi_authority")
