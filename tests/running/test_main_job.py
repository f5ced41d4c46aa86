"""The main job, end to end, against the running platform: a citizen answers, an analyst sees and downloads."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from app.config import load_settings
from app.estimation.estimates import Estimator
from app.estimation.weighting import calibrate
from app.services import fieldwork, tallies
from app.services.platform import open_platform
from app.services.weightings import recipes
from tests.running.citizen import PROFILE
from tests.running.launch import EMAIL, PASSWORD, WAVE, Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SEEN_WITHIN = 10.0
QUESTION = "utilite"


@pytest.fixture
def analyst(running: Running, browser: Browser) -> Iterator[Page]:
    """A signed-in analyst in French."""
    context = browser.new_context(locale="fr-FR", accept_downloads=True)
    page = context.new_page()
    page.goto(running.url("/account/login"))
    page.get_by_label("Adresse").fill(EMAIL)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    press(page, "main form button.b")
    yield page
    context.close()


# The faults run the whole platform on PostgreSQL each time.
def test_a_citizen_answers_and_the_analyst_sees_and_downloads_the_right_numbers(
    running: Running, browser: Browser, analyst: Page
) -> None:
    before = shown_base(running, analyst)
    for number, has_script in enumerate((True, False), start=1):
        answer_everything(running, browser, has_script)
        sent = time.monotonic()
        while shown_base(running, analyst) < before + number:
            assert time.monotonic() - sent < SEEN_WITHIN, "the analyst does not see the response"
            time.sleep(0.3)
    assert shown_base(running, analyst) == before + 2
    check_files(running, analyst)


def shown_base(running: Running, analyst: Page) -> int:
    """The unweighted base that the page of a question states."""
    analyst.goto(running.url(f"/analyse/{WAVE}/questions/{QUESTION}"))
    shown = analyst.locator("dt:text-is('Base brute') + dd").inner_text()
    return int("".join(digit for digit in shown if digit.isdigit()))


def answer_everything(running: Running, browser: Browser, has_script: bool) -> None:
    """Answer the whole questionnaire by hand, to the receipt."""
    context = browser.new_context(locale="fr-FR", java_script_enabled=has_script)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(running.url(f"/r/{WAVE}/"))
    press(page, "main form button.b")
    for _ in range(20):
        if "/fin" in page.url:
            break
        fill_page(page)
        press(page, "button.b[name=aller][value=suite]")
        assert page.locator(".summary").count() == 0, page.locator(".summary").inner_text()
    assert page.locator(".code output").inner_text().count("-") == 3
    assert problems == []
    context.close()


def press(page: Page, button: str) -> None:
    """Press a button and wait for the page that it leads to."""
    with page.expect_navigation():
        page.locator(button).first.click()


def fill_page(page: Page) -> None:
    """Choose the first answer of each question, or the profile's."""
    typed = [box.get_attribute("name") for box in page.locator("main input[inputmode]").all()]
    boxes = page.locator("main input[type=radio], main input[type=checkbox]").all()
    names = list(dict.fromkeys(box.get_attribute("name") for box in boxes))
    for name in names:
        if name in typed:
            page.locator(f'main input[name="{name}"][inputmode]').fill("3")
        else:
            value = f'[value="{PROFILE[name]}"]' if name in PROFILE else ""
            page.locator(f'main input[name="{name}"]{value}').first.check(force=True)


def check_files(running: Running, analyst: Page) -> None:
    """CSV and XLSX state the same numbers, and they are those of a recount from the rows."""
    expected = recounted(running)
    analyst.goto(running.url(f"/analyse/{WAVE}/questions/{QUESTION}"))
    from_csv = numbers_of_csv(download(running, analyst, f"/analyse/{WAVE}/questions/{QUESTION}.csv"))
    from_xlsx = numbers_of_xlsx(download(running, analyst, f"/analyse/{WAVE}/questions/{QUESTION}.xlsx"))
    assert from_csv.keys() == from_xlsx.keys()
    assert len(from_csv) >= 6
    for label, value in from_csv.items():
        assert value == pytest.approx(from_xlsx[label], abs=1e-6)
    shown = [value for label, value in from_csv.items() if not label.startswith("ST")]
    for value in shown:
        assert any(value == pytest.approx(share, abs=1e-5) for share in expected)


def download(running: Running, analyst: Page, path: str) -> bytes:
    """A file, with the analyst's session."""
    answer = analyst.request.get(running.url(path))
    assert answer.status == 200
    return answer.body()


def numbers_of_csv(data: bytes) -> dict[str, float]:
    """Answer -> percentage of everyone."""
    lines = [line for line in io.StringIO(data.decode("utf-8-sig")) if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter=";")
    return {
        row["Réponse"]: float(row["Valeur"].replace(",", "."))
        for row in rows
        if row["Domaine"] == "Ensemble" and row["Valeur"]
    }


def numbers_of_xlsx(data: bytes) -> dict[str, float]:
    """Answer -> percentage of everyone, from the sheet of details."""
    sheet: Any = openpyxl.load_workbook(io.BytesIO(data))["Détail"]
    head, *rows = sheet.iter_rows(values_only=True)
    place = {name: index for index, name in enumerate(head)}
    return {
        row[place["Réponse"]]: row[place["Valeur"]]
        for row in rows
        if row[place["Domaine"]] == "Ensemble" and row[place["Valeur"]] is not None
    }


def recounted(running: Running) -> list[float]:
    """The percentages, recomputed from the submissions without any segment."""
    platform = open_platform(load_settings(running.env))
    with platform.database.reading() as session:
        wave = fieldwork.get_wave(session, WAVE)
        inputs = tallies.read_inputs(session, wave.id)
        tally = tallies.recount_rows(session, inputs)
    assert inputs.weighting is not None
    weighting = calibrate(tally, recipes.to_recipe(inputs.weighting.recipe, inputs.questionnaire))
    estimates = Estimator(tally, weighting).estimate(QUESTION)
    platform.database.close()
    return [100 * float(value) for value in estimates.value[0]]
