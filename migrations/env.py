"""Alembic's entry: the connection is handed over by `app.services.schema`, never opened here."""

from alembic import context

from app.models import Base

connection = context.config.attributes["connection"]


def _render(kind: str, item: object, _context: object) -> str | bool:
    # A migration imports nothing of ours: our types are written as what they are in the database.
    if kind == "type" and type(item).__name__ == "Moment":
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
