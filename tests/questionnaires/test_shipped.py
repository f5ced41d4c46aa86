"""The shipped questionnaires load clean, are canonical, route as meant and read as an institute’s."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import questionnaires
from questionnaires import definition, validation
from questionnaires.expressions import references
from questionnaires.model import (
    Absence,
    Answer,
    ChoiceGrid,
    Context,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Required,
    SingleChoice,
)
from questionnaires.problems import Severity
from questionnaires.routing import Path as Route
from questionnaires.routing import path

DEFINITIONS = Path(questionnaires.__file__).parent / "definitions"
IMPACT_CITOYENS_2022 = DEFINITIONS / "impact-citoyens" / "2022.yaml"
METROPOLE = DEFINITIONS / "impact-citoyens" / "margins" / "metropole-18-plus.yaml"
ONLINE = Context(seed=1, language="fr", mode="web", started_on="2022-09-12")

# A choice by its name, several by their names, a score or a number, or an absence.
Said = str | tuple[str, ...] | int | Absence

# Someone who says nothing that opens a filter: the starting point of every journey below.
NEUTRAL: Mapping[str, Said] = {
    "sexe": "femme",
    "age": "a35_49",
    "region": "bretagne",
    "pcs": "employe",
    "taille_agglo": "de_20_100k",
    "fragilite_emploi": 3,
    "fragilite_mobilite": 3,
    "priorite": ("aucune",),
    "utilite": Absence.NO_OPINION,
    "utilite_fragilites": Absence.NO_OPINION,
    "partenariat_connu": "non",
    "odd_connaissance": "non",
    "engagement": Absence.SKIPPED,
}

# So that a recommended answer left out is not one more problem.
NOTHING_SKIPPED: Mapping[str, Said] = {"engagement": "jamais"}

# question -> what opens its filter, what leaves it closed although something close to it was said.
FILTERS: Mapping[str, tuple[tuple[Mapping[str, Said], ...], tuple[Mapping[str, Said], ...]]] = {
    "attente": (
        ({"utilite": "utile"}, {"utilite": "inutile", "utilite_fragilites": "incontournable"}),
        (
            {"utilite": "secondaire", "utilite_fragilites": "contre_productif"},
            {"utilite": Absence.NO_OPINION},
        ),
    ),
    "reserves": (
        ({"utilite": "secondaire"}, {"utilite": "contre_productif", "utilite_fragilites": "utile"}),
        ({"utilite": "utile", "utilite_fragilites": "inutile"}, {"utilite": Absence.NO_OPINION}),
    ),
    "priorites_ensemble": (
        ({"priorite": ("securite", "education")}, {"priorite": ("emploi", "mobilite", "energie")}),
        ({"priorite": ("securite",)}, {"priorite": ("aucune",)}, {"priorite": Absence.NO_OPINION}),
    ),
    "emploi_action": (
        (
            {"fragilite_emploi": 7},
            {"priorite": ("emploi",)},
            {"priorite": ("emploi",), "fragilite_emploi": 0},
        ),
        ({"fragilite_emploi": 6, "priorite": ("economie",)}, {"fragilite_emploi": Absence.NO_OPINION}),
    ),
    "mobilite_action": (
        (
            {"taille_agglo": "rural", "fragilite_mobilite": 6},
            {"taille_agglo": "de_2_20k", "priorite": ("mobilite",), "fragilite_mobilite": Absence.NO_OPINION},
        ),
        (
            {"taille_agglo": "de_20_100k", "fragilite_mobilite": 10, "priorite": ("mobilite",)},
            {"taille_agglo": "rural", "fragilite_mobilite": 5},
        ),
    ),
    "formes": (({"engagement": "regulier"}, {"engagement": "occasionnel"}), ({"engagement": "auparavant"},)),
    "heures": (({"engagement": "regulier"},), ({"engagement": "occasionnel"}, {"engagement": "jamais"})),
    "partenaires": (
        ({"engagement": "occasionnel"}, {"engagement": "jamais", "partenariat_connu": "precis"}),
        ({"engagement": "jamais", "partenariat_connu": "vague"}, {"engagement": Absence.SKIPPED}),
    ),
    "obstacles": (
        ({"engagement": "jamais"}, {"engagement": "auparavant"}),
        ({"engagement": "regulier"}, {"engagement": Absence.SKIPPED}),
    ),
    "odd_utilite": (
        ({"odd_connaissance": "precis"}, {"odd_connaissance": "vague"}),
        ({"odd_connaissance": "non"},),
    ),
}


@cache
def impact_citoyens() -> Questionnaire:
    return definition.read(IMPACT_CITOYENS_2022.read_bytes(), IMPACT_CITOYENS_2022.parent.name)


def answer(name: str, said: Said) -> Answer:
    """What a person says, in the codes of the questionnaire."""
    question = impact_citoyens().question_of(name)
    if isinstance(said, tuple):
        assert isinstance(question, MultipleChoice)
        return tuple(sorted(choice.code for choice in question.choices if choice.name in said))
    if isinstance(said, str):
        assert isinstance(question, SingleChoice | ChoiceGrid)
        return next(choice.code for choice in question.choices if choice.name == said)
    return said


def given(**said: Said) -> dict[str, Answer]:
    return {name: answer(name, value) for name, value in {**NEUTRAL, **said}.items()}


def shown(route: Route) -> set[str]:
    return {name for names in route.shown.values() for name in names}


def anything(question: Question) -> Answer:
    """The plainest answer that a question takes."""
    if question.required is Required.NO:
        return Absence.SKIPPED
    if question.no_opinion:
        return Absence.NO_OPINION
    if isinstance(question, SingleChoice | ChoiceGrid):
        return question.choices[0].code
    return (question.choices[0].code,) if isinstance(question, MultipleChoice) else 0


def answer_everything(**said: Said) -> tuple[dict[str, Answer], Route]:
    """Answer page after page only what is shown, as a respondent does, until nothing is left."""
    wished = given(**said)
    document: dict[str, Answer] = {}
    route = path(impact_citoyens(), ONLINE, document)
    for _ in impact_citoyens().pages:
        page = route.first_incomplete
        if page is None:
            break
        for question in map(impact_citoyens().question, route.shown[page]):
            for name in question.answers:
                document[name] = wished.get(name, anything(question))
        route = path(impact_citoyens(), ONLINE, document)
    return document, route


def texts(node: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text of a file that is written in languages, with its place."""
    if isinstance(node, dict):
        if set(node) & {"fr", "en"}:
            yield place, node
        for key, value in node.items():
            yield from texts(value, f"{place}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{place}[{index}]")


