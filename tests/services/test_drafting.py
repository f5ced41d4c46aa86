"""Drafts: every change is saved with what undoes it, two people lose nothing, the check follows behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import Draft as DraftRow
from app.models import Presence, Proof, QuestionnaireVersion, User
from app.services import authoring, drafting, proving, rights
from app.services.authoring import DraftIsUnsettled
from app.services.drafting import EditConflict, NothingToUndo, UndoIsBlocked, VersionExists, VersionIsFrozen, checking
from app.services.drafting.checking import check_draft, drafts_to_check
from app.services.proving.running import prove_content
from app.services.rights import NotAllowed
from questionnaires import definition, editing
from questionnaires.editing import Document, Operation, Put, Reading
from questionnaires.proofs.respondents import Proof as ProofFound
from questionnaires.proofs.respondents import Respondent
from tests import factories
from tests.factories import an_account
from tests.journeys import at_once, opened

TITLE = {"fr": "Partenariats", "en": "Partnerships"}


@pytest.fixture
def camille(database: Database) -> User:
    return an_account(database, "camille@example.org", name="Camille")


@pytest.fixture
def noor(database: Database) -> User:
    return an_account(database, "noor@example.org", name="Noor")


@pytest.fixture
def version_id(database: Database, camille: User) -> int:
    """A new questionnaire: one part, one page, a question of two choices."""
    with database.transaction() as session:
        version = drafting.start_draft(
            session, None, camille, key="essai", version="1", population="citoyens", title=TITLE
        )
        document = drafting.get_draft(session, version.id).document
        page = next(one.element for one in document.nodes.values() if one.kind == "page")
        drafting.edit(
            session, None, camille, version.id, editing.add(document, "question", page, type="single"), {"act": "add"}
        )
        return version.id


def document_of(database: Database, version_id: int) -> Document:
    with database.reading() as session:
        return drafting.get_draft(session, version_id).document


def question_of(database: Database, version_id: int) -> int:
    return next(one.element for one in document_of(database, version_id).nodes.values() if one.kind == "question")


def put(
    database: Database, actor: User, version_id: int, key: str, value: str, before: object = editing.UNSAID
) -> None:
    element = question_of(database, version_id)
    with database.transaction() as session:
        change = (Put(element, key, value, before),)
        drafting.edit(session, None, actor, version_id, change, {"act": "put", "key": key})


def text_of(database: Database, version_id: int) -> str:
    document = document_of(database, version_id)
    return str(document.nodes[question_of(database, version_id)].tree["text"]["fr"])


def test_a_new_questionnaire_is_checked_proven_and_published(
    database: Database, camille: User, version_id: int
) -> None:
    with database.reading() as session:
        assert drafts_to_check(session) == [version_id]
    check_draft(database, version_id)
    with database.transaction() as session:
        draft = drafting.get_draft(session, version_id)
        assert draft.is_sound
        assert drafts_to_check(session) == []
        assert proving.proof_of(session, version_id).status == "done"
        version = authoring.publish_version(session, version_id)
        assert definition.read(version.content).questions[0].name == "question_1"
        assert version.author_id == camille.id


def test_problems_are_kept_and_the_content_stays_the_last_sound_one(
    database: Database, camille: User, version_id: int
) -> None:
    check_draft(database, version_id)
    with database.reading() as session:
        sound = drafting.get_draft(session, version_id).content_hash
    put(database, camille, version_id, "when", "age >")
    check_draft(database, version_id)
    with database.reading() as session:
        draft = drafting.get_draft(session, version_id)
    assert [one.code for one in draft.problems] == ["rule-syntax"]
    assert not draft.is_sound
    assert draft.content_hash == sound
    spot = editing.place_of(draft.document, draft.problems[0].place)
    assert (spot.element, spot.key) == (question_of(database, version_id), "when")
    put(database, camille, version_id, "when", "true")
    check_draft(database, version_id)
    with database.reading() as session:
        assert drafting.get_draft(session, version_id).is_sound


def test_undo_and_redo_are_of_each_person(database: Database, camille: User, noor: User, version_id: int) -> None:
    put(database, camille, version_id, "text.fr", "Premier texte")
    put(database, noor, version_id, "help.fr", "Une aide")
    with database.transaction() as session:
        drafting.undo(session, None, camille, version_id)
    assert text_of(database, version_id) == "Nouvelle question"
    assert document_of(database, version_id).nodes[question_of(database, version_id)].tree["help"] == {"fr": "Une aide"}
    with database.transaction() as session:
        drafting.redo(session, None, camille, version_id)
    assert text_of(database, version_id) == "Premier texte"
    with database.transaction() as session, pytest.raises(NothingToUndo):
        drafting.redo(session, None, camille, version_id)


def test_an_undo_does_not_take_back_what_somebody_else_wrote_since(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    put(database, camille, version_id, "text.fr", "De Camille")
    put(database, noor, version_id, "text.fr", "De Noor")
    with database.transaction() as session, pytest.raises(UndoIsBlocked):
        drafting.undo(session, None, camille, version_id)
    assert text_of(database, version_id) == "De Noor"


def test_a_value_that_changed_meanwhile_is_told_and_not_overwritten(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    put(database, noor, version_id, "text.fr", "De Noor", before="Nouvelle question")
    with pytest.raises(EditConflict) as told:
        put(database, camille, version_id, "text.fr", "De Camille", before="Nouvelle question")
    assert (told.value.theirs, told.value.mine, told.value.author) == ("De Noor", "De Camille", "Noor")
    assert text_of(database, version_id) == "De Noor"


def test_letters_typed_one_after_another_are_undone_together(
    database: Database, camille: User, version_id: int
) -> None:
    for words in ("A", "Av", "Avez-vous"):
        put(database, camille, version_id, "text.fr", words)
    with database.transaction() as session:
        drafting.undo(session, None, camille, version_id)
    assert text_of(database, version_id) == "Nouvelle question"


def test_back_to_an_earlier_revision_by_an_edit_that_can_be_undone(
    database: Database, camille: User, version_id: int
) -> None:
    with database.reading() as session:
        before = drafting.get_draft(session, version_id)
    put(database, camille, version_id, "text.fr", "Autre")
    put(database, camille, version_id, "help.fr", "Aide")
    with database.transaction() as session:
        drafting.revert_to(session, None, camille, version_id, before.revision)
    assert editing.plain(document_of(database, version_id).root) == editing.plain(before.document.root)
    with database.transaction() as session:
        drafting.undo(session, None, camille, version_id)
    assert text_of(database, version_id) == "Autre"


def test_a_published_version_does_not_change_and_gives_a_new_draft(
    database: Database, camille: User, version_id: int
) -> None:
    check_draft(database, version_id)
    with database.transaction() as session:
        authoring.publish_version(session, version_id)
    with pytest.raises(VersionIsFrozen):
        put(database, camille, version_id, "text.fr", "Trop tard")
    with database.transaction() as session:
        made = drafting.derive_draft(session, None, camille, version_id, "2", "Pour la vague d’automne")
        assert (made.status, made.made_from_id, made.message) == ("draft", version_id, "Pour la vague d’automne")
        with pytest.raises(VersionExists):
            drafting.derive_draft(session, None, camille, version_id, "2")
    put(database, camille, made.id, "text.fr", "Nouveau texte")
    with database.reading() as session:
        assert session.get_one(QuestionnaireVersion, version_id).status == "published"


def write_often(url: str, email: str, version_id: int, key: str) -> None:
    """In a process of its own: fifty values of one language, one after another."""
    with opened(url) as database:
        with database.reading() as session:
            actor = session.scalars(select(User).where(User.email == email)).unique().one()
        for number in range(50):
            put(database, actor, version_id, key, str(number))


def test_two_people_who_edit_one_draft_at_once_lose_nothing(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    """Each writes the text of one language fifty times; the other one's stays."""
    url = database.url.render_as_string(hide_password=False)
    at_once(
        partial(write_often, url, camille.email, version_id, "text.fr"),
        partial(write_often, url, noor.email, version_id, "text.en"),
    )
    with database.reading() as session:
        row = session.get_one(DraftRow, version_id)
        assert row.revision == 2 + 100
    tree = document_of(database, version_id).nodes[question_of(database, version_id)].tree
    assert tree["text"] == {"fr": "49", "en": "49"}


