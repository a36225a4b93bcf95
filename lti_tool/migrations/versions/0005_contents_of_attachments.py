"""Contents of attachments

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_attachment",
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha2", name=op.f("pk_xapi_attachment")),
    )
    op.create_table(
        "xapi_attachment_use",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("seq", "sha2", name=op.f("pk_xapi_attachment_use")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_xapi_attachment_use_sha2"), "xapi_attachment_use", ["sha2"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_xapi_attachment_use_sha2"), table_name="xapi_attachment_use")
    op.drop_table("xapi_attachment_use")
    op.drop_table("xapi_attachment")
