"""Answering: windows, corrections, codes, paper, paradata, the waiting line, messages"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RESPONSE_CHECKS = {
    "correcting_keeps_what_was_sent": (None, "(disposition = 'correcting') = (sent_given IS NOT NULL)"),
    "disposition": (
        "disposition IN ('in_progress', 'complete', 'screened_out', 'withdrawn')",
        "disposition IN ('in_progress', 'complete', 'correcting', 'screened_out', 'withdrawn')",
    ),
}
WAVE_CHECKS = {
    "access": (None, "access IN ('link', 'personal')"),
    "basis": (None, "basis IN ('consent', 'public_interest', 'legitimate_interest')"),
    "opens_before_it_closes": (None, "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at"),
    "status": ("status IN ('planned', 'open', 'closed')", "status IN ('planned', 'open', 'paused', 'closed')"),
}
"""Name -> the condition before and after: Alembic compares no CHECK, so these are written by hand."""

Checks = dict[str, tuple[str | None, str]]


def _check(table: str, batch: BatchOperations, checks: Checks) -> None:
    """Put each condition in the place of the one before."""
    for name, (before, after) in checks.items():
        if before is not None:
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(after))


def _uncheck(table: str, batch: BatchOperations, checks: Checks) -> None:
    """The way back of `_check`."""
    for name, (before, _after) in checks.items():
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        if before is not None:
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(before))


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_attempts_failures_count_up")),
        sa.PrimaryKeyConstraint("address_hash", "hour", name=op.f("pk_attempts")),
    )
    op.create_table(
        "salts",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("on_day", name=op.f("pk_salts")),
    )
    op.create_table(
        "waiting_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("called", sa.Integer(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.CheckConstraint("called <= given", name=op.f("ck_waiting_line_called_after_given")),
        sa.CheckConstraint("id = 1", name=op.f("ck_waiting_line_there_is_one_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_line")),
    )
    # Its one row is there from the start: those who come at once have something to lock.
    op.execute("INSERT INTO waiting_line (id, given, called, calls) VALUES (1, 0, 0, '{}')")
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("external", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=True),
        sa.Column("is_spent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_invitations_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
        sa.UniqueConstraint("link", name=op.f("uq_invitations_link")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "page_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "initialized",
                "new-page",
                "input",
                "control",
                "control-skip",
                "contact-support",
                "exit",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("page", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_page_events_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_events")),
    )
    with op.batch_alter_table("page_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_events_response_id"), ["response_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_events_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("resume", name="kind", native_enum=False, create_constraint=True, length=24), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum("waiting", "sent", "failed", name="status", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("root", sa.String(length=200), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status = 'waiting' OR address = ''", name=op.f("ck_messages_address_goes_with_the_message")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_messages_response_id_responses"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_response_id"), ["response_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_status_due_at"), ["status", "due_at"], unique=False)

    op.create_table(
        "paper_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "first_entry",
                "to_enter_again",
                "second_entry",
                "differs",
                "done",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("second_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("first_by", sa.Integer(), nullable=False),
        sa.Column("second_by", sa.Integer(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("differences", sa.Integer(), nullable=True),
        sa.Column("first_errors", sa.Integer(), nullable=True),
        sa.Column("second_errors", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_paper_forms_number_counts_from_one")),
        sa.ForeignKeyConstraint(["first_by"], ["users.id"], name=op.f("fk_paper_forms_first_by_users")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["responses.id"], name=op.f("fk_paper_forms_first_id_responses"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["second_by"], ["users.id"], name=op.f("fk_paper_forms_second_by_users")),
        sa.ForeignKeyConstraint(
            ["second_id"], ["responses.id"], name=op.f("fk_paper_forms_second_id_responses"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name=op.f("fk_paper_forms_settled_by_users")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_paper_forms_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_forms")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_paper_forms_wave_id_number")),
    )
    with op.batch_alter_table("paper_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_forms_first_id"), ["first_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_forms_second_id"), ["second_id"], unique=False)

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_given", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("consent", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("invitation_link", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_responses_started_at"), ["started_at"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_responses_invitation_link"), ["invitation_link"])
        _check("responses", batch_op, RESPONSE_CHECKS)

    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("access", sa.String(length=24), server_default="link", nullable=False))
        batch_op.add_column(sa.Column("basis", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("may_correct", sa.Boolean(), server_default=sa.true(), nullable=False))
        _check("waves", batch_op, WAVE_CHECKS)


def downgrade() -> None:
    # The release before knows neither a pause nor a correction: what is paused takes no answers, what was sent stands.
    op.execute("UPDATE waves SET status = 'closed', closed_at = CURRENT_TIMESTAMP WHERE status = 'paused'")
    op.execute(
        "UPDATE responses SET disposition = 'complete', given = sent_given, sent_given = NULL "
        "WHERE disposition = 'correcting'"
    )
    with op.batch_alter_table("waves", schema=None) as batch_op:
        _uncheck("waves", batch_op, WAVE_CHECKS)
        for column in ("may_correct", "basis", "access", "closes_at", "opens_at"):
            batch_op.drop_column(column)

    with op.batch_alter_table("responses", schema=None) as batch_op:
        _uncheck("responses", batch_op, RESPONSE_CHECKS)
        batch_op.drop_constraint(batch_op.f("uq_responses_invitation_link"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_responses_started_at"))
        for column in ("invitation_link", "consent", "sent_given"):
            batch_op.drop_column(column)

    with op.batch_alter_table("paper_forms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_forms_second_id"))
        batch_op.drop_index(batch_op.f("ix_paper_forms_first_id"))

    op.drop_table("paper_forms")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_status_due_at"))
        batch_op.drop_index(batch_op.f("ix_messages_response_id"))

    op.drop_table("messages")
    with op.batch_alter_table("page_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_events_wave_id"))
        batch_op.drop_index(batch_op.f("ix_page_events_response_id"))

    op.drop_table("page_events")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_wave_id"))

    op.drop_table("invitations")
    op.drop_table("waiting_line")
    op.drop_table("salts")
    op.drop_table("attempts")
