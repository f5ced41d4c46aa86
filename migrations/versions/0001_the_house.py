"""The house: questionnaires, waves, responses, folding, accounts"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
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
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_status_requested_at"), ["status", "requested_at"], unique=False)

    op.create_table(
        "questionnaires",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
        sa.UniqueConstraint("key", name=op.f("uq_questionnaires_key")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_events_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_table(
        "questionnaire_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft", "published", "retired", name="status", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("format_number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status = 'draft' OR published_at IS NOT NULL", name=op.f("ck_questionnaire_versions_published_has_a_date")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaires.id"],
            name=op.f("fk_questionnaire_versions_questionnaire_id_questionnaires"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_versions")),
        sa.UniqueConstraint("questionnaire_id", "name", name=op.f("uq_questionnaire_versions_questionnaire_id_name")),
    )
    with op.batch_alter_table("questionnaire_versions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_questionnaire_versions_questionnaire_id"), ["questionnaire_id"], unique=False
        )

    op.create_table(
        "users_roles",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_users_roles_role_id_roles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_users_roles_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_users_roles")),
    )
    op.create_table(
        "waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("planned", "open", "closed", name="status", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "respondent", "trial", "simulated", name="origin", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("notice", sa.JSON(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_waves_closed_has_a_date")),
        sa.CheckConstraint("status = 'planned' OR opened_at IS NOT NULL", name=op.f("ck_waves_opened_has_a_date")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["questionnaire_versions.id"], name=op.f("fk_waves_version_id_questionnaire_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("key", name=op.f("uq_waves_key")),
    )
    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waves_version_id"), ["version_id"], unique=False)

    op.create_table(
        "responses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "respondent", "trial", "simulated", name="origin", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("web", "telephone", "paper", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "in_progress",
                "complete",
                "screened_out",
                "withdrawn",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "disposition <> 'complete' OR completed_at IS NOT NULL", name=op.f("ck_responses_complete_has_a_date")
        ),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_responses_revision_counts_up")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["questionnaire_versions.id"], name=op.f("fk_responses_version_id_questionnaire_versions")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_responses_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_responses_public_id")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_responses_receipt_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_responses_token_hash")),
    )
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responses_wave_id_disposition"), ["wave_id", "disposition"], unique=False)

    op.create_table(
        "screen_outs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("exit_name", sa.String(length=80), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_screen_outs_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_outs")),
    )
    with op.batch_alter_table("screen_outs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screen_outs_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("row_count >= 0", name=op.f("ck_segments_row_count_is_a_count")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["questionnaire_versions.id"], name=op.f("fk_segments_version_id_questionnaire_versions")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_segments_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    )
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_content_hash"), ["content_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_segments_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "weightings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_weightings_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weightings")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_weightings_wave_id_number")),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("weighting_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=80), nullable=True),
        sa.Column("diagnostics", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segments_seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_snapshots_wave_id_waves")),
        sa.ForeignKeyConstraint(["weighting_id"], ["weightings.id"], name=op.f("fk_snapshots_weighting_id_weightings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("wave_id", "inputs_hash", name=op.f("uq_snapshots_wave_id_inputs_hash")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_snapshots_wave_id_number")),
    )
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshots_content_hash"), ["content_hash"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("add", "replace", "remove", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("engine", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name=op.f("ck_submissions_claim_has_an_end")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_submissions_number_counts_from_one")),
        sa.ForeignKeyConstraint(["response_id"], ["responses.id"], name=op.f("fk_submissions_response_id_responses")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_submissions_segment_id_segments")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["questionnaire_versions.id"], name=op.f("fk_submissions_version_id_questionnaire_versions")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_submissions_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("response_id", "number", name=op.f("uq_submissions_response_id_number")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_submissions_later",
            ["wave_id"],
            unique=False,
            sqlite_where=sa.text("number > 1"),
            postgresql_where=sa.text("number > 1"),
        )
        batch_op.create_index(batch_op.f("ix_submissions_segment_id"), ["segment_id"], unique=False)
        batch_op.create_index(
            "ix_submissions_unfolded",
            ["wave_id", "id"],
            unique=False,
            sqlite_where=sa.text("segment_id IS NULL"),
            postgresql_where=sa.text("segment_id IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_submissions_unfolded",
            sqlite_where=sa.text("segment_id IS NULL"),
            postgresql_where=sa.text("segment_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_submissions_segment_id"))
        batch_op.drop_index(
            "ix_submissions_later", sqlite_where=sa.text("number > 1"), postgresql_where=sa.text("number > 1")
        )

    op.drop_table("submissions")
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_snapshots_content_hash"))

    op.drop_table("snapshots")
    op.drop_table("weightings")
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_wave_id"))
        batch_op.drop_index(batch_op.f("ix_segments_content_hash"))

    op.drop_table("segments")
    with op.batch_alter_table("screen_outs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screen_outs_wave_id"))

    op.drop_table("screen_outs")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_responses_wave_id_disposition"))

    op.drop_table("responses")
    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_waves_version_id"))

    op.drop_table("waves")
    op.drop_table("users_roles")
    with op.batch_alter_table("questionnaire_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questionnaire_versions_questionnaire_id"))

    op.drop_table("questionnaire_versions")
    op.drop_table("audit_events")
    op.drop_table("users")
    op.drop_table("roles")
    op.drop_table("questionnaires")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_status_requested_at"))

    op.drop_table("jobs")
