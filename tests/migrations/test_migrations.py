"""Migrations: up, checked, down and up on a filled database, without a lost child and with a copy kept."""

from __future__ import annotations

import ast
import hashlib
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import CheckConstraint, func, inspect, select, text
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import (
    Attempt,
    Base,
    Comment,
    Comparison,
    Confirmation,
    Draft,
    Edit,
    Identity,
    Import,
    Invitation,
    Invited,
    Message,
    PageEvent,
    PaperForm,
    Passage,
    Passkey,
    Presence,
    Preview,
    Questionnaire,
    QuestionnaireRight,
    QuestionnaireVersion,
    Response,
    Review,
    Salt,
    SignIn,
    User,
    Wave,
    Weighting,
)
from app.services import jobs, schema
from app.services.schema import MIGRATIONS, MigrationBrokeReferences
from app.storage import FolderStorage
from tests.factories import BY_SEX, Field, an_account, count_rows, launch, segments_of, snapshots_of
from tests.journeys import answer_all, arrive, at_once, expect_whole, fold, opened, refresh, withdraw
from tests.questionnaires.builders import leaves, page, questionnaire, score, single

FILES = sorted((MIGRATIONS / "versions").glob("*.py"))
ADULTS_ONLY = page("age", single("majeur"), exits=(leaves("mineur", "majeur = 'non'"),))
WITH_AN_EXIT = replace(questionnaire(ADULTS_ONLY, page("suite", score("note"))), name="sortie")


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


@pytest.fixture
def filled(database: Database, storage: FolderStorage) -> Field:
    """A database with something in every table."""
    an_account(database)
    wave = launch(database, shares=BY_SEX)
    people = [answer_all(wave, sexe=1 + number % 2) for number in range(12)]
    arrive(wave).answer("profil", sexe=1, region=1)
    withdraw(wave, people[0].receipt)
    fold(wave, storage)
    refresh(wave, storage)
    with database.transaction() as session:
        jobs.request_rebuild(session, None, wave.wave_id, cause="a test")
    leaving = launch(database, WITH_AN_EXIT, key="sortie")
    arrive(leaving).answer("age", majeur=2)
    fill_what_no_journey_fills(wave)
    empty = [table.name for table in Base.metadata.sorted_tables if not fingerprint(database)[table.name][0]]
    assert empty == [], "every table has something to lose"
    return wave


def fill_what_no_journey_fills(wave: Field) -> None:
    """A row in each table around the answering."""
    with wave.database.transaction() as session:
        response_id, user_id = session.scalar(select(func.min(Response.id))), session.scalar(select(User.id))
        session.add_all((*of_the_fieldwork(wave, response_id, user_id), *of_the_versions(session, user_id)))
        session.add_all((*of_the_studio(session, wave, user_id), *of_the_accounts(user_id)))
        session.add(
            Import(
                file_name="ancienne.sav",
                content_hash="c",
                kind="sav",
                version_id=wave.version_id,
                status="proposed",
                mapping={"waves": wave.wave_id},
                report={"waves": wave.wave_id},
                created_at=now(),
            )
        )


def of_the_fieldwork(wave: Field, response_id: int | None, user_id: int | None) -> Iterator[Base]:
    """What surrounds a response."""
    at, words = now(), {"waves": wave.wave_id}
    yield Salt(on_day=at.date(), salt="grain")
    yield Attempt(address_hash="a", hour=at, failures=2)
    yield Message(
        kind="resume",
        status="waiting",
        address="someone@example.org",
        language="fr",
        root="http://localhost/",
        response_id=response_id,
        due_at=at,
        created_at=at,
    )
    yield Invitation(wave_id=wave.wave_id, code_hash="b", external=words, created_on=at.date())
    yield PageEvent(wave_id=wave.wave_id, response_id=response_id, event="new-page", page="profil", at=at, data=words)
    yield PaperForm(
        wave_id=wave.wave_id,
        number=1,
        status="first_entry",
        first_id=response_id,
        first_by=user_id,
        created_at=at,
        updated_at=at,
    )


