"""The page of tables on demand: its address is the table, its files what it shows; nonsense is told at its field."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlencode

import openpyxl
import pytest

from tests.web.staff.members import House, plain

ROW = re.compile(r'<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>', re.DOTALL)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
BY_AGE = {"question": "utilite", "by": "age", "test": "both", "filter": "sexe = 'femme'"}
FULL = {**BY_AGE, "statistics": ["percent", "counts", "weighted", "index"]}


def path(house: House, suffix: str = "", **asked: object) -> str:
    return f"/analyse/{house.field.key}/workspace{suffix}?{urlencode(asked, doseq=True)}"


def seen(html: str) -> str:
    """What one sees of a piece of page."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r'<span class="sr">.*?</span>', "", html)).split())


def lines_of(content: bytes) -> list[list[str]]:
    """The lines of a CSV file under its reading."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    return [row for row in rows if row and not row[0].startswith("#")]


def test_without_a_question_the_page_is_its_form(house: House) -> None:
    page = house.reader.read(f"/analyse/{house.field.key}/workspace")
    assert "Calculer le tableau" in page
    assert "<table" not in page
    assert "à revoir" not in page


def test_the_page_says_what_the_table_is(house: House) -> None:
    page = house.reader.read(path(house, **FULL))
    assert "Base brute" in page
    assert "Base redressée" in page
    assert "Base efficace" in page
    assert "Filtre : « Femme »" in page or "Filtre :" in page
    assert "Test d’indépendance de Rao et Scott" in page
    assert "Redressement n° 1" in page
    assert "état" in page
    labels = [seen(head).removesuffix(" *") for head, _ in ROW.findall(page)]
    assert labels[:2] == ["Ensemble", "De 18 à 24 ans"]


def test_the_files_are_what_the_page_shows(house: House) -> None:
    page = house.reader.read(path(house, **FULL))
    shown = {seen(head).removesuffix(" *"): [seen(one) for one in CELL.findall(row)] for head, row in ROW.findall(page)}
    head, *lines = lines_of(house.reader.get(path(house, ".csv", **FULL)).data)
    by_row: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        by_row.setdefault(plain(line[0]), []).append(dict(zip(head, line, strict=True)))
    assert list(by_row) == list(shown)
    for label, cells in by_row.items():
        for text, line in zip(shown[label], cells, strict=False):
            if line["Marque"] in ("c", "–"):
                assert text.split()[0] == line["Marque"]
                assert not any(line[name] for name in ("Valeur", "Effectif", "Indice", "Effectif redressé"))
            else:
                assert abs(int(text.split()[0]) - float(line["Valeur"].replace(",", "."))) <= 0.5
    book = openpyxl.load_workbook(io.BytesIO(house.reader.get(path(house, ".xlsx", **FULL)).data))
    detail = list(book["Détail"].iter_rows(values_only=True))
    assert len(detail) == len(lines) + 1
    assert "Indice" in detail[0]
    sheet = [cell for row in book["Tableau 1"].iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
    assert any(one.startswith("Test d’indépendance") for one in sheet)
    assert "Filtre" in sheet


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_same_address_gives_the_same_bytes(house: House, suffix: str) -> None:
    first, second = (house.reader.get(path(house, suffix, **FULL)).data for _ in range(2))
    assert first == second


@pytest.mark.parametrize("question", ["utilite", "priorite", "fragilite_emploi", "heures"])
@pytest.mark.parametrize(("by", "rule"), [("region", ""), ("age", "sexe = 'femme'")])
def test_no_small_count_is_in_a_page_or_a_file(house: House, question: str, by: str, rule: str) -> None:
    asked = {"question": question, "by": by, "filter": rule, "statistics": FULL["statistics"]}
    page = house.reader.read(path(house, **asked))
    counts = [int(one.replace(" ", "")) for one in re.findall(r"effectif ([\d ]+)", page)]
    bases = [int(one.replace(" ", "")) for one in re.findall(r'class="base grp">([\d ]+)<', page)]
    assert bases, "the page shows bases"
    assert counts or question == "heures", "the page shows counts"
    counts += bases
    head, *lines = lines_of(house.reader.get(path(house, ".csv", **asked)).data)
    assert lines
    for line in lines:
        figures = dict(zip(head, line, strict=True))
        counts += [int(figures[name]) for name in ("Effectif", "Base de la réponse", "Base brute") if figures[name]]
    book = openpyxl.load_workbook(io.BytesIO(house.reader.get(path(house, ".xlsx", **asked)).data))
    titles, *rows = book["Détail"].iter_rows(values_only=True)
    assert len(rows) == len(lines)
    for row in rows:
        named = dict(zip(titles, row, strict=True))
        counts += [int(named[name]) for name in ("Effectif", "Base brute") if isinstance(named[name], int | float)]
    assert not [one for one in counts if 0 < one < 11]


def test_a_standard_deviation_has_no_interval_and_is_shown_without(house: House) -> None:
    """That of a number has no standard error."""
    asked = {"question": "heures", "by": "sexe", "statistics": ["mean", "deviation"]}
    page = house.reader.read(path(house, **asked))
    assert page.count("de ") > 1
    assert not re.search(r"\bnan\b", page + house.reader.get(path(house, ".csv", **asked)).text)
    assert house.reader.get(path(house, ".xlsx", **asked)).status_code == 200
    command = ["tables", house.field.key, "--question", "heures", "--by", "sexe", "--statistics", "deviation"]
    told = house.app.test_cli_runner().invoke(args=command)
    assert told.exit_code == 0, told.output
    assert "nan" not in told.output


@pytest.mark.parametrize(
    "asked",
    [
        {"question": "rien"},
        {"question": "utilite", "by": ["rien", "rien"]},
        {"question": "utilite", "by": "heures"},
        {"question": "utilite", "filter": "sexe ="},
        {"question": "utilite", "filter": "<script>alert(1)</script>"},
        {"question": "utilite", "filter": "(" * 3000},
        {"question": "utilite", "filter": "sexe = 'femme' and heures = 3 and region = 'corse'"},
        {"question": "utilite", "weighting": "99999999999999999999"},
        {"question": "utilite", "statistics": "\x00", "interval": "'", "test": "é", "correction": "--"},
        {"question": "utilite", "compared": "../../etc/passwd"},
        {"question": "utilite", "crossed": "oui"},
        {"filter": "true"},
        {"add": "1", "condition": "rien", "answers": "x"},
        {"add": "1", "condition": "sexe"},
        {"question": "a" * 4000},
    ],
)
def test_nonsense_is_told_at_its_field_and_never_breaks_the_page(house: House, asked: dict[str, object]) -> None:
    page = house.reader.read(path(house, **asked))
    assert 'aria-invalid="true"' in page
    assert "à revoir" in page
    assert "<script>alert" not in page
    assert "<table" not in page


def test_a_file_that_cannot_be_made_sends_back_to_the_page(house: House) -> None:
    answer = house.reader.get(path(house, ".csv", question="utilite", filter="sexe ="))
    assert answer.status_code == 302
    assert "/workspace?" in answer.location
    assert "filter=" in answer.location


def test_a_condition_is_made_from_menus_and_added_to_the_filter(house: House) -> None:
    page = house.reader.read(path(house, question="utilite", condition="age", menu="1"))
    codes = re.findall(r'name="answers" value="(\d+)"', page)
    assert len(codes) > 2
    asked = {"question": "utilite", "filter": "sexe = 'femme'", "condition": "age", "denied": "1", "answers": codes[:1]}
    answer = house.reader.get(path(house, **asked, add="1"))
    assert answer.status_code == 302
    target = house.reader.read(answer.location)
    assert re.search(r"<textarea[^>]*>sexe = &#39;femme&#39; and not age = &#39;", target)
    assert "à revoir" not in target


def test_the_command_gives_the_same_table(house: House) -> None:
    command = ["tables", house.field.key, "--question", "utilite", "--by", "age", "--filter", "sexe = 'femme'"]
    runner = house.app.test_cli_runner()
    text = runner.invoke(args=[*command, "--test", "both"])
    assert text.exit_code == 0, text.output
    assert "De 18 à 24" in plain(text.output)
    assert "Rao et Scott" in text.output
    assert not [one for one in re.findall(r"(\d+)$", text.output, re.MULTILINE) if 0 < int(one) < 11]
    asked = {"question": "utilite", "by": "age", "filter": "sexe = 'femme'"}
    same = runner.invoke(args=[*command, "--format", "csv"])
    assert same.stdout_bytes == house.reader.get(path(house, ".csv", **asked)).data


def test_the_command_refuses_nonsense_with_a_sentence(house: House) -> None:
    runner = house.app.test_cli_runner()
    found = runner.invoke(args=["tables", house.field.key, "--question", "rien", "--filter", "sexe =", "--test", "x"])
    assert found.exit_code == 1
    assert "--question : « rien »" in plain(found.output)
    assert "--filter :" in plain(found.output)
    assert runner.invoke(args=["tables", "ailleurs", "--question", "utilite"]).exit_code == 1
