"""The codebook: which variables a version has, and how a response becomes values and causes."""

from __future__ import annotations

from dataclasses import replace

from questionnaires.codebook import ItemRecord, VariableKind, item_variables, record, variables
from questionnaires.expressions import to_text
from questionnaires.model import Absence, Answer, Context, Questionnaire, Required
from questionnaires.routing import path
from tests.questionnaires.builders import (
    ONLINE,
    allocation,
    asking_words,
    choice_grid,
    choices,
    computed,
    context_variable,
    date,
    duration,
    experiment,
    information,
    leaves,
    likert,
    month,
    multiple,
    multiple_grid,
    number,
    number_grid,
    offered_if,
    page,
    questionnaire,
    ranking,
    roster,
    rows,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
    year,
    yes_no,
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


# -- the types of the second wave -----------------------------------------------------------------


def rich() -> Questionnaire:
    return questionnaire(
        page(
            "faits",
            yes_no("adherent"),
            likert("accord", "oui", "bof", "non", neutral="bof"),
            ranking("besoins", "temps", "argent", "idees", top=2, required=Required.NO),
            multiple_grid("avec", "etat", "ville"),
            number_grid("effectif", "salaries", "benevoles"),
            allocation("part", "dons", "ventes", total=100),
        ),
        page(
            "moments",
            date("creee"),
            month("agreee"),
            year("depuis", required=Required.SOFT),
            duration("temps", "hours", "minutes"),
            information("a_lire"),
        ),
        page("lieu", suggester("commune")),
        experiments=(experiment("formulation", "courte", "longue"),),
        context=(context_variable("taille", "number"), context_variable("support", "text", provider="mode")),
    )


def test_the_variables_of_the_other_types() -> None:
    found = {one.name: (one.question, str(one.kind), one.row) for one in variables(rich())}
    assert found == {
        "adherent": ("adherent", "category", None),
        "accord": ("accord", "category", None),
        "besoins_temps": ("besoins", "rank", None),
        "besoins_argent": ("besoins", "rank", None),
        "besoins_idees": ("besoins", "rank", None),
        "avec_etat_a": ("avec", "indicator", "etat"),
        "avec_etat_b": ("avec", "indicator", "etat"),
        "avec_etat_c": ("avec", "indicator", "etat"),
        "avec_ville_a": ("avec", "indicator", "ville"),
        "avec_ville_b": ("avec", "indicator", "ville"),
        "avec_ville_c": ("avec", "indicator", "ville"),
        "effectif_salaries": ("effectif", "number", "salaries"),
        "effectif_benevoles": ("effectif", "number", "benevoles"),
        "part_dons": ("part", "number", "dons"),
        "part_ventes": ("part", "number", "ventes"),
        "creee": ("creee", "date", None),
        "agreee": ("agreee", "month", None),
        "depuis": ("depuis", "number", None),
        "temps": ("temps", "number", None),
        "commune": ("commune", "text", None),
        "commune_name": ("commune", "text", None),
        "commune_department": ("commune", "text", None),
        "commune_region": ("commune", "category", None),
        "commune_cog": ("commune", "number", None),
        "formulation": ("", "category", None),
        "taille": ("", "number", None),
        "support": ("", "text", None),
    }
    by_name = {one.name: one for one in variables(rich())}
    ranks = [(code, label.in_("fr")) for code, label in by_name["besoins_idees"].codes]
    assert ranks == [(0, "Non classé"), (1, "1"), (2, "2")]
    assert (53, "Bretagne") in [(code, label.in_("fr")) for code, label in by_name["commune_region"].codes]
    assert Absence.SKIPPED in by_name["depuis"].absences
    assert Absence.SKIPPED not in by_name["creee"].absences


def test_a_response_of_the_other_types() -> None:
    version = rich()
    given: dict[str, Answer] = {
        "adherent": 2,
        "accord": 1,
        "besoins": (3, 1),
        "avec_etat": (1, 3),
        "avec_ville": (2,),
        "effectif_salaries": 4,
        "effectif_benevoles": 0,
        "part_dons": 100,
        "part_ventes": Absence.SKIPPED,
        "creee": 730_000,
        "agreee": 24_000,
        "depuis": Absence.SKIPPED,
        "temps": 95,
        "commune": "35238",
        "commune_name": "Rennes",
        "commune_department": "35",
        "commune_region": 53,
        "commune_cog": 2026,
    }
    context = Context(seed=1, arms={"formulation": "longue"}, external={"taille": 12}, mode="telephone")
    found = record(version, path(version, context, given), context)
    assert [found.values[f"besoins_{one}"] for one in ("temps", "argent", "idees")] == [2, 0, 1]
    assert [found.values[f"avec_etat_{one}"] for one in "abc"] == [1, 0, 1]
    assert (found.values["part_dons"], found.values["part_ventes"]) == (100, 0)
    assert (found.values["commune_region"], found.values["commune"]) == (53, "35238")
    assert (found.values["formulation"], found.values["taille"], found.values["support"]) == (2, 12, "telephone")
    assert found.absences == {"depuis": -4}
    assert {*found.values, *found.absences} == {one.name for one in variables(version)}
    unknown = Context(seed=1, arms={"formulation": "courte"})
    assert record(version, path(version, unknown, given), unknown).absences["taille"] == -2


def test_the_words_of_a_choice_are_a_variable_for_those_who_chose_it() -> None:
    asked = choices("presse", "autre")
    version = questionnaire(
        page("page", replace(single("source"), choices=asking_words(asked, "autre"), required=Required.SOFT))
    )
    detail = variables(version)[1]
    assert (detail.name, detail.question, detail.kind) == ("source_autre_text", "source", VariableKind.TEXT)
    assert detail.universe is not None
    assert to_text(detail.universe) == "source = 'autre'"
    chosen = record(version, path(version, ONLINE, {"source": 2, "source_autre_text": "la radio"}))
    assert chosen.values["source_autre_text"] == "la radio"
    changed = record(version, path(version, ONLINE, {"source": 1, "source_autre_text": "la radio"}))
    assert changed.absences["source_autre_text"] == Absence.NOT_ROUTED


def test_a_row_that_is_not_offered_is_not_routed() -> None:
    grid = replace(choice_grid("vu", "presse", "radio"), rows=offered_if(rows("presse", "radio"), radio="lit = 'oui'"))
    version = questionnaire(page("page", single("lit")), page("suite", grid))
    by_name = {one.name: one for one in variables(version)}
    assert Absence.NOT_ROUTED in by_name["vu_radio"].absences
    assert Absence.NOT_ROUTED not in by_name["vu_presse"].absences
    found = record(version, path(version, ONLINE, {"lit": 2, "vu_presse": 1}))
    assert found.absences == {"vu_radio": Absence.NOT_ROUTED}


# -- items of a list ------------------------------------------------------------------------------


def partners() -> Questionnaire:
    return questionnaire(
        sections=(
            section("liste", page("liste", roster("partenaires", required=Required.SOFT))),
            section(
                "detail",
                page("detail", number("cout"), multiple("objet", "don", "projet")),
                repeat="partenaires",
            ),
        ),
        computed=(computed("cout_total", "sum(cout)"), computed("double", "cout * 2", repeat="partenaires")),
    )


def test_what_is_asked_for_each_item_has_a_table_of_its_own() -> None:
    assert [(one.name, one.roster) for one in variables(partners())] == [("partenaires", None), ("cout_total", None)]
    assert {roster: [one.name for one in of] for roster, of in item_variables(partners()).items()} == {
        "partenaires": ["partenaires_item", "cout", "objet_don", "objet_projet", "double"]
    }


def test_a_response_with_items() -> None:
    version = partners()
    given: dict[str, Answer] = {
        "partenaires": (1, 3),
        "partenaires[1]": "Mairie",
        "partenaires[2]": "une ligne retirée",
        "partenaires[3]": "Région",
        "cout[1]": 10,
        "objet[1]": (1, 2),
        "cout[2]": 99,
        "cout[3]": 5,
    }
    found = record(version, path(version, ONLINE, given))
    assert found.values["partenaires"] == 2
    first, third = found.rosters["partenaires"]
    assert first == ItemRecord(
        1, {"partenaires_item": "Mairie", "cout": 10, "objet_don": 1, "objet_projet": 1, "double": 20}, {}
    )
    assert third.values == {"partenaires_item": "Région", "cout": 5, "double": 10}
    assert third.absences == {"objet_don": Absence.NOT_REACHED, "objet_projet": Absence.NOT_REACHED}


def test_a_list_without_a_line_counts_none() -> None:
    version = partners()
    found = record(version, path(version, ONLINE, {"partenaires": Absence.SKIPPED}))
    assert found.values == {"partenaires": 0}
    assert found.rosters == {"partenaires": ()}


def test_a_section_repeated_over_choices_says_which_choice() -> None:
    version = questionnaire(
        sections=(
            section("choix", page("choix", multiple("media", "presse", "radio", "web"))),
            section("avis", page("avis", score("note")), repeat="media"),
        )
    )
    given: dict[str, Answer] = {"media": (1, 3), "note[1]": 4, "note[3]": 9}
    found = record(version, path(version, ONLINE, given))
    assert [(one.values["media_item"], one.values["note"]) for one in found.rosters["media"]] == [(1, 4), (3, 9)]


def test_a_question_of_which_every_choice_has_a_condition_is_asked_when_one_of_them_holds() -> None:
    asked = single("aide", choices=offered_if(choices("a", "b"), a="filtre = 'oui'", b="filtre = 'oui'"))
    version = questionnaire(page("filtre", single("filtre")), page("aide", asked))
    variable = variables(version)[1]
    assert Absence.NOT_ROUTED in variable.absences
    assert variable.universe is not None
    assert to_text(variable.universe) == "filtre = 'oui' or filtre = 'oui'"
    assert record(version, path(version, ONLINE, {"filtre": 2})).absences == {"aide": Absence.NOT_ROUTED}


def test_the_lines_of_a_list_are_kept_even_where_no_section_is_repeated_over_it() -> None:
    version = questionnaire(page("liste", roster("partenaires")))
    given: dict[str, Answer] = {"partenaires": (2,), "partenaires[2]": "Mairie"}
    found = record(version, path(version, ONLINE, given))
    assert found.rosters["partenaires"] == (ItemRecord(2, {"partenaires_item": "Mairie"}, {}),)