def of_the_versions(session: Session, user_id: int | None) -> Iterator[Base]:
    """A comparison that is kept, and a class that somebody retained."""
    yield Comparison(old_hash="d", new_hash="e", engine=1, status="done", result={"changes": []}, made_at=now())
    yield Confirmation(
        questionnaire_id=session.scalar(select(func.min(Questionnaire.id))),
        old_version="2020",
        new_version="2022",
        variable="sexe",
        proposed="wording",
        confirmed="cosmetic",
        reason="Une virgule.",
        digest="f",
        author_id=user_id,
        confirmed_at=now(),
    )


def of_the_studio(session: Session, wave: Field, user_id: int | None) -> Iterator[Base]:
    """A draft with an edit, who is there, what is said of it and what was decided; a wave that passed to another."""
    at, of = now(), {"version_id": wave.version_id}
    other = session.scalar(select(QuestionnaireVersion.id).where(QuestionnaireVersion.id != wave.version_id))
    yield Draft(**of, document={"next": 1, "root": {}}, revision=1, checked=0, problems=[], updated_at=at)
    change = {"label": {"act": "put"}, "operations": [], "inverse": [], "touched": [0]}
    yield Edit(**of, revision=1, author_id=user_id, at=at, kind="edit", **change)
    yield Presence(**of, user_id=user_id, client="c", element=0, seen_at=at)
    yield Comment(**of, element=1, name="sexe", author_id=user_id, text="À relire.", created_at=at)
    yield Review(
        **of, content_hash="h", status="requested", requested_by=user_id, requested_at=at, message="", words=""
    )
    yield Preview(
        **of, public_id="p", user_id=user_id, origin="trial", language="fr", context={}, given={}, updated_at=at
    )
    yield QuestionnaireRight(
        questionnaire_id=session.scalar(select(func.min(Questionnaire.id))), user_id=user_id, right="edit"
    )
    yield Passage(
        wave_id=wave.wave_id,
        old_version_id=wave.version_id,
        new_version_id=other,
        fate="finish",
        moved=0,
        kept=3,
        at=at,
    )


def of_the_accounts(user_id: int | None) -> Iterator[Base]:
    """The second factors of an account, its sessions, the invitation of a colleague."""
    at = now()
    yield Passkey(
        user_id=user_id,
        credential_id=b"c",
        public_key=b"k",
        sign_count=1,
        name="clé",
        created_at=at,
        used_at=at,
    )
    yield SignIn(user_id=user_id, key_hash="k", means="password", agent="Firefox", started_at=at, seen_at=at)
    yield Invited(email="d@example.org", roles=["analyst"], code_hash="i", created_at=at, expires_at=at)
    yield Identity(issuer="https://example.org", subject="s", user_id=user_id, linked_at=at)


