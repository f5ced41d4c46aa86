"""Estimation: weightings that are run, imports, partial responses, method sheets"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WEIGHTING_CHECKS = {
    "frozen_says_for_what": "(frozen_at IS NULL) = (frozen_for IS NULL)",
    "frozen_was_run": "frozen_at IS NULL OR status = 'done'",
    "in_use_was_run": "NOT in_use OR status = 'done'",
    "status": "status IN ('draft', 'queued', 'running', 'done', 'failed')",
}
"""By hand, because Alembic compares no CHECK."""


def upgrade() -> None:
    # A snapshot is computed: each release makes its own, of what is folded, within seconds of its start.
    op.execute("DELETE FROM snapshots")
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("csv", "sav", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "reviewed",
                "running",
                "done",
                "failed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("base_weights", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("wave_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.String(length=200), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (status = 'proposed')", name=op.f("ck_imports_reviewed_has_a_date")
        ),
        sa.CheckConstraint("status <> 'done' OR wave_id IS NOT NULL", name=op.f("ck_imports_done_has_a_wave")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_imports_created_by_users")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_imports_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["questionnaire_versions.id"], name=op.f("fk_imports_version_id_questionnaire_versions")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_imports_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imports_content_hash"), ["content_hash"], unique=False)

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("total", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alive_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_live", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_partial", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(
            "ix_submissions_partial",
            ["wave_id"],
            unique=False,
            sqlite_where=sa.text("is_partial"),
            postgresql_where=sa.text("is_partial"),
        )

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("partial_mark", sa.String(length=40), nullable=True))

    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counts_partial", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("method", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("weightings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("label", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("status", sa.String(length=24), server_default="done", nullable=False))
        batch_op.add_column(sa.Column("diagnostics", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("problem", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("responses", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("in_use", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("job_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("frozen_for", sa.String(length=200), nullable=True))
        batch_op.create_index(
            "uq_weightings_in_use",
            ["wave_id"],
            unique=True,
            sqlite_where=sa.text("in_use"),
            postgresql_where=sa.text("in_use"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_weightings_job_id_jobs"), "jobs", ["job_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_weightings_author_id_users"), "users", ["author_id"], ["id"])
        for name, condition in WEIGHTING_CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(f"ck_weightings_{name}"), sa.text(condition))

    op.execute(
        "UPDATE snapshots SET is_live = (1 = 1) WHERE number = "
        "(SELECT max(other.number) FROM snapshots AS other WHERE other.wave_id = snapshots.wave_id)"
    )
    # The latest was the one that snapshots used.
    op.execute(
        "UPDATE weightings SET in_use = (1 = 1) WHERE number = "
        "(SELECT max(other.number) FROM weightings AS other WHERE other.wave_id = weightings.wave_id)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM snapshots")
    # The release before uses the weighting of the highest number: that is made the one in use.
    op.execute(
        "UPDATE weightings SET number = (SELECT max(other.number) + 1 FROM weightings AS other "
        "WHERE other.wave_id = weightings.wave_id) WHERE in_use"
    )
    op.execute("DELETE FROM weightings WHERE NOT in_use AND status <> 'done'")
    with op.batch_alter_table("weightings", schema=None) as batch_op:
        for name in WEIGHTING_CHECKS:
            batch_op.drop_constraint(batch_op.f(f"ck_weightings_{name}"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_weightings_author_id_users"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_weightings_job_id_jobs"), type_="foreignkey")
        batch_op.drop_index("uq_weightings_in_use", sqlite_where=sa.text("in_use"), postgresql_where=sa.text("in_use"))
        for column in (
            "frozen_for",
            "frozen_at",
            "ran_at",
            "job_id",
            "author_id",
            "in_use",
            "responses",
            "problem",
            "diagnostics",
            "status",
            "label",
        ):
            batch_op.drop_column(column)

    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.drop_column("method")
        batch_op.drop_column("counts_partial")

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_submissions_partial", sqlite_where=sa.text("is_partial"), postgresql_where=sa.text("is_partial")
        )
        batch_op.drop_column("is_partial")

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_column("partial_mark")

    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.drop_column("is_live")

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("alive_at")
        batch_op.drop_column("total")
        batch_op.drop_column("done")

    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imports_content_hash"))

    op.drop_table("imports")
