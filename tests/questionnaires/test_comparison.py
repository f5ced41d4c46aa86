"""Two versions compared: every kind of change has its class, and every base that changed somebody who shows it."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from questionnaires.comparison import BaseStatus, ChangeKind, ComparabilityClass, Comparison
from questionnaires.comparison.bases import with_choices_of
from questionnaires.comparison.comparing import compare
from questionnaires.definition import read, write
from questionnaires.model import Absence, Choice, LocalText, Question, Questionnaire, Required, Subtotal
from questionnaires.problems import DefinitionIsInvalid
from questionnaires.routing import path
from questionnaires.validation import check_response
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    choices,
    computed,
    leaves,
    likert,
    multiple,
    must_hold,
    number,
    offered_if,
    page,
    questionnaire,
    roster,
    rows,
    score,
    section,
    single,
    text,
    words,
    yes_no,
)

IDENTICAL, COSMETIC, WORDING = ComparabilityClass.IDENTICAL, ComparabilityClass.COSMETIC, ComparabilityClass.WORDING
ADDED, RECODED = ComparabilityClass.CHOICES_ADDED, ComparabilityClass.RECODED
BASE, BROKEN = ComparabilityClass.BASE_CHANGED, ComparabilityClass.BROKEN
NEW, DROPPED = ComparabilityClass.NEW, ComparabilityClass.DROPPED


def one_page(*questions: Question, **more: Any) -> Questionnaire:
    return questionnaire(page("p", *questions), **more)


def second(version: Questionnaire) -> Questionnaire:
    return replace(version, version="2")


def compared(before: Question, after: Question) -> Comparison:
    return compare(one_page(before), second(one_page(after)))


def said(text: str, english: str) -> LocalText:
    return LocalText({"fr": text, "en": english})


ABC = single("q", "a", "b", "c")
SCALE = likert("q", "fort", "moyen", "faible")


def coded(*pairs: tuple[int, str], labels: dict[str, str] | None = None) -> tuple[Choice, ...]:
    return tuple(Choice(code, name, words((labels or {}).get(name, name))) for code, name in pairs)


@pytest.mark.parametrize(
    ("before", "after", "kind", "expected"),
    [
        (replace(ABC, text=words("Votre avis ?")), replace(ABC, text=words("votre  avis ?")), "text", COSMETIC),
        (replace(ABC, text=words("Votre avis ?")), replace(ABC, text=words("Votre idée ?")), "text", WORDING),
        (replace(ABC, text=words("plus de 2,5 km")), replace(ABC, text=words("plus de 25 km")), "text", WORDING),
        (replace(ABC, text=said("Avis", "View")), replace(ABC, text=said("Avis", "Opinion")), "text", COSMETIC),
        (replace(ABC, help=words("Une aide")), replace(ABC, help=None), "help", WORDING),
        (ABC, replace(ABC, instruction=words("Une réponse")), "instruction", WORDING),
        (ABC, single("q", "a", "b", "c", "d"), "choice-added", ADDED),
        (ABC, single("q", "a", "b"), "choice-dropped", ADDED),
        (ABC, replace(ABC, choices=coded((1, "a"), (2, "b"), (5, "c"))), "code", RECODED),
        (ABC, replace(ABC, choices=coded((1, "a"), (2, "b"), (3, "d"))), "code-reused", BROKEN),
        (ABC, replace(ABC, choices=coded((2, "b"), (1, "a"), (3, "c"))), "choice-order", WORDING),
        (SCALE, replace(SCALE, choices=SCALE.choices[::-1]), "scale-reversed", WORDING),
        (SCALE, replace(SCALE, choices=coded((3, "fort"), (2, "moyen"), (1, "faible"))), "scale-reversed", BROKEN),
        (ABC, replace(ABC, no_opinion=True), "absences", ADDED),
        (ABC, replace(ABC, required=Required.SOFT), "required", WORDING),
        (ABC, likert("q", "a", "b", "c"), "type", COSMETIC),
        (number("q"), text("q"), "type", BROKEN),
        (multiple("q", "a", "b", "c", maximum=2), multiple("q", "a", "b", "c", maximum=3), "most", BROKEN),
        (score("q"), score("q", maximum=5), "bounds", BROKEN),
        (score("q"), replace(score("q"), low=score("q").high, high=score("q").low), "scale-reversed", BROKEN),
        (number("q", maximum=10), number("q", maximum=20), "bounds", WORDING),
        (number("q"), number("q", decimals=1), "decimals", RECODED),
        (number("q", unit=words("jours")), number("q", unit=words("heures")), "unit", BROKEN),
        (choice_grid("q", "x", "y"), replace(choice_grid("q", "x", "y"), rows=rows("x", "y", "z")), "row-added",
         COSMETIC),
        (replace(ABC, subtotals=(Subtotal("t", words("T"), ("a", "b")),)),
         replace(ABC, subtotals=(Subtotal("t", words("T"), ("a", "c")),)), "subtotals", RECODED),
    ],
)  # fmt: skip
def test_each_kind_of_change_has_its_class(
    before: Question, after: Question, kind: str, expected: ComparabilityClass
) -> None:
    found = compared(before, after)
    variable = after.columns[0]
    assert found.classes[variable] is expected
    assert kind in {one.kind.value for one in found.reasons[variable]}


def test_a_version_compared_with_itself_is_identical_everywhere() -> None:
    version = read(Path("tests/questionnaires/everything.yaml").read_bytes())
    found = compare(version, second(version))
    assert not found.changes
    assert {*found.classes.values()} == {IDENTICAL}


def test_a_declared_rename_is_followed_everywhere_it_is_read() -> None:
    grid = choice_grid("avis", "ville", "ecole")
    old = one_page(yes_no("actif"), grid, text("detail", when="actif = 'oui' and avis_ecole = 'non'"))
    renamed = replace(grid, name="opinion", formerly="avis", rows=(replace(grid.rows[0], name="commune",
                      formerly="ville"), grid.rows[1]))  # fmt: skip
    now = "travaille = 'oui' and opinion_ecole = 'non'"
    new = second(
        one_page(replace(yes_no("travaille"), formerly="actif", text=words("actif")), renamed, text("detail", when=now))
    )
    found = compare(old, new)
    assert found.classes == {
        "travaille": COSMETIC,
        "opinion_commune": COSMETIC,
        "opinion_ecole": COSMETIC,
        "detail": IDENTICAL,
    }
    assert found.formerly == {"travaille": "actif", "opinion_commune": "avis_ville", "opinion_ecole": "avis_ecole"}


def test_a_name_that_passes_to_another_question_joins_nothing_of_the_one_that_had_it() -> None:
    old = one_page(yes_no("a"), number("b", maximum=9), text("q", when="a = 'oui' and b > 3"))
    new = second(one_page(replace(yes_no("b"), formerly="a", text=words("a")), text("q", when="b = 'oui'")))
    found = compare(old, new)
    assert (found.classes["b"], found.formerly["b"]) == (COSMETIC, "a")
    assert found.bases["q"].status is BaseStatus.CHANGED


def test_without_its_declaration_a_renamed_question_is_dropped_and_new() -> None:
    found = compare(one_page(yes_no("actif")), second(one_page(yes_no("travaille"))))
    assert found.classes == {"travaille": NEW, "actif": DROPPED}


@pytest.mark.parametrize("taken", ["avis", "autre"])
def test_a_former_name_is_nobody_s_in_the_new_version(taken: str) -> None:
    version = one_page(replace(yes_no("avis"), formerly=taken), yes_no("autre"))
    with pytest.raises(DefinitionIsInvalid) as refused:
        read(write(version))
    assert [(one.code, one.place.path) for one in refused.value.problems] == [
        ("formerly-taken", "sections[0].pages[0].questions[0].formerly")
    ]


def test_former_names_are_kept_by_the_file() -> None:
    grid = choice_grid("avis", "x", "y")
    choices_renamed = (replace(choices("a", "b")[0], formerly="z"), choices("a", "b")[1])
    version = one_page(
        replace(grid, formerly="opinion", rows=(replace(grid.rows[0], formerly="w"), grid.rows[1])),
        replace(single("q", "a", "b"), choices=choices_renamed),
        computed=(replace(computed("n", "q = 'a'"), formerly="m"),),
    )
    assert read(write(version)) == version


def test_what_moves_keeps_its_class_but_for_its_place() -> None:
    names = "abcde"
    old = one_page(*(yes_no(name) for name in names))
    found = compare(old, second(one_page(*(yes_no(name) for name in "acdeb"))))
    assert [one.question for one in found.changes if one.kind is ChangeKind.MOVED] == ["b"]
    assert found.classes["b"] is WORDING
    assert found.classes["c"] is IDENTICAL


def test_a_computed_variable_shares_the_fate_of_its_sources() -> None:
    def version(question: Question, rule: str) -> Questionnaire:
        return one_page(question, computed=(computed("n", rule), computed("m", "n = 1")))

    recoded = replace(ABC, choices=coded((11, "a"), (2, "b"), (3, "c")))
    found = compare(version(ABC, "q = 'a'"), second(version(recoded, "q = 'a'")))
    assert (found.classes["n"], found.classes["m"]) == (RECODED, RECODED)
    found = compare(version(ABC, "q = 'a'"), second(version(ABC, "q = 'b'")))
    assert (found.classes["q"], found.classes["n"], found.classes["m"]) == (IDENTICAL, BROKEN, BROKEN)


# -- bases ----------------------------------------------------------------------------------------


def status(old: Questionnaire, new: Questionnaire, question: str) -> BaseStatus:
    found = compare(old, second(new))
    verdict = found.bases[question]
    if verdict.status is BaseStatus.CHANGED:
        someone = verdict.respondent
        assert someone is not None
        asked = [
            any(question in shown for shown in path(one, someone.context, someone.given).shown.values())
            for one in (old, new)
        ]
        assert asked == [verdict.asked_in == "1", verdict.asked_in == "2"]
        assert found.classes[new.question(question).columns[0]].rank >= BASE.rank
    return verdict.status


def test_the_same_people_under_another_rule_are_the_same_base() -> None:
    old = one_page(number("age", minimum=0, maximum=120), text("q", when="age >= 18"))
    assert status(old, one_page(number("age", minimum=0, maximum=120), text("q", when="not age <= 17")), "q") is (
        BaseStatus.UNCHANGED
    )
    assert status(old, one_page(number("age", minimum=0, maximum=120), text("q", when="age >= 17")), "q") is (
        BaseStatus.CHANGED
    )


def test_an_exit_added_before_changes_the_base() -> None:
    old = questionnaire(page("p", yes_no("a")), page("s", text("q")))
    new = questionnaire(page("p", yes_no("a"), exits=(leaves("dehors", "a = 'non'"),)), page("s", text("q")))
    assert status(old, new, "q") is BaseStatus.CHANGED


def test_a_question_asked_before_in_one_version_only_changes_no_base_by_itself() -> None:
    old = questionnaire(page("p", yes_no("a")), page("s", text("q", when="a = 'oui'")))
    new = questionnaire(page("p", yes_no("a"), number("n", maximum=9)), page("s", text("q", when="a = 'oui'")))
    assert status(old, new, "q") is BaseStatus.UNCHANGED
    more = questionnaire(
        page("p", yes_no("a"), number("n", maximum=9)), page("s", text("q", when="a = 'oui' and n > 3"))
    )
    assert status(old, more, "q") is BaseStatus.CHANGED


def test_a_choice_that_one_version_has_may_decide() -> None:
    old = questionnaire(page("p", single("a", "x", "y", "z")), page("s", text("q", when="a in {'x', 'z'}"), text("r")))
    new = questionnaire(page("p", single("a", "x", "y")), page("s", text("q", when="a = 'x'"), text("r")))
    assert status(old, new, "q") is BaseStatus.CHANGED
    assert status(old, new, "r") is BaseStatus.UNCHANGED
    assert status(new, old, "q") is BaseStatus.CHANGED


def test_nobody_is_asked_who_could_answer_neither_version() -> None:
    """Each version has a choice of its own: nobody makes both."""
    several = "a = 'z' and not (b = 'x' or b = 'y')"
    old = one_page(single("a", "x", "y", "z"), single("b", "x", "y"), text("q", when=several))
    new = one_page(single("a", "x", "y"), single("b", "x", "y", "z"), text("q", when="a = 'x' and a = 'y'"))
    assert status(old, new, "q") is BaseStatus.UNCHANGED


def test_the_base_of_a_row_is_judged_by_itself() -> None:
    def version(when: str) -> Questionnaire:
        grid = choice_grid("g", "x", "y")
        return one_page(yes_no("a"), yes_no("b"), replace(grid, rows=offered_if(grid.rows, y=when)))

    found = compare(version("a = 'oui'"), second(version("b = 'oui'")))
    assert (found.classes["g_x"], found.classes["g_y"]) == (IDENTICAL, BASE)
    assert found.bases["g_y"].status is BaseStatus.CHANGED


def test_the_items_of_a_list_have_their_bases_too() -> None:
    def version(when: str) -> Questionnaire:
        asked = section("chacun", page("p", number("cout", maximum=9), text("q", when=when)), repeat="liste")
        return questionnaire(sections=(section("un", page("l", roster("liste", maximum=3))), asked))

    assert status_of_items(version("cout > 3"), version("cout >= 4")) is BaseStatus.UNCHANGED
    assert status_of_items(version("cout > 3"), version("cout > 4")) is BaseStatus.CHANGED


def status_of_items(old: Questionnaire, new: Questionnaire) -> BaseStatus:
    return compare(old, second(new)).bases["q"].status


def test_without_the_proof_a_base_that_may_have_changed_counts_as_changed() -> None:
    old = one_page(number("age", maximum=120), text("q", when="age >= 18"))
    new = second(one_page(number("age", maximum=120), text("q", when="age > 17")))
    found = compare(old, new, prove_bases=False)
    assert found.bases["q"].status is BaseStatus.UNPROVEN
    assert found.classes["q"] is BASE
    assert found.bases["age"].status is BaseStatus.UNCHANGED


def _drawn(chance: random.Random) -> Questionnaire:
    """A small version: three questions, conditions, perhaps a check and an exit."""
    atoms = [
        "a = 'x'",
        "a = 'y'",
        "b = 'oui'",
        "b = 'non'",
        "no_opinion(a)",
        "answered(b)",
        "a != 'x'",
        "not b = 'oui'",
    ]
    rule = f"{chance.choice(atoms)} {chance.choice(('and', 'or'))} {chance.choice(atoms)}"
    first = single("a", *"xyz"[: chance.choice((2, 3))], no_opinion=chance.random() < 0.4)
    when = chance.choice((None, "a = 'x'", "a != 'x'"))
    second_question = yes_no("b", when=when, required=chance.choice((Required.HARD, Required.SOFT)))
    exits = (leaves("dehors", chance.choice(atoms[:4])),) if chance.random() < 0.4 else ()
    checks = (must_hold("c", chance.choice(atoms)),) if chance.random() < 0.3 else ()
    pages = (
        page("p", first),
        page("s", second_question, checks=checks, exits=exits),
        page("t", yes_no("q", when=rule)),
    )
    return questionnaire(*pages)


def _everybody(old: Questionnaire, new: Questionnaire) -> list[dict[str, Any]]:
    answers = [(None, 1, 2, 3, Absence.NO_OPINION), (None, 1, 2, Absence.SKIPPED)]
    return [
        {name: answer for name, answer in zip("ab", combination, strict=True) if answer is not None}
        for combination in itertools.product(*answers)
    ]


def _is_asked(version: Questionnaire, given: dict[str, Any]) -> bool | None:
    """Whether `q` is asked; None where the answers before are not complete, or not valid."""
    found = path(version, ONLINE, given)
    before = [name for name in found.pages if name != "t"]
    if found.exit is None and found.first_incomplete not in (None, "t"):
        return None
    problems = check_response(version, ONLINE, given)
    if any(one.is_blocking and one.place.page in before for one in problems):
        return None
    return "t" in found.pages


def _expected(old: Questionnaire, new: Questionnaire) -> bool:
    """Whether the base of `q` changed, by asking everybody, each version read with the choices of both."""
    from_old, from_new = (with_choices_of(one, two) for one, two in ((new, old), (old, new)))
    for mine, other in ((old, from_old), (from_new, new)):
        for given in _everybody(old, new):
            asked = [_is_asked(mine, given), _is_asked(other, given)]
            if None not in asked and asked[0] != asked[1]:
                return True
    return False


@pytest.mark.parametrize("batch", range(4))
def test_bases_are_those_that_asking_everybody_finds(batch: int) -> None:
    found = []
    for seed in range(batch * 25, batch * 25 + 25):
        chance = random.Random(seed)
        old, new = _drawn(chance), _drawn(chance)
        expected = BaseStatus.CHANGED if _expected(old, new) else BaseStatus.UNCHANGED
        assert status(old, new, "q") is expected, seed
        found.append(expected)
    assert {*found} == {BaseStatus.CHANGED, BaseStatus.UNCHANGED}
