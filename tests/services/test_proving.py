"""Proofs and comparisons: asked for when a draft changes, kept by content, required of what is published."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.db import Database
from app.jobs import PROVE_VERSION
from app.models import AuditEvent, Job, Proof, QuestionnaireVersion, User
from app.models import Comparison as ComparisonRow
from app.services import authoring, jobs, ledgers, proving, simulation
from app.services.authoring import ChangesAreUnconfirmed, VersionHasFindings, VersionIsUnproven
from app.services.proving import encoding, keeping, running
from app.services.remembering import Remembered
from questionnaires import definition
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.model import Questionnaire
from questionnaires.problems import Place, Problem
from questionnaires.proofs.respondents import Finding
from questionnaires.proofs.respondents import Proof as ProofOf
from tests.factories import SECRET, an_account, count_rows, launch
from tests.questionnaires.builders import page, questionnaire, score, single

ASKED = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non")),
        page("suite", score("envie", when="engage = 'oui'")),
    ),
    name="preuve",
)
NEVER = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non")),
        page("suite", score("envie", when="engage = 'oui' and engage = 'non'")),
    ),
    name="jamais",
)
LATER = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non")),
        page("suite", score("envie", when="engage = 'non'")),
    ),
    name="preuve",
    version="2",
)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has proven nothing yet."""
    monkeypatch.setattr(keeping, "proofs", Remembered(16))
    monkeypatch.setattr(keeping, "comparisons", Remembered(16))


def keep(database: Database, asked: Questionnaire) -> int:
    with database.transaction() as session:
        return authoring.import_version(session, definition.write(asked)).id


def publish(database: Database, version_id: int) -> None:
    with database.transaction() as session:
        authoring.publish_version(session, version_id)


def state(database: Database, version_id: int) -> proving.ProofState:
    with database.reading() as session:
        return proving.proof_of(session, version_id)


def work(database: Database) -> None:
    """What the worker does with the proofs that wait."""
    with database.reading() as session:
        waiting = session.scalars(select(Job.id).where(Job.name == PROVE_VERSION.name, Job.status == "pending")).all()
    for job_id in waiting:
        with jobs.running(database, job_id) as ids:
            assert ids is not None
            running.prove_version(database, ids[0], job_id)


def test_a_draft_is_proven_by_the_worker_then_published(database: Database) -> None:
    version_id = keep(database, ASKED)
    assert state(database, version_id).status == "queued"
    with pytest.raises(VersionIsUnproven):
        publish(database, version_id)
    work(database)
    found = state(database, version_id)
    assert found.status == "done"
    assert found.proof is not None
    assert found.proof.covering
    publish(database, version_id)
    with database.reading() as session:
        assert session.get_one(QuestionnaireVersion, version_id).status == "published"
        job = jobs.latest_job(session, PROVE_VERSION, version_id)
    assert job is not None
    assert (job.status, job.done) == ("done", job.total), "how far it was is told to the end"


def test_the_same_content_is_asked_for_once_and_an_edit_again(database: Database) -> None:
    version_id = keep(database, ASKED)
    assert keep(database, ASKED) == version_id
    assert count_rows(database, Job) == 1
    work(database)
    edited = replace(ASKED, minutes=7)
    assert keep(database, edited) == version_id
    assert state(database, version_id).status == "queued", "other bytes are not proven"
    with database.reading() as session:
        row = keeping.find_proof(session, authoring.get_version(session, version_id)[0].content_hash)
        assert row is not None
        before = keeping.known_of(row, session)
    assert before is not None
    assert before.covering, "the proof of the content before is where this one begins"
    work(database)
    assert state(database, version_id).status == "done"


def test_a_defect_keeps_a_version_from_being_asked_whatever_is_written(database: Database) -> None:
    version_id = keep(database, NEVER)
    work(database)
    with pytest.raises(VersionHasFindings) as refused:
        publish(database, version_id)
    an_account(database)
    keys = [proving.finding_key(one.problem) for one in refused.value.findings]
    for key in keys:
        with pytest.raises(proving.FindingNotFound), database.transaction() as session:
            proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, key, "voulu")
    with database.transaction() as session:
        # Not even a waiver that stands in the row, as an earlier release allowed.
        row = session.scalars(select(Proof)).one()
        row.waivers = [{"key": key, "reason": "voulu", "author": "c@example.org", "at": "2026-01-01"} for key in keys]
    with pytest.raises(VersionHasFindings):
        publish(database, version_id)


def test_what_the_solver_leaves_undecided_passes_once_somebody_waives_it_by_name(database: Database) -> None:
    version_id = keep(database, ASKED)
    undecided = Finding(Problem("proof-undecided", Place(), data={"owner": "question", "name": "heures"}))
    content_hash = hashlib.sha256(definition.write(ASKED)).hexdigest()
    with database.transaction() as session:
        keeping.keep_proof(session, content_hash, ProofOf((undecided,), (), (), goals=1, solved=1, undecided=1))
    with pytest.raises(VersionHasFindings):
        publish(database, version_id)
    an_account(database)
    key = proving.finding_key(undecided.problem)
    with pytest.raises(proving.ReasonIsMissing), database.transaction() as session:
        proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, key, "  ")
    with database.transaction() as session:
        proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, key, "voulu")
    assert state(database, version_id).blocking == ()
    publish(database, version_id)
    assert count_rows(database, AuditEvent, AuditEvent.action == "waive-finding") == 1
    with pytest.raises(proving.FindingNotFound), database.transaction() as session:
        proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, "inconnu", "voulu")


