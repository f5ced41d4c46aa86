"""Drafts: every change is saved with what undoes it, two people lose nothing, the check follows behind."""

from __future__ import annotations

import threading

import pytest

from app.db import Database
from app.models import Draft as DraftRow
from app.models import QuestionnaireVersion, User
from app.services import authoring, drafting, proving
from app.services.drafting import EditConflict, NothingToUndo, UndoIsBlocked, VersionExists, VersionIsFrozen
from app.services.drafting.checking import check_draft, drafts_to_check
from questionnaires import definition, editing
from questionnaires.editing import Document, Put
from tests import factories
from tests.factories import an_account

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


def test_two_people_who_edit_one_draft_at_once_lose_nothing(
    database: Database, camille: User, noor: User, version_id: int
) -> None:
    """Each writes the text of one language fifty times; the other one's stays."""
    failures: list[BaseException] = []

    def write(actor: User, key: str) -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        try:
            for number in range(50):
                put(own, actor, version_id, key, str(number))
        except BaseException as error:
            failures.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=write, args=one) for one in ((camille, "text.fr"), (noor, "text.en"))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    with database.reading() as session:
        row = session.get_one(DraftRow, version_id)
        assert row.revision == 2 + 100
    tree = document_of(database, version_id).nodes[question_of(database, version_id)].tree
    assert tree["text"] == {"fr": "49", "en": "49"}


def test_who_is_there_is_seen_by_the_others(database: Database, camille: User, noor: User, version_id: int) -> None:
    with database.transaction() as session:
        assert drafting.pulse(session, camille, version_id, "a", 3) == ()
    with database.transaction() as session:
        found = drafting.pulse(session, noor, version_id, "b", 4)
    assert [(one.name, one.element) for one in found] == [("Camille", 3)]


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
