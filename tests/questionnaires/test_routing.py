"""The path: what is shown, what counts, and why the rest is absent."""

from __future__ import annotations

import pytest

from questionnaires.model import (
    Absence,
    Answer,
    Context,
    ContextVariable,
    Questionnaire,
    Required,
)
from questionnaires.routing import Progress, path
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    choices,
    computed,
    leaves,
    multiple,
    page,
    questionnaire,
    score,
    score_grid,
    section,
    single,
    text,
    words,
)

OUI, NON = 1, 2


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
        "suite": Absence.NOT_REACHED,
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
            section("debut", page("filtre", single("filtre"))),
            section("plus", page("a", single("qa")), page("b", single("qb", when="qa = 'oui'")), when="filtre = 'oui'"),
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
    assert start.progress("a") == Progress(position=1, total=4, percent=0, part=1, parts=1)
    later = path(version, ONLINE, {"qa": NON})
    assert (later.progress("c").position, later.progress("c").total, later.progress("c").percent) == (
        2,
        3,
        33,
    )
    # Off the path: the nearest page before.
    assert later.progress("b") == later.progress("a")
