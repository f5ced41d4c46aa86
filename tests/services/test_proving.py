"""Proofs and comparisons: asked for when a draft changes, kept by content, required of what is published."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.db import Database
from app.jobs import PROVE_VERSION
from app.models import AuditEvent, Job, Proof, QuestionnaireVersion, User
from app.services import authoring, jobs, ledgers, proving, simulation
from app.services.authoring import ChangesAreUnconfirmed, VersionHasFindings, VersionIsUnproven
from app.services.proving import encoding, keeping, running
from questionnaires import definition
from questionnaires.comparison import ComparabilityClass
from questionnaires.model import Questionnaire
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
    monkeypatch.setattr(keeping, "proofs", keeping.Remembered())
    monkeypatch.setattr(keeping, "comparisons", keeping.Remembered())


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


def test_what_a_proof_finds_keeps_a_version_from_being_asked_until_it_is_waived_by_name(database: Database) -> None:
    version_id = keep(database, NEVER)
    work(database)
    with pytest.raises(VersionHasFindings) as refused:
        publish(database, version_id)
    an_account(database)
    for finding in refused.value.findings:
        key = proving.finding_key(finding.problem)
        with pytest.raises(proving.ReasonIsMissing), database.transaction() as session:
            proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, key, "  ")
        with database.transaction() as session:
            proving.waive_finding(session, session.scalars(select(User)).unique().one(), version_id, key, "voulu")
    assert state(database, version_id).blocking == ()
    publish(database, version_id)
    assert count_rows(database, AuditEvent, AuditEvent.action == "waive-finding") == len(refused.value.findings)
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
