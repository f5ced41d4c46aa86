"""The proof of a version, the comparison of two, and what publishing needs, as a designer reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.models import AuditEvent, Confirmation, Job, QuestionnaireVersion
from app.models import Proof as ProofRow
from app.services import authoring, ledgers
from app.services.proving import finding_key, keeping
from app.services.proving.encoding import encode_proof
from app.services.remembering import Remembered
from questionnaires import definition
from questionnaires.comparison import BaseStatus, BaseVerdict, Change, ChangeKind, ComparabilityClass, Comparison
from questionnaires.comparison import ledger as core
from questionnaires.model import Context, Questionnaire, choices_of
from questionnaires.problems import Place, Problem, Severity
from questionnaires.proofs.respondents import Finding, Outside, Proof, Respondent
from tests.questionnaires.builders import number, page, questionnaire, single
from tests.web.staff.members import Member

OLD = replace(
    questionnaire(page("profil", single("engage", "oui", "non")), page("suite", number("heures"))), version="2020"
)
NEW = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non")), page("suite", number("heures", when="engage = 'oui'"))
    ),
    version="2022",
)
SOMEBODY = Respondent(Context(), {"engage": 2, "heures": 7})
DEAD = Problem("rule-variable-unknown", Place(page="suite", question="heures"), data={"variable": "age"})
UNDECIDED = Problem(
    "proof-undecided", Place(page="suite", question="heures"), data={"owner": "question", "name": "heures"}
)
ADVICE = Problem("exclusive-alone", Place(page="profil", question="engage"), Severity.WARNING)


@dataclass(frozen=True)
class Draft:
    """Two versions of one questionnaire, the first published; the second is a draft."""

    app: Flask
    old: int
    new: int

    def prove(self, version_id: int, *findings: Finding) -> None:
        """Keep a proof that found this."""
        with self.app.extensions["impact"].database.transaction() as session:
            content_hash = session.get_one(QuestionnaireVersion, version_id).content_hash
            keeping.keep_proof(session, content_hash, proof(*findings))

    def compare(self) -> Comparison:
        """Keep the comparison of the two: the hours are asked of others, the rest is the same."""
        with self.app.extensions["impact"].database.transaction() as session:
            old, new = (session.get_one(QuestionnaireVersion, one) for one in (self.old, self.new))
            keeping.keep_comparison(session, old.content_hash, new.content_hash, COMPARED)
        return COMPARED


def proof(*findings: Finding) -> Proof:
    """A proof that covers with one respondent."""
    outside = (Outside("text-pattern", Place(page="suite", question="heures")),)
    return Proof(findings, outside, (SOMEBODY,), goals=1234, solved=12, undecided=0)


FILTER = Change(ChangeKind.CONDITION, "heures", ComparabilityClass.BASE_CHANGED, None, "engage = 'oui'")
WORDS = Change(
    ChangeKind.TEXT, "heures", ComparabilityClass.WORDING, "dans votre ville", "dans votre commune", language="fr"
)
COMPARED = Comparison(
    OLD.name,
    "2020",
    "2022",
    (FILTER, WORDS),
    {"engage": ComparabilityClass.IDENTICAL, "heures": ComparabilityClass.BASE_CHANGED},
    {"heures": (FILTER, WORDS)},
    {
        "engage": BaseVerdict(BaseStatus.UNCHANGED),
        "heures": BaseVerdict(BaseStatus.CHANGED, SOMEBODY, SOMEBODY, asked_in="2020"),
    },
    {},
    {"engage": "engage", "heures": "heures"},
)


@pytest.fixture
def draft(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Draft:
    """A published version and a draft that follows it; nothing is proven of the draft."""
    # What a process remembers of a content is the same whatever the test; here each test says what was found.
    for name in ("proofs", "comparisons"):
        monkeypatch.setattr(keeping, name, Remembered(16))

    def keep(asked: Questionnaire, status: str) -> int:
        with app.extensions["impact"].database.transaction() as session:
            version = authoring.import_version(session, definition.write(asked))
            if status == "published":
                keeping.keep_proof(session, version.content_hash, proof())
                authoring.publish_version(session, version.id)
            return version.id

    return Draft(app, keep(OLD, "published"), keep(NEW, "draft"))


@pytest.fixture
def designer(someone: Callable[..., Member]) -> Member:
    """A designer."""
    return someone("designer")


def test_a_proof_is_on_its_way_from_the_first_day_and_asked_again_where_it_failed(
    draft: Draft, designer: Member
) -> None:
    address = f"/design/versions/{draft.new}/proof"
    text = designer.read(address)
    assert "Preuve en cours" in text
    assert f'data-live="{address}/part' in text
    assert "Preuve en cours" in designer.read(f"/design/{OLD.name}/")
    with draft.app.extensions["impact"].database.transaction() as session:
        for job in session.scalars(select(Job)):
            job.status, job.finished_at, job.error = "failed", job.requested_at, "killed"
    assert "s’est interrompue" in designer.read(f"{address}/part")
    assert designer.post(address).status_code == 303
    assert "Preuve en cours" in designer.read(address)


def test_findings_come_by_gravity_with_their_place_and_the_witness_in_words(draft: Draft, designer: Member) -> None:
    draft.prove(draft.new, Finding(ADVICE), Finding(DEAD, SOMEBODY))
    text = designer.read(f"/design/versions/{draft.new}/proof")
    assert "Un constat retient la publication" in text
    assert text.index(finding_key(DEAD)) < text.index(finding_key(ADVICE))
    assert f'href="/design/versions/{draft.new}?lang=fr#heures"' in text
    assert "1 234" in text
    assert "Forme d’un texte libre" in text
    # The witness says no, then is not asked the hours: what is given off the path is not told.
    witness = text[text.index("Exemple trouvé") : text.index("</details>", text.index("Exemple trouvé"))]
    assert choices_of(NEW.question("engage"))[1].label.in_("fr") in witness
    assert NEW.question("heures").text.in_("fr") not in witness
    assert f'name="finding" value="{finding_key(DEAD)}"' in witness


def test_a_finding_is_let_pass_by_name_with_a_reason(draft: Draft, designer: Member) -> None:
    draft.prove(draft.new, Finding(UNDECIDED))
    address = f"/design/versions/{draft.new}/proof/waive/{finding_key(UNDECIDED)}"
    refused = designer.post(address, reason=" ")
    assert 'aria-invalid="true"' in refused.text
    long = designer.post(address, reason="x" * 501)
    assert "x" * 501 in long.text
    assert designer.post(address, reason="Question pilote, gardée exprès").status_code == 303
    text = designer.read(f"/design/versions/{draft.new}/proof")
    assert "Rien ne retient la publication" in text
    assert "Question pilote, gardée exprès" in text
    assert audited(draft.app, "waive-finding")
    assert designer.get(f"/design/versions/{draft.new}/proof/waive/inconnu").status_code == 404


def test_a_defect_is_mended_and_never_let_pass(draft: Draft, designer: Member) -> None:
    draft.prove(draft.new, Finding(DEAD, SOMEBODY), Finding(UNDECIDED))
    address = f"/design/versions/{draft.new}/proof"
    text = designer.read(address)
    assert f"/proof/waive/{finding_key(UNDECIDED)}" in text
    assert f"/proof/waive/{finding_key(DEAD)}" not in text
    assert designer.get(f"{address}/waive/{finding_key(DEAD)}").status_code == 404
    form = f"{address}/waive/{finding_key(UNDECIDED)}"
    crafted = designer.post(f"{address}/waive/{finding_key(DEAD)}", form_at=form, reason="Sans effet")
    assert crafted.status_code == 404
    assert not audited(draft.app, "waive-finding")


def test_a_version_that_changed_under_the_page_is_not_published_for_what_was_read(
    draft: Draft, designer: Member
) -> None:
    draft.prove(draft.new)
    draft.compare()
    confirm(draft, designer, "base-changed")
    address = f"/design/versions/{draft.new}/publish"
    stale = designer.post(address, seen="0" * 64)
    assert stale.status_code == 409
    assert "a changé depuis que vous avez ouvert cette page" in stale.text
    assert designer.post(address).status_code == 303


def test_what_came_between_the_page_and_the_act_of_publishing_is_told_as_such(
    draft: Draft, designer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.prove(draft.new)
    draft.compare()
    confirm(draft, designer, "base-changed")

    def refuse(*_: object) -> None:
        raise authoring.VersionHasFindings([Finding(DEAD)])

    monkeypatch.setattr(authoring, "_require_proof", refuse)
    refused = designer.post(f"/design/versions/{draft.new}/publish")
    assert refused.status_code == 409
    assert "Ce qu’il faut pour publier" in refused.text


def test_a_change_is_confirmed_as_it_was_read(draft: Draft, designer: Member) -> None:
    draft.compare()
    address = f"/design/versions/{draft.new}/compare/{draft.old}/confirm/heures"
    other = designer.post(address, class_="wording", reason="Filtre technique", seen="0" * 16)
    assert other.status_code == 409
    assert "n’est plus celui que vous aviez lu" in other.text
    assert "Filtre technique" in other.text
    assert not audited(draft.app, "confirm-change")


def test_publishing_says_what_is_missing_and_works_only_when_all_is_there(draft: Draft, designer: Member) -> None:
    address = f"/design/versions/{draft.new}/publish"
    assert " disabled" in designer.read(address)
    assert designer.post(address).status_code == 409
    draft.prove(draft.new, Finding(DEAD))
    draft.compare()
    text = designer.read(address)
    assert "Un constat retient la publication" in text
    assert "1 variable a changé sans être confirmée" in text
    with draft.app.extensions["impact"].database.transaction() as session:
        session.execute(update(ProofRow).values(result=encode_proof(proof(Finding(UNDECIDED)))))
    keeping.proofs = Remembered(16)
    waive = f"/design/versions/{draft.new}/proof/waive/{finding_key(UNDECIDED)}"
    designer.post(waive, reason="Vu avec l’équipe")
    assert designer.post(address).status_code == 409
    confirm(draft, designer, "base-changed")
    assert " disabled" not in designer.read(address)
    assert designer.post(address).status_code == 303
    assert "Publiée" in designer.read(f"/design/versions/{draft.new}")


def test_a_comparison_shows_before_and_after_and_who_is_no_longer_asked(draft: Draft, designer: Member) -> None:
    address = f"/design/versions/{draft.new}/compare/{draft.old}"
    assert "pas encore comparées" in designer.read(address)
    assert designer.post(address).status_code == 303
    assert "Comparaison en cours" in designer.read(address)
    draft.compare()
    text = designer.read(address)
    assert "<del>ville</del>" in text
    assert "<ins>commune</ins>" in text
    assert "interrogée dans la version 2020 et pas dans la version 2022" in text
    assert "base modifiée" in text
    assert designer.get(f"/design/versions/{draft.old}/compare/{draft.new}").status_code == 404


def test_a_class_is_confirmed_with_its_reason_and_a_trend_obeys(draft: Draft, designer: Member) -> None:
    comparison = draft.compare()
    address = f"/design/versions/{draft.new}/compare/{draft.old}/confirm/heures"
    refused = designer.post(address, class_="wording", reason="")
    assert "Écrivez pourquoi" in refused.text
    assert 'value="wording" checked' in refused.text.replace('checked value="wording"', 'value="wording" checked') or (
        refused.text.index("checked") < refused.text.index('value="wording"')
    )
    assert joins(draft) == "cut"
    confirm(draft, designer, "wording")
    assert joins(draft) == "noted"
    text = designer.read(f"/design/versions/{draft.new}/compare/{draft.old}")
    assert "Tout est confirmé" in text
    assert "Filtre technique" in text
    assert "Camille" in text
    assert audited(draft.app, "confirm-change")
    with draft.app.extensions["impact"].database.reading() as session:
        assert core.unconfirmed(comparison, ledgers.ledger_of(session, OLD.name)) == ()


def test_a_class_confirmed_of_another_change_is_stale(draft: Draft, designer: Member) -> None:
    draft.compare()
    confirm(draft, designer, "wording")
    with draft.app.extensions["impact"].database.transaction() as session:
        for row in session.scalars(select(Confirmation)):
            row.digest = "0" * 16
    text = designer.read(f"/design/versions/{draft.new}/compare/{draft.old}")
    assert "À confirmer de nouveau" in text
    assert joins(draft) == "cut"


def test_a_new_variable_is_compared_with_nothing(draft: Draft) -> None:
    assert ledgers.offered(ComparabilityClass.NEW) == (ComparabilityClass.NEW,)
    assert ComparabilityClass.NEW not in ledgers.offered(ComparabilityClass.BROKEN)


def test_the_codebook_has_a_line_for_each_variable_over_all_versions(draft: Draft, designer: Member) -> None:
    draft.compare()
    text = designer.read(f"/design/{OLD.name}/codebook")
    assert text.count("base modifiée") == 1
    assert "à confirmer" in text
    rows = designer.get(f"/design/{OLD.name}/codebook.csv").text.lstrip("\ufeff").splitlines()
    assert [row.split(";")[0] for row in rows] == ["variable", "engage", "heures"]
    assert "2020 → 2022" in rows[0]
    assert "base modifiée (à confirmer)" in rows[2]


def confirm(draft: Draft, designer: Member, class_: str) -> None:
    """Retain a class for the hours."""
    address = f"/design/versions/{draft.new}/compare/{draft.old}/confirm/heures"
    answer = designer.post(address, class_=class_, reason="Filtre technique, sans effet attendu")
    assert answer.status_code == 303


def joins(draft: Draft) -> str:
    """What a trend of the hours does between the two versions, both published."""
    database = draft.app.extensions["impact"].database
    with database.transaction() as session:
        version = session.get_one(QuestionnaireVersion, draft.new)
        version.status, version.published_at = "published", version.created_at
    with database.reading() as session:
        return ledgers.judge_of(session, OLD.name)("heures", "2020", "2022").join.value


def audited(app: Flask, action: str) -> bool:
    """Whether an act is in the audit log, with its author."""
    with app.extensions["impact"].database.reading() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()
    return bool(found) and all(one.user_id is not None for one in found)
