"""The path: what is shown, what counts, and why the rest is absent."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from questionnaires.checking import check
from questionnaires.codebook import record, variables
from questionnaires.model import (
    Absence,
    Answer,
    Context,
    ContextVariable,
    Questionnaire,
    Required,
    Section,
)
from questionnaires.routing import Progress, path
from questionnaires.validation import check_response
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    choices,
    computed,
    leaves,
    multiple,
    page,
    questionnaire,
    rule,
    score,
    score_grid,
    single,
    text,
    words,
)
from tests.questionnaires.strategies import responses, valid_answers, versions

OUI, NON = 1, 2


def all_names(version: Questionnaire) -> set[str]:
    names = {name for question in version.questions for name in question.answers}
    return names | {one.name for one in version.computed}


# What holds for every version and every response.


@for_all(versions())
def test_the_questionnaires_of_these_tests_are_valid(version: Questionnaire) -> None:
    assert check(version) == []


@for_all(responses())
def test_everything_has_a_value_or_a_cause_and_never_both(
    response: tuple[Questionnaire, dict[str, Answer]],
) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    assert found.effective.keys() | found.causes.keys() == all_names(version)
    assert not found.effective.keys() & found.causes.keys()
    written = record(version, found)
    assert written.values.keys() | written.absences.keys() == {one.name for one in variables(version)}
    assert not written.values.keys() & written.absences.keys()
    assert set(written.absences.values()) <= {absence.value for absence in Absence}


@for_all(responses())
def test_effective_answers_are_given_ones_on_the_path(
    response: tuple[Questionnaire, dict[str, Answer]],
) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    shown = {
        answer
        for name in found.pages
        for question in found.shown[name]
        for answer in version.question(question).answers
    }
    calculated = {one.name for one in version.computed}
    assert found.effective.keys() - calculated <= shown
    assert all(given[name] == value for name, value in found.effective.items() if name not in calculated)


@for_all(responses(), st.randoms(use_true_random=False))
def test_the_path_depends_on_version_context_and_given_only(
    response: tuple[Questionnaire, dict[str, Answer]], shuffle: st.DataObject
) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    names = list(given)
    shuffle.shuffle(names)  # type: ignore[attr-defined]
    assert path(version, ONLINE, {name: given[name] for name in names}) == found
    same = Questionnaire(
        version.name,
        version.version,
        version.population,
        version.languages,
        version.title,
        sections=version.sections,
        computed=version.computed,
    )
    assert path(same, ONLINE, {**given, "unknown_to_this_version": 3}) == found


@for_all(responses())
def test_answers_off_the_path_change_nothing(response: tuple[Questionnaire, dict[str, Answer]]) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    hidden = {Absence.NOT_ROUTED, Absence.SCREENED_OUT}
    on_the_path = {name: one for name, one in given.items() if found.causes.get(name) not in hidden}
    assert path(version, ONLINE, on_the_path) == found


@for_all(responses())
def test_a_page_depends_on_nothing_after_it(response: tuple[Questionnaire, dict[str, Answer]]) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    until: dict[str, Answer] = {}
    for one in version.pages:
        for question in one.questions:
            until.update({name: given[name] for name in question.answers if name in given})
        so_far = path(version, ONLINE, until)
        assert (one.name in so_far.pages) == (one.name in found.pages)
        assert so_far.shown.get(one.name) == found.shown.get(one.name)


@for_all(versions(), st.data())
def test_answering_page_after_page_comes_to_an_end(version: Questionnaire, data: st.DataObject) -> None:
    given: dict[str, Answer] = {}
    behind = -1
    names = [one.name for one in version.pages]
    while (found := path(version, ONLINE, given)).first_incomplete is not None and found.exit is None:
        # A page may grow by questions that its own answers open, never may the response fall back.
        assert names.index(found.first_incomplete) >= behind
        behind = names.index(found.first_incomplete)
        before = len(given)
        for name in found.shown[found.first_incomplete]:
            for answer in version.question(name).answers:
                if answer not in given:
                    given[answer] = data.draw(valid_answers(version.question(name)))
        assert len(given) > before
    problems = check_response(version, ONLINE, given)
    assert found.exit or not {one.code for one in problems} - {"answer-recommended", "check-violated"}
    assert found.is_complete == (found.exit is None)
    assert Absence.NOT_REACHED not in found.causes.values() or found.exit is not None


@for_all(responses())
def test_progress_is_honest(response: tuple[Questionnaire, dict[str, Answer]]) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    steps = [found.progress(one.name) for one in version.pages]
    assert all(1 <= step.position <= step.total and 0 <= step.percent < 100 for step in steps)
    assert [step.position for step in steps] == sorted(step.position for step in steps)
    assert len({step.total for step in steps}) == 1


@for_all(responses())
def test_before_and_after_walk_the_path(response: tuple[Questionnaire, dict[str, Answer]]) -> None:
    version, given = response
    found = path(version, ONLINE, given)
    for one, following in zip(found.pages, found.pages[1:], strict=False):
        assert found.after(one) == following
        assert found.before(following) == one
    if found.pages:
        assert found.before(found.pages[0]) is None
        assert found.after(found.pages[-1]) is None


# The causes, one by one.


def two_pages() -> Questionnaire:
    return questionnaire(
        page("filtre", single("filtre")),
        page("suite", single("suite", when="filtre = 'oui'"), single("avis", no_opinion=True, refusal=True)),
        page("fin_libre", text("libre", required=Required.NO)),
    )


def test_at_the_start_nothing_is_reached_and_conditions_do_not_show() -> None:
    found = path(two_pages(), ONLINE, {})
    assert found.pages == ("filtre", "suite", "fin_libre")
    assert found.shown["suite"] == ("avis",)
    assert found.first_incomplete == "filtre"
    assert found.causes == {
        "filtre": Absence.NOT_REACHED,
        "suite": Absence.NOT_ROUTED,
        "avis": Absence.NOT_REACHED,
        "libre": Absence.NOT_REACHED,
    }


def test_an_answer_off_the_path_is_kept_and_comes_back() -> None:
    version = two_pages()
    given: dict[str, Answer] = {"filtre": OUI, "suite": NON, "avis": OUI, "libre": "mots"}
    assert path(version, ONLINE, given).effective["suite"] == NON
    away = path(version, ONLINE, {**given, "filtre": NON})
    assert "suite" not in away.effective
    assert away.causes["suite"] is Absence.NOT_ROUTED
    assert path(version, ONLINE, {**given, "filtre": OUI}).effective["suite"] == NON


@pytest.mark.parametrize("absence", [Absence.NO_OPINION, Absence.REFUSED])
def test_an_offered_absence_is_an_answer(absence: Absence) -> None:
    found = path(two_pages(), ONLINE, {"filtre": NON, "avis": absence, "libre": Absence.SKIPPED})
    assert found.is_complete
    assert found.causes == {"suite": Absence.NOT_ROUTED, "avis": absence, "libre": Absence.SKIPPED}


@pytest.mark.parametrize(
    ("required", "answer", "is_complete"),
    [
        (Required.HARD, None, False),
        (Required.HARD, Absence.SKIPPED, False),
        (Required.HARD, Absence.NO_OPINION, False),
        (Required.HARD, OUI, True),
        (Required.SOFT, None, False),
        (Required.SOFT, Absence.SKIPPED, True),
        (Required.NO, None, False),
        (Required.NO, Absence.SKIPPED, True),
    ],
)
def test_what_makes_a_page_complete(required: Required, answer: Answer | None, is_complete: bool) -> None:
    version = questionnaire(page("p", single("q", required=required)))
    found = path(version, ONLINE, {} if answer is None else {"q": answer})
    assert found.is_complete is is_complete
    assert found.first_incomplete == (None if is_complete else "p")


def test_a_page_without_any_question_to_show_is_off_the_path() -> None:
    version = questionnaire(
        page("filtre", single("filtre")),
        page("vide", single("q", when="filtre = 'oui'")),
        page("information"),
    )
    assert path(version, ONLINE, {"filtre": NON}).pages == ("filtre", "information")
    assert path(version, ONLINE, {"filtre": OUI}).pages == ("filtre", "vide", "information")


def test_a_section_that_a_rule_enables() -> None:
    version = questionnaire(
        sections=(
            Section("debut", words("debut"), None, (page("filtre", single("filtre")),)),
            Section(
                "plus",
                words("plus"),
                rule("filtre = 'oui'"),
                (page("a", single("qa")), page("b", single("qb", when="qa = 'oui'"))),
            ),
        )
    )
    assert path(version, ONLINE, {"filtre": NON, "qa": OUI}).pages == ("filtre",)
    assert path(version, ONLINE, {"filtre": OUI, "qa": OUI}).pages == ("filtre", "a", "b")
    assert path(version, ONLINE, {"filtre": NON, "qa": OUI}).causes["qb"] is Absence.NOT_ROUTED


def test_a_filter_that_goes_off_the_path_closes_what_it_opened() -> None:
    version = questionnaire(
        page("a", single("qa")),
        page("b", single("qb", when="qa = 'oui'")),
        page("c", single("qc", when="qb = 'oui'")),
    )
    given: dict[str, Answer] = {"qa": OUI, "qb": OUI, "qc": OUI}
    assert path(version, ONLINE, given).pages == ("a", "b", "c")
    # qb is still given as yes, but it does not count any more.
    assert path(version, ONLINE, {**given, "qa": NON}).pages == ("a",)


def test_a_question_may_open_another_one_of_its_page() -> None:
    version = questionnaire(page("p", single("q"), single("precision", when="q = 'oui'")))
    assert path(version, ONLINE, {"q": NON}).is_complete
    opened = path(version, ONLINE, {"q": OUI})
    assert opened.shown["p"] == ("q", "precision")
    assert opened.first_incomplete == "p"


def with_exit() -> Questionnaire:
    return questionnaire(
        page("age", single("majeur"), exits=(leaves("mineur", "majeur = 'non'"),)),
        page("suite", single("suite")),
        computed=(computed("double", "answered(suite)"),),
    )


def test_an_exit_cuts_the_path_after_its_page() -> None:
    found = path(with_exit(), ONLINE, {"majeur": NON, "suite": OUI})
    assert found.exit is not None
    assert found.exit.name == "mineur"
    assert found.pages == ("age",)
    assert not found.is_complete
    assert found.effective == {"majeur": NON}
    assert found.causes == {"suite": Absence.SCREENED_OUT, "double": Absence.SCREENED_OUT}


@pytest.mark.parametrize("answer", [OUI, Absence.SKIPPED, None])
def test_an_exit_needs_a_definite_rule(answer: Answer | None) -> None:
    given = {} if answer is None else {"majeur": answer}
    assert path(with_exit(), ONLINE, given).exit is None


def test_an_exit_of_a_page_off_the_path_does_not_fire() -> None:
    version = questionnaire(
        page("a", single("qa")),
        page("b", single("qb"), when="qa = 'oui'", exits=(leaves("non_merci", "qa = 'non'"),)),
    )
    assert path(version, ONLINE, {"qa": NON}).exit is None


# Grids, multiple choices, computed variables, context.


def test_rows_of_grids_are_answers_of_their_own() -> None:
    version = questionnaire(page("p", score_grid("note", "a", "b"), choice_grid("vu", "a", "b")))
    found = path(version, ONLINE, {"note_a": 0, "note_b": 10, "vu_a": OUI})
    assert found.effective == {"note_a": 0, "note_b": 10, "vu_a": OUI}
    assert found.causes == {"vu_b": Absence.NOT_REACHED}
    assert found.first_incomplete == "p"


@pytest.mark.parametrize(("answer", "is_shown"), [((1,), False), ((1, 2), True), ((1, 2, 3), True)])
def test_the_count_of_a_multiple_choice(answer: tuple[int, ...], is_shown: bool) -> None:
    version = questionnaire(page("a", multiple("m")), page("b", single("q", when="count(m) >= 2")))
    assert ("b" in path(version, ONLINE, {"m": answer}).pages) is is_shown


def test_a_computed_variable_has_a_value_or_the_cause_of_its_source() -> None:
    version = questionnaire(
        page("filtre", single("filtre")),
        page("notes", score("a", when="filtre = 'oui'", no_opinion=True), score("b")),
        page("suite", single("suite", when="total > 10")),
        computed=(
            computed("total", "a + b"),
            computed("triple", "total * 3"),
            computed("haut", "total > 10"),
        ),
    )
    full = path(version, ONLINE, {"filtre": OUI, "a": 5, "b": 6})
    assert {name: full.effective[name] for name in ("total", "triple", "haut")} == {
        "total": 11,
        "triple": 33,
        "haut": 1,
    }
    assert full.pages == ("filtre", "notes", "suite")
    silent = path(version, ONLINE, {"filtre": OUI, "a": Absence.NO_OPINION, "b": 6})
    assert silent.causes["total"] is silent.causes["triple"] is Absence.NO_OPINION
    assert path(version, ONLINE, {"filtre": NON, "b": 6}).causes["total"] is Absence.NOT_ROUTED
    assert path(version, ONLINE, {"filtre": OUI, "a": 5}).causes["total"] is Absence.NOT_REACHED


def test_a_computed_variable_waits_for_a_source_that_is_not_reached() -> None:
    version = questionnaire(
        page("p", single("q"), single("r")), computed=(computed("a_dit", "answered(q) or answered(r)"),)
    )
    assert path(version, ONLINE, {}).causes["a_dit"] is Absence.NOT_REACHED
    assert path(version, ONLINE, {"q": OUI}).causes["a_dit"] is Absence.NOT_REACHED
    assert path(version, ONLINE, {"q": Absence.SKIPPED, "r": OUI}).effective["a_dit"] == 1


def test_a_variable_of_the_context_opens_a_page() -> None:
    known = ContextVariable("taille", "choice", words("taille"), choices("petite", "grande"))
    version = questionnaire(page("p", single("q", when="taille = 'grande'")), page("r", single("r")), context=(known,))
    assert path(version, Context(external={"taille": 2, "autre": 1}), {}).pages == ("p", "r")
    assert path(version, Context(external={"taille": 1}), {}).pages == ("r",)
    assert path(version, ONLINE, {}).pages == ("r",)
    # What is given under the name of a context variable is no answer of this version.
    assert path(version, ONLINE, {"taille": 2}).pages == ("r",)


def test_pages_still_possible_count_in_the_progress() -> None:
    version = questionnaire(
        page("a", single("qa")),
        page("b", single("qb", when="qa = 'oui'")),
        page("c", single("qc")),
        page("d", single("qd"), when="qa = 'non'"),
    )
    start = path(version, ONLINE, {})
    assert start.pages == ("a", "c")
    assert start.progress("a") == Progress(position=1, total=4, percent=0)
    later = path(version, ONLINE, {"qa": NON})
    assert (later.progress("c").position, later.progress("c").total, later.progress("c").percent) == (
        2,
        3,
        33,
    )
    # Off the path: the nearest page before.
    assert later.progress("b") == later.progress("a")
