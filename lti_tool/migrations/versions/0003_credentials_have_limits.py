"""Credentials have owners, limits and an end; browsers have tokens

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_token",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_key", sa.String(length=32), nullable=False),
        sa.Column("registration", sa.String(length=36), nullable=False),
        sa.Column("verbs", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_xapi_token")),
    )
    op.create_index(op.f("ix_xapi_token_actor_key"), "xapi_token", ["actor_key"], unique=False)
    op.create_index(op.f("ix_xapi_token_expires"), "xapi_token", ["expires"], unique=False)
    op.add_column("xapi_credential", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("xapi_credential", sa.Column("limits", sa.Text(), nullable=True))
    op.add_column("xapi_credential", sa.Column("used", sa.BigInteger(), nullable=True))
    op.add_column("xapi_credential", sa.Column("expires", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("xapi_credential", "expires")
    op.drop_column("xapi_credential", "used")
    op.drop_column("xapi_credential", "limits")
    op.drop_column("xapi_credential", "owner")
    op.drop_index(op.f("ix_xapi_token_expires"), table_name="xapi_token")
    op.drop_index(op.f("ix_xapi_token_actor_key"), table_name="xapi_token")
    op.drop_table("xapi_token")