def test_a_change_since_the_version_published_before_is_confirmed_by_a_person(database: Database) -> None:
    first = keep(database, ASKED)
    work(database)
    publish(database, first)
    second = keep(database, LATER)
    work(database)
    with pytest.raises(ChangesAreUnconfirmed) as refused:
        publish(database, second)
    assert refused.value.variables == ("envie",)
    an_account(database)
    with database.transaction() as session:
        comparison = proving.comparison_of(session, first, second).comparison
        assert comparison is not None
        assert comparison.classes["envie"] is ComparabilityClass.BASE_CHANGED
        user = session.scalars(select(User)).unique().one()
        ledgers.confirm(session, user, comparison, ["envie"], ComparabilityClass.BASE_CHANGED, "autre public")
    publish(database, second)


def test_a_proof_of_this_process_is_enough_and_is_kept(database: Database) -> None:
    running.prepare_publication(database, [definition.write(ASKED)])
    version_id = keep(database, ASKED)
    publish(database, version_id)
    assert count_rows(database, Job) == 0, "nothing is left to prove"
    assert count_rows(database, Proof, Proof.status == "done") == 1


def test_proofs_and_comparisons_are_read_as_they_were_written() -> None:
    contents = definition.write(NEVER), definition.write(ASKED), definition.write(LATER)
    proof = running.prove_content(contents[0])
    assert proof.findings
    assert encoding.decode_proof(encoding.encode_proof(proof)) == proof
    comparison = running.compare_contents(*contents[1:])
    assert encoding.decode_comparison(encoding.encode_comparison(comparison)) == comparison


def test_the_covering_respondents_answer_before_the_simulated_ones(database: Database) -> None:
    where = launch(database, ASKED)
    with database.reading() as session:
        covering = proving.covering_of(session, where.version_id)
    assert len(covering) > 1
    counts = list(simulation.simulate(database, where.key, len(covering), {}, SECRET, covering=covering))
    assert counts == list(range(1, len(covering) + 1))


def test_what_is_damaged_is_proven_and_compared_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keep(database, ASKED)
    work(database)
    publish(database, first)
    second = keep(database, LATER)
    work(database)
    with database.transaction() as session:
        session.execute(update(Proof).values(result={"findings": [{"problem": None}]}))
        session.execute(update(ComparisonRow).values(result=["x"]))
    monkeypatch.setattr(keeping, "proofs", Remembered(16))
    monkeypatch.setattr(keeping, "comparisons", Remembered(16))
    assert state(database, second).status == "failed"
    with pytest.raises(VersionIsUnproven):
        publish(database, second)
    with database.transaction() as session:
        assert proving.comparison_of(session, first, second).status == "failed"
        proving.request_proof(session, None, second)
    work(database)
    assert state(database, second).status == "done"
    with database.reading() as session:
        assert proving.comparison_of(session, first, second).status == "done"


def test_a_proof_of_another_engine_counts_no_more_even_as_the_one_to_begin_with(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_id = keep(database, ASKED)
    work(database)
    monkeypatch.setattr(keeping, "proofs", Remembered(16))
    monkeypatch.setattr(keeping, "ENGINE", keeping.ENGINE + 1)
    assert state(database, version_id).status == "absent"
    with database.transaction() as session:
        version = session.get_one(QuestionnaireVersion, version_id)
        proving.request_proof(session, None, version_id, version.content_hash)
        row = keeping.find_proof(session, version.content_hash)
        assert row is not None
        assert keeping.known_of(row, session) is not None
    with pytest.raises(VersionIsUnproven):
        publish(database, version_id)


def test_what_was_confirmed_of_an_earlier_content_of_a_draft_joins_nothing(database: Database) -> None:
    third = replace(LATER, version="3")
    versions = [keep(database, ASKED)]
    work(database)
    publish(database, versions[0])
    an_account(database)
    versions += [keep(database, LATER), keep(database, replace(ASKED, version="3"))]
    work(database)
    confirm_all(database, versions[0], versions[1], ComparabilityClass.BROKEN)
    publish(database, versions[1])
    with database.transaction() as session:
        proving.request_comparison(session, None, versions[0], versions[2])
    work(database)
    confirm_all(database, versions[0], versions[2], ComparabilityClass.WORDING, "engage")
    # The third version is then something else, of which nothing is confirmed from the first on.
    keep(database, third)
    work(database)
    confirm_all(database, versions[1], versions[2], ComparabilityClass.WORDING)
    publish(database, versions[2])
    with database.reading() as session:
        judge = ledgers.judge_of(session, ASKED.name)
    assert judge("envie", "1", "2").join is Join.CUT
    assert judge("envie", "1", "3").join is Join.CUT
    assert [one.old for one in judge("engage", "1", "3").steps] == ["1", "2"]


def test_a_person_who_judges_the_same_more_strictly_is_obeyed(database: Database) -> None:
    first = keep(database, ASKED)
    work(database)
    publish(database, first)
    an_account(database)
    second = keep(database, LATER)
    work(database)
    confirm_all(database, first, second, ComparabilityClass.WORDING)
    confirm_all(database, first, second, ComparabilityClass.BROKEN, "engage")
    publish(database, second)
    with database.reading() as session:
        judge = ledgers.judge_of(session, ASKED.name)
    assert judge("engage", "1", "2").join is Join.CUT
    assert judge("envie", "1", "2").join is Join.NOTED


def confirm_all(database: Database, old: int, new: int, class_: ComparabilityClass, *variables: str) -> None:
    """Retain a class for these variables, or for all that changed."""
    with database.transaction() as session:
        comparison = proving.comparison_of(session, old, new).comparison
        assert comparison is not None
        changed = [name for name, one in comparison.classes.items() if one is not ComparabilityClass.IDENTICAL]
        user = session.scalars(select(User)).unique().one()
        ledgers.confirm(session, user, comparison, variables or changed, class_, "vu par l’équipe")
