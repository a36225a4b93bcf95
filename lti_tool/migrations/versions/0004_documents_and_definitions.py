"""Documents, and what is known about activities

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_activity",
        sa.Column("activity_key", sa.String(length=32), nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("activity_key", name=op.f("pk_xapi_activity")),
    )
    op.create_table(
        "xapi_document",
        sa.Column("place_key", sa.String(length=32), nullable=False),
        sa.Column("registration", sa.String(length=36), nullable=False),
        sa.Column("document_key", sa.String(length=32), nullable=False),
        sa.Column("resource", sa.String(length=16), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=True),
        sa.Column("actor_key", sa.String(length=32), nullable=True),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place_key", "registration", "document_key", name=op.f("pk_xapi_document")),
    )
    op.create_index(op.f("ix_xapi_document_actor_key"), "xapi_document", ["actor_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_xapi_document_actor_key"), table_name="xapi_document")
    op.drop_table("xapi_document")
    op.drop_table("xapi_activity")
