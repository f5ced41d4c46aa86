"""Lists, warnings, words beside choices, what is known beforehand: what a response keeps of them, and sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import Response, Submission
from app.services import responding
from app.services.responding import Incomplete, Saved, Submitted, problem_key, read_external
from questionnaires.model import Absence, Answer, Required, Severity, Value
from tests.factories import SECRET, launch
from tests.journeys import Respondent, Tab, arrive
from tests.questionnaires.builders import (
    asking_words,
    choices,
    computed,
    context_variable,
    experiment,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    roster,
    section,
    single,
    suggester,
)

PARTNERS = questionnaire(
    sections=(
        section("debut", page("liste", roster("partenaires", required=Required.NO, maximum=5))),
        section(
            "chacun",
            page(
                "partenaire",
                number("cout"),
                checks=(must_hold("cher", "cout < 100", "cout", severity=Severity.WARNING),),
            ),
            repeat="partenaires",
        ),
        section("fin", page("bilan", number("total"))),
    ),
    computed=(computed("cout_total", "sum(cout)"),),
)
WARNED = questionnaire(
    page(
        "temps",
        number("heures"),
        checks=(
            must_hold("beaucoup", "heures <= 20", "heures", severity=Severity.WARNING),
            must_hold("a_savoir", "heures <= 10", "heures", severity=Severity.INFORMATION),
            must_hold("trop", "heures <= 24", "heures"),
        ),
    )
)


def post(tab: Tab, name: str, answers: Mapping[str, Answer | None], accepted: tuple[str, ...] = ()) -> Saved:
    """Post a page of a tab, with every key that it showed."""
    who = tab.respondent
    with who.database.transaction() as session:
        seen = frozenset(accepted)
        return responding.save_page(session, who.wave_key, who.token, name, answers, tab.shown, True, seen)


def listing(**lines: str) -> dict[str, Answer | None]:
    """A list of partners: `listing(_1="Mairie")`."""
    items = {int(name.removeprefix("_")): words for name, words in lines.items()}
    return {"partenaires": tuple(items), **{f"partenaires[{item}]": words for item, words in items.items()}}


def words_of(given: Mapping[str, Any]) -> list[Any]:
    """The lines of the list, in their order."""
    return [given[f"partenaires[{item}]"] for item in given["partenaires"]]


def with_two(database: Database) -> Respondent:
    """Someone who has two partners."""
    person = arrive(launch(database, PARTNERS))
    assert not post(person.tab(), "liste", listing(_1="Mairie", _2="Région")).stays
    return person


def sent(database: Database) -> dict[str, Any]:
    """What the only submission holds."""
    with database.reading() as session:
        return dict(session.scalars(select(Submission.payload)).one())


# -- lists ----------------------------------------------------------------------------------------


def test_each_item_is_asked_and_sent(database: Database) -> None:
    person = with_two(database)
    assert person.state.path.pages == ("liste", "partenaire.1", "partenaire.2", "bilan")
    person.answer("partenaire.1", **{"cout[1]": 10})
    assert person.send() == Incomplete("partenaire.2")
    saved = person.answer("partenaire.2", **{"cout[2]": 20})
    assert saved.next_page == "bilan"
    person.answer("bilan", total=30)
    assert isinstance(person.send(), Submitted)
    payload = sent(database)
    assert payload["values"]["cout_total"] == 30
    assert [(one["item"], one["values"]["cout"]) for one in payload["rosters"]["partenaires"]] == [(1, 10), (2, 20)]
    assert "confirmed" not in payload


def test_an_item_that_leaves_the_list_takes_nothing_with_it(database: Database) -> None:
    person = with_two(database)
    person.answer("partenaire.1", **{"cout[1]": 10})
    person.answer("partenaire.2", **{"cout[2]": 20})
    post(person.tab(), "liste", listing(_2="Région", _3="Lycée"))
    given = person.state.given
    assert given["partenaires"] == (2, 3)
    assert (given["partenaires[1]"], given["cout[1]"], given["cout[2]"]) == ("Mairie", 10, 20)
    assert person.state.path.pages == ("liste", "partenaire.2", "partenaire.3", "bilan")
    assert person.state.path.first_incomplete == "partenaire.3"


def test_another_partner_written_over_one_does_not_inherit_its_answers(database: Database) -> None:
    person = with_two(database)
    person.answer("partenaire.1", **{"cout[1]": 10})
    person.answer("partenaire.2", **{"cout[2]": 20})
    post(person.tab(), "liste", listing(_1="Lycée agricole", _2="Région"))
    given = person.state.given
    assert given["partenaires"] == (3, 2)
    assert (given["partenaires[1]"], given["partenaires[3]"], given["cout[1]"]) == ("Mairie", "Lycée agricole", 10)
    assert person.state.path.first_incomplete == "partenaire.3"


@pytest.mark.parametrize("corrected", ["mairie", "Mairies", "Mairie de Rennes", "Marie"])
def test_a_corrected_name_keeps_its_answers(database: Database, corrected: str) -> None:
    person = with_two(database)
    person.answer("partenaire.1", **{"cout[1]": 10})
    post(person.tab(), "liste", listing(_1=corrected, _2="Région"))
    given = person.state.given
    assert (given["partenaires"], given["partenaires[1]"]) == ((1, 2), corrected)
    assert person.state.path.effective["cout[1]"] == 10


def test_a_list_left_blank_is_passed_and_sends_no_item(database: Database) -> None:
    person = arrive(launch(database, PARTNERS))
    assert post(person.tab(), "liste", {"partenaires": None}).next_page == "bilan"
    assert person.state.given == {"partenaires": Absence.SKIPPED}
    person.answer("bilan", total=0)
    assert isinstance(person.send(), Submitted)
    assert "rosters" not in sent(database)


TWO_TABS: Mapping[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "both add a line": (
        listing(_1="Mairie", _2="Région", _3="Lycée"),
        listing(_1="Mairie", _2="Région", _3="Club"),
        {"partenaires[3]"},
    ),
    "one adds, the other takes off": (
        listing(_1="Mairie", _2="Région", _3="Lycée"),
        listing(_1="Mairie"),
        {"partenaires"},
    ),
    "one takes off what the other renames": (
        listing(_1="Mairie"),
        listing(_1="Mairie", _2="Conseil régional"),
        {"partenaires"},
    ),
    "one renames what the other takes off": (
        listing(_1="Mairie", _2="Conseil régional"),
        listing(_1="Mairie"),
        {"partenaires"},
    ),
    "both rename a line": (
        listing(_1="Commune", _2="Région"),
        listing(_1="Ville", _2="Région"),
        {"partenaires"},
    ),
    "each renames another line": (
        listing(_1="Commune", _2="Région"),
        listing(_1="Mairie", _2="Conseil régional"),
        set(),
    ),
    "one adds, the other changes nothing": (
        listing(_1="Mairie", _2="Région", _3="Lycée"),
        listing(_1="Mairie", _2="Région"),
        set(),
    ),
}


@pytest.mark.parametrize("case", TWO_TABS)
def test_two_tabs_on_a_list_are_told_and_lose_nothing(database: Database, case: str) -> None:
    first, second, told = TWO_TABS[case]
    person = with_two(database)
    one, other = person.tab(), person.tab()
    assert not post(one, "liste", first).conflicts
    before = person.state.given
    saved = post(other, "liste", second)
    assert set(saved.conflicts) == told
    after = person.state.given
    assert {key: after[key] for key in before if key in told or key == "partenaires"} == {
        key: before[key] for key in before if key in told or key == "partenaires"
    }
    again = person.tab()
    assert not post(again, "liste", second).conflicts, "told once, the respondent decides"
    if told:
        assert words_of(dict(person.state.given)) == words_of(second)


# -- warnings -------------------------------------------------------------------------------------


def test_an_information_keeps_nobody(database: Database) -> None:
    person = arrive(launch(database, WARNED))
    assert not person.answer("temps", heures=15).stays
    assert person.state.given == {"heures": 15}


def test_a_warning_is_passed_once_and_recorded_until_it_stands_no_more(database: Database) -> None:
    person = arrive(launch(database, WARNED))
    held = person.answer("temps", heures=22)
    assert [one.severity for one in held.problems] == [Severity.WARNING, Severity.INFORMATION]
    assert person.state.given == {"heures": 22}, "what is not passed is not confirmed"
    accepted = tuple(problem_key(one) for one in held.problems)
    assert not post(person.tab(), "temps", {"heures": 22}, accepted).stays
    assert person.state.given == {"heures": 22, "check:beaucoup": 1}
    assert not person.answer("temps", heures=22).stays, "passed before, and nothing has changed"
    assert person.answer("temps", heures=23).stays, "something has"
    assert not person.answer("temps", heures=12).stays
    assert person.state.given == {"heures": 12}
    assert isinstance(person.send(), Submitted)
    assert "confirmed" not in sent(database)


def test_a_warning_passed_does_not_pass_what_blocks(database: Database) -> None:
    person = arrive(launch(database, WARNED))
    held = person.answer("temps", heures=25)
    accepted = tuple(problem_key(one) for one in held.problems)
    again = post(person.tab(), "temps", {"heures": 25}, accepted)
    assert [one.data["check"] for one in again.problems] == ["trop", "a_savoir"]
    assert person.state.given == {"heures": 25}


def test_a_warning_about_an_item_is_recorded_and_sent_for_that_item(database: Database) -> None:
    person = with_two(database)
    person.answer("partenaire.1", **{"cout[1]": 10})
    held = person.answer("partenaire.2", **{"cout[2]": 200})
    assert [one.place.variable for one in held.problems] == ["cout[2]"]
    accepted = tuple(problem_key(one) for one in held.problems)
    assert not post(person.tab(), "partenaire.2", {"cout[2]": 200}, accepted).stays
    assert person.state.given["check:cher[2]"] == 1
    person.answer("bilan", total=0)
    person.send()
    assert sent(database)["confirmed"] == ["check:cher[2]"]


# -- blanks ---------------------------------------------------------------------------------------


SPECIFIED = questionnaire(
    page(
        "seule",
        single("aide", choices=asking_words(choices("amis", "autre"), "autre")),
        multiple("soucis", choices=asking_words(choices("emploi", "autre"), "autre")),
        suggester("lieu", required=Required.NO),
    )
)
BLANK: dict[str, Answer | None] = dict.fromkeys(("aide_autre_text", "soucis_autre_text", "lieu", "lieu_name"))


@pytest.mark.parametrize(
    ("aide", "soucis", "expected"),
    [
        (1, (1,), set()),
        (2, (1,), {"aide_autre_text"}),
        (1, (1, 2), {"soucis_autre_text"}),
    ],
)
def test_only_the_words_of_a_choice_that_was_made_are_skipped(
    database: Database, aide: int, soucis: tuple[int, ...], expected: set[str]
) -> None:
    person = arrive(launch(database, SPECIFIED))
    post(person.tab(), "seule", {**BLANK, "aide": aide, "soucis": soucis})
    given = person.state.given
    assert {key for key, answer in given.items() if answer is Absence.SKIPPED} == expected | {"lieu"}


def test_words_stay_when_their_choice_is_taken_back(database: Database) -> None:
    person = arrive(launch(database, SPECIFIED))
    post(person.tab(), "seule", {**BLANK, "aide": 2, "soucis": (1,), "aide_autre_text": "voisins"})
    person.answer("seule", aide=1)
    assert person.state.given["aide_autre_text"] == "voisins"
    assert "aide_autre_text" not in person.state.path.effective


# -- what is known beforehand ---------------------------------------------------------------------

KNOWN = questionnaire(
    page("seule", single("avis")),
    context=(
        replace(context_variable("part", "number"), decimals=1),
        context_variable("ville", "text"),
        context_variable("region", "choice", "nord", "sud"),
        context_variable("ne_le", "date"),
        context_variable("depuis", "month"),
        context_variable("langue", "text", provider="language"),
    ),
    experiments=(experiment("formulation"),),
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("part", 125, 125),
        ("part", "12,5", 125),
        ("part", "12.25", None),
        ("part", "1e400", None),
        ("part", "nan", None),
        ("part", -1, None),
        ("part", True, None),
        ("ville", "Rennes", "Rennes"),
        ("ville", "", None),
        ("ville", 35, None),
        ("region", "sud", 2),
        ("region", 2, 2),
        ("region", "2", 2),
        ("region", 3, None),
        ("region", "est", None),
        ("region", (1,), None),
        ("ne_le", "2022-12-31", dt.date(2022, 12, 31).toordinal()),
        ("ne_le", 9_000_000, None),
        ("ne_le", "2022-02-31", None),
        ("depuis", "2022-03", 24266),
        ("depuis", "mars", None),
        ("depuis", 1, None),
        ("langue", "en", None),
        ("inconnue", 1, None),
    ],
)
def test_external_variables_are_those_declared_with_values_of_their_type(
    name: str, value: Value, expected: Value | None
) -> None:
    assert read_external(KNOWN, {name: value}) == ({} if expected is None else {name: expected})


def test_a_start_freezes_what_is_known_and_draws_the_arms(database: Database) -> None:
    wave = launch(database, KNOWN)
    for number_of in range(40):
        with database.transaction() as session:
            responding.start_response(session, wave.key, "fr", SECRET, external={"ville": "Rennes", "autre": number_of})
    with database.reading() as session:
        contexts = session.scalars(select(Response.context)).all()
    assert {one["external"]["ville"] for one in contexts} == {"Rennes"}
    assert all(set(one["external"]) == {"ville"} for one in contexts)
    assert {one["arms"]["formulation"] for one in contexts} == {"courte", "longue"}