def test_only_who_may_edit_a_questionnaire_changes_its_draft(
    database: Database, camille: User, version_id: int
) -> None:
    designer = an_account(database, "lea@example.org", "designer", name="Léa")
    put(database, designer, version_id, "text.fr", "De Léa")
    with database.transaction() as session:
        questionnaire_id = drafting.get_draft(session, version_id).questionnaire_id
        rights.set_rights(session, None, questionnaire_id, {designer.id: "read"})
    with pytest.raises(NotAllowed):
        put(database, designer, version_id, "text.fr", "De Léa encore")
    for turn in (drafting.undo, drafting.redo):
        with database.transaction() as session, pytest.raises(NotAllowed):
            turn(session, None, designer, version_id)
    with database.transaction() as session, pytest.raises(NotAllowed):
        drafting.derive_draft(session, None, designer, version_id, "2")
    assert text_of(database, version_id) == "De Léa"


def test_an_undo_does_not_take_away_what_somebody_else_did_inside(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    """Camille's question was added by her; Noor wrote in it since, then thought better of it."""
    put(database, noor, version_id, "help.fr", "Une aide")
    with database.transaction() as session, pytest.raises(UndoIsBlocked):
        drafting.undo(session, None, camille, version_id)
    with database.transaction() as session:
        drafting.undo(session, None, noor, version_id)
    with database.transaction() as session:
        drafting.undo(session, None, camille, version_id)
    assert "question" not in {one.kind for one in document_of(database, version_id).nodes.values()}


def test_an_undo_does_not_take_away_the_language_that_somebody_else_wrote(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    put(database, camille, version_id, "help.fr", "Une aide")
    put(database, noor, version_id, "help.en", "Some help")
    with database.transaction() as session, pytest.raises(UndoIsBlocked):
        drafting.undo(session, None, camille, version_id)
    tree = document_of(database, version_id).nodes[question_of(database, version_id)].tree
    assert tree["help"] == {"fr": "Une aide", "en": "Some help"}


def test_a_move_is_not_undone_once_somebody_else_has_moved_the_element(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    def act(actor: User, operations: Sequence[Operation]) -> None:
        with database.transaction() as session:
            drafting.edit(session, None, actor, version_id, operations, {"act": "test"})

    document, question = document_of(database, version_id), question_of(database, version_id)
    page = document.nodes[question].parent
    act(noor, editing.add(document, "question", page, 1, type="text"))
    act(noor, editing.add(document_of(database, version_id), "question", page, 2, type="text"))
    act(camille, editing.shift(document_of(database, version_id), question, 1))
    act(noor, editing.shift(document_of(database, version_id), question, 1))
    with database.transaction() as session, pytest.raises(UndoIsBlocked):
        drafting.undo(session, None, camille, version_id)
    assert document_of(database, version_id).nodes[question].index == 2


def test_a_file_that_is_imported_into_a_draft_is_an_edit_of_it(
    database: Database, camille: User, version_id: int
) -> None:
    check_draft(database, version_id)
    with database.reading() as session:
        content = session.get_one(QuestionnaireVersion, version_id).content
    put(database, camille, version_id, "text.fr", "Pas encore vérifié")
    check_draft(database, version_id)
    with database.transaction() as session:
        authoring.import_version(session, content, camille)
    assert text_of(database, version_id) == "Nouvelle question"
    with database.transaction() as session:
        assert drafting.history(session, version_id)[0].kind == "restore"
        with pytest.raises(DraftIsUnsettled):
            authoring.publish_version(session, version_id)
        drafting.undo(session, None, camille, version_id)
    assert text_of(database, version_id) == "Pas encore vérifié"


def test_a_check_of_an_older_revision_overwrites_nothing(
    database: Database, camille: User, version_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one process reads, somebody edits and another process checks that."""
    read, revisions = editing.read_document, []

    def slow(document: Document) -> Reading:
        revisions.append(text_of(database, version_id))
        found = read(document)
        if len(revisions) == 1:
            put(database, camille, version_id, "text.fr", "Le plus récent")
            check_draft(database, version_id)
        return found

    monkeypatch.setattr(editing, "read_document", slow)
    check_draft(database, version_id)
    with database.reading() as session:
        draft = drafting.get_draft(session, version_id)
        content = session.get_one(QuestionnaireVersion, version_id).content
    assert draft.is_sound
    assert "Le plus récent" in content.decode()
    assert revisions == ["Nouvelle question", "Le plus récent"], "nothing had to be checked again"


def test_the_proof_of_a_content_that_no_version_has_any_more_is_forgotten_after_an_hour(
    database: Database, camille: User, version_id: int
) -> None:
    for words in ("Un", "Deux"):
        put(database, camille, version_id, "text.fr", words)
        check_draft(database, version_id)
    with database.transaction() as session:
        assert checking.forget_old_proofs(session) == 0, "an undo would want it"
        session.execute(update(Proof).values(made_at=now() - 2 * checking.OUTLIVED))
        kept = session.scalars(select(Proof.content_hash)).all()
        current = drafting.get_draft(session, version_id).content_hash
        assert checking.forget_old_proofs(session) == len(kept) - 1 == 1
        assert session.scalars(select(Proof.content_hash)).all() == [current]


def test_an_edit_before_the_last_one_was_proven_is_proven_with_the_respondents_of_before(
    database: Database, camille: User, version_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_draft(database, version_id)
    with monkeypatch.context() as patched:
        patched.setattr(checking, "_prove", lambda *_: None)
        put(database, camille, version_id, "text.fr", "Jamais prouvé")
        check_draft(database, version_id)
    put(database, camille, version_id, "text.fr", "Prouvé")
    known: list[int] = []
    prove = prove_content

    def spied(content: bytes, respondents: Sequence[Respondent], **others: Any) -> ProofFound:
        known.append(len(respondents))
        return prove(content, respondents, **others)

    monkeypatch.setattr(checking, "prove_content", spied)
    check_draft(database, version_id)
    assert len(known) == 1
    assert known[0] > 0


def test_a_proof_that_cannot_be_made_is_said_and_not_asked_for_again_and_again(
    database: Database, camille: User, version_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("too large")

    put(database, camille, version_id, "text.fr", f"Trop long pour {database.url.get_backend_name()}")
    with monkeypatch.context() as patched:
        patched.setattr(checking, "prove_content", fail)
        with pytest.raises(MemoryError):
            check_draft(database, version_id)
    with database.transaction() as session:
        session.execute(update(DraftRow).values(updated_at=now() - dt.timedelta(minutes=1)))
        assert proving.proof_of(session, version_id).status == "failed"
        assert drafts_to_check(session) == []
    put(database, camille, version_id, "text.fr", "Plus court")
    check_draft(database, version_id)
    with database.reading() as session:
        assert proving.proof_of(session, version_id).status == "done"


def test_who_is_there_is_seen_by_the_others(database: Database, camille: User, noor: User, version_id: int) -> None:
    with database.transaction() as session:
        assert drafting.pulse(session, camille, version_id, "a", 3) == ()
    with database.transaction() as session:
        found = drafting.pulse(session, noor, version_id, "b", 4)
    assert [(one.name, one.element) for one in found] == [("Camille", 3)]


def test_who_stays_is_written_down_now_and_then_and_who_left_is_forgotten(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    def pulse(element: int) -> None:
        with database.transaction() as session:
            drafting.pulse(session, camille, version_id, "a", element)

    def row() -> Presence:
        with database.reading() as session:
            return session.scalars(select(Presence)).one()

    pulse(3)
    first = row().seen_at
    pulse(3)
    assert row().seen_at == first, "several times a second, nothing is written"
    pulse(4)
    assert row().element == 4
    with database.transaction() as session:
        session.execute(update(Presence).values(seen_at=now() - dt.timedelta(seconds=10)))
    pulse(4)
    assert now() - row().seen_at < dt.timedelta(seconds=5)
    with database.transaction() as session:
        session.execute(update(Presence).values(seen_at=now() - dt.timedelta(seconds=30)))
        assert drafting.others(session, noor, version_id) == ()


def test_a_shipped_version_opened_edited_undone_and_checked_has_the_same_bytes(
    database: Database, camille: User
) -> None:
    shipped = factories.publish_shipped(database)
    with database.transaction() as session:
        content = session.get_one(QuestionnaireVersion, shipped).content
        made = drafting.derive_draft(session, None, camille, shipped, "2030").id
    element = question_of(database, made)
    for operations in (editing.duplicate, editing.delete):
        with database.transaction() as session:
            document = drafting.get_draft(session, made).document
            drafting.edit(session, None, camille, made, operations(document, element), {"act": "test"})
    for _edit in range(2):
        with database.transaction() as session:
            drafting.undo(session, None, camille, made)
    written = editing.write_document(document_of(database, made))
    formerly_free = b"\n".join(line for line in content.split(b"\n") if b"formerly:" not in line)
    assert written == formerly_free.replace(b'version: "2022"', b'version: "2030"')
