"""What is wrong with a draft, beside its element, and what the status bar says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.models import QuestionnaireVersion
from app.services import authoring, drafting, proving
from app.services.proving import ProofState, finding_key, keeping
from app.services.remembering import Remembered
from app.web.design.studio_problems import problems_by_element, standing
from questionnaires import definition, editing
from questionnaires.model import Context, Questionnaire
from questionnaires.problems import Place, Problem, Severity
from questionnaires.proofs.respondents import Finding, Proof, Respondent
from tests.questionnaires.builders import number, page, questionnaire, single

ASKED = questionnaire(page("profil", single("engage", "oui", "non")), page("suite", number("heures")))
TRAP = Problem("exclusive-alone", Place(page="suite", question="heures"), Severity.WARNING)
WITNESS = Respondent(Context(), {"engage": 2, "heures": 7})


@pytest.fixture
def version_id(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """A draft that its proof found wrong in one place."""
    monkeypatch.setattr(keeping, "proofs", Remembered(16))
    with app.extensions["impact"].database.transaction() as session:
        made = authoring.import_version(session, definition.write(ASKED)).id
        content_hash = session.get_one(QuestionnaireVersion, made).content_hash
        keeping.keep_proof(session, content_hash, Proof((Finding(TRAP, WITNESS),), (), (), 1, 0, 0))
    return made


def known(session: Session, version_id: int) -> tuple[ProofState, Questionnaire]:
    """The proof of a draft and the version that it is about."""
    return proving.proof_of(session, version_id), authoring.get_version(session, version_id)[1]


def test_a_finding_stands_beside_its_question_with_an_example(app: Flask, version_id: int) -> None:
    with app.extensions["impact"].database.reading() as session, app.test_request_context():
        draft = drafting.get_draft(session, version_id)
        found = problems_by_element(draft, "fr", *known(session, version_id))
        element = editing.place_of(draft.document, TRAP.place).element
        (shown,) = found[element]
        assert shown.severity == "warning"
        assert shown.key == finding_key(TRAP)
        assert shown.show == f"/design/versions/{version_id}/show"
        assert "engage → non · heures → 7" in shown.example
        bar = standing(draft, found, *known(session, version_id))
        assert (bar.check, bar.blocking, bar.warnings) == ("done", 0, 1)
        assert (bar.questions, bar.pages) == (2, 2)
        assert [one.words for one in bar.languages] == ["fr complet"]


def test_a_draft_that_waits_for_its_check_says_so(app: Flask, version_id: int) -> None:
    with app.extensions["impact"].database.reading() as session, app.test_request_context():
        draft = replace(drafting.get_draft(session, version_id), revision=2, checked=1)
        assert standing(draft, {}, *known(session, version_id)).check == "pending"


def test_what_keeps_a_draft_from_being_read_hides_older_findings(app: Flask, version_id: int) -> None:
    wrong = Problem("key-missing", Place(path="sections[0].pages[1].questions[0]"), data={"key": "text"})
    with app.extensions["impact"].database.reading() as session, app.test_request_context():
        draft = replace(drafting.get_draft(session, version_id), problems=(wrong,))
        found = problems_by_element(draft, "fr", *known(session, version_id))
        (shown,) = (one for group in found.values() for one in group)
        assert shown.is_blocking
        assert not shown.has_witness
        bar = standing(draft, found, *known(session, version_id))
        assert (bar.check, bar.blocking) == ("done", 1)
        assert bar.words == "1 problème à régler"
