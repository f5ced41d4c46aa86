"""Margins pasted from a spreadsheet: every usual form is understood, and what is not is told by its line."""

from __future__ import annotations

import pytest

from app.services.weightings.pasting import NumberIsUnreadable, parse_block, read_number
from app.services.weightings.recipes import MarginChoice, MarginVariable
from questionnaires.model import LocalText


def variable(name: str, *labels: str) -> MarginVariable:
    choices = tuple(
        MarginChoice(code, f"{name}_{code}", LocalText({"fr": label})) for code, label in enumerate(labels, 1)
    )
    return MarginVariable(name, LocalText({"fr": name}), choices, (), None)


SEX = variable("sexe", "Un homme", "Une femme")
AGE = variable("age", "18 à 24 ans", "25 ans ou plus")
REGION = variable("region", "Île-de-France", "Corse")
SHARES = {("sexe_1",): 48.2, ("sexe_2",): 51.8}
CROSSED = {
    ("sexe_1", "age_1"): 10.0,
    ("sexe_1", "age_2"): 38.0,
    ("sexe_2", "age_1"): 12.0,
    ("sexe_2", "age_2"): 40.0,
}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,3", 12.3),
        ("12,3\u00a0%", 12.3),
        ("12.3%", 12.3),
        ("1 234 567", 1234567),
        ("1\u202f234\u00a0567,5", 1234567.5),
        ("1,234,567", 1234567),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("\u22123", -3),
        (",5", 0.5),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "douze", "12 hommes", "1,2,3", "%"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NumberIsUnreadable):
        read_number(text)


@pytest.mark.parametrize(
    "block",
    [
        "Un homme\t48,2\nUne femme\t51,8",
        "Sexe\tPart\r\nun HOMME\t48,2 %\r\nune femme\t51,8 %\r\nTotal\t100 %",
        "Un homme;48.2\nUne femme;51.8\n",
        "Un homme   48,2\n\nUne femme   51,8",
        "Un homme,48.2\nUne femme,51.8",
        "Un homme 48,2\nUne femme 51,8",
        "sexe_1\t48,2\nsexe_2\t51,8",
        "1\t48,2\n02\t51,8",
    ],
)
def test_two_columns_are_read_however_they_are_separated(block: str) -> None:
    pasted = parse_block(block, [SEX])
    assert (pasted.shares, pasted.problems) == (SHARES, [])


@pytest.mark.parametrize(
    "block",
    [
        "Un homme\t18-24 ans\t10\n\t25 ans ou plus\t38\nUne femme\t18 a 24 ans\t12\n\t25 ans ou plus\t40",
        "18 à 24 ans\tUn homme\t10\n25 ans ou plus\tUn homme\t38\n"
        "18 à 24 ans\tUne femme\t12\n25 ans ou plus\tUne femme\t40",
        "\t18 à 24 ans\t25 ans ou plus\tTotal\nUn homme\t10\t38\t48\nUne femme\t12\t40\t52\nTotal\t22\t78\t100",
        "Âge\tUn homme\tUne femme\n18 à 24 ans\t10\t12\n25 ans ou plus\t38\t40",
    ],
)
def test_a_crossed_margin_comes_as_a_list_or_as_a_matrix(block: str) -> None:
    pasted = parse_block(block, [SEX, AGE])
    assert (pasted.shares, pasted.problems) == (CROSSED, [])


def test_what_is_not_understood_is_told_by_its_line() -> None:
    block = "Un homme\t48,2\nMartien\t3\nUne femme\tbeaucoup\nun homme\t50"
    pasted = parse_block(block, [SEX])
    assert pasted.shares == {("sexe_1",): 48.2}
    assert [(one.line, one.code) for one in pasted.problems] == [
        (2, "unknown-category"),
        (3, "not-a-number"),
        (4, "category-twice"),
    ]
    assert "Martien" in pasted.problems[0].text


def test_accents_and_signs_are_forgiven() -> None:
    assert parse_block("ile de france;99,5\nCORSE;0,5", [REGION]).shares == {("region_1",): 99.5, ("region_2",): 0.5}
