"""What waits in quarantine keeps its time and its actor

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("xapi_quarantine", sa.Column("actor_key", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_xapi_quarantine_actor_key"), "xapi_quarantine", ["actor_key"], unique=False)
    op.add_column("xapi_statement", sa.Column("arrived", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("xapi_statement", "arrived")
    op.drop_index(op.f("ix_xapi_quarantine_actor_key"), table_name="xapi_quarantine")
    op.drop_column("xapi_quarantine", "actor_key")
