"""The question bank: every question of the versions that were published, to be taken into a draft with its origin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import QuestionnaireVersion, User
from app.services import authoring, rights
from app.services.remembering import Remembered
from questionnaires import editing
from questionnaires.editing import Document, Operation
from questionnaires.expressions import (
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    parse,
    references,
)

KEPT_DOCUMENTS = 64
_documents = Remembered[str, Document](KEPT_DOCUMENTS)
_UNREADABLE = (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed)


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A published question and where it stands; `tree`: as the file of its version holds it."""

    version_id: int
    questionnaire_key: str
    title: str
    version: str
    element: int
    name: str
    type: str
    concept: str
    text: str
    choices: tuple[str, ...]
    tree: Mapping[str, Any]

    @property
    def provenance(self) -> str:
        """What the question that is taken says of its source."""
        return f"{self.questionnaire_key} {self.version}, {self.name}"


class QuestionNotFound(Exception):
    """The bank has no such question."""


def questions(
    session: Session, user: User, language: str, *, words: str = "", concept: str = "", key: str = ""
) -> list[BankQuestion]:
    """The questions that somebody may take, by questionnaire, the latest version first; each once while unchanged."""
    wanted = _folded(words)
    found: list[BankQuestion] = []
    for one in _every(session, user, language):
        is_wanted = (
            (not key or one.questionnaire_key == key)
            and (not concept or one.concept == concept)
            and wanted in _folded(" ".join((one.text, one.name, one.concept, *one.choices)))
        )
        if is_wanted:
            found.append(one)
    return found


def find_question(session: Session, user: User, language: str, version_id: int, element: int) -> BankQuestion:
    """A question of the bank. Raises QuestionNotFound."""
    every = _every(session, user, language)
    found = next((one for one in every if (one.version_id, one.element) == (version_id, element)), None)
    if found is None:
        raise QuestionNotFound(f"{version_id} {element}")
    return found


def taken_into(document: Document, page: int, question: BankQuestion) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """The operations that put a question last on a page, and the names of the rules that were left out.

    A rule that reads what the draft does not have is left out; so is the text of a language that it does not have.
    """
    known = {node.name for node in document.nodes.values() if node.kind in editing.VARIABLES}
    left_out: list[str] = []
    tree = _fitted(question.tree, known, set(document.languages), left_out)
    operations = editing.insert_question(document, page, None, tree, question.provenance)
    return operations, tuple(dict.fromkeys(left_out))


def _every(session: Session, user: User, language: str) -> Iterator[BankQuestion]:
    for questionnaire in authoring.list_questionnaires(session):
        if not rights.may(session, user, questionnaire.id, "read"):
            continue
        seen: set[str] = set()
        for version in questionnaire.versions:
            if version.status == "draft":
                continue
            document = _document(session, version.id, version.content_hash)
            for node in document.nodes.values():
                plain = repr(editing.plain(node.tree)) if node.kind == "question" else ""
                if not plain or plain in seen:
                    continue
                seen.add(plain)
                yield BankQuestion(
                    version.id,
                    questionnaire.key,
                    questionnaire.title.in_(language),
                    version.name,
                    node.element,
                    node.name,
                    node.type,
                    str(node.tree.get("concept", "")),
                    editing.label(document, node.element, language),
                    tuple(
                        editing.label(document, one.element, language)
                        for one in editing.children(document, node.element)
                        if one.kind in ("choice", "row")
                    ),
                    editing.plain(node.tree),
                )


def _document(session: Session, version_id: int, content_hash: str) -> Document:
    def opened() -> Document:
        content = session.scalar(select(QuestionnaireVersion.content).where(QuestionnaireVersion.id == version_id))
        return editing.open_document(content or b"")

    return _documents.of(content_hash, opened)


def _fitted(tree: Any, known: set[str], languages: set[str], left_out: list[str]) -> Any:
    """A tree without the rules that read what the draft lacks, nor the languages that it lacks."""
    if isinstance(tree, list):
        return [_fitted(one, known, languages, left_out) for one in tree]
    if not isinstance(tree, Mapping):
        return tree
    made: dict[str, Any] = {}
    for key, value in tree.items():
        if key in _RULES and isinstance(value, str) and not _is_known(value, known):
            left_out.append(key)
            if key == "when" and "text" in tree and "type" not in tree:
                made[key] = "false"  # a variant needs its rule: nobody gets this one until it is written
        elif key == "prefill" and value not in known:
            left_out.append(key)
        elif isinstance(value, Mapping):
            kept = {one: words for one, words in value.items() if one in languages}
            made[key] = kept or dict(list(value.items())[:1])
        else:
            made[key] = _fitted(value, known, languages, left_out)
    return made


_RULES = frozenset(("when", "at_least", "at_most", "above", "below", "total_from"))


def _is_known(rule: str, known: set[str]) -> bool:
    try:
        names = references(parse(rule))
    except _UNREADABLE:
        return False
    return all(name in known or any(name.startswith(f"{one}_") for one in known) for name in names)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())
