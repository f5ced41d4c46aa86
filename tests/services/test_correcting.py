"""Correcting: what was sent counts until the correction is sent; the aggregates follow exactly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import Message, Response, Submission, Wave
from app.services import fieldwork, responding
from app.services.responding import CorrectionIsRefused, Incomplete, Submitted, WaveIsClosed
from app.storage import FolderStorage
from questionnaires.model import Given
from tests.factories import BY_SEX, TWO_PAGES, Field, count_rows, launch, payloads
from tests.journeys import Respondent, answer_all, arrive, expect_whole, fold, refresh, withdraw
from tests.questionnaires.builders import leaves, page, questionnaire, single


@pytest.fixture
def wave(database: Database) -> Field:
    """An open wave that lets one correct."""
    return allow(launch(database, TWO_PAGES, BY_SEX))


def allow(wave: Field, **values: object) -> Field:
    with wave.database.transaction() as session:
        session.execute(update(Wave).where(Wave.id == wave.wave_id).values({"may_correct": True, **values}))
    return wave


def correct(person: Respondent) -> None:
    with person.database.transaction() as session:
        state = responding.find_response(session, person.wave_key, person.token, is_locked=True)
        assert state is not None
        responding.start_correction(session, state)


def cancel(person: Respondent) -> None:
    with person.database.transaction() as session:
        state = responding.find_response(session, person.wave_key, person.token, is_locked=True)
        assert state is not None
        responding.cancel_correction(session, state)


def sent(person: Respondent) -> Given:
    """The answers that count."""
    with person.database.reading() as session:
        return responding.as_sent(session, person.state).given


def kinds(wave: Field) -> list[str]:
    with wave.database.reading() as session:
        return list(session.scalars(select(Submission.kind).order_by(Submission.id)))


def test_a_correction_replaces_what_was_sent_in_the_aggregates(wave: Field, tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    person, _other = answer_all(wave, sexe=1, confiance=2), answer_all(wave, sexe=2, confiance=8)
    fold(wave, storage)
    refresh(wave, storage)
    expect_whole(wave, storage, 2)
    correct(person)
    correct(person)
    person.answer("avis", confiance=9)
    assert (sent(person)["confiance"], person.state.given["confiance"]) == (2, 9)
    assert kinds(wave) == ["add", "add"], "nothing is sent before it is sent"
    with wave.database.reading() as session:
        progress = fieldwork.wave_progress(session, fieldwork.get_wave(session, wave.key))
        (listed,) = fieldwork.list_waves(session)
    assert (progress.complete, sum(count for _, count in progress.by_day), listed.complete) == (2, 2, 2)
    fold(wave, storage)
    expect_whole(wave, storage, 2)
    assert isinstance(person.send(), Submitted)
    assert isinstance(person.send(), Submitted)
    assert kinds(wave) == ["add", "add", "replace"]
    assert payloads(wave)[-1]["values"]["confiance"] == 9
    fold(wave, storage)
    refresh(wave, storage)
    expect_whole(wave, storage, 2)
    assert (person.state.disposition, sent(person)["confiance"]) == ("complete", 9)


def test_a_correction_given_up_leaves_what_was_sent(wave: Field) -> None:
    person = answer_all(wave, confiance=2)
    before = person.state.given
    correct(person)
    person.answer("avis", confiance=9)
    cancel(person)
    cancel(person)
    assert (person.state.given, person.state.disposition) == (before, "complete")
    assert kinds(wave) == ["add"]


def test_a_correction_that_is_not_complete_is_not_sent(wave: Field) -> None:
    person = answer_all(wave)
    correct(person)
    person.go_back("avis", confiance=None)
    assert isinstance(person.send(), Incomplete)
    assert kinds(wave) == ["add"]


def test_a_correction_open_at_the_closing_counts_as_last_sent(wave: Field, tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    person = answer_all(wave, confiance=2)
    correct(person)
    person.answer("avis", confiance=9)
    allow(wave, closes_at=now() - dt.timedelta(seconds=1))
    with pytest.raises(WaveIsClosed):
        person.send()
    with pytest.raises(WaveIsClosed):
        correct(answered_before(wave, person))
    assert sent(person)["confiance"] == 2
    fold(wave, storage)
    refresh(wave, storage)
    expect_whole(wave, storage, 1)
    cancel(person)
    assert person.state.given["confiance"] == 2


def answered_before(wave: Field, person: Respondent) -> Respondent:
    return Respondent(wave.database, wave.key, person.token, "")


def test_a_wave_that_does_not_allow_it_is_not_corrected(database: Database) -> None:
    wave = launch(database)
    allow(wave, may_correct=False)
    with pytest.raises(CorrectionIsRefused):
        correct(answer_all(wave))


def test_what_was_not_sent_is_not_corrected(wave: Field) -> None:
    person = arrive(wave)
    with pytest.raises(CorrectionIsRefused):
        correct(person)
    assert person.state.disposition == "in_progress"


def test_an_exit_met_while_correcting_ends_nothing(database: Database) -> None:
    asked = questionnaire(
        page("profil", single("age", "mineur", "adulte"), exits=(leaves("trop_jeune", "age = 'mineur'"),)),
        page("avis", single("engage", "oui", "non")),
    )
    wave = allow(launch(database, asked))
    person = arrive(wave)
    person.answer("profil", age=2)
    person.answer("avis", engage=1)
    assert isinstance(person.send(), Submitted)
    correct(person)
    assert person.answer("profil", age=1).exit is not None
    assert (person.state.disposition, sent(person)["age"]) == ("correcting", 2)
    assert isinstance(person.send(), Incomplete)
    cancel(person)
    assert person.state.given["age"] == 2


def test_withdrawing_in_the_middle_of_a_correction_erases_both(wave: Field, tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    person, _other = answer_all(wave, sexe=1), answer_all(wave, sexe=2)
    correct(person)
    person.answer("avis", confiance=9)
    with wave.database.transaction() as session:
        at = now()
        session.add(
            Message(
                kind="resume",
                status="waiting",
                address="a@exemple.fr",
                language="fr",
                root="http://x",
                response_id=person.state.id,
                created_at=at,
                due_at=at,
            )
        )
    assert withdraw(wave, person.receipt)
    assert count_rows(wave.database, Message) == 0
    with wave.database.reading() as session:
        row = session.scalars(select(Response).where(Response.disposition == "withdrawn")).one()
    assert (row.given, row.sent_given, row.consent, row.context["external"]) == ({}, None, None, {})
    fold(wave, storage)
    refresh(wave, storage)
    expect_whole(wave, storage, 1)
