"""The behaviours that surveys rely on, each with a questionnaire of a few lines."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Date,
    Question,
    Questionnaire,
    Required,
    Severity,
)
from questionnaires.routing import (
    path,
)
from questionnaires.validation import check_page
from tests.questionnaires.builders import (
    ONLINE,
    allocation,
    asking_words,
    choice_grid,
    choices,
    computed,
    date,
    information,
    multiple,
    multiple_grid,
    must_hold,
    number,
    offered_if,
    page,
    questionnaire,
    ranking,
    rows,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
    year,
)

OUI, NON = 1, 2


def codes_at(version: Questionnaire, given: Mapping[str, Answer], name: str, context: Context = ONLINE) -> set[str]:
    return {one.code for one in check_page(version, context, given, name)}


# Comparisons and counts.


@pytest.mark.parametrize(
    ("condition", "opens_at"),
    [
        ("age < 18", {17}),
        ("age <= 18", {17, 18}),
        ("age = 18", {18}),
        ("age != 18", {17, 19}),
        ("age >= 18", {18, 19}),
        ("age > 18", {19}),
        ("age in {17, 19}", {17, 19}),
        ("not age = 18", {17, 19}),
        ("age >= 17.5", {18, 19}),
    ],
)
def test_a_comparison_at_its_edges(condition: str, opens_at: set[int]) -> None:
    version = questionnaire(page("age", number("age")), page("suite", single("suite"), when=condition))
    assert {age for age in (17, 18, 19) if "suite" in path(version, ONLINE, {"age": age}).pages} == opens_at
    assert "suite" not in path(version, ONLINE, {"age": Absence.SKIPPED}).pages


def test_a_comparison_with_a_date_at_its_edges() -> None:
    version = questionnaire(
        page("a", date("creee")), page("b", single("recente", when='creee >= "2020-03-17"')), page("c", text("fin"))
    )
    eve, day = 737_500, 737_501
    assert path(version, ONLINE, {"creee": eve}).pages == ("a", "c")
    assert path(version, ONLINE, {"creee": day}).pages == ("a", "b", "c")


@pytest.mark.parametrize(
    ("condition", "opens_at"),
    [("count(m) = 0", ()), ("count(m) = 1", (1,)), ("count(m) >= 2", (2, 3)), ("count(m) < 3", (1, 2))],
)
def test_the_number_of_choices_made(condition: str, opens_at: tuple[int, ...]) -> None:
    version = questionnaire(page("a", multiple("m")), page("b", single("q", when=condition)))
    answers = ((1,), (1, 3), (1, 2, 3))
    assert tuple(len(codes) for codes in answers if "b" in path(version, ONLINE, {"m": codes}).pages) == opens_at
    # Nothing chosen is an absence, not a count of zero.
    assert "b" not in path(version, ONLINE, {"m": Absence.SKIPPED}).pages


def test_the_rank_of_a_choice() -> None:
    version = questionnaire(page("a", ranking("r", top=2)), page("b", single("q", when="rank(r, 'b') = 1")))
    assert "b" in path(version, ONLINE, {"r": (2, 3)}).pages
    assert "b" not in path(version, ONLINE, {"r": (3, 2)}).pages
    assert "b" not in path(version, ONLINE, {"r": (3, 1)}).pages


# Answers off the path.


def test_an_answer_off_the_path_counts_as_absent_even_when_it_is_asked_again() -> None:
    version = questionnaire(
        page("a", single("membre")),
        page("b", score("avis"), when="membre = 'oui'"),
        page("c", score("note")),
        page("d", single("fier", when="avis >= 8")),
        computed=(computed("total", "sum(avis, note)"), computed("ecart", "avis - note")),
    )
    given: dict[str, Answer] = {"membre": OUI, "avis": 9, "note": 4, "fier": OUI}
    member = path(version, ONLINE, given)
    assert (member.pages, member.effective["total"], member.effective["ecart"]) == (("a", "b", "c", "d"), 13, 5)
    away = path(version, ONLINE, {**given, "membre": NON})
    assert away.pages == ("a", "c")
    assert away.effective == {"membre": NON, "note": 4, "total": 4}
    assert away.causes == dict.fromkeys(("avis", "fier", "ecart"), Absence.NOT_ROUTED)
    assert path(version, ONLINE, {**given, "membre": OUI}) == member


def test_a_section_enabled_by_a_rule() -> None:
    version = questionnaire(
        sections=(
            section("debut", page("a", single("elu"))),
            section("mandat", page("b", score("duree")), page("c", single("encore")), when="elu = 'oui'"),
            section("fin", page("d", text("mot"))),
        )
    )
    assert path(version, ONLINE, {}).pages == ("a", "d")
    assert path(version, ONLINE, {"elu": NON}).pages == ("a", "d")
    assert path(version, ONLINE, {"elu": OUI}).pages == ("a", "b", "c", "d")


# Bounds, sums, exclusive choices: what holds a page.


@pytest.mark.parametrize(
    ("bound", "allowed"),
    [
        ({"at_least": "salaries"}, {10, 11}),
        ({"above": "salaries"}, {11}),
        ({"at_most": "salaries"}, {9, 10}),
        ({"below": "salaries"}, {9}),
        ({"at_least": "salaries - 1", "below": "salaries + 1"}, {9, 10}),
    ],
)
def test_bounds_from_another_answer(bound: dict[str, str], allowed: set[int]) -> None:
    version = questionnaire(page("a", number("salaries")), page("b", number("cadres", **bound)))
    found = {n for n in (9, 10, 11) if codes_at(version, {"salaries": 10, "cadres": n}, "b") == set()}
    assert found == allowed
    assert codes_at(version, {"salaries": 10, "cadres": 99}, "b") <= {"limit-crossed"}
    # Without the other answer there is no bound.
    assert codes_at(version, {"salaries": Absence.SKIPPED, "cadres": 10}, "b") == set()


def test_a_year_cannot_be_before_another() -> None:
    version = questionnaire(page("a", year("creation"), year("premier", at_least="creation")))
    assert codes_at(version, {"creation": 2010, "premier": 2010}, "a") == set()
    assert codes_at(version, {"creation": 2010, "premier": 2009}, "a") == {"limit-crossed"}


def shares() -> Questionnaire:
    return questionnaire(
        page("a", allocation("part", "public", "prive", "dons")),
        page("b", single("aide", when="part_public > 0 and part_dons = 0")),
    )


def test_parts_of_a_total_left_blank_are_nothing() -> None:
    given: dict[str, Answer] = {"part_public": 70, "part_prive": 30, "part_dons": Absence.SKIPPED}
    found = path(shares(), ONLINE, given)
    assert found.effective == {"part_public": 70, "part_prive": 30, "part_dons": 0}
    assert found.pages == ("a", "b")
    assert found.first_incomplete == "b"
    assert codes_at(shares(), given, "a") == set()


def test_parts_must_equal_the_total() -> None:
    given: dict[str, Answer] = {"part_public": 70, "part_prive": 20, "part_dons": Absence.SKIPPED}
    assert codes_at(shares(), given, "a") == {"sum-not-total"}
    assert codes_at(shares(), {**given, "part_dons": 10}, "a") == set()


def test_no_part_at_all_is_a_blank() -> None:
    blank: dict[str, Answer] = dict.fromkeys(("part_public", "part_prive", "part_dons"), Absence.SKIPPED)
    found = path(shares(), ONLINE, blank)
    assert found.effective == {}
    assert found.first_incomplete == "a"
    assert [one.code for one in check_page(shares(), ONLINE, blank, "a")] == ["answer-required"]


def test_parts_of_a_total_given_before() -> None:
    version = questionnaire(
        page("a", number("budget", decimals=2)), page("b", allocation("part", "x", "y", total_from="budget"))
    )
    assert codes_at(version, {"budget": 1250, "part_x": 12, "part_y": Absence.SKIPPED}, "b") == {"sum-not-total"}
    assert codes_at(version, {"budget": 1200, "part_x": 12, "part_y": Absence.SKIPPED}, "b") == set()
    assert codes_at(version, {"budget": Absence.SKIPPED, "part_x": 5, "part_y": 1}, "b") == set()


def test_an_exclusive_choice_posted_together_with_others() -> None:
    version = questionnaire(page("a", multiple("m", "a", "b", "aucun", exclusive="aucun")))
    assert codes_at(version, {"m": (3,)}, "a") == set()
    assert codes_at(version, {"m": (1, 3)}, "a") == {"choice-exclusive"}


# Choices and rows with a condition.


def towns() -> Questionnaire:
    offered = offered_if(choices("commune", "metro", "region"), metro="urbain = 'oui'")
    return questionnaire(page("a", single("urbain")), page("b", single("echelle", choices=offered)))


def test_a_choice_is_offered_where_its_condition_holds() -> None:
    assert path(towns(), ONLINE, {"urbain": OUI}).hidden == {}
    assert path(towns(), ONLINE, {"urbain": NON}).hidden == {"echelle": frozenset({"metro"})}
    assert path(towns(), ONLINE, {}).hidden == {"echelle": frozenset({"metro"})}


def test_a_choice_that_is_not_offered_any_more_is_asked_anew() -> None:
    given: dict[str, Answer] = {"urbain": OUI, "echelle": 2}
    assert path(towns(), ONLINE, given).is_complete
    moved = path(towns(), ONLINE, {**given, "urbain": NON})
    assert moved.causes == {"echelle": Absence.NOT_REACHED}
    assert moved.first_incomplete == "b"
    assert codes_at(towns(), {**given, "urbain": NON}, "b") == {"choice-unknown"}
    assert path(towns(), ONLINE, given).effective["echelle"] == 2


@pytest.mark.parametrize(
    ("asked", "given", "left"),
    [
        (multiple("q", choices=offered_if(choices("a", "b"), b="f = 'oui'")), (1, 2), (1,)),
        (ranking("q", choices=offered_if(choices("a", "b", "c"), b="f = 'oui'")), (2, 3, 1), (3, 1)),
    ],
)
def test_of_several_choices_those_still_offered_count(asked: Question, given: Answer, left: Answer) -> None:
    version = questionnaire(page("a", single("f")), page("b", asked))
    assert path(version, ONLINE, {"f": OUI, "q": given}).effective["q"] == given
    assert path(version, ONLINE, {"f": NON, "q": given}).effective["q"] == left
    none_left = path(version, ONLINE, {"f": NON, "q": (2,)})
    assert none_left.causes["q"] is Absence.NOT_REACHED
    assert none_left.first_incomplete == "b"


def test_cells_of_a_grid_follow_the_choices_offered() -> None:
    offered = offered_if(choices("a", "b"), b="f = 'oui'")
    version = questionnaire(
        page("p", single("f")),
        page("q", choice_grid("g", "x", "y", choices=offered), multiple_grid("h", "x", "y", choices=offered)),
    )
    found = path(version, ONLINE, {"f": NON, "g_x": 1, "g_y": 2, "h_x": (1, 2), "h_y": (2,)})
    assert found.effective == {"f": NON, "g_x": 1, "h_x": (1,)}
    assert found.causes == {"g_y": Absence.NOT_REACHED, "h_y": Absence.NOT_REACHED}


def test_a_row_is_asked_where_its_condition_holds() -> None:
    asked = offered_if(rows("etat", "metro"), metro="urbain = 'oui'")
    version = questionnaire(page("a", single("urbain")), page("b", score_grid("confiance", rows=asked)))
    given: dict[str, Answer] = {"urbain": NON, "confiance_etat": 5, "confiance_metro": 7}
    rural = path(version, ONLINE, given)
    assert rural.is_complete
    assert rural.causes == {"confiance_metro": Absence.NOT_ROUTED}
    assert rural.hidden == {"confiance": frozenset({"metro"})}
    assert path(version, ONLINE, {**given, "urbain": OUI}).effective["confiance_metro"] == 7


def test_a_question_of_which_nothing_is_offered_is_not_asked() -> None:
    nothing = offered_if(choices("a", "b"), a="f = 'oui'", b="f = 'oui'")
    version = questionnaire(
        page("p", single("f")),
        page("q", single("q", choices=nothing)),
        page("r", score_grid("g", rows=offered_if(rows("x", "y"), x="f = 'oui'", y="f = 'oui'"))),
    )
    found = path(version, ONLINE, {"f": NON, "q": 1})
    assert found.pages == ("p",)
    assert found.causes == dict.fromkeys(("q", "g_x", "g_y"), Absence.NOT_ROUTED)
    assert path(version, ONLINE, {"f": OUI}).pages == ("p", "q", "r")


# Words of a choice, consent, places, information.


def test_words_are_asked_where_their_choice_is_made() -> None:
    version = questionnaire(page("a", single("q", choices=asking_words(choices("local", "autre"), "autre"))))
    said = path(version, ONLINE, {"q": 2, "q_autre_text": "un voisin"})
    assert said.effective == {"q": 2, "q_autre_text": "un voisin"}
    other = path(version, ONLINE, {"q": 1, "q_autre_text": "un voisin"})
    assert other.effective == {"q": 1}
    assert other.causes == {"q_autre_text": Absence.NOT_ROUTED}


@pytest.mark.parametrize("left", [{}, {"q_autre_text": Absence.SKIPPED}])
def test_words_left_blank_hold_nobody(left: dict[str, Answer]) -> None:
    version = questionnaire(page("a", multiple("q", choices=asking_words(choices("local", "autre"), "autre"))))
    found = path(version, ONLINE, {"q": (1, 2), **left})
    assert found.is_complete
    assert found.causes == {"q_autre_text": Absence.SKIPPED}
    problems = check_page(version, ONLINE, {"q": (1, 2), **left}, "a")
    assert [(one.code, one.severity) for one in problems] == [("answer-recommended", Severity.WARNING)]


def test_a_sensitive_answer_counts_with_its_consent() -> None:
    version = questionnaire(
        page("a", single("vote", sensitive=True, required=Required.NO)),
        page("b", single("pourquoi", when="vote = 'oui'")),
    )
    without = path(version, ONLINE, {"vote": OUI})
    assert without.effective == {}
    assert without.causes["vote"] is Absence.NOT_REACHED
    assert without.first_incomplete == "a"
    assert codes_at(version, {"vote": OUI}, "a") == {"consent-missing"}
    agreed = path(version, ONLINE, {"vote": OUI, "vote_consent": 1})
    assert agreed.effective == {"vote": OUI}
    assert agreed.pages == ("a", "b")
    # Saying nothing needs no consent.
    assert path(version, ONLINE, {"vote": Absence.SKIPPED}).is_complete


def test_what_goes_with_a_place_is_known_with_it() -> None:
    version = questionnaire(
        page("a", suggester("commune", refusal=True)), page("b", single("breton", when="commune_region = 'bretagne'"))
    )
    place: dict[str, Answer] = {
        "commune": "35238",
        "commune_name": "Rennes",
        "commune_department": "35",
        "commune_region": 53,
        "commune_cog": 2022,
    }
    found = path(version, ONLINE, place)
    assert found.effective == place
    assert found.pages == ("a", "b")
    refused = path(version, ONLINE, {**place, "commune": Absence.REFUSED})
    assert refused.effective == {}
    assert set(refused.causes.values()) == {Absence.REFUSED, Absence.NOT_ROUTED}
    assert refused.causes["commune_name"] is Absence.REFUSED
    assert refused.pages == ("a",)


def test_an_information_is_shown_and_answered_by_nobody() -> None:
    version = questionnaire(
        page("accueil", information("bienvenue")),
        page("a", single("q")),
        page("suite", information("merci", when="q = 'oui'")),
    )
    assert path(version, ONLINE, {}).first_incomplete == "a"
    refused = path(version, ONLINE, {"q": NON})
    assert refused.pages == ("accueil", "a")
    assert refused.is_complete
    assert path(version, ONLINE, {"q": OUI}).shown["suite"] == ("merci",)


# Warnings that were passed.


def test_a_warning_that_was_passed_is_on_record_while_it_stands() -> None:
    warns = must_hold("plausible", "age < 100", severity=Severity.WARNING)
    version = questionnaire(page("a", number("age"), checks=(warns,)), page("b", text("mot")))
    passed: dict[str, Answer] = {"age": 104, "check:plausible": 1}
    assert path(version, ONLINE, {"age": 104}).confirmed == ()
    assert path(version, ONLINE, passed).confirmed == ("check:plausible",)
    assert path(version, ONLINE, {**passed, "age": 40}).confirmed == ()
    assert path(version, ONLINE, passed).effective == {"age": 104}


def test_dates_are_kept_as_days() -> None:
    assert isinstance(date("d"), Date)
    version = questionnaire(
        page("a", date("debut"), date("fin", at_least="debut")), computed=(computed("n", "fin - debut"),)
    )
    found = path(version, ONLINE, {"debut": 738_000, "fin": 738_010})
    assert found.effective["n"] == 10
    assert codes_at(version, {"debut": 738_010, "fin": 738_000}, "a") == {"limit-crossed"}
