"""The codebook: which variables a version has, and how a response becomes values and causes."""

from __future__ import annotations

from questionnaires.codebook import VariableKind, record, variables
from questionnaires.expressions import to_text
from questionnaires.model import Absence, Answer, Questionnaire, Required
from questionnaires.routing import path
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    computed,
    leaves,
    multiple,
    number,
    page,
    questionnaire,
    score,
    score_grid,
    single,
    text,
)


def every_type() -> Questionnaire:
    return questionnaire(
        page(
            "filtre",
            single("filtre", concept="filtre", refusal=True),
            exits=(leaves("dehors", "filtre = 'non'"),),
        ),
        page(
            "suite",
            multiple("leviers", "argent", "temps", "aucun", exclusive="aucun", when="filtre = 'oui'"),
            score("utile", no_opinion=True),
            score_grid("impact", "innovation", "confiance"),
            choice_grid("vu", "presse", "radio"),
            number("budget", decimals=2, minimum=0, maximum=1000, required=Required.NO),
            text("libre", required=Required.SOFT),
            when="not filtre = 'non'",
        ),
        computed=(computed("moyenne", "impact_innovation + impact_confiance"),),
    )


def test_the_variables_of_each_type() -> None:
    found = variables(every_type())
    assert [(one.name, one.question, one.kind, one.row) for one in found] == [
        ("filtre", "filtre", "category", None),
        ("leviers_argent", "leviers", "indicator", None),
        ("leviers_temps", "leviers", "indicator", None),
        ("leviers_aucun", "leviers", "indicator", None),
        ("utile", "utile", "score", None),
        ("impact_innovation", "impact", "score", "innovation"),
        ("impact_confiance", "impact", "score", "confiance"),
        ("vu_presse", "vu", "category", "presse"),
        ("vu_radio", "vu", "category", "radio"),
        ("budget", "budget", "number", None),
        ("libre", "libre", "text", None),
        ("moyenne", "", "computed", None),
    ]
    by_name = {one.name: one for one in found}
    assert [(code, label.in_("fr")) for code, label in by_name["filtre"].codes] == [(1, "oui"), (2, "non")]
    assert [(code, label.in_("fr")) for code, label in by_name["leviers_temps"].codes] == [
        (0, "Non"),
        (1, "Oui"),
    ]
    assert by_name["leviers_temps"].label.in_("fr") == "temps"
    assert by_name["vu_radio"].label.in_("fr") == "radio"
    assert by_name["filtre"].concept == "filtre"
    assert (by_name["budget"].decimals, by_name["budget"].minimum, by_name["budget"].maximum) == (2, 0, 1000)
    assert (by_name["utile"].minimum, by_name["utile"].maximum) == (0, 10)
    assert {one.kind for one in found} == set(VariableKind)


def test_the_universe_joins_the_conditions_around() -> None:
    by_name = {one.name: one for one in variables(every_type())}
    assert by_name["filtre"].universe is None
    universe = by_name["leviers_temps"].universe
    assert universe is not None
    assert to_text(universe) == "not filtre = 'non' and filtre = 'oui'"


def test_the_absences_that_a_variable_may_have() -> None:
    by_name = {one.name: set(one.absences) for one in variables(every_type())}
    always = {Absence.NOT_REACHED, Absence.BROKE_OFF, Absence.WITHDRAWN}
    assert by_name["filtre"] == always | {Absence.REFUSED}
    later = always | {Absence.NOT_ROUTED, Absence.SCREENED_OUT}
    assert by_name["impact_confiance"] == later
    assert by_name["utile"] == later | {Absence.NO_OPINION}
    assert by_name["budget"] == later | {Absence.SKIPPED}
    assert by_name["moyenne"] == set(Absence) - {Absence.NOT_IN_VERSION}


def test_a_complete_response() -> None:
    version = every_type()
    given: dict[str, Answer] = {
        "filtre": 1,
        "leviers": (1, 2),
        "utile": Absence.NO_OPINION,
        "impact_innovation": 4,
        "impact_confiance": 6,
        "vu_presse": 1,
        "vu_radio": 2,
        "budget": 12_50,
        "libre": Absence.SKIPPED,
    }
    found = record(version, path(version, ONLINE, given))
    assert found.values == {
        "filtre": 1,
        "leviers_argent": 1,
        "leviers_temps": 1,
        "leviers_aucun": 0,
        "impact_innovation": 4,
        "impact_confiance": 6,
        "vu_presse": 1,
        "vu_radio": 2,
        "budget": 1250,
        "moyenne": 10,
    }
    assert found.absences == {"utile": -5, "libre": -4}


def test_an_absent_multiple_question_gives_its_cause_for_each_choice() -> None:
    version = every_type()
    found = record(version, path(version, ONLINE, {"filtre": Absence.REFUSED}))
    assert {name: found.absences[f"leviers_{name}"] for name in ("argent", "temps", "aucun")} == {
        "argent": -2,
        "temps": -2,
        "aucun": -2,
    }
    found = record(version, path(version, ONLINE, {"filtre": 2}))
    assert found.absences["leviers_temps"] == found.absences["moyenne"] == -7
    assert found.values == {"filtre": 2}
