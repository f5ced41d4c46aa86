"""Drafts: whatever is done to one is undone exactly, done again alike, and kept as JSON."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaires import definition, editing
from questionnaires.definition.schema import QUESTIONS
from questionnaires.editing import Document, Insert, Move, Operation, Put, Remove
from questionnaires.model import Questionnaire
from tests.questionnaires.strategies import versions

DEFINITIONS = Path(definition.__file__).parents[1] / "definitions"
SHIPPED = sorted(DEFINITIONS.glob("*/*.yaml"))
TYPES = tuple(QUESTIONS)
HOSTILE = (
    "« a : b » # c",
    "- tiret",
    "'\"\\",
    "a\nb\tc",
    "no",
    "1e3",
    "{{accolade}}",
    "\u2028",
    "@x",
    "é\u0000".strip("\0"),
)


def acted(document: Document, chance: random.Random) -> tuple[Operation, ...]:
    """Something a person might do to some element."""
    node = chance.choice(list(document.nodes.values()))
    page = chance.choice([one for one in document.nodes.values() if one.kind == "page"])
    question = chance.choice([one for one in document.nodes.values() if one.kind == "question"])
    below = node.element if node.parent >= 0 else question.element
    acts = (
        lambda: editing.add(document, "question", page.element, None, chance.choice(TYPES)),
        lambda: editing.duplicate(document, below),
        lambda: editing.delete(document, below),
        lambda: editing.shift(document, below, chance.choice((-1, 1))),
        lambda: editing.move_to(document, question.element, page.element, 0),
        lambda: editing.put(document, question.element, "text.fr", chance.choice(HOSTILE)),
        lambda: editing.put(document, question.element, "required", chance.choice(("soft", "hard", "no"))),
        lambda: editing.rename(document, below, f"neuf{chance.randrange(1000)}"),
        lambda: editing.change_type(document, question.element, chance.choice(TYPES)),
        lambda: editing.add_language(document, chance.choice(("de", "br"))),
        lambda: editing.remove_language(document, document.languages[-1]),
    )
    return chance.choice(acts)()


def undone_exactly(content: bytes, seed: int, steps: int) -> None:
    """Some acts on a file, all undone: the same bytes; and done again: the same draft as before."""
    chance = random.Random(seed)
    document = editing.open_document(content)
    back: list[tuple[Operation, ...]] = []
    for _ in range(steps):
        if not {"page", "question"} <= {one.kind for one in document.nodes.values()}:
            break
        operations = acted(document, chance)
        applied = editing.apply(document, operations)
        kept = json.loads(json.dumps([one.to_json() for one in applied.inverse]))
        assert tuple(editing.operation_from_json(one) for one in kept) == applied.inverse
        back.append(applied.inverse)
        document = Document.from_json(json.loads(json.dumps(applied.document.to_json())))
    changed = editing.plain(document.root)
    forth: list[tuple[Operation, ...]] = []
    for inverse in reversed(back):
        applied = editing.apply(document, inverse)
        forth.append(applied.inverse)
        document = applied.document
    assert editing.write_document(document) == content
    for again in reversed(forth):
        document = editing.apply(document, again).document
    assert editing.plain(document.root) == changed


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_shipped_questionnaire_edited_and_undone_is_the_same_file(path: Path) -> None:
    undone_exactly(path.read_bytes(), seed=7, steps=10)


@settings(max_examples=6)
@given(versions(), st.integers(0, 10**6))
def test_any_draft_edited_and_undone_is_the_same_file(version: Questionnaire, seed: int) -> None:
    undone_exactly(definition.write(version), seed, steps=8)


@pytest.fixture
def draft() -> Document:
    return editing.open_document((DEFINITIONS / "impact-citoyens" / "2022.yaml").read_bytes())


@pytest.mark.parametrize("type_", TYPES)
def test_a_new_question_of_each_type_leaves_the_draft_readable(draft: Document, type_: str) -> None:
    page = next(one for one in draft.nodes.values() if one.kind == "page")
    made = editing.apply(draft, editing.add(draft, "question", page.element, None, type_)).document
    told = [one for one in editing.read_document(made).problems if one.is_blocking]
    assert told == []


def test_a_renamed_question_is_followed_by_everything_that_names_it(draft: Document) -> None:
    before = editing.read_document(draft)
    read = [one for one in draft.nodes.values() if one.kind == "question" and editing.readers_of(draft, one.element)]
    assert read
    for node in read[:5]:
        renamed = editing.apply(draft, editing.rename(draft, node.element, "tout_autre_nom")).document
        found = editing.read_document(renamed)
        assert [one.code for one in found.problems] == [one.code for one in before.problems]
        assert len(editing.readers_of(renamed, node.element)) == len(editing.readers_of(draft, node.element))
        old = editing.apply(renamed, editing.rename(renamed, node.element, node.name)).document
        assert editing.write_document(old) == editing.write_document(draft)


def test_an_element_keeps_its_number_where_it_goes(draft: Document) -> None:
    first, second = [one for one in draft.nodes.values() if one.kind == "page"][:2]
    question = editing.children(draft, first.element, "questions")[0]
    moved = editing.apply(draft, (Move(question.element, second.element, "questions", 0),)).document
    assert editing.find(moved, question.element).parent == second.element
    assert editing.find(moved, question.element).name == question.name


def test_a_value_changed_meanwhile_is_not_overwritten(draft: Document) -> None:
    question = next(one for one in draft.nodes.values() if one.kind == "question")
    theirs = editing.apply(draft, (Put(question.element, "text.fr", "La leur"),)).document
    with pytest.raises(editing.ValueHasChanged) as refused:
        editing.apply(theirs, (Put(question.element, "text.fr", "La mienne", question.tree["text"]["fr"]),))
    assert refused.value.theirs == "La leur"


def test_what_is_gone_cannot_be_changed(draft: Document) -> None:
    question = next(one for one in draft.nodes.values() if one.kind == "question")
    gone = editing.apply(draft, (Remove(question.element),)).document
    with pytest.raises(editing.OperationDoesNotApply):
        editing.apply(gone, (Put(question.element, "name", "x"),))
    with pytest.raises(editing.OperationDoesNotApply):
        editing.apply(draft, (Insert(question.parent, "questions", 0, question.tree),))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_text_of_any_characters_is_read_back_as_it_was(draft: Document, words: str) -> None:
    question = next(one for one in draft.nodes.values() if one.kind == "question")
    made = editing.apply(draft, (Put(question.element, "note", words), Put(question.element, "name", ""))).document
    again = editing.open_document(editing.write_document(made))
    assert editing.plain(again.root) == editing.plain(made.root)


def test_pasted_lines_are_choices_with_codes_of_their_own(draft: Document) -> None:
    page = next(one for one in draft.nodes.values() if one.kind == "page")
    added = editing.apply(draft, editing.add(draft, "question", page.element, 0)).document
    question = editing.children(added, page.element, "questions")[0]
    lines = "8. Souvent\nJamais; Never\n\n1\tParfois"
    made = editing.apply(added, editing.paste_choices(added, question.element, lines, taken={9})).document
    pasted = editing.children(made, question.element, "choices")[2:]
    assert [(one.tree["code"], one.name) for one in pasted] == [("8", "souvent"), ("10", "jamais"), ("11", "parfois")]
