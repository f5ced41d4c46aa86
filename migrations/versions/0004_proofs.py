"""Proofs of versions, comparisons of two, and what people confirmed of them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATUSES = ("queued", "running", "done", "failed")
CLASSES = ("identical", "cosmetic", "wording", "choices-added", "recoded", "base-changed", "broken", "new", "dropped")


def one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_hash", sa.String(length=64), nullable=False),
        sa.Column("new_hash", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.Integer(), nullable=False),
        sa.Column("status", one_of("status", STATUSES), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'done') = (made_at IS NOT NULL)", name=op.f("ck_comparisons_done_has_a_date")),
        sa.CheckConstraint("(status = 'done') = (result IS NOT NULL)", name=op.f("ck_comparisons_done_has_a_result")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_comparisons_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("old_hash", "new_hash", "engine", name=op.f("uq_comparisons_old_hash_new_hash_engine")),
    )
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("old_version", sa.String(length=80), nullable=False),
        sa.Column("new_version", sa.String(length=80), nullable=False),
        sa.Column("variable", sa.String(length=200), nullable=False),
        sa.Column("proposed", one_of("proposed", CLASSES), nullable=False),
        sa.Column("confirmed", one_of("confirmed", CLASSES), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("old_version <> new_version", name=op.f("ck_confirmations_of_two_versions")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_confirmations_author_id_users")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaires.id"], name=op.f("fk_confirmations_questionnaire_id_questionnaires")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmations_questionnaire_id"), ["questionnaire_id"], unique=False)

    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.Integer(), nullable=False),
        sa.Column("status", one_of("status", STATUSES), nullable=False),
        sa.Column("known_hash", sa.String(length=64), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("waivers", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'done') = (made_at IS NOT NULL)", name=op.f("ck_proofs_done_has_a_date")),
        sa.CheckConstraint("(status = 'done') = (result IS NOT NULL)", name=op.f("ck_proofs_done_has_a_result")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_proofs_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("content_hash", "engine", name=op.f("uq_proofs_content_hash_engine")),
    )


def downgrade() -> None:
    op.drop_table("proofs")
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_confirmations_questionnaire_id"))

    op.drop_table("confirmations")
    op.drop_table("comparisons")
