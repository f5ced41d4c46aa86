"""Lists that the respondent builds, the sections repeated over them, and sums over their items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from questionnaires.model import (
    Absence,
    Answer,
    Question,
    Questionnaire,
    Required,
    Severity,
)
from questionnaires.routing import (
    known_answers,
    known_at,
    path,
    wording,
)
from tests.questionnaires.builders import (
    ONLINE,
    computed,
    leaves,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    roster,
    score,
    section,
    single,
    text,
    variant,
    words,
)

OUI, NON = 1, 2


def partners(*more: Question, **options: Any) -> Questionnaire:
    """A list of partners, and what each costs and brings."""
    options.setdefault("required", Required.NO)
    when = options.pop("when", None)
    return questionnaire(
        sections=(
            section("debut", page("liste", roster("partenaires", **options))),
            section(
                "par_partenaire",
                page("partenaire", number("cout"), single("utile", when="cout > 10")),
                page("detail", text("pourquoi", when="utile = 'non'"), *more),
                repeat="partenaires",
                when=when,
            ),
            section("fin", page("bilan", single("trop", when="cout_total > 100"), text("mot"))),
        ),
        computed=(
            computed("double", "cout * 2", repeat="partenaires"),
            computed("cout_total", "sum(cout)"),
            computed("double_total", "sum(double)"),
            computed("nombre", "count(partenaires)"),
        ),
    )


TWO: dict[str, Answer] = {"partenaires": (2, 1), "partenaires[1]": "la région", "partenaires[2]": "le club"}


def test_a_section_is_asked_for_each_item_in_the_order_of_the_list() -> None:
    given: dict[str, Answer] = {**TWO, "cout[2]": 5, "cout[1]": 50, "utile[1]": NON, "pourquoi[1]": "cher"}
    found = path(partners(), ONLINE, given)
    assert found.pages == ("liste", "partenaire.2", "partenaire.1", "detail.1", "bilan")
    assert found.items == {"partenaires": (2, 1)}
    assert found.shown["partenaire.2"] == ("cout[2]",)
    assert found.shown["partenaire.1"] == ("cout[1]", "utile[1]")
    assert found.effective["partenaires[2]"] == "le club"
    assert found.causes["utile[2]"] is found.causes["pourquoi[2]"] is Absence.NOT_ROUTED
    assert found.first_incomplete == "bilan"
    assert (found.before("partenaire.1"), found.after("partenaire.2")) == ("partenaire.2", "partenaire.1")
    # No item, no variable: what is asked of each has no name without one.
    assert not {"cout", "utile", "double"} & (found.effective.keys() | found.causes.keys())


def test_totals_of_totals_over_a_list() -> None:
    found = path(partners(), ONLINE, {**TWO, "cout[1]": 60, "cout[2]": 45, "utile[1]": OUI, "utile[2]": OUI})
    calculated = {name: found.effective[name] for name in ("double[1]", "double[2]", "cout_total", "double_total")}
    assert calculated == {"double[1]": 120, "double[2]": 90, "cout_total": 105, "double_total": 210}
    assert found.effective["nombre"] == 2
    assert found.shown["bilan"] == ("trop", "mot")


def test_a_total_waits_for_every_item() -> None:
    found = path(partners(), ONLINE, {**TWO, "cout[1]": 60})
    assert found.causes["cout_total"] is found.causes["double_total"] is Absence.NOT_REACHED
    assert found.effective["double[1]"] == 120
    assert found.causes["double[2]"] is Absence.NOT_REACHED
    assert found.first_incomplete == "partenaire.2"


def test_a_total_adds_what_is_answered() -> None:
    version = partners(**{"no_opinion": True})
    silent = path(version, ONLINE, {**TWO, "cout[1]": 60, "cout[2]": Absence.SKIPPED})
    assert silent.effective["cout_total"] == 60
    none = path(version, ONLINE, {**TWO, "cout[1]": Absence.SKIPPED, "cout[2]": Absence.SKIPPED})
    assert none.causes["cout_total"] is Absence.SKIPPED
    unknown = path(version, ONLINE, {"partenaires": Absence.NO_OPINION})
    assert unknown.causes["cout_total"] is unknown.causes["nombre"] is Absence.NO_OPINION


def test_an_empty_list_is_a_list_of_none() -> None:
    found = path(partners(), ONLINE, {"partenaires": Absence.SKIPPED, "mot": "rien"})
    assert found.is_complete
    assert found.pages == ("liste", "bilan")
    assert found.effective == {"partenaires": (), "nombre": 0, "mot": "rien"}
    assert found.causes["cout_total"] is Absence.NOT_ROUTED
    # Where a line is required, it is only blank.
    held = path(partners(required=Required.HARD), ONLINE, {"partenaires": Absence.SKIPPED})
    assert held.first_incomplete == "liste"
    assert held.causes["partenaires"] is held.causes["nombre"] is Absence.SKIPPED


def test_an_item_that_was_removed_takes_its_answers_with_it_and_brings_them_back() -> None:
    given: dict[str, Answer] = {**TWO, "cout[1]": 60, "cout[2]": 5, "utile[1]": OUI, "mot": "fin"}
    both = path(partners(), ONLINE, given)
    one = path(partners(), ONLINE, {**given, "partenaires": (1,)})
    assert one.effective["cout_total"] == 60
    assert not [name for name in (*one.effective, *one.causes) if "[2]" in name]
    assert path(partners(), ONLINE, {**given, "partenaires": (2, 1)}) == both
    # Whoever still stands on a page of the item that went away has a way forward and back.
    assert (one.before("partenaire.2"), one.after("partenaire.2")) == ("partenaire.1", "bilan")


def test_while_the_list_is_not_made_its_pages_count_once_in_the_progress() -> None:
    found = path(partners(), ONLINE, {})
    assert found.pages == ("liste", "bilan")
    assert found.possible == ("liste", "partenaire", "detail", "bilan")
    assert found.progress("liste").total == 4


def test_rules_of_an_item_read_its_own_answers() -> None:
    given: dict[str, Answer] = {**TWO, "cout[1]": 50, "cout[2]": 5, "utile[1]": OUI, "utile[2]": OUI}
    found = path(partners(), ONLINE, given)
    known = known_answers(partners(), ONLINE, found)
    assert known_at(partners(), known, "partenaire.2")["cout"] == 5
    assert known_at(partners(), known, "partenaire.1")["cout"] == 50
    assert known_at(partners(), known, "partenaire.2")["partenaires"] == (2, 1)
    assert "cout" not in known_at(partners(), known, "bilan")


def test_a_section_with_a_condition_on_what_was_said_of_the_item_before() -> None:
    version = questionnaire(
        sections=(
            section("a", page("liste", roster("villes"))),
            section("b", page("ville", single("connue")), repeat="villes"),
            section("c", page("avis", score("note")), repeat="villes", when="connue = 'oui'"),
        )
    )
    found = path(version, ONLINE, {"villes": (1, 2, 3), "connue[1]": OUI, "connue[2]": NON, "connue[3]": OUI})
    assert found.pages == ("liste", "ville.1", "ville.2", "ville.3", "avis.1", "avis.3")
    assert found.causes["note[2]"] is Absence.NOT_ROUTED


def test_a_section_repeated_over_the_choices_made() -> None:
    version = questionnaire(
        sections=(
            section("a", page("qui", multiple("acteurs", "mairie", "region", "aucun", exclusive="aucun"))),
            section("b", page("acteur", score("confiance")), repeat="acteurs"),
        ),
        computed=(computed("confiance_totale", "sum(confiance)"),),
    )
    found = path(version, ONLINE, {"acteurs": (1, 2), "confiance[1]": 4, "confiance[2]": 6})
    assert found.pages == ("qui", "acteur.1", "acteur.2")
    assert found.effective["confiance_totale"] == 10
    # “None of these” is a choice, not one of them.
    nobody = path(version, ONLINE, {"acteurs": (3,), "confiance[3]": 9})
    assert nobody.pages == ("qui",)
    assert nobody.items == {"acteurs": ()}
    assert nobody.causes["confiance_totale"] is Absence.NOT_ROUTED


def test_an_exit_in_the_middle_of_a_list() -> None:
    version = questionnaire(
        sections=(
            section("a", page("liste", roster("villes"))),
            section(
                "b",
                page("ville", single("ici"), exits=(leaves("partir", "ici = 'non'"),)),
                page("avis", score("note")),
                repeat="villes",
            ),
            section("c", page("fin", text("mot"))),
        ),
        computed=(computed("total", "sum(note)"),),
    )
    found = path(version, ONLINE, {"villes": (1, 2), "ici[1]": OUI, "note[1]": 3, "ici[2]": NON, "mot": "fin"})
    assert found.exit is not None
    assert found.pages == ("liste", "ville.1", "avis.1", "ville.2")
    assert found.effective["note[1]"] == 3
    screened = {name for name, cause in found.causes.items() if cause is Absence.SCREENED_OUT}
    assert screened == {"note[2]", "mot", "total"}


def test_a_warning_about_an_item_is_passed_for_that_item() -> None:
    warns = must_hold("cher", "cout < 100", severity=Severity.WARNING)
    version = questionnaire(
        sections=(
            section("a", page("liste", roster("villes"))),
            section("b", page("ville", number("cout"), checks=(warns,)), repeat="villes"),
        )
    )
    found = path(version, ONLINE, {"villes": (1, 2), "cout[1]": 500, "cout[2]": 500, "check:cher[2]": 1})
    assert found.confirmed == ("check:cher[2]",)


def test_the_wording_for_an_item_depends_on_the_item() -> None:
    asked = replace(text("pourquoi"), variants=(variant("cher", "cout > 100"),))
    version = questionnaire(
        sections=(
            section("a", page("liste", roster("villes"))),
            section("b", page("ville", number("cout"), asked), repeat="villes"),
        )
    )
    given: dict[str, Answer] = {"villes": (1, 2), "cout[1]": 500, "cout[2]": 5}
    known = known_answers(version, ONLINE, path(version, ONLINE, given))
    assert wording(version, "pourquoi[1]", known).text == words("autrement : cher")
    assert wording(version, "pourquoi[2]", known).text == words("pourquoi")
