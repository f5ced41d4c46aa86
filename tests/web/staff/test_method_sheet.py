"""The method sheet, composite scores and small regions, as they are read: pages, files and commands."""

import csv
import io
import re

import openpyxl
import pytest

from app.estimation.disclosure import Policy
from app.services import fieldwork, tallies
from app.services.method import nonresponse
from app.services.method import sheet as method
from app.services.method.sampling import SELECTIONS, interval_sentence
from app.services.method.sheet import TEXTS, precision
from tests.web.staff.members import House, Member, plain

QUOTA = "l’échantillon est ici par quotas"


def address(house: House, rest: str = "") -> str:
    return f"/analyse/{house.field.key}/{rest}"


def test_the_sheet_says_what_is_computed_and_what_is_still_to_be_written(house: House) -> None:
    page = house.reader.read(address(house, "method"))
    assert page.count("À compléter") == len(TEXTS) + 1
    assert "9 mentions restent à compléter" in page
    for title in ("Personnes interrogées", "Dates de l’interrogation", "Marges d’erreur", "Redressement", QUOTA):
        assert title in page
    assert "Sexe × Âge" in page, "a margin is named by its variables"
    # The full text of every question, with its choices.
    assert "les alliances sont une source d’innovation" in page
    assert "Tout à fait d’accord" in page


def test_what_is_declared_is_kept_and_shown(house: House) -> None:
    form = {name: f"Texte de {name}" for name in TEXTS} | {"selection": "random"}
    answer = house.reader.post(address(house, "method/edit"), **(form))
    assert answer.status_code == 303
    page = house.reader.read(address(house, "method"))
    assert "À compléter" not in page
    assert all(f"Texte de {name}" in page for name in TEXTS)
    assert "ils mesurent le hasard du tirage" in page
    assert "ils mesurent le hasard du tirage" in house.reader.read(address(house, "questions/utilite"))
    house.reader.post(address(house, "method/edit"), **(dict.fromkeys(TEXTS, "") | {"selection": "quota"}))
    assert QUOTA in house.reader.read(address(house, "questions/utilite"))
    house.reader.post(address(house, "method/edit"), **(dict.fromkeys(TEXTS, "")))


def test_a_text_that_is_too_long_is_said_and_nothing_is_lost(house: House) -> None:
    form = dict.fromkeys(TEXTS, "") | {"client": "Une fondation", "object": "a" * 4001, "selection": "open"}
    answer = house.reader.post(address(house, "method/edit"), **(form))
    page = plain(answer.text)
    assert "Au plus 4 000 caractères." in page
    assert "Une fondation" in page
    assert "a" * 4001 in page
    assert re.search(r'<input[^>]*checked[^>]*value="open"', page)


@pytest.mark.parametrize(
    "rest", ["questions/utilite", "questions/utilite?by=region", "questions/score_confiance", "live", "method"]
)
def test_the_sentence_of_the_sample_goes_with_every_interval_of_a_page(house: House, rest: str) -> None:
    page = house.reader.read(address(house, rest))
    assert QUOTA in page
    assert re.search(r"Répondants : \d", page)
    assert "base efficace : " in page