def french(node: Any) -> Iterator[tuple[str, str]]:
    """What is read in French, with its place: the texts, and the notes for the staff."""
    yield from ((place, text["fr"]) for place, text in texts(node))
    for section in node.get("sections", ()):
        for question in (one for page in section["pages"] for one in page["questions"]):
            if "note" in question:
                yield f"{question['name']}.note", question["note"]


@cache
def load(file: Path) -> dict[str, Any]:
    loaded = yaml.load(file.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 -- BaseLoader makes only strings
    assert isinstance(loaded, dict)
    return loaded


def margins() -> list[dict[str, Any]]:
    found = load(METROPOLE)["margins"]
    assert isinstance(found, list)
    return found


class TestFile:
    def test_has_the_promised_size(self) -> None:
        assert 25 <= len(impact_citoyens().questions) <= 35
        assert 6 <= len(impact_citoyens().sections) <= 8
        assert all(len(section.pages) == 1 for section in impact_citoyens().sections)

    def test_asks_nothing_sensitive(self) -> None:
        assert [question.name for question in impact_citoyens().questions if question.sensitive] == []


class TestScreening:
    @pytest.mark.parametrize(
        ("said", "taken"),
        [
            ({"age": "moins_18"}, "mineur"),
            ({"region": "hors_metropole"}, "hors_metropole"),
            ({"age": "moins_18", "region": "hors_metropole"}, "mineur"),
        ],
    )
    def test_lets_out_on_the_first_page_and_keeps_nothing(self, said: Mapping[str, Said], taken: str) -> None:
        document, route = answer_everything(**said)
        assert route.exit is not None
        assert route.exit.name == taken
        assert not route.exit.keep
        assert route.pages == ("profil",)
        assert set(document) == {"sexe", "age", "region"}
        assert not route.is_complete

    def test_lets_adults_of_metropolitan_france_in(self) -> None:
        _, route = answer_everything(age="a18_24", region="corse")
        assert route.exit is None
        assert route.is_complete


class TestFilters:
    def test_all_are_covered_here(self) -> None:
        assert {question.name for question in impact_citoyens().questions if question.when} == set(FILTERS)

    @pytest.mark.parametrize(
        ("question", "said"), [(name, said) for name, (opens, _) in FILTERS.items() for said in opens]
    )
    def test_opens(self, question: str, said: Mapping[str, Said]) -> None:
        _, route = answer_everything(**said)
        assert question in shown(route)
        assert route.is_complete

    @pytest.mark.parametrize(
        ("question", "said"),
        [(name, said) for name, (_, closes) in FILTERS.items() for said in (*closes, {})],
    )
    def test_stays_closed(self, question: str, said: Mapping[str, Said]) -> None:
        document, route = answer_everything(**said)
        assert question not in shown(route)
        assert question not in document
        assert route.causes[question] is Absence.NOT_ROUTED

    def test_an_answer_left_behind_a_closed_filter_no_longer_counts(self) -> None:
        document, _ = answer_everything(engagement="regulier", heures=12)
        assert path(impact_citoyens(), ONLINE, document).effective["heures"] == 12
        changed = path(impact_citoyens(), ONLINE, {**document, "engagement": answer("engagement", "jamais")})
        assert "heures" not in changed.effective
        assert changed.causes["heures"] is Absence.NOT_ROUTED
        assert changed.first_incomplete == "demain"

    def test_depend_only_on_earlier_pages_so_that_no_page_changes_while_it_is_answered(self) -> None:
        seen: set[str] = set()
        for page in impact_citoyens().pages:
            for question in page.questions:
                assert question.when is None or references(question.when) <= seen, question.name
            seen |= {name for question in page.questions for name in question.answers}


class TestChecks:
    @pytest.mark.parametrize(
        ("said", "check", "severity"),
        [
            ({"taille_agglo": "paris"}, "paris_en_ile_de_france", Severity.BLOCKING),
            ({"pcs": "retraite"}, "retraite_avant_50_ans", Severity.WARNING),
            ({"engagement": "regulier", "heures": 81}, "heures_elevees", Severity.WARNING),
        ],
    )
    def test_speaks(self, said: Mapping[str, Said], check: str, severity: Severity) -> None:
        document, _ = answer_everything(**{**NOTHING_SKIPPED, **said})
        found = validation.check_response(impact_citoyens(), ONLINE, document)
        assert [(problem.data.get("check"), problem.severity) for problem in found] == [(check, severity)]

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"region": "ile_de_france", "taille_agglo": "paris"},
            {"age": "a50_64", "pcs": "retraite"},
            {"engagement": "regulier", "heures": 80},
            {"engagement": "regulier", "heures": Absence.NO_OPINION},
        ],
    )
    def test_is_silent(self, said: Mapping[str, Said]) -> None:
        document, _ = answer_everything(**{**NOTHING_SKIPPED, **said})
        assert validation.check_response(impact_citoyens(), ONLINE, document) == []

    def test_none_does_not_go_with_a_priority_and_three_are_the_most(self) -> None:
        priorite = impact_citoyens().question_of("priorite")
        both = validation.check_answer(priorite, "priorite", answer("priorite", ("aucune", "emploi")))
        assert [problem.code for problem in both] == ["choice-exclusive"]
        four = answer("priorite", ("emploi", "securite", "energie", "education"))
        assert [problem.code for problem in validation.check_answer(priorite, "priorite", four)] == ["too-many-choices"]


