"""A wave from its preparation to its closing, and where its fieldwork stands."""

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask

from app.models import Wave
from app.services import fieldwork, trial, windows
from app.services.fieldwork import NOTICE_FIELDS, PLACEHOLDER
from app.web import formats
from app.web.fieldwork.charts import SHOWN_DAYS, day_chart, tick_step
from tests.web.staff.members import SIMULATED, House, Member, plain

WAVE = {"name": "IMPACT-Citoyens, automne 2026", "key": "automne-2026", "origin": "respondent"}
MARGINS = f"{trial.QUESTIONNAIRE}/{trial.MARGINS}"
SCHEDULE = {"opens_at": "", "closes_at": "", "access": "link", "basis": "public_interest", "may_correct": "oui"}
NOTICE = dict.fromkeys(NOTICE_FIELDS, "Écrit par l’équipe.")


def wave_of(app: Flask, key: str = "automne-2026") -> Wave:
    """The row of a wave."""
    with app.extensions["impact"].database.reading() as session:
        return fieldwork.get_wave(session, key)


@pytest.fixture
def prepared(administrator: Member, version_id: int) -> Member:
    """An administrator who has prepared a wave of real respondents."""
    done = administrator.post("/fieldwork/new", version=str(version_id), margins=MARGINS, **WAVE)
    assert done.location == "/fieldwork/automne-2026/notice"
    administrator.post("/fieldwork/automne-2026/schedule", **SCHEDULE)
    return administrator


def test_a_real_wave_opens_once_its_notice_is_complete(app: Flask, prepared: Member) -> None:
    page = prepared.read("/fieldwork/automne-2026/open")
    assert "10 points de la notice restent à écrire" in page
    # A notice with one text still to be written is kept, and still keeps the wave closed.
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE | {"rights": f"Écrire à {PLACEHOLDER}"})
    page = prepared.read("/fieldwork/automne-2026/open")
    assert "Un point de la notice reste à écrire" in page
    assert "Droits des personnes" in page
    prepared.post("/fieldwork/automne-2026/open", form_at="/fieldwork/automne-2026/notice")
    assert wave_of(app).status == "planned"
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE)
    assert "http://localhost/r/automne-2026/" in prepared.read("/fieldwork/automne-2026/open")
    prepared.post("/fieldwork/automne-2026/open")
    assert wave_of(app).status == "open"
    assert "La vague est ouverte." in prepared.read("/fieldwork/automne-2026/")


def test_a_text_of_the_notice_cannot_be_emptied_while_real_people_answer(app: Flask, prepared: Member) -> None:
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE)
    prepared.post("/fieldwork/automne-2026/open")
    answer = prepared.post("/fieldwork/automne-2026/notice", **NOTICE | {"recipients": " ", "retention": "5 ans"})
    assert answer.status_code == 200
    text = plain(answer.text)
    assert text.count("Ce texte est obligatoire tant que la vague est ouverte.") == 2  # summary and field
    assert 'aria-describedby="recipients-a recipients-e"' in text
    assert wave_of(app).notice["retention"] == "Écrit par l’équipe."


def test_a_wave_closes_and_opens_again(app: Flask, prepared: Member) -> None:
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE)
    prepared.post("/fieldwork/automne-2026/open")
    assert "plus personne ne peut commencer" in prepared.read("/fieldwork/automne-2026/close")
    assert wave_of(app).status == "open"
    prepared.post("/fieldwork/automne-2026/close")
    assert wave_of(app).status == "closed"
    assert "Rouvrir cette vague" in prepared.read("/fieldwork/automne-2026/open")
    prepared.post("/fieldwork/automne-2026/open")
    assert wave_of(app).status == "open"
    assert "déjà ouverte" in prepared.read("/fieldwork/automne-2026/open")


def test_a_real_wave_needs_its_legal_basis(app: Flask, prepared: Member) -> None:
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE)
    prepared.post("/fieldwork/automne-2026/schedule", **SCHEDULE | {"basis": ""})
    assert "La base légale reste à choisir" in prepared.read("/fieldwork/automne-2026/open")
    prepared.post("/fieldwork/automne-2026/open", form_at="/fieldwork/automne-2026/notice")
    assert wave_of(app).status == "planned"