def test_the_sentence_of_the_sample_goes_with_every_interval_of_a_file(house: House) -> None:
    for rest in ("questions/utilite.csv?by=region", "questions/score_confiance.csv"):
        assert QUOTA in house.reader.get(address(house, rest)).data.decode()
    for rest in ("questions/utilite.xlsx", "tables.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(house.reader.get(address(house, rest)).data))
        sheets = [one for one in book.worksheets if one.title not in ("Sommaire", "Détail", "Données")]
        with_it = [
            any(QUOTA in str(cell.value) for line in sheet.iter_rows(max_row=30) for cell in line) for sheet in sheets
        ]
        assert sum(with_it) >= len(sheets) - 1


def test_a_score_says_its_items_and_its_rule(house: House) -> None:
    listed = house.reader.read(address(house))
    assert "Indicateurs composites" in listed
    page = house.reader.read(address(house, "questions/score_maturite"))
    assert "Score de 0 à 100, moyenne pondérée des points des réponses" in page
    assert "au moins 2 des 3 questions du score" in page
    assert "construisent ensemble des solutions" in page
    by_region = house.reader.read(address(house, "questions/score_maturite?by=region"))
    assert "Île-de-France" in by_region


def test_the_rates_of_questions_are_a_file_too(house: House) -> None:
    text = house.reader.get(address(house, "method.csv")).data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines[0][0] == "Variable"
    for line in lines[1:]:
        asked = line[2]
        for share in line[3:]:
            if share != "c" and asked != "c":
                count = round(float(share.replace(",", ".")) * int(asked), 6)
                assert count == 0 or count > 10


def test_the_rates_are_those_of_the_columns(house: House) -> None:
    platform = house.app.extensions["impact"]
    with platform.database.snapshot() as session:
        wave = fieldwork.get_wave(session, house.field.key)
        inputs = tallies.read_inputs(session, wave.id)
        rates = nonresponse.question_rates(platform.storage, inputs, Policy(**wave.policy), "fr")
        open_policy = Policy(minimum_count=1, minimum_base=1)
        exact = nonresponse.question_rates(platform.storage, inputs, open_policy, "fr")
        names = [one.name for one in exact]
        columns = tallies.read_wave_columns(platform.storage, inputs, names)
    for one in exact:
        column = columns[one.name]
        asked = int(((column >= 0) | (column == -4) | (column == -5) | (column == -6) | (column == -8)).sum())
        if not asked:
            continue
        assert one.asked == asked
        assert [cell.count for cell in one.causes] == [int((column == code).sum()) for code in (-4, -5, -6, -8)]
        assert one.none.count == asked - int((column >= 0).sum())
    assert any(cell.is_hidden for one in rates for cell in one.causes)


def test_the_command_prints_the_sheet(house: House) -> None:
    result = house.app.test_cli_runner().invoke(args=["waves", "method", house.field.key])
    assert result.exit_code == 0, result.output
    assert "interviewed\t" in result.output
    assert "client\tà compléter" in result.output
    assert QUOTA in result.output
    assert "Variable;Question;" in result.output
    missing = house.app.test_cli_runner().invoke(args=["waves", "method", "rien"])
    assert missing.exit_code == 1
    assert "WaveNotFound" in missing.output


def test_nothing_of_the_sheet_is_a_small_count(house: House) -> None:
    platform = house.app.extensions["impact"]
    with platform.database.snapshot() as session:
        sheet = method.method_sheet(session, fieldwork.get_wave(session, house.field.key), "fr")
    work = sheet.fieldwork
    for count in (sheet.interviewed, work.started, work.complete, work.screened_out, work.left):
        assert count is None or count == 0 or count > 10


def test_margins_of_error_are_those_that_institutes_print() -> None:
    # n = 1000: 3.1 points at 50 %, 2.5 at 20 %; n = 500: 4.4; n = 2000: 2.2.
    assert round(100 * precision(1000).reaches[5], 1) == 3.1
    assert round(100 * precision(1000).reaches[2], 1) == 2.5
    assert [round(100 * precision(size).reaches[5], 1) for size in (500, 2000)] == [4.4, 2.2]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_every_selection_has_its_sentence(selection: str) -> None:
    said = {language: interval_sentence({"selection": selection}, language, 2400, 1987.4) for language in ("fr", "en")}
    assert "2\u202f400" in said["fr"]
    assert "1\u202f987" in said["fr"]
    assert "2,400" in said["en"]
    assert interval_sentence({}, "fr", None, None) in interval_sentence({"selection": "quota"}, "fr", 50, 40)


def test_only_those_who_analyse_write_the_sheet(house: House, someone: object) -> None:
    designer: Member = someone("designer")  # type: ignore[operator]
    assert designer.get(address(house, "method/edit")).status_code == 403