class TestMargins:
    def test_say_where_their_figures_come_from(self) -> None:
        for margin in margins():
            assert {"name", "variables", "universe", "date", "source", "cells"} == set(margin)
            assert all((margin["universe"]["fr"], margin["universe"]["en"], margin["date"], margin["source"]))

    def test_are_within_half_a_point_of_100(self) -> None:
        for margin in margins():
            total = sum((Decimal(cell["share"]) for cell in margin["cells"]), Decimal())
            assert abs(total - 100) <= Decimal("0.5"), margin["name"]

    def test_have_the_sizes_of_their_sources(self) -> None:
        sizes = {margin["name"]: len(margin["cells"]) for margin in margins()}
        assert sizes == {"sexe_age": 10, "pcs": 8, "region": 13, "taille_agglo": 5}

    def test_cover_exactly_the_choices_of_those_who_are_not_screened_out(self) -> None:
        for margin in margins():
            for position, variable in enumerate(margin["variables"]):
                question = impact_citoyens().question_of(variable)
                assert isinstance(question, SingleChoice)
                names = {choice.name for choice in question.choices} - {"moins_18", "hors_metropole"}
                assert {cell["choices"][position] for cell in margin["cells"]} == names
            combinations = [tuple(cell["choices"]) for cell in margin["cells"]]
            assert len(set(combinations)) == len(combinations)

    def test_bear_on_questions_that_everyone_must_answer(self) -> None:
        variables = {variable for margin in margins() for variable in margin["variables"]}
        assert variables == {"sexe", "age", "pcs", "region", "taille_agglo"}
        for question in map(impact_citoyens().question, variables):
            assert question.required is Required.HARD
            assert not question.no_opinion
            assert question.when is None

    def test_region_codes_are_the_official_ones(self) -> None:
        region = impact_citoyens().question_of("region")
        assert isinstance(region, SingleChoice)
        codes = {choice.code for choice in region.choices if choice.name != "hors_metropole"}
        assert codes == {11, 24, 27, 28, 32, 44, 52, 53, 75, 76, 84, 93, 94}

    def test_say_honestly_what_they_do_not_cover(self) -> None:
        note = load(METROPOLE)["note"]["fr"]
        assert "20\u00a0ans ou plus" in note
        assert "tous les âges" in note


