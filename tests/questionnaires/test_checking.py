"""Static checks: what is found in a version before anybody answers it, and what is rightly left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from questionnaires.checking import check
from questionnaires.model import (
    MOST_ITEMS,
    Choice,
    LocalText,
    Question,
    Questionnaire,
    Quota,
    Required,
    Section,
    Subtotal,
)
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choice_grid,
    choices,
    computed,
    consent,
    context_variable,
    date,
    duration,
    experiment,
    information,
    leaves,
    month,
    multiple,
    multiple_grid,
    must_hold,
    number,
    number_grid,
    offered_if,
    page,
    questionnaire,
    quota,
    ranking,
    roster,
    rows,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
    variant,
    words,
    year,
    yes_no,
)

PAGE = "sections[0].pages[0]"
QUESTION = f"{PAGE}.questions[0]"


def found(version: Questionnaire) -> list[tuple[str, str | None]]:
    return [(one.code, one.place.path) for one in check(version)]


def found_in(*questions: Question, **more: Any) -> list[tuple[str, str | None]]:
    """What is found in a version of one page with these questions."""
    return found(questionnaire(page("p", *questions), **more))


# Names: what rules and files read is one space.


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (single("q"), text("q")),
        (single("q_a"), multiple("q", "a", "b")),
        (single("q_a"), ranking("q", "a", "b")),
        (single("q_a_b"), multiple_grid("q", "a", choices=choices("b", "c"))),
        (text("q_autre_text"), single("q", choices=asking_words(choices("oui", "autre"), "autre"))),
        (text("ville_cog"), suggester("ville")),
        (text("q_consent"), text("q", sensitive=True, required=Required.NO)),
    ],
)
def test_a_name_is_taken_once_be_it_by_an_answer_a_variable_words_or_a_consent(
    first: Question, second: Question
) -> None:
    assert found_in(first, second) == [("name-duplicate", f"{PAGE}.questions[1].name")]
    assert found_in(second) == []


def test_variables_of_one_question_may_not_meet_either() -> None:
    words_and_choice = asking_words(choices("autre", "autre_text"), "autre")
    assert found_in(multiple("q", choices=words_and_choice)) == [("name-duplicate", f"{QUESTION}.name")]
    assert found_in(multiple_grid("q", "a", "a_b", choices=choices("b_c", "c"))) == [
        ("name-duplicate", f"{QUESTION}.name")
    ]


def test_what_is_known_beforehand_computed_or_drawn_shares_the_names_of_questions() -> None:
    for known in (
        {"context": (context_variable("q", "text"),)},
        {"computed": (computed("q", "1"),)},
        {"experiments": (experiment("q"),)},
    ):
        assert [code for code, _ in found_in(text("q"), **known)] == ["name-duplicate"]


def test_parts_of_one_thing_have_names_of_their_own() -> None:
    twice = (variant("court", "age > 1"), variant("court", "age > 2"))
    pages = (page("avant", number("age")), page("p", single("q", variants=twice)))
    assert found(questionnaire(*pages)) == [("name-duplicate", "sections[0].pages[1].questions[0].variants[1].name")]
    assert found_in(score_grid("q", "a", "a")) == [("name-duplicate", f"{QUESTION}.rows[1].name")]
    assert found_in(multiple("q", "a", "a")) == [
        ("name-duplicate", f"{QUESTION}.choices[1].name"),
    ]
    arms = replace(experiment("e", "un", "un"), arms=(*choices("un"), replace(choices("un")[0], code=1)))
    assert found_in(text("q"), experiments=(arms,)) == [
        ("name-duplicate", "experiments[0].arms[1].name"),
        ("code-duplicate", "experiments[0].arms[1].code"),
    ]
    cells = quota("age", jeunes="q > 1").cells
    assert found_in(number("q"), quotas=(Quota("age", words("age"), cells * 2), quota("age"))) == [
        ("name-duplicate", "quotas[0].cells[1].name"),
        ("name-duplicate", "quotas[1].name"),
    ]


def test_a_name_that_no_rule_could_write_is_told() -> None:
    assert found_in(choice_grid("q" * 40, "r" * 40)) == [("name-malformed", f"{QUESTION}.name")]


# Choices, rows and options that a type does not have.


@pytest.mark.parametrize("build", [ranking, lambda name, **more: choice_grid(name, "r", **more)])
def test_no_words_and_no_exclusion_where_choices_are_ranked_or_asked_in_rows(build: Any) -> None:
    asking = asking_words(choices("a", "b", exclusive="b"), "a")
    assert found_in(build("q", choices=asking)) == [
        ("specify-misplaced", f"{QUESTION}.choices[0].specify"),
        ("exclusive-misplaced", f"{QUESTION}.choices[1].exclusive"),
    ]


def test_an_exclusive_choice_of_a_grid_of_several_choices_is_one() -> None:
    assert found_in(multiple_grid("q", "r", choices=choices("a", "b", exclusive="b"))) == []


@pytest.mark.parametrize(
    ("question", "key", "code"),
    [
        (roster("q", maximum=MOST_ITEMS + 1), "maximum", "bounds-out-of-reach"),
        (roster("q", maximum=0), "maximum", "bounds-crossed"),
        (roster("q", minimum=3, maximum=2), "maximum", "bounds-crossed"),
        (roster("q", minimum=-1), "minimum", "bounds-negative"),
        (text("q", minimum=9, maximum=8), "maximum", "bounds-crossed"),
        (text("q", maximum=0), "maximum", "bounds-crossed"),
        (ranking("q", "a", "b", top=0), "top", "bounds-crossed"),
        (multiple("q", "a", "b", "rien", exclusive="rien", minimum=3), "minimum", "bounds-out-of-reach"),
        (multiple_grid("q", "r", maximum=4), "maximum", "bounds-out-of-reach"),
        (year("q", maximum=20_000), "maximum", "bounds-out-of-reach"),
        (duration("q", minimum=-1), "minimum", "bounds-negative"),
        (number_grid("q", "r", decimals=9), "decimals", "decimals-out-of-bounds"),
        (allocation("q", "a", "b", maximum=49), "total", "bounds-out-of-reach"),
        (allocation("q", "a", "b", total=-1), "total", "bounds-negative"),
        (score("q", minimum=5, maximum=5), "maximum", "bounds-crossed"),
        (score("q", maximum=101), "maximum", "bounds-out-of-reach"),
        (text("q", sensitive=True, required=Required.HARD, refusal=True), "required", "sensitive-required"),
    ],
)
def test_what_a_question_cannot_hold_is_told_at_its_key(question: Question, key: str, code: str) -> None:
    assert found_in(question) == [(code, f"{QUESTION}.{key}")]


def test_the_bounds_of_days_and_months_are_told_as_in_the_file() -> None:
    (problem,) = check(questionnaire(page("p", date("q", minimum=738_156, maximum=738_155))))
    assert dict(problem.data) == {"minimum": "2022-01-01", "maximum": "2021-12-31"}
    (problem,) = check(questionnaire(page("p", month("q", minimum=12 * 2022, maximum=12 * 2022 - 1))))
    assert dict(problem.data) == {"minimum": "2022-01", "maximum": "2021-12"}


def test_information_is_never_required_whatever_it_says() -> None:
    assert found_in(information("q", sensitive=True)) == []


def test_the_platform_says_yes_and_no_in_its_own_languages_only() -> None:
    both = LocalText({"fr": "Oui", "br": "Ya"})

    def breton(question: Question) -> list[tuple[str, str | None]]:
        version = questionnaire(page("p", replace(question, text=both)))
        version = replace(version, languages=("fr", "br"))
        return [one for one in found(version) if QUESTION in str(one[1])]

    assert breton(yes_no("q")) == [
        ("translation-missing", f"{QUESTION}.yes"),
        ("translation-missing", f"{QUESTION}.no"),
    ]
    assert breton(consent("q", yes=both)) == [("translation-missing", f"{QUESTION}.no")]
    assert breton(yes_no("q", yes=both, no=both)) == []


def test_a_subtotal_is_not_named_like_a_choice() -> None:
    subtotal = Subtotal("oui", words("ST"), ("oui",))
    assert found_in(single("q", subtotals=(subtotal,))) == [("name-duplicate", f"{QUESTION}.subtotals[0].name")]


# Answers shown beforehand.


@pytest.mark.parametrize(
    ("question", "known", "is_right"),
    [
        (text("q", prefill="su"), context_variable("su", "text"), True),
        (number("q", prefill="su"), context_variable("su", "number"), True),
        (number("q", prefill="su", decimals=1), context_variable("su", "number"), False),
        (year("q", prefill="su"), context_variable("su", "number"), True),
        (date("q", prefill="su"), context_variable("su", "date"), True),
        (date("q", prefill="su"), context_variable("su", "month"), False),
        (single("q", "a", "b", "c", prefill="su"), context_variable("su", "choice", "a", "b"), True),
        (single("q", "a", "b", prefill="su"), context_variable("su", "choice", "b", "a"), False),
        (multiple("q", "a", "b", prefill="su"), context_variable("su", "choice", "a", "b"), False),
        (score_grid("q", "a", prefill="su"), context_variable("su", "number"), False),
        (information("q", prefill="su"), context_variable("su", "text"), False),
    ],
)
def test_a_question_is_prefilled_by_what_could_be_its_answer(question: Question, known: Any, is_right: bool) -> None:
    expected = [] if is_right else [("prefill-type", f"{QUESTION}.prefill")]
    assert found_in(question, context=(known,)) == expected


# Sections that are repeated or shuffled.


def listed(*sections: Section, **more: Any) -> list[tuple[str, str | None]]:
    """What is found in a version that lists partners first."""
    return found(questionnaire(sections=(section("debut", page("liste", roster("partenaires"))), *sections), **more))


def test_rules_of_a_repeated_section_read_the_same_item_and_what_is_around() -> None:
    costs = section("couts", page("cout", number("cout")), repeat="partenaires")
    dear = section(
        "chers",
        page("cher", number("gain", when="cout > 1"), when="count(partenaires) > 1"),
        when="cout > 10",
        repeat="partenaires",
    )
    sums = (computed("total", "sum(cout)"), computed("net", "gain + cout", repeat="partenaires"))
    assert listed(costs, dear, computed=sums) == []
    assert listed(costs, dear, computed=(computed("net", "gain - cout"),)) == [
        ("rule-item-variable", "computed[0].rule"),
        ("rule-item-variable", "computed[0].rule"),
    ]


def test_a_repeated_section_does_not_read_itself_before_it_is_asked() -> None:
    costs = section("couts", page("cout", number("cout")), when="cout > 1", repeat="partenaires")
    assert listed(costs) == [("rule-variable-later", "sections[1].when")]


def test_a_section_may_be_repeated_over_choices_that_can_name_pages() -> None:
    tools = replace(multiple("outils"), choices=(Choice(0, "zero", words("0")), Choice(1, "un", words("1"))))
    each = section("chacun", page("outil", text("avis")), repeat="outils")
    assert listed(section("choix", page("outils", tools)), each) == [("code-out-of-bounds", "sections[2].repeat")]
    assert listed(section("choix", page("outils", multiple("outils"))), each) == []


def test_no_repetition_within_another() -> None:
    inner = section("dedans", page("r", multiple("outils")), repeat="partenaires")
    assert listed(inner, section("chacun", page("outil", text("avis")), repeat="outils")) == [
        ("repeat-nested", "sections[2].repeat")
    ]


def test_a_repeated_section_comes_after_its_list_even_when_sections_are_shuffled() -> None:
    first = section("debut", page("liste", roster("partenaires")), shuffle="m")
    second = section("couts", page("cout", number("cout")), repeat="partenaires", shuffle="m")
    assert found(questionnaire(sections=(first, second))) == [("repeat-later", "sections[1].repeat")]


def test_a_variable_for_each_item_is_over_a_list() -> None:
    assert listed(computed=(computed("c", "1", repeat="rien"),)) == [("repeat-unknown", "computed[0].repeat")]
    assert listed(computed=(computed("c", "1", repeat="partenaires"),)) == []


def test_shuffled_sections_do_not_read_each_other() -> None:
    one = section("un", page("a", number("x")), shuffle="m")
    other = section("deux", page("b", number("y", when="x > 1"), when="double > 1"), shuffle="m")
    after = section("trois", page("c", number("z", when="x > 1 and double > 1")))
    double = (computed("double", "x * 2"),)
    problems = found(questionnaire(sections=(one, other, after), computed=double))
    assert problems == [
        ("rule-variable-later", "sections[1].pages[0].when"),
        ("rule-variable-later", "sections[1].pages[0].questions[0].when"),
    ]


# What is known when.


def test_a_rule_knows_the_questions_above_it_on_its_page_a_text_and_a_wording_do_not() -> None:
    above = number("x")
    assert found_in(above, number("y", when="x > 1", at_most="x")) == []
    assert found_in(above, single("y", choices=offered_if(choices("a", "b"), a="x > 1"))) == []
    assert found_in(above, score_grid("y", rows=offered_if(rows("a", "b"), a="x > 1"))) == []
    second = f"{PAGE}.questions[1]"
    assert found_in(above, replace(text("y"), text=words("Et {x} ?"))) == [("pipe-variable-later", f"{second}.text")]
    assert found_in(above, text("y", variants=(variant("autre", "x > 1"),))) == [
        ("rule-variable-later", f"{second}.variants[0].when")
    ]


def test_a_question_does_not_read_itself() -> None:
    assert found_in(single("q", choices=offered_if(choices("a", "b"), a="q = 'b'"))) == [
        ("rule-variable-later", f"{QUESTION}.choices[0].when")
    ]
    assert found_in(number("q", at_least="q")) == [("rule-variable-later", f"{QUESTION}.at_least")]


def test_checks_and_exits_know_their_whole_page_in_rules_and_in_words() -> None:
    holds = replace(must_hold("c", "x > 1", "x"), message=words("Vraiment {x} ?"))
    leaving = replace(leaves("s", "x < 1"), text=words("Merci pour vos {x}."))
    assert found(questionnaire(page("p", number("x"), checks=(holds,), exits=(leaving,)))) == []


def test_what_is_read_outside_of_any_response_takes_up_no_answer() -> None:
    version = replace(questionnaire(page("p", number("x"))), title=words("Essai de {x}"))
    assert found(version) == [("pipe-variable-later", "title")]
    known = replace(context_variable("su", "text"), label=words("Su {su}"))
    assert found_in(number("x"), context=(known,)) == [("pipe-variable-later", "context[0].label")]


def test_texts_take_up_what_is_known_beforehand_and_the_item_asked_about() -> None:
    greeting = replace(page("p", text("q")), title=words("Bonjour {nom}"))
    assert found(questionnaire(greeting, context=(context_variable("nom", "text"),))) == []
    costs = section(
        "couts", page("cout", replace(number("cout"), text=words("Pour {partenaires} ?"))), repeat="partenaires"
    )
    assert listed(costs) == []


def test_words_beside_a_choice_can_be_read_later() -> None:
    asking = single("q", choices=asking_words(choices("oui", "autre"), "autre"))
    after = page("r", replace(text("r"), text=words("Pourquoi {q_autre_text} ?")), when="answered(q_autre_text)")
    assert found(questionnaire(page("p", asking), after)) == []


def test_a_quota_reads_everything() -> None:
    last = page("p", number("x"))
    cells = quota("taille", petits="double < 10", grands="x >= 5")
    assert found(questionnaire(last, computed=(computed("double", "x * 2"),), quotas=(cells,))) == []
    assert found(questionnaire(last, quotas=(quota("taille", petits="x"),))) == [
        ("rule-result", "quotas[0].cells[0].when")
    ]


@pytest.mark.parametrize(
    ("question", "is_right"),
    [
        (date("q", at_least="jour"), True),
        (date("q", at_least="jour + 7"), True),
        (date("q", at_least="compte"), False),
        (month("q", above="mois"), True),
        (month("q", above="jour"), False),
        (number("q", below="compte * 0.5"), True),
        (year("q", at_most="compte"), True),
        (duration("q", at_most="mois"), False),
        (allocation("q", "a", "b", total_from="compte"), True),
        (allocation("q", "a", "b", total_from="jour"), False),
    ],
)
def test_a_bound_that_answers_give_is_of_the_kind_of_the_answer(question: Question, is_right: bool) -> None:
    before = page("avant", date("jour"), month("mois"), number("compte"))
    codes = [code for code, _ in found(questionnaire(before, page("p", question)))]
    assert codes == ([] if is_right else ["rule-result"])


def test_an_experiment_is_read_as_a_choice_from_the_first_page_on() -> None:
    drawn = (experiment("formulation", "courte", "longue"),)
    reading = page(
        "p", text("q", variants=(variant("longue", "formulation = 'longue'"),)), when="formulation != 'courte'"
    )
    assert found(questionnaire(reading, experiments=drawn)) == []


def test_a_conditional_row_and_a_choice_of_one_name_cannot_be_told_apart() -> None:
    first = page("filtre", single("filtre"))
    same = replace(choice_grid("grille", "oui", "autre"), rows=offered_if(rows("oui", "autre"), oui="filtre = 'oui'"))
    assert listed(section("s", first, page("p", same))) == [
        ("name-duplicate", "sections[1].pages[1].questions[0].rows[0].name")
    ]
    assert listed(section("s", first, page("p", choice_grid("grille", "oui", "autre")))) == []
