"""Versions are frozen once published; a wave asks a frozen version, and a real one needs its notice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import AuditEvent, QuestionnaireVersion, Wave, Weighting
from app.services import authoring, fieldwork, trial
from app.services.fieldwork import NOTICE_FIELDS, PLACEHOLDER, NoticeIsIncomplete
from app.services.proving.running import prepare_publication
from app.services.weightings import recipes
from questionnaires import definition
from questionnaires.model import Questionnaire
from questionnaires.problems import DefinitionIsInvalid
from tests.factories import NOTICE, TWO_PAGES, count_rows, get_wave, launch
from tests.journeys import answer_all, arrive, in_threads, withdraw
from tests.questionnaires.builders import page, questionnaire, single

OTHER = questionnaire(page("autre", single("question")))


def keep(database: Database, asked: Questionnaire, publish: bool = False) -> int:
    data = definition.write(asked)
    if publish:
        prepare_publication(database, [data])
    with database.transaction() as session:
        version = authoring.import_version(session, data)
        if publish:
            authoring.publish_version(session, version.id)
        return version.id


def create(
    database: Database,
    version_id: int,
    key: str = "essai",
    origin: str = "respondent",
    basis: str | None = "public_interest",
) -> Wave:
    with database.transaction() as session:
        return fieldwork.create_wave(session, key=key, name="Essai", version_id=version_id, origin=origin, basis=basis)


def open_it(database: Database, notice: dict[str, str]) -> None:
    with database.transaction() as session:
        wave = fieldwork.get_wave(session, "essai")
        fieldwork.edit_notice(session, wave, notice)
        fieldwork.open_wave(session, wave)


# -- versions -------------------------------------------------------------------------------------


def test_the_same_file_twice_is_one_version(database: Database) -> None:
    assert keep(database, TWO_PAGES) == keep(database, TWO_PAGES)
    assert count_rows(database, QuestionnaireVersion) == 1


def test_a_draft_may_change_and_a_published_version_not(database: Database) -> None:
    version_id = keep(database, TWO_PAGES)
    assert keep(database, OTHER) == version_id
    keep(database, OTHER, publish=True)
    with pytest.raises(authoring.VersionIsFrozen):
        keep(database, TWO_PAGES)
    assert keep(database, OTHER, publish=True) == version_id, "the same again changes nothing"
    assert keep(database, replace(TWO_PAGES, version="2")) != version_id
    with database.reading() as session:
        summary, model = authoring.get_version(session, version_id)
        stored = session.get_one(QuestionnaireVersion, version_id)
        (listed,) = authoring.list_questionnaires(session)
    assert (model, summary.status) == (OTHER, "published")
    assert stored.content == definition.write(OTHER)
    assert [one.name for one in listed.versions] == ["2", "1"]


def test_a_wrong_file_is_refused_whole(database: Database) -> None:
    with pytest.raises(DefinitionIsInvalid), database.transaction() as session:
        authoring.import_version(session, definition.write(OTHER).replace(b"type: single", b"type: riddle"))
    assert count_rows(database, QuestionnaireVersion) == 0


# -- waves ----------------------------------------------------------------------------------------


def test_a_wave_asks_a_published_version_only(database: Database) -> None:
    with pytest.raises(fieldwork.VersionIsNotPublished):
        create(database, keep(database, TWO_PAGES))
    with pytest.raises(fieldwork.VersionIsNotPublished):
        create(database, 12345)


@pytest.mark.parametrize("key", ["", "A", "a--b", "-a", "a b", "é", "a" * 81, "../a"])
def test_a_key_is_fit_for_an_address(database: Database, key: str) -> None:
    with pytest.raises(fieldwork.WaveKeyIsMalformed):
        create(database, keep(database, TWO_PAGES, publish=True), key)


@pytest.mark.parametrize("key", ["trends", "crossed", "territories", "concepts", "imports"])
def test_a_key_hides_no_page_of_analysis(database: Database, key: str) -> None:
    version_id = keep(database, TWO_PAGES, publish=True)
    with pytest.raises(fieldwork.WaveKeyIsReserved):
        create(database, version_id, key)
    create(database, version_id, f"{key}-2026")


def test_a_key_is_taken_once(database: Database) -> None:
    version_id = keep(database, TWO_PAGES, publish=True)
    create(database, version_id)
    with pytest.raises(fieldwork.WaveKeyIsTaken):
        create(database, version_id)


def test_a_real_wave_opens_with_its_whole_notice_only(database: Database) -> None:
    create(database, keep(database, TWO_PAGES, publish=True))
    for field in NOTICE_FIELDS:
        for missing in ("", "  ", f"à voir {PLACEHOLDER}"):
            with pytest.raises(NoticeIsIncomplete) as refused:
                open_it(database, NOTICE | {field: missing})
            assert refused.value.missing == (field,)
    with pytest.raises(NoticeIsIncomplete) as refused:
        open_it(database, {})
    assert refused.value.missing == NOTICE_FIELDS
    open_it(database, NOTICE)
    with database.reading() as session:
        assert fieldwork.get_wave(session, "essai").status == "open"
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["edit-notice", "open-wave"], "what was refused left no trace of having been done"


def test_a_real_wave_opens_with_its_legal_basis_only(database: Database) -> None:
    create(database, keep(database, TWO_PAGES, publish=True), basis=None)
    with pytest.raises(fieldwork.BasisIsMissing):
        open_it(database, NOTICE)
    with database.transaction() as session:
        wave = fieldwork.get_wave(session, "essai")
        fieldwork.set_schedule(session, wave, fieldwork.Schedule(basis="consent"))
    open_it(database, NOTICE)
    with pytest.raises(fieldwork.BasisIsMissing), database.transaction() as session:
        fieldwork.set_schedule(session, fieldwork.get_wave(session, "essai"), fieldwork.Schedule())


def test_the_text_behind_the_hash_of_a_notice_can_be_found_again(database: Database) -> None:
    create(database, keep(database, TWO_PAGES, publish=True))
    open_it(database, NOTICE)
    later = NOTICE | {"retention": "cinq ans"}
    with database.transaction() as session:
        fieldwork.edit_notice(session, fieldwork.get_wave(session, "essai"), later)
    with database.reading() as session:
        edits = session.scalars(select(AuditEvent).where(AuditEvent.action == "edit-notice")).all()
    kept = {event.data["sha256"]: event.data["notice"] for event in edits}
    assert kept == {fieldwork.notice_hash(one): one for one in (NOTICE, later)}


def test_two_waves_of_one_key_made_at_once_are_one(database: Database) -> None:
    version_id = keep(database, TWO_PAGES, publish=True)

    def make() -> str:
        try:
            return create(database, version_id).key
        except fieldwork.WaveKeyIsTaken:
            return "taken"

    for _ in range(3):
        assert sorted(in_threads(make, make)) == ["essai", "taken"]
        with database.transaction() as session:
            session.delete(fieldwork.get_wave(session, "essai"))


def test_the_notice_of_an_open_real_wave_stays_whole(database: Database) -> None:
    create(database, keep(database, TWO_PAGES, publish=True))
    open_it(database, NOTICE)
    with pytest.raises(NoticeIsIncomplete), database.transaction() as session:
        fieldwork.edit_notice(session, fieldwork.get_wave(session, "essai"), NOTICE | {"rights": ""})
    with database.reading() as session:
        assert fieldwork.get_wave(session, "essai").notice == NOTICE


def test_the_trial_has_placeholders_that_a_real_wave_would_refuse(database: Database) -> None:
    trial.prepare(database)
    with database.transaction() as session:
        first = trial.seed_trial(session, "Observatoire").id
        assert trial.seed_trial(session, "Observatoire").id == first
    with database.reading() as session:
        wave = fieldwork.get_wave(session, trial.TRIAL_KEY)
        weighting = session.scalars(select(Weighting)).one()
        model = authoring.get_version(session, wave.version_id)[1]
    assert (wave.origin, wave.status) == ("trial", "open")
    assert fieldwork.missing_notice_fields(wave.notice) == NOTICE_FIELDS
    assert recipes.to_recipe(weighting.recipe, model).margins


def test_opening_and_closing_are_kept_with_their_times(database: Database) -> None:
    wave = launch(database)
    opened_at = get_wave(wave).opened_at
    for act in (fieldwork.close_wave, fieldwork.close_wave, fieldwork.open_wave, fieldwork.open_wave):
        with database.transaction() as session:
            act(session, fieldwork.get_wave(session, wave.key))
    assert get_wave(wave).opened_at == opened_at
    assert get_wave(wave).closed_at is None
    with database.reading() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-3:] == ["open-wave", "close-wave", "open-wave"]


def test_progress_says_where_fieldwork_stands(database: Database) -> None:
    wave = launch(database)
    with database.reading() as session:
        nothing = fieldwork.wave_progress(session, get_wave(wave))
    assert (nothing.started, nothing.completion_rate, nothing.median_seconds, nothing.by_day) == (0, None, None, ())
    people = [answer_all(wave) for _ in range(3)]
    arrive(wave)
    withdraw(wave, people[0].receipt)
    with database.reading() as session:
        progress = fieldwork.wave_progress(session, get_wave(wave))
        (listed,) = fieldwork.list_waves(session)
    assert (progress.started, progress.complete, progress.in_progress, progress.withdrawn) == (4, 2, 1, 1)
    assert progress.completion_rate == 0.5
    assert progress.unfolded == 4
    assert [count for _, count in progress.by_day] == [2]
    assert progress.last_at is not None
    assert progress.median_seconds is not None
    assert listed.complete == 2


def test_an_unknown_wave_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(fieldwork.WaveNotFound):
        fieldwork.get_wave(session, "nowhere")
