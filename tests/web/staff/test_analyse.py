"""Tables on screen and in files: what is shown is the protected table, and nothing else."""

import csv
import io
import re
from typing import TypeGuard

import openpyxl
import pytest
from flask import Flask

from app.estimation.disclosure import ProtectedTable
from app.services import analysis, authoring, fieldwork, trial
from app.web import formats
from questionnaires.model import Text
from tests import factories
from tests.factories import Field
from tests.web.staff.members import House, Member, fold, hire, plain

CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
ROW = re.compile(r'<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>', re.DOTALL)


def table_of(house: House, question: str, by: str = analysis.WHOLE, language: str = "fr") -> ProtectedTable:
    """The table as the service gives it."""
    platform = house.app.extensions["impact"]
    with platform.database.reading() as session:
        wave = fieldwork.get_wave(session, house.field.key)
        return analysis.WaveTables(session, platform.storage, wave, language).table(question, by)


def rows_of(page: str) -> dict[str, list[str]]:
    """The first table of a page: label of the row -> texts of its cells."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return {words(head): [words(cell) for cell in CELL.findall(cells)] for head, cells in ROW.findall(body)}


def words(html: str) -> str:
    """What one sees of a piece of page (what is for screen readers only left out)."""
    seen = re.sub(r'<span class="sr">.*?</span>', "", html)
    return " ".join(re.sub(r"<[^>]+>", "", seen).split())


def path(house: House, question: str, by: str = "") -> str:
    return f"/analyse/{house.field.key}/questions/{question}" + (f"?by={by}" if by else "")


def test_every_question_has_its_page_overall_and_by_region(house: House) -> None:
    listed = house.reader.read(f"/analyse/{house.field.key}/")
    for one in analysis.question_list(house.field.questionnaire):
        assert f'href="{path(house, one.name)}"' in listed
        house.reader.read(path(house, one.name))
        if one.name != "region":
            house.reader.read(path(house, one.name, "region"))


@pytest.mark.parametrize("question", ["utilite", "fragilite", "fragilite_emploi", "priorite", "heures"])
@pytest.mark.parametrize("by", ["region", "age"])
def test_a_cross_table_shows_what_the_protected_table_holds(house: House, question: str, by: str) -> None:
    table = table_of(house, question, by)
    shown = rows_of(house.reader.read(path(house, question, by)))
    assert len(shown) == len(table.rows)
    for row in table.rows:
        label = plain(row.label) + (" *" if row.is_fragile and row.base is not None else "")
        expected = [
            "–" if cell.mask == "no-answer" else "c" if cell.value is None else plain(write(cell.value, column.kind))
            for cell, column in zip(row.cells, table.columns, strict=True)
        ]
        bases = ["c" if base is None else plain(formats.number(base, "fr")) for base in (row.base, row.weighted_base)]
        assert shown[label] == expected + bases


def write(value: float, kind: str) -> str:
    return formats.mean(value, "fr") if kind == "mean" else formats.points(value, "fr")


def test_the_whole_comes_first_then_regions_as_the_questionnaire_lists_them(house: House) -> None:
    labels = [label.removesuffix(" *") for label in rows_of(house.reader.read(path(house, "utilite", "region")))]
    assert labels[0] == "Ensemble"
    assert labels[1:] == sorted(labels[1:], key=lambda label: label.replace("Î", "I"))


def test_the_overall_table_draws_each_share_with_its_interval(house: House) -> None:
    table = table_of(house, "utilite")
    page = house.reader.read(path(house, "utilite"))
    shown = rows_of(page)
    for cell, column in zip(table.rows[0].cells, table.columns, strict=True):
        if cell.value is None or cell.low is None or cell.high is None:
            continue
        label = plain(column.label) + (" *" if cell.is_fragile else "")
        assert shown[label][0] == plain(formats.points(cell.value, "fr"))
        assert shown[label][2] == plain(formats.interval(cell.low, cell.high, "fr"))
        assert f'width="{round(100 * cell.value, 2)}"' in page


def test_what_is_hidden_is_nowhere_in_the_page(house: House) -> None:
    table = table_of(house, "utilite", "region")
    hidden = [(row, cell) for row in table.rows for cell in row.cells if cell.is_hidden]
    assert hidden
    assert all(cell.value is cell.low is cell.high is cell.count is None for _, cell in hidden)
    page = house.reader.read(path(house, "utilite", "region"))
    assert page.count('<td class="c') >= len(hidden)
    assert f"<dt>Valeurs masquées</dt><dd>{table.hidden_cells}</dd>" in page


def test_a_table_says_where_it_comes_from(house: House) -> None:
    reading = table_of(house, "utilite").reading
    page = house.reader.read(path(house, "utilite"))
    for said in (reading.question, reading.base, reading.questionnaire, reading.weighting, reading.origin):
        assert plain(said) in page
    assert f"Instantané n° {reading.snapshot} du" in page
    assert all(plain(note) in page for note in reading.notes)
    assert "Lecture." in page


def test_the_chart_draws_the_column_one_chooses(house: House) -> None:
    first = house.reader.read(path(house, "utilite", "age"))
    assert "ST Utile, intervalle à 95 %" in first
    other = house.reader.read(path(house, "utilite", "age") + "&column=1")
    assert "Incontournable, intervalle à 95 %" in other
    assert other.count('class="dot"') >= 1


def test_unknown_questions_variables_and_waves_are_not_found(house: House) -> None:
    open_text = next(one.name for one in house.field.questionnaire.questions if isinstance(one, Text))
    for wrong in (
        path(house, "inconnue"),
        path(house, open_text),
        path(house, "utilite", "utilite_fragilites"),
        path(house, "utilite", "inconnue"),
        "/analyse/inconnue/",
        "/analyse/inconnue/questions/utilite",
        f"/analyse/{house.field.key}/questions/inconnue.csv",
    ):
        assert house.reader.get(wrong).status_code == 404, wrong


def test_the_csv_states_the_numbers_of_the_table(house: House) -> None:
    table = table_of(house, "utilite", "region")
    answer = house.reader.get(f"/analyse/{house.field.key}/questions/utilite.csv?by=region")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{house.field.key}-utilite-region.csv"'
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    values = {(line[0], line[1]): line[3] for line in lines if len(line) > 3 and not line[0].startswith("#")}
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            written = "" if cell.value is None else f"{100 * cell.value:.6f}".replace(".", ",")
            assert values[row.label, column.label] == written


def is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float)


def test_the_workbooks_open_and_state_the_numbers_of_the_tables(house: House) -> None:
    table = table_of(house, "utilite", "region")
    one = openpyxl.load_workbook(
        io.BytesIO(house.reader.get(f"/analyse/{house.field.key}/questions/utilite.xlsx?by=region").data)
    )
    # A workbook keeps sixteen digits.
    seen = {round(cell.value, 12) for line in one.worksheets[0].iter_rows() for cell in line if is_number(cell.value)}
    shown = {round(cell.value, 12) for row in table.rows for cell in row.cells if cell.value is not None}
    assert shown <= seen
    every = openpyxl.load_workbook(io.BytesIO(house.reader.get(f"/analyse/{house.field.key}/tables.xlsx").data))
    questions = analysis.question_list(house.field.questionnaire)
    # Every question overall and by region, but the region by itself.
    assert len(every.sheetnames) == 2 + 2 * len(questions) - 1


def test_the_weighting_page_shows_margins_met_and_rescaled(house: House) -> None:
    listed = house.reader.read(house.reader.get(f"/analyse/{house.field.key}/weighting").headers["Location"])
    if "Non redressé" in listed:
        pytest.skip("no simulated person in some category: raking is refused")
    assert "Les parts de la source totalisent 100,1" in listed
    assert "Insee" in listed
    assert "Effet de plan (Kish)" in listed


def test_english_pages_have_english_numbers(house: House) -> None:
    table = table_of(house, "fragilite", language="en")
    member = Member(house.app.test_client())
    member.sign_in(hire(house.app, "analyst"))  # the language stays with the account: not with one that others read
    member.post("/account/language", form_at="/account/", language="en", next="/account/")
    page = member.read(path(house, "fragilite"))
    first = table.rows[0].cells[0]
    assert first.value is not None
    assert f"<b>{formats.mean(first.value, 'en')}</b>" in page
    assert "95% interval" in page


@pytest.fixture
def small(app: Flask) -> Field:
    """An open trial wave where nobody has answered."""
    database = app.extensions["impact"].database
    trial.prepare(database)
    with database.transaction() as session:
        wave = trial.seed_trial(session, "Observatoire")
        session.flush()
        asked = authoring.get_version(session, wave.version_id)[1]
        return Field(database, wave.key, wave.id, wave.version_id, asked)


def test_a_wave_without_any_response_explains_itself(administrator: Member, small: Field) -> None:
    assert "Aucune réponse n’est encore comptée." in administrator.read(f"/analyse/{small.key}/")
    assert "Aucune réponse n’est encore comptée." in administrator.read(f"/analyse/{small.key}/questions/utilite")
    weighting = administrator.get(f"/analyse/{small.key}/weighting").headers["Location"]
    assert "Pas encore de diagnostics." in administrator.read(weighting)
    assert administrator.get(f"/analyse/{small.key}/questions/utilite.csv").status_code == 404


def test_a_small_wave_hides_its_percentages_and_says_why(app: Flask, administrator: Member, small: Field) -> None:
    factories.simulate(small, 20)
    fold(app, small.wave_id)
    page = administrator.read(f"/analyse/{small.key}/questions/utilite")
    assert "les pourcentages ne sont pas encore montrés" in page
    assert "à partir de 30 réponses" in page
    assert all(cells[0] in ("c", "–") for cells in rows_of(page).values())
    # Twenty people cannot be in every region: raking is refused, and the page says what the figures are.
    assert "Chiffres non redressés." in page
    assert "n’a encore aucune réponse" in page
    assert "Non redressé" in page