NO_BREAK, NARROW = "\u00a0", "\u202f"
FRENCH_FAULTS: Mapping[str, str] = {
    "straight apostrophe": r"'",
    "straight quotation mark": r'"',
    "three full stops": r"\.\.\.",
    "two spaces": r"\s\s",
    "space at an end": r"^\s|\s$",
    "no no-break space before : » %": rf"(?<!{NO_BREAK})(?<!^)[:»%]",
    "no narrow no-break space before ; ! ?": rf"(?<!{NARROW})[;!?]",
    "no no-break space after «": rf"«(?!{NO_BREAK})",
    "plain space between a number and its unit": r"\d (?:ans|heures|habitants|points|régions|%)",
    "plain space in thousands": r"\d \d{3}(?!\d)",
}


class TestWords:
    @pytest.mark.parametrize("file", [METROPOLE], ids=lambda file: str(file.name))
    def test_are_all_in_both_languages(self, file: Path) -> None:
        found = list(texts(load(file)))
        assert len(found) > 4
        assert [place for place, text in found if not (set(text) == {"fr", "en"} and all(text.values()))] == []

    @pytest.mark.parametrize("fault", FRENCH_FAULTS)
    @pytest.mark.parametrize("file", [METROPOLE], ids=lambda file: str(file.name))
    def test_french_is_well_set(self, file: Path, fault: str) -> None:
        pattern = re.compile(FRENCH_FAULTS[fault])
        assert [(place, words) for place, words in french(load(file)) if pattern.search(words)] == []

    @pytest.mark.parametrize(
        ("fault", "bad"),
        [
            ("straight apostrophe", "l'emploi"),
            ("no no-break space before : » %", "Par exemple : ceci"),
            ("no narrow no-break space before ; ! ?", "Quel âge avez-vous ?"),
            ("no narrow no-break space before ; ! ?", "Quel âge avez-vous\u00a0?"),
            ("no no-break space after «", "« ceci\u00a0»"),
            ("two spaces", "deux  espaces"),
            ("plain space between a number and its unit", "18 ans"),
        ],
    )
    def test_the_lint_finds_what_it_looks_for(self, fault: str, bad: str) -> None:
        assert re.search(FRENCH_FAULTS[fault], bad)

    def test_opinion_questions_leave_the_right_not_to_say(self) -> None:
        facts = {
            "sexe",
            "age",
            "region",
            "pcs",
            "taille_agglo",
            "partenariat_connu",
            "odd_connaissance",
            "engagement",
        }
        facts |= {"partenariat_connu", "odd_connaissance", "engagement", "formes", "obstacles", "commentaire"}
        assert {question.name for question in impact_citoyens().questions if not question.no_opinion} == facts

    def test_only_the_five_variables_of_the_margins_leave_no_way_out(self) -> None:
        forced = {
            question.name
            for question in impact_citoyens().questions
            if question.required is Required.HARD and not question.no_opinion
        }
        assert forced == {"sexe", "age", "region", "pcs", "taille_agglo"}

    def test_a_number_says_its_unit(self) -> None:
        numbers = [question for question in impact_citoyens().questions if isinstance(question, Number)]
        assert [question.unit is not None for question in numbers] == [True]