def fingerprint(database: Database, without: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
    """Of each table how many rows it has, and the hash of their content."""
    found = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in without:
                rows = sorted(repr(tuple(row)) for row in session.execute(select(table)))
                found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def copies(database: Database) -> list[Path]:
    return sorted(Path(str(database.url.database)).parent.glob("*-before-*"))


def enforces_references(database: Database) -> bool:
    """Whether a child without its parent is refused."""
    if not database.is_sqlite:
        return True
    with database.reading() as session:
        return bool(session.scalar(text("PRAGMA foreign_keys")))


# -- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_imports_nothing_of_ours(path: Path) -> None:
    """Models change, a migration does not: it would stop saying what it did."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    roots = {name.partition(".")[0] for name in names}
    assert roots.isdisjoint({"app", "worker", "questionnaires", "tests", ""})


def test_migrations_are_numbered_in_one_line() -> None:
    numbers = [path.name.partition("_")[0] for path in FILES]
    assert numbers == [f"{number:04}" for number in range(1, len(FILES) + 1)]


# -- up and down ----------------------------------------------------------------------------------


def test_from_nothing_up_gives_what_the_models_say(empty_database_url: str) -> None:
    with opened(empty_database_url) as database:
        assert not database.is_ready()
        assert schema.upgrade(database) is None, "there was nothing to copy"
        assert database.is_ready()
        schema.check(database)
        assert tables(database) == {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}


def test_every_check_of_the_models_is_in_the_database_once(database: Database) -> None:
    """Alembic compares no CHECK, and a table that SQLite rebuilds takes those before with it."""
    inspector = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        wanted = sorted(str(one.name) for one in table.constraints if isinstance(one, CheckConstraint))
        assert sorted(str(one["name"]) for one in inspector.get_check_constraints(table.name)) == wanted, table.name


def test_the_check_sees_what_the_models_do_not_say(database: Database) -> None:
    schema.check(database)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE waves ADD COLUMN forgotten INTEGER"))
    with pytest.raises(CommandError, match="forgotten"):
        schema.check(database)


def upgrade_from(url: str) -> None:
    with opened(url) as database:
        schema.upgrade(database)


def test_two_processes_that_upgrade_at_once_both_succeed(empty_database_url: str) -> None:
    at_once(partial(upgrade_from, empty_database_url), partial(upgrade_from, empty_database_url))
    with opened(empty_database_url) as database:
        schema.check(database)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(filled: Field, storage: FolderStorage) -> None:
    before = fingerprint(filled.database)
    assert schema.upgrade(filled.database) is None
    assert fingerprint(filled.database) == before
    assert enforces_references(filled.database)
    if filled.database.is_sqlite:
        assert copies(filled.database) == []


def test_down_then_up_is_clean_and_the_copy_holds_everything(filled: Field) -> None:
    database, before = filled.database, fingerprint(filled.database)
    copy = schema.downgrade(database, "base")
    assert tables(database) == {"alembic_version"}
    schema.upgrade(database)
    schema.check(database)
    assert {name for name, (count, _) in fingerprint(database).items() if count} == {"waiting_line"}, "its one row"
    launch(database)
    if database.is_sqlite:
        assert copy is not None
        with opened(f"sqlite:///{copy}") as kept:
            assert fingerprint(kept) == before


def test_the_weighting_in_use_is_the_latest_of_the_release_before(filled: Field) -> None:
    """It uses the highest number, and knows no draft."""
    database = filled.database
    with database.transaction() as session:
        draft = Weighting(wave_id=filled.wave_id, number=2, status="draft", recipe={"margins": []}, created_at=now())
        session.add(draft)
    schema.downgrade(database, "0002")
    with database.reading() as session:
        asked = text("SELECT number, recipe FROM weightings WHERE wave_id = :id")
        rows = session.execute(asked, {"id": filled.wave_id})
        ((number, recipe),) = rows.all()
    assert "sexe" in str(recipe)
    schema.upgrade(database)
    schema.check(database)
    with database.reading() as session:
        used = session.scalars(select(Weighting).where(Weighting.wave_id == filled.wave_id)).one()
    assert (used.number, used.in_use, used.status) == (number, True, "done")


def test_what_is_paused_or_being_corrected_goes_down_and_up(filled: Field) -> None:
    database = filled.database
    with database.transaction() as session:
        session.execute(text("UPDATE waves SET status = 'paused' WHERE id = :id"), {"id": filled.wave_id})
        one = session.scalars(select(Response).where(Response.disposition == "complete")).first()
        assert one is not None
        one.disposition, one.sent_given, one.given = "correcting", {"sexe": 1}, {"sexe": 2}
        key = one.id
    count = count_rows(database, Response)
    schema.downgrade(database, "0001")
    with database.reading() as session:
        assert session.execute(text("SELECT status FROM waves WHERE id = :id"), {"id": filled.wave_id}).scalar() == (
            "closed"
        ), "the release before does not know a pause: nobody answers meanwhile"
    schema.upgrade(database)
    schema.check(database)
    assert count_rows(database, Response) == count
    with database.reading() as session:
        assert session.get_one(Response, key).given == {"sexe": 1}, "what was sent is what counts"


# -- a second migration ---------------------------------------------------------------------------


def write_migration(folder: Path, up: str, down: str = "pass") -> Path:
    """The migrations of the project and one more; the folder that holds them."""
    migrations = folder / "migrations of a test"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    source = f'''
"""A migration of a test"""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{FILES[-1].name.partition("_")[0]}"


def upgrade() -> None:
{textwrap.indent(textwrap.dedent(up).strip(), "    ")}


def downgrade() -> None:
{textwrap.indent(textwrap.dedent(down).strip(), "    ")}
'''
    (migrations / "versions" / "9999_of_a_test.py").write_text(source, encoding="utf-8")
    return migrations


REBUILD_A_PARENT = (
    """
    with op.batch_alter_table("waves") as batch:
        batch.add_column(sa.Column("place", sa.Integer(), nullable=False, server_default="7"))
        batch.alter_column("name", type_=sa.String(300), existing_type=sa.String(200), existing_nullable=False)
    """,
    """
    with op.batch_alter_table("waves") as batch:
        batch.alter_column("name", type_=sa.String(200), existing_type=sa.String(300), existing_nullable=False)
        batch.drop_column("place")
    """,
)


def test_rebuilding_a_parent_keeps_its_children(filled: Field, storage: FolderStorage, tmp_path: Path) -> None:
    database, before = filled.database, fingerprint(filled.database)
    migrations = write_migration(tmp_path, *REBUILD_A_PARENT)
    copy = schema.upgrade(database, migrations=migrations)
    assert fingerprint(database) == before
    with database.reading() as session:
        assert set(session.scalars(text("SELECT place FROM waves"))) == {7}
    assert enforces_references(database)
    assert count_rows(database, Response) == before["responses"][0] > 0
    expect_whole(filled, storage, 11)
    if database.is_sqlite:
        assert copies(database) == [copy]
        assert copy is not None
        with opened(f"sqlite:///{copy}") as kept:
            assert fingerprint(kept) == before
            assert "place" not in {column["name"] for column in inspect(kept.engine).get_columns("waves")}
    schema.downgrade(database, "-1", migrations=migrations)
    assert fingerprint(database) == before
    schema.check(database)
    schema.upgrade(database, migrations=migrations)
    assert fingerprint(database) == before, "down and up again"


def test_a_migration_that_fails_leaves_everything_as_it_was(filled: Field, tmp_path: Path) -> None:
    database, before = filled.database, fingerprint(filled.database)
    migrations = write_migration(
        tmp_path,
        """
        op.execute("DELETE FROM identities")
        op.drop_table("attempts")
        raise LookupError("in the middle")
        """,
    )
    with pytest.raises(LookupError, match="in the middle"):
        schema.upgrade(database, migrations=migrations)
    assert fingerprint(database) == before
    assert enforces_references(database), "the next who uses this connection is protected again"
    schema.check(database)
    assert len(copies(database)) == (1 if database.is_sqlite else 0)


def test_a_migration_that_leaves_orphans_is_refused(filled: Field, tmp_path: Path) -> None:
    database, before = filled.database, fingerprint(filled.database)
    migrations = write_migration(tmp_path, 'op.execute("DELETE FROM waves")')
    refusal: type[Exception] = MigrationBrokeReferences if database.is_sqlite else Exception
    with pytest.raises(refusal):
        schema.upgrade(database, migrations=migrations)
    assert fingerprint(database) == before
    assert enforces_references(database)


def test_the_files_of_a_wave_outlive_an_upgrade(filled: Field, storage: FolderStorage, tmp_path: Path) -> None:
    schema.upgrade(filled.database, migrations=write_migration(tmp_path, *REBUILD_A_PARENT))
    assert snapshots_of(filled)[-1].responses == 11
    assert segments_of(filled)
    answer_all(filled)
    fold(filled, storage)
    expect_whole(filled, storage, 12)
    with filled.database.reading() as session:
        assert session.scalar(select(Wave.key).where(Wave.id == filled.wave_id)) == filled.key
