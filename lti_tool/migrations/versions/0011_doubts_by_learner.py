"""Matters of attention by learner: a review looks for its learners' doubts

Revision: 0011, after 0010.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEX = "ix_ledger_attention_learner_id_kind"


def upgrade() -> None:
    op.create_index(INDEX, "ledger_attention", ["learner_id", "kind"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name="ledger_attention")
