"""Who is behind a pseudonym

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_pseudonym",
        sa.Column("actor_key", sa.String(length=64), nullable=False),
        sa.Column("real_key", sa.String(length=64), nullable=False),
        sa.Column("ifi", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor_key", name=op.f("pk_people_pseudonym")),
        sa.UniqueConstraint("real_key", name=op.f("uq_people_pseudonym_real_key")),
    )


def downgrade() -> None:
    op.drop_table("people_pseudonym")
