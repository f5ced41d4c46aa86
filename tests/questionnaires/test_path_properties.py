"""What holds of the path for every version and every response: values, causes, and going back and forth."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import hypothesis
from hypothesis import assume
from hypothesis import strategies as st

from questionnaires.checking import check
from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Question,
    Questionnaire,
    Roster,
    item_name,
    split_item,
)
from questionnaires.problems import Severity
from questionnaires.routing import Path, draw, known_answers, known_at, part_order, path, quota_cells
from questionnaires.validation import check_response
from tests.conftest import IS_FULL
from tests.questionnaires.strategies import (
    ITEMS,
    asked_questions,
    contexts,
    documents,
    is_missing,
    passing,
    responses,
    valid_answers,
    versions,
)

Response = tuple[Questionnaire, dict[str, Answer]]
SAID = {Absence.SKIPPED, Absence.NO_OPINION, Absence.REFUSED}
PASSABLE = {"answer-recommended", "items-alike", "check-violated", "sum-not-total", "ranking-incomplete"}
"""What may be left to say of answers that are each valid by themselves, and given together."""


def for_all(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A property of everything that these can draw; in the whole matrix, of much more of it."""
    # Versions take a while to draw, and the first of a run a while to compile.
    slow = (hypothesis.HealthCheck.too_slow,)
    more = hypothesis.settings(max_examples=500 if IS_FULL else 60, deadline=None, suppress_health_check=slow)
    return lambda test: more(hypothesis.given(*strategies)(test))


def computed_names(version: Questionnaire, found: Path) -> set[str]:
    names = {one.name for one in version.computed if one.repeat is None}
    repeated = ((one.name, one.repeat) for one in version.computed if one.repeat is not None)
    return names | {item_name(name, item) for name, over in repeated for item in found.items[over]}


def all_names(version: Questionnaire, found: Path) -> set[str]:
    """Every variable: those of items for the items on the path."""
    names = computed_names(version, found)
    for question in version.questions:
        over = version.repeat_of(version.page_of(question.name).name)
        for name in (*question.answers, *question.details):
            names |= {name} if over is None else {item_name(name, item) for item in found.items[over]}
        if isinstance(question, Roster):
            names |= {item_name(question.name, item) for item in found.items[question.name]}
    return names


def shown_questions(version: Questionnaire, found: Path) -> list[Question]:
    return [version.question(name) for page in found.pages for name in found.shown[page]]


def is_beside(version: Questionnaire, name: str) -> bool:
    """Whether a key says how an answer was given: a consent, a warning that was passed."""
    return name.startswith("check:") or any(name == one.consent for one in asked_questions(version))


@for_all(versions())
def test_the_questionnaires_of_these_tests_are_valid(version: Questionnaire) -> None:
    assert [one for one in check(version) if one.is_blocking] == []


