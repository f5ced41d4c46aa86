"""Interviews by telephone: begun by someone, with what was said of the notice; one codebook for all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.db import Database
from app.models import AuditEvent, Response, Submission, User, Wave
from app.services import fieldwork, folding, interviewing, responding, snapshots
from app.services.interviewing import ConsentIsMissing
from app.services.responding import Submitted, WaveIsClosed
from questionnaires.model import Absence
from tests.factories import SECRET, Field, an_account, get_wave, launch, storage_in
from tests.journeys import Respondent
from tests.questionnaires.builders import page, questionnaire, score, single

ASKED = questionnaire(page("avis", single("engage"), score("confiance")))
ONCE = "0" * 32


@pytest.fixture
def wave(database: Database) -> Field:
    an_account(database, "ines@exemple.fr", "interviewer")
    return launch(database, ASKED)


def interviewer(where: Field) -> User:
    with where.database.reading() as session:
        return session.scalars(select(User)).unique().one()


def call(where: Field, has_agreed: bool = True, once: str = "") -> Respondent:
    """Someone answers the telephone."""
    who = interviewer(where)
    with where.database.transaction() as session:
        started = interviewing.begin_interview(session, where.key, "fr", SECRET, has_agreed, who, once)
    return Respondent(where.database, where.key, started.token, started.first_page)


def set_basis(where: Field, basis: str) -> None:
    with where.database.transaction() as session:
        session.execute(update(Wave).values(basis=basis))


def test_an_interview_is_marked_with_its_mode_and_says_which_notice_was_read(wave: Field) -> None:
    set_basis(wave, "consent")
    person = call(wave)
    with wave.database.reading() as session:
        row = session.scalars(select(Response)).one()
        assert row.mode == "telephone"
        assert row.consent is not None
        assert row.consent["notice"] == fieldwork.notice_hash(get_wave(wave).notice)
        assert row.consent["basis"] == "consent"
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "begin-interview")).one()
        assert event.user_id == interviewer(wave).id
    assert person.state.context.mode == "telephone"


def test_without_an_agreement_nothing_is_asked_where_consent_is_the_basis(wave: Field) -> None:
    set_basis(wave, "consent")
    with pytest.raises(ConsentIsMissing):
        call(wave, has_agreed=False)
    set_basis(wave, "public_interest")
    call(wave, has_agreed=False)
    with wave.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_someone_who_knows_nothing_and_refuses_is_sent_folded_and_counted(wave: Field, tmp_path: Path) -> None:
    person = call(wave)
    assert not person.answer("avis", engage=Absence.REFUSED, confiance=Absence.NO_OPINION).stays
    assert isinstance(person.send(), Submitted)
    with wave.database.reading() as session:
        payload = session.scalars(select(Submission.payload)).one()
    assert payload == {
        "values": {},
        "absences": {"engage": int(Absence.REFUSED), "confiance": int(Absence.NO_OPINION)},
    }
    storage = storage_in(tmp_path)
    assert folding.fold_wave(wave.database, storage, None, wave.wave_id) == 1
    snapshots.refresh_snapshot(wave.database, storage, wave.wave_id)
    assert snapshots.verify_wave(wave.database, storage, wave.wave_id).n == 1


def test_the_button_pressed_twice_begins_one_interview(wave: Field) -> None:
    assert call(wave, once=ONCE).token == call(wave, once=ONCE).token
    with wave.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 1
        assert (
            session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "begin-interview"))
            == 1
        )


def test_a_wave_is_asked_while_it_takes_answers(wave: Field) -> None:
    with wave.database.reading() as session:
        assert [one.key for one in interviewing.waves_to_ask(session)] == [wave.key]
    with wave.database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, wave.key))
    with wave.database.reading() as session:
        assert interviewing.waves_to_ask(session) == []
    with pytest.raises(WaveIsClosed):
        call(wave)


def test_an_answer_that_the_web_does_not_offer_is_offered_by_telephone_alone(wave: Field) -> None:
    with wave.database.transaction() as session:
        started = responding.start_response(session, wave.key, "fr", SECRET)
    online = Respondent(wave.database, wave.key, started.token, started.first_page)
    assert online.answer("avis", engage=Absence.REFUSED, confiance=5).stays
    assert not call(wave).answer("avis", engage=Absence.REFUSED, confiance=5).stays