def test_a_wave_pauses_and_goes_on(app: Flask, prepared: Member) -> None:
    prepared.post("/fieldwork/automne-2026/notice", **NOTICE)
    prepared.post("/fieldwork/automne-2026/open")
    assert "ses réponses sont gardées" in prepared.read("/fieldwork/automne-2026/pause")
    assert wave_of(app).status == "open"
    prepared.post("/fieldwork/automne-2026/pause")
    assert wave_of(app).status == "paused"
    assert "En pause" in prepared.read("/fieldwork/")
    assert "déjà en pause" in prepared.read("/fieldwork/automne-2026/pause")
    assert "Reprendre cette vague ?" in prepared.read("/fieldwork/automne-2026/open")
    prepared.post("/fieldwork/automne-2026/open")
    assert wave_of(app).status == "open"


def test_a_wave_says_whether_it_counts_partial_responses(app: Flask, prepared: Member) -> None:
    page = "/fieldwork/automne-2026/"
    assert not wave_of(app).counts_partial, "unless somebody decides so"
    assert "<dt>Réponses partielles</dt><dd>Non comptées</dd>" in prepared.read(page)
    assert "Partielles, comptées" not in prepared.read(page)
    prepared.post(f"{page}schedule", **SCHEDULE | {"counts_partial": "oui"})
    assert wave_of(app).counts_partial
    assert "<dt>Réponses partielles</dt><dd>Comptées</dd>" in prepared.read(page)
    prepared.post(f"{page}schedule", **SCHEDULE | {"counts_partial": "non"})
    assert not wave_of(app).counts_partial


@pytest.mark.parametrize(
    ("typed", "kept", "said"),
    [
        ("2027-07-08T09:00", "2027-07-08T07:00:00+00:00", ""),
        ("08/07/2027 09:00", "2027-07-08T07:00:00+00:00", ""),
        ("2027-10-31T02:30", "2027-10-31T01:30:00+00:00", "Cette heure existe deux fois ce jour-là"),
    ],
)
def test_a_window_is_typed_in_the_time_of_paris(app: Flask, prepared: Member, typed: str, kept: str, said: str) -> None:
    prepared.post("/fieldwork/automne-2026/schedule", **SCHEDULE | {"closes_at": typed})
    closes_at = wave_of(app).closes_at
    assert closes_at is not None
    assert closes_at.isoformat() == kept
    page = prepared.read("/fieldwork/automne-2026/schedule")
    assert f'value="{windows.write_paris(closes_at)}"' in page
    assert said in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2027-03-28T02:30", "l’heure qui suit 1 h 59 est 3 h 00"),
        ("bientôt", "Donnez un jour et une heure"),
        ("2026-01-01T00:00", "La clôture doit venir après l’ouverture."),
    ],
)
def test_a_window_that_cannot_be_is_refused_at_its_field(app: Flask, prepared: Member, typed: str, said: str) -> None:
    fields = SCHEDULE | {"opens_at": "2026-06-01T09:00", "closes_at": typed}
    page = plain(prepared.post("/fieldwork/automne-2026/schedule", **fields).text)
    assert page.count(said) == 2  # summary and field
    assert f'value="{typed}"' in page
    assert 'id="closes_at-e"' in page
    assert wave_of(app).closes_at is None


