"""The page of live results: what it counts, what it shows, what it never tells."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from app.jobs import REBUILD_WAVE
from app.models import Job, Submission
from app.services import jobs, snapshots
from app.services.platform import Platform
from tests import factories
from tests.factories import BY_SEX, TWO_PAGES, Field
from tests.web.staff.members import House, Member, fold, plain

SENT = [factories.payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=sexe) for sexe in (1, 2)]


@pytest.fixture
def wave(app: Flask) -> Field:
    platform: Platform = app.extensions["impact"]
    return factories.launch(platform.database, shares=BY_SEX)


@pytest.fixture
def analyst(someone: Callable[..., Member]) -> Member:
    return someone("analyst")


def send(app: Flask, wave: Field, count: int, is_folded: bool = True) -> None:
    factories.send_many(wave, SENT, count)
    if is_folded:
        fold(app, wave.wave_id)


def counters(page: str) -> list[str]:
    """The figures at the head of the page: complete, in progress, partial, waiting."""
    return re.findall(r'<div class="kpi"><dt>[^<]*</dt><dd><b>([^<]*)</b>', page)


def stamp(page: str) -> str:
    """The line that says which snapshot is shown."""
    return str(re.findall(r'<p class="stamp">(.*?)</p>', page, re.DOTALL)[0])


def tables(page: str) -> str:
    """Every estimate of the page."""
    return page[page.index("<table") : page.rindex("</table")]


def test_before_anything_is_counted_the_page_says_so_and_waits(analyst: Member, wave: Field) -> None:
    page = analyst.read(f"/analyse/{wave.key}/live")
    assert "Aucune réponse n’est encore comptée." in page
    assert counters(page) == ["0", "0", "–", "0"]
    assert f'data-live="/analyse/{wave.key}/live/part' in page


def test_a_few_are_never_told(app: Flask, analyst: Member, wave: Field) -> None:
    send(app, wave, 3, is_folded=False)
    page = analyst.read(f"/analyse/{wave.key}/live")
    assert counters(page) == ["moins de 11", "0", "–", "moins de 11"]
    fold(app, wave.wave_id)
    page = analyst.read(f"/analyse/{wave.key}/live")
    assert counters(page) == ["moins de 11", "0", "–", "0"]
    assert "moins de 11 réponses" in stamp(page)
    assert "<tbody>" in page
    assert re.findall(r"<td><b>([^<]*)</b>", page) == [], "the base is too small for any estimate"


def test_the_figures_move_by_steps_and_the_counters_at_once(app: Flask, analyst: Member, wave: Field) -> None:
    send(app, wave, 40)
    before = analyst.read(f"/analyse/{wave.key}/live/part")
    assert "40 réponses" in stamp(before)
    send(app, wave, 10)
    page = analyst.read(f"/analyse/{wave.key}/live/part")
    assert counters(page)[0] == "50"
    assert "40 réponses" in stamp(page)
    assert "D’autres réponses sont arrivées depuis." in page
    assert (
        page[page.index("<table") : page.rindex("</table")] == before[before.index("<table") : before.rindex("</table")]
    )
    send(app, wave, 1)
    page = analyst.read(f"/analyse/{wave.key}/live/part")
    assert "51 réponses" in stamp(page)
    assert "D’autres réponses" not in page


def test_the_part_is_what_the_page_holds(house: House) -> None:
    key = house.field.key
    whole, part = house.reader.read(f"/analyse/{key}/live"), house.reader.read(f"/analyse/{key}/live/part")
    assert part.strip() in whole
    assert part.strip().startswith("<div"), "one element, that the script takes"


def test_the_first_questions_are_not_those_of_the_margins(house: House) -> None:
    page = house.reader.read(f"/analyse/{house.field.key}/live")
    shown = re.findall(r'href="/analyse/[^/"]+/questions/([^"]+)"', page)
    assert len(shown) == 3
    assert not {"sexe", "age", "region", "pcs", "taille_agglo"} & set(shown)


def test_questions_are_chosen_up_to_four(house: House) -> None:
    names = ["utilite", "heures", "utilite", "", "region", "priorite", "fragilite"]
    asked = "&".join(f"q={name}" for name in names)
    page = house.reader.read(f"/analyse/{house.field.key}/live?{asked}")
    assert re.findall(r'href="/analyse/[^/"]+/questions/([^"]+)"', page) == ["utilite", "heures", "region", "priorite"]
    assert house.reader.get(f"/analyse/{house.field.key}/live?q=inconnue").status_code == 404


def test_a_closed_wave_that_is_counted_asks_for_nothing_more(app: Flask, administrator: Member, wave: Field) -> None:
    send(app, wave, 40)
    assert "data-live=" in administrator.get(f"/analyse/{wave.key}/live").text
    administrator.post(f"/fieldwork/{wave.key}/close")
    assert "data-live=" not in administrator.get(f"/analyse/{wave.key}/live").text


# -- recounting -----------------------------------------------------------------------------------


def test_a_recount_is_asked_for_and_followed(app: Flask, analyst: Member, wave: Field) -> None:
    send(app, wave, 40)
    platform: Platform = app.extensions["impact"]
    live = f"/analyse/{wave.key}/live"
    assert analyst.post(f"{live}/recount", form_at=live).location.endswith(live)
    assert "Recomptage en cours." in analyst.read(live)
    assert analyst.get(f"{live}/recount").status_code == 302, "an address alone asks for nothing"
    with platform.database.reading() as session:
        (job_id,) = (row.id for row in session.query(Job).all())
    with jobs.running(platform.database, job_id) as ids:
        assert ids == [wave.wave_id]
        jobs.advance(platform.database, job_id, 10, 40)
        page = analyst.read(live)
        assert '<progress value="10" max="40"' in page
        assert "25 % des envois relus" in page
    assert "les agrégats sont égaux aux envois" in analyst.read(live)


def test_a_difference_is_told_wherever_the_wave_is_read(app: Flask, analyst: Member, wave: Field) -> None:
    send(app, wave, 40)
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == 1).values(payload=SENT[1]))
        jobs.request_rebuild(session, None, wave.wave_id, cause="nightly")
    with platform.database.reading() as session:
        job_id = session.query(Job).one().id
    with pytest.raises(snapshots.AggregatesDiffer), jobs.running(platform.database, job_id):
        snapshots.verify_wave(platform.database, platform.storage, wave.wave_id)
    for path in ("", "live"):
        page = analyst.read(f"/analyse/{wave.key}/{path}")
        assert "Les agrégats ne sont pas égaux au recomptage des envois." in page
        assert f"flask aggregates rebuild {wave.key}" in page
    with platform.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == 1).values(payload=SENT[0]))
    with jobs.running(platform.database, job_id):
        snapshots.verify_wave(platform.database, platform.storage, wave.wave_id)
    assert "ne sont pas égaux" not in plain(analyst.get(f"/analyse/{wave.key}/").text)
    with platform.database.reading() as session:
        assert jobs.latest_job(session, REBUILD_WAVE, wave.wave_id) is not None