@for_all(responses(), contexts)
def test_everything_has_a_value_or_a_cause_and_never_both(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    assert not found.effective.keys() & found.causes.keys()
    assert found.effective.keys() | found.causes.keys() == all_names(version, found)
    assert not any(isinstance(value, Absence) for value in found.effective.values())


@for_all(responses(), contexts)
def test_effective_answers_are_given_ones_on_the_path(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    left = dict(found.effective)
    for question in shown_questions(version, found):
        for name in (*question.answers, *question.details):
            value, said = left.pop(name, None), given.get(name)
            if isinstance(value, tuple) and isinstance(said, tuple):
                assert [code for code in said if code in value] == list(value)
            elif value is not None and said is Absence.SKIPPED:
                # Blank, and a value: the part of a total, a list without a line.
                assert value in (0, ())
            else:
                assert value is None or value == said
            if isinstance(question, Roster):
                assert all(left.pop(item_name(name, item), "mots") == "mots" for item in found.items[name])
    assert left.keys() <= computed_names(version, found)


@for_all(responses(), contexts)
def test_no_sensitive_answer_counts_without_consent(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    for question in shown_questions(version, found):
        if question.consent is not None and given.get(question.consent) != 1:
            assert not any(found.effective.get(name) for name in (*question.answers, *question.details))


@for_all(responses(), contexts)
def test_no_choice_or_row_that_is_not_offered_counts(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    for question in shown_questions(version, found):
        hidden = found.hidden.get(question.name, frozenset())
        gone = {one.code for one in getattr(question, "choices", ()) if one.name in hidden}
        for name in question.answers:
            value = found.effective.get(name)
            assert not gone & set(value if isinstance(value, tuple) else (value,))
        for name, row in zip(question.answers, getattr(question, "rows", ()), strict=False):
            assert (found.causes.get(name) is Absence.NOT_ROUTED) == (row.name in hidden)


@for_all(responses(), contexts, st.integers())
def test_the_path_depends_on_version_context_and_given_only(response: Response, context: Context, seed: int) -> None:
    version, given = response
    found = path(version, context, given)
    names = list(given)
    random.Random(seed).shuffle(names)
    assert path(version, context, {name: given[name] for name in names}) == found
    same = replace(version)  # nothing is remembered of other responses
    assert path(same, context, {**given, "unknown_to_this_version": 3, "unknown[2]": 3}) == found
    assert path(same, context, given) == found


@for_all(responses(), contexts)
def test_answers_off_the_path_change_nothing(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    off = {Absence.NOT_ROUTED, Absence.SCREENED_OUT}
    on_the_path = {
        name: one
        for name, one in given.items()
        if name in found.effective
        or (name in found.causes and found.causes[name] not in off)
        or is_beside(version, name)
    }
    assert path(version, context, on_the_path) == found


@for_all(responses(), contexts)
def test_what_counts_is_enough_to_find_the_path_again(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    calculated = computed_names(version, found)
    kept: dict[str, Answer] = {name: value for name, value in found.effective.items() if name not in calculated}
    kept |= {name: cause for name, cause in found.causes.items() if cause in SAID and name not in calculated}
    kept |= {name: one for name, one in given.items() if is_beside(version, name)}
    again = path(version, context, kept)
    assert again.effective == found.effective
    assert again.causes == found.causes
    assert again.pages == found.pages


@for_all(responses(), contexts)
def test_a_page_depends_on_nothing_after_it(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    until: dict[str, Answer] = {}
    for place, name in enumerate(found.pages, start=1):
        for question in version.page(name).questions:
            lines = [item_name(question.name, item) for item in ITEMS] if isinstance(question, Roster) else []
            until.update({key: given[key] for key in (*question.keys, *lines) if key in given})
        so_far = path(version, context, until)
        assert so_far.pages[:place] == found.pages[:place]
        assert [so_far.shown[one] for one in so_far.pages[:place]] == [found.shown[one] for one in found.pages[:place]]


# Back and forth.


@for_all(responses(), contexts, st.data())
def test_going_back_and_forth_loses_nothing(response: Response, context: Context, data: st.DataObject) -> None:
    version, given = response
    first = path(version, context, given)
    changed = dict(given)
    questions = {name: one for one in asked_questions(version) for name in one.answers if name in given}
    assume(questions)
    for name in data.draw(st.lists(st.sampled_from(sorted(questions)), min_size=1, max_size=4)):
        changed[name] = data.draw(valid_answers(questions[name]))
        path(version, context, changed)
        assert changed.keys() == given.keys()
    assert path(version, context, {**changed, **given}) == first


@st.composite
def responses_with_a_list(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Answer]]:
    version = draw(versions(repeats=True))
    lines = tuple(draw(st.permutations(ITEMS)))
    return version, {**draw(documents(version)), "liste0": lines, "liste0_consent": 1}


@for_all(responses_with_a_list(), contexts, st.sampled_from(ITEMS))
def test_a_list_shrinks_and_grows_without_loss(response: Response, context: Context, removed: int) -> None:
    version, given = response
    lines = given["liste0"]
    before = path(version, context, given)
    shrunk = path(version, context, {**given, "liste0": tuple(item for item in ITEMS if item != removed)})
    for found in (before, shrunk):
        assert found.items["liste0"] == found.effective.get("liste0", ())
        about = {split_item(name)[1] for name in (*found.effective, *found.causes)} - {None}
        assert about == {item for items in found.items.values() for item in items}
    assert removed not in shrunk.items["liste0"]
    assert path(version, context, {**given, "liste0": lines}) == before


@for_all(responses(), contexts)
def test_a_confirmed_warning_is_one_that_still_stands(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    violated = {
        f"check:{one.data['check']}" + (f"[{item}]" if (item := split_item(one.place.page or "")[1]) else "")
        for one in check_response(version, context, given)
        if one.code == "check-violated" and one.severity is Severity.WARNING
    }
    assert set(found.confirmed) == {key for key in violated if given.get(key) == 1}
    assert len(set(found.confirmed)) == len(found.confirmed)


@for_all(versions(), contexts, st.data())
def test_answering_page_after_page_comes_to_an_end(
    version: Questionnaire, context: Context, data: st.DataObject
) -> None:
    given: dict[str, Answer] = {}
    passed: tuple[str, ...] = ()
    found = path(version, context, given)
    while (page := found.first_incomplete) is not None and found.exit is None:
        # A page may grow by questions that its own answers open, never may the response fall back.
        assert found.pages[: len(passed)] == passed
        passed = found.pages[: found.pages.index(page)]
        behind = [version.question(name) for one in passed for name in found.shown[one]]
        assert not any(is_missing(question, key, found) for question in behind for key in question.answers)
        posted = data.draw(passing(version, found, page, given))
        assert posted
        given |= posted
        found = path(version, context, given)
    problems = check_response(version, context, given)
    assert found.exit or not {one.code for one in problems} - PASSABLE
    assert found.is_complete == (found.exit is None)
    assert Absence.NOT_REACHED not in found.causes.values() or found.exit is not None


# Pages, orders, knowledge.


@for_all(responses(), contexts)
def test_progress_is_honest(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    assert set(found.pages) <= set(found.possible)
    assert found.first_incomplete is not None or found.pages == found.possible
    steps = [found.progress(name) for name in found.possible]
    assert all(1 <= step.position <= step.total and 0 <= step.percent < 100 for step in steps)
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    assert {step.total for step in steps} <= {len(steps)}
    sections = [version.section_of(name).name for name in found.possible]
    assert [step.part for step in steps] == [len(set(sections[:place])) for place in range(1, len(steps) + 1)]
    assert {step.parts for step in steps} <= {len(set(sections))}
    for one in version.pages:
        assert found.progress(one.name).total == max(len(steps), 1)


@for_all(versions(), contexts, st.data())
def test_progress_goes_on_unless_the_path_grows(version: Questionnaire, context: Context, data: st.DataObject) -> None:
    given: dict[str, Answer] = {}
    found = path(version, context, given)
    while (page := found.first_incomplete) is not None and found.exit is None:
        before = found.progress(page)
        posted = data.draw(passing(version, found, page, given))
        given |= posted
        found = path(version, context, given)
        following = found.after(page)
        if found.exit is not None or following is None:
            break
        after = found.progress(following)
        assert after.position > before.position
        assert after.part >= before.part
        assert after.percent < 100
        assert after.percent > before.percent or after.total > before.total


@for_all(responses(), contexts)
def test_before_and_after_walk_the_path(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    for one, following in zip(found.pages, found.pages[1:], strict=False):
        assert found.after(one) == following
        assert found.before(following) == one
    if found.pages:
        assert found.before(found.pages[0]) is None
        assert found.after(found.pages[-1]) is None
    # From a page that is not on the path too, that of an item which went away included.
    for each in version.pages:
        name = each.name if version.repeat_of(each.name) is None else f"{each.name}.9"
        assert {found.before(name), found.after(name)} <= {None, *found.pages}


@for_all(st.integers(), st.text(), st.integers(0, 80))
def test_a_draw_is_a_permutation_and_always_the_same(seed: int, key: str, n: int) -> None:
    drawn = draw(seed, key, n)
    assert sorted(drawn) == list(range(n))
    assert draw(seed, key, n) == drawn


@for_all(versions(), contexts)
def test_parts_are_shown_once_each_and_fixed_ones_in_their_place(version: Questionnaire, context: Context) -> None:
    for question in version.questions:
        parts = getattr(question, "rows", getattr(question, "choices", ()))
        order = part_order(question, context)
        assert sorted(order) == list(range(len(parts)))
        assert all(order[place] == place for place, one in enumerate(parts) if getattr(one, "exclusive", False))


@for_all(responses(), contexts)
def test_what_is_known_on_a_page_is_what_its_item_answered(response: Response, context: Context) -> None:
    version, given = response
    found = path(version, context, given)
    known = known_answers(version, context, found)
    assert known.keys() >= found.effective.keys() | found.causes.keys()
    for name in found.pages:
        here = known_at(version, known, name)
        item = split_item(name)[1]
        for shown in found.shown[name]:
            for plain, key in zip(
                version.question(split_item(shown)[0]).answers, version.question(shown).answers, strict=True
            ):
                assert here[plain] == known[key]
                assert item is None or plain not in known
    assert quota_cells(version, known).keys() == {one.name for one in version.quotas}