def test_codes_are_given_once_as_a_file(app: Flask, prepared: Member) -> None:
    given = prepared.post("/fieldwork/automne-2026/codes", count="3")
    assert given.headers["Content-Disposition"] == 'attachment; filename="codes-automne-2026.csv"'
    head, *lines = given.text.removeprefix("\ufeff").split()
    assert head == "code,adresse"
    code, address = lines[0].split(",")
    assert address == f"http://localhost/r/automne-2026/invitation/{code}"
    assert len(lines) == 3
    page = prepared.read("/fieldwork/automne-2026/codes")
    assert "3 codes existent." in page
    assert code not in page
    for wrong in ("", "0", "100001"):
        assert 'id="count-e"' in prepared.post("/fieldwork/automne-2026/codes", count=wrong).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "Automne 2026"}, "Employez des minuscules sans accent"),
        ({"key": ""}, "Donnez l’adresse courte de l’enquête."),
        ({"key": "automne-2026"}, "Une autre vague a déjà cette adresse."),
        ({"name": ""}, "Donnez un nom à la vague."),
        ({"name": "x" * 201}, "Au plus 200 caractères."),
    ],
)
def test_a_wrong_field_is_said_at_the_field(
    prepared: Member, version_id: int, wrong: dict[str, str], said: str
) -> None:
    fields = WAVE | {"key": "hiver", "version": str(version_id), "margins": MARGINS} | wrong
    answer = prepared.post("/fieldwork/new", **fields)
    assert answer.status_code == 200
    assert said in answer.text
    assert f'id="{next(iter(wrong))}-e"' in answer.text
    assert "<title>Erreur – " in answer.text


def test_a_wave_without_margins_is_prepared_too(app: Flask, administrator: Member, version_id: int) -> None:
    administrator.post("/fieldwork/new", version=str(version_id), margins="", **WAVE)
    assert wave_of(app).origin == "respondent"


def test_an_analyst_reads_fieldwork_without_acting_on_it(prepared: Member, someone: Callable[..., Member]) -> None:
    analyst = someone("analyst")
    assert "/fieldwork/new" not in analyst.read("/fieldwork/")
    page = analyst.read("/fieldwork/automne-2026/")
    assert "/fieldwork/automne-2026/notice" not in page
    assert "Ouvrir la vague" not in page


def test_progress_is_that_of_the_responses(house: House) -> None:
    with house.app.extensions["impact"].database.reading() as session:
        progress = fieldwork.wave_progress(session, fieldwork.get_wave(session, house.field.key))
    page = house.reader.read(f"/fieldwork/{house.field.key}/")
    assert f"<b>{progress.complete}</b>" in page
    assert f"<b>{progress.started}</b>" in page
    assert progress.started == SIMULATED
    assert progress.median_seconds is not None
    assert plain(formats.duration(progress.median_seconds, "fr")) in page
    for day, count in progress.by_day:
        assert f"<title>{plain(formats.date(day, 'fr'))} : {count}</title>" in page


def test_what_is_not_the_real_survey_says_so_on_every_page(house: House) -> None:
    for path in (
        f"/fieldwork/{house.field.key}/",
        f"/fieldwork/{house.field.key}/notice",
        f"/analyse/{house.field.key}/",
    ):
        page = house.reader.read(path)
        assert 'class="banner"' in page
        assert page.count("Données simulées") >= 2


def test_days_without_a_response_are_drawn_empty() -> None:
    chart = day_chart([(dt.date(2026, 11, 1), 4), (dt.date(2026, 11, 4), 10)])
    assert chart is not None
    assert [bar.count for bar in chart.bars] == [4, 0, 0, 10]
    assert chart.busiest.day == dt.date(2026, 11, 4)
    heights = [bar.height for bar in chart.bars]
    assert heights[1] == heights[2] == 0
    assert heights[0] == pytest.approx(heights[3] * 0.4, abs=0.2)
    assert all(bar.y + bar.height == pytest.approx(chart.base, abs=0.2) for bar in chart.bars)


def test_a_long_fieldwork_shows_its_last_days_and_says_so() -> None:
    first = dt.date(2026, 1, 1)
    chart = day_chart([(first + dt.timedelta(days=one), 1) for one in range(100)])
    assert chart is not None
    assert (len(chart.bars), chart.left_out) == (SHOWN_DAYS, 100 - SHOWN_DAYS)
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.right
    assert day_chart([]) is None


@pytest.mark.parametrize(("largest", "step"), [(1, 1), (4, 1), (5, 2), (9, 5), (287, 100), (2400, 1000), (81, 50)])
def test_the_grid_has_round_steps(largest: int, step: int) -> None:
    assert tick_step(largest) == step
