"""What kind of fault is quarantined

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("xapi_quarantine", sa.Column("fault", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("xapi_quarantine", "fault")
