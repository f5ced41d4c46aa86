"""What looks the same of two versions and is not: a wrong « identical » or « unchanged » joins what must be cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questionnaires.comparison import BaseStatus, ChangeKind, ComparabilityClass, Comparison
from questionnaires.comparison.comparing import compare
from questionnaires.model import LocalText, Order, Questionnaire
from tests.questionnaires.builders import (
    choice_grid,
    choices,
    computed,
    context_variable,
    kept_in_place,
    leaves,
    multiple_grid,
    number,
    page,
    questionnaire,
    roster,
    rows,
    rule,
    section,
    single,
    words,
)

BROKEN, WORDING = ComparabilityClass.BROKEN, ComparabilityClass.WORDING
AGE = number("n", maximum=99)


def compared(old: Questionnaire, new: Questionnaire) -> Comparison:
    return compare(old, replace(new, version="2"))


def over_a_list(filter_: str, *, minimum: int | None = None) -> Questionnaire:
    """A list, a number for each of its items, and a question for some."""
    return questionnaire(
        sections=(
            section("a", page("pr", roster("r", minimum=minimum, maximum=6), number("k", maximum=9))),
            section("b", page("pi", number("n", minimum=0, maximum=10)), repeat="r"),
            section("c", page("s", single("q", when=filter_))),
        )
    )


@pytest.mark.parametrize(
    ("before", "after", "minimum"),
    [
        ("count(r) >= 3", "count(r) >= 4", None),
        ("sum(n) >= 25", "sum(n) >= 45", None),
        ("k > 3", "k > 4", 3),
    ],
)
def test_a_rule_that_takes_many_items_to_tell_apart_changes_the_base(
    before: str, after: str, minimum: int | None
) -> None:
    found = compared(over_a_list(before, minimum=minimum), over_a_list(after, minimum=minimum))
    assert found.bases["q"].status is BaseStatus.CHANGED


def test_constants_that_python_hashes_alike_are_two_rules() -> None:
    def version(filter_: str) -> Questionnaire:
        return questionnaire(
            page("p", number("n", maximum=5), number("m", maximum=5)), page("s", single("q", when=filter_))
        )

    assert hash(-1) == hash(-2)
    found = compared(version("n - m > -1"), version("n - m > -2"))
    assert found.bases["q"].status is BaseStatus.CHANGED


@pytest.mark.parametrize(
    ("old", "new", "variable"),
    [
        (
            questionnaire(page("p", AGE, single("q"))),
            replace(questionnaire(page("p", single("q"))), context=(context_variable("n", "number"),)),
            "n",
        ),
        (
            questionnaire(page("p", AGE, number("m"))),
            replace(questionnaire(page("p", number("m"))), computed=(computed("n", "m + 1"),)),
            "n",
        ),
        (
            questionnaire(page("p", single("a_b"), choice_grid("a", "c"))),
            questionnaire(page("p", choice_grid("a", "b", "c"))),
            "a_b",
        ),
    ],
    ids=["asked, then known", "asked, then computed", "a question, then a row"],
)
def test_a_name_that_goes_to_something_else_is_broken(old: Questionnaire, new: Questionnaire, variable: str) -> None:
    assert compared(old, new).classes[variable] is BROKEN


def test_other_languages_are_no_proof_that_the_words_are_the_same() -> None:
    def version(first: str, **texts: str) -> Questionnaire:
        asked = replace(single("q"), text=LocalText(texts))
        return replace(questionnaire(page("p", asked)), languages=(first, *(one for one in texts if one != first)))

    french = version("fr", fr="Vous ?")
    assert compared(french, version("en", en="Them?")).classes["q"] is WORDING
    assert compared(french, version("en", en="Them?", fr="Eux ?")).classes["q"] is WORDING
    assert compared(french, version("en", en="You?", fr="Vous ?")).classes["q"] is ComparabilityClass.IDENTICAL


def test_labels_that_change_places_change_what_the_codes_say() -> None:
    yes, no = choices("oui", "non")
    swapped = (replace(yes, label=words("non")), replace(no, label=words("oui")))
    found = compared(
        questionnaire(page("p", single("q", choices=(yes, no)))), questionnaire(page("p", single("q", choices=swapped)))
    )
    assert found.classes["q"] is BROKEN
    assert {one.kind for one in found.reasons["q"]} == {ChangeKind.LABEL, ChangeKind.CODE_REUSED}


def test_a_choice_that_no_longer_moves_changes_what_is_read() -> None:
    free = choices("a", "b", "c")
    old, new = (
        questionnaire(page("p", single("q", choices=one, order=Order.RANDOM)))
        for one in (free, kept_in_place(free, "c"))
    )
    assert compared(old, new).classes["q"] is WORDING


def test_a_base_that_changes_again_further_up_is_another_change() -> None:
    def version(*exits: str) -> Questionnaire:
        gone = tuple(leaves(f"x{place}", when) for place, when in enumerate(exits))
        return questionnaire(page("p", AGE, exits=gone), page("s", single("q")))

    few, many = (compared(version(), version(exit_)) for exit_ in ("n > 98", "n > 18"))
    assert few.classes["q"] is many.classes["q"] is ComparabilityClass.BASE_CHANGED
    assert few.digest("q") != many.digest("q")
    assert few.digest("q") == compared(version(), version("n > 98")).digest("q")


def test_a_source_that_changes_again_makes_another_change_of_what_is_computed() -> None:
    def version(text: str) -> Questionnaire:
        return replace(
            questionnaire(page("p", replace(AGE, text=words(text)))),
            computed=(computed("c", "n + 1"), computed("d", "c + 1")),
        )

    one, other = (compared(version("Votre âge"), version(text)) for text in ("Son âge", "Leur âge"))
    assert one.classes["d"] is other.classes["d"] is WORDING
    assert one.digest("d") != other.digest("d")


def test_the_base_of_a_row_of_several_answers_changes_each_of_its_choices() -> None:
    plain, asked_of_some = rows("l1", "l2")[0], replace(rows("l1", "l2")[1], when=rule("n >= 18"))
    before, after = (
        questionnaire(page("a", AGE, replace(multiple_grid("cas", "l1"), rows=(plain, row))))
        for row in (asked_of_some, replace(asked_of_some, when=None))
    )
    found = compared(before, after)
    changed = {name for name, class_ in found.classes.items() if class_ is ComparabilityClass.BASE_CHANGED}
    assert changed == {"cas_l2_a", "cas_l2_b", "cas_l2_c"}
