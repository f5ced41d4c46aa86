"""A posted page: read, saved, and shown again with what is to be put right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.services import responding
from app.services.responding import Earlier, ResponseState, Saved, problem_key
from app.web import pages
from app.web.controls.fields import PageForm, page_keys, read_page
from app.web.respond.screens import hidden_rows
from app.web.respond.visits import Visit
from questionnaires.model import (
    Absence,
    Allocation,
    Answer,
    GivenIsMalformed,
    MultipleChoice,
    Question,
    Questionnaire,
    Roster,
    Suggester,
    decode_given,
    specified_choices,
)
from questionnaires.problems import Place, Problem
from questionnaires.validation import check_page

ON, BACK, LATER, LIST, LANGUAGE = "suite", "retour", "pause", "parties", "langue-"
"""What the buttons of a question page ask for; LANGUAGE is followed by a code."""
KEEP = "garder"
"""What the script asks for while the page stays open: to keep what is right of it, and to say nothing."""
LEAVING = (BACK, LATER, LIST)
"""Those that leave the page as it is, right or not."""
LONGEST_BASE = 200_000
LONGEST_TRY, MOST_TRIES, MOST_FIELDS = 100_000, 8, 2_000


@dataclass(frozen=True, slots=True)
class Posted:
    """What a question page sent: `going` is one of the words above, `base` what the page showed when made.

    `earlier`: the answers that this page sent before, without an acknowledgement.
    """

    page: str
    form: PageForm
    base: Mapping[str, Answer | None]
    going: str
    accepted: frozenset[str]
    earlier: Earlier = ()

    @property
    def language(self) -> str | None:
        """The language asked for, if it is what was asked."""
        return self.going.removeprefix(LANGUAGE) if self.going.startswith(LANGUAGE) else None

    @property
    def is_passing(self) -> bool:
        """Whether the respondent wants to go on, so that the page has to be right."""
        return self.going == ON


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a posted page: problems and conflicts keep the respondent on it."""

    saved: Saved
    problems: tuple[Problem, ...]

    @property
    def state(self) -> ResponseState:
        """The response as it is stored now."""
        return self.saved.state

    @property
    def stays(self) -> bool:
        """Whether the page has to be shown again."""
        return bool(self.problems)

    @property
    def is_blocked(self) -> bool:
        """Whether something has to be put right, not only looked at."""
        return any(problem.is_blocking for problem in self.problems)


def read_post(visit: Visit, page: str, posted: MultiDict[str, str]) -> Posted:
    """Read a posted page. Nothing that is posted raises; what cannot be read is a problem or is ignored."""
    state = visit.state
    shown = read_base(posted.get("base", ""))
    going = posted.get("aller", ON)
    if going not in (*LEAVING, KEEP) and going.removeprefix(LANGUAGE) not in state.questionnaire.languages:
        going = ON
    form, base = _read_form(state, page, shown, posted)
    earlier = tuple(_read_form(state, page, shown, one)[0].answers for one in _read_tries(posted))
    return Posted(page, form, base, going, frozenset(posted.getlist("vus")[:100]), earlier)


def _read_form(
    state: ResponseState, page: str, shown: Mapping[str, Answer | None], posted: MultiDict[str, str]
) -> tuple[PageForm, dict[str, Answer | None]]:
    """The form of a page that was posted, and its base."""
    own = state.questionnaire.derive(_fixed_keys).get(page)
    if own is None:
        own = page_keys(state.questionnaire, page, {*state.given, *shown, *posted})
    base = {name: answer for name, answer in shown.items() if name in own}
    # What was on the page is read even if another tab has hidden it since; what it did not show is not blank.
    asked = {name for name in own if name in base or name in posted} if base else _now_shown(state, page, own)
    form = read_page(state.questionnaire, page, asked, posted)
    _choose_what_is_specified(state.questionnaire.page(page).questions, form, base)
    return form, base


def _read_tries(posted: MultiDict[str, str]) -> Iterator[MultiDict[str, str]]:
    """What this page posted before, each as it was; what is too long or cannot be read says nothing."""
    for text in posted.getlist("essai")[:MOST_TRIES]:
        if len(text) <= LONGEST_TRY:
            with suppress(ValueError):
                yield MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))


def _choose_what_is_specified(questions: Iterable[Question], form: PageForm, base: Mapping[str, Answer | None]) -> None:
    """Words newly written beside a choice choose it, where nothing else was chosen or several may be."""
    for question in questions:
        field = form.field_of(question.name)
        for key, choice in specified_choices(question):
            words = form.answers.get(key)
            if field is None or field.problems or not isinstance(words, str) or words == base.get(key):
                continue
            if isinstance(question, MultipleChoice):
                chosen = field.data if isinstance(field.data, tuple) else ()
                is_alone = any(one.exclusive for one in question.choices if one.code in chosen)
                if not is_alone and not isinstance(field.data, Absence):
                    field.data = tuple(sorted({*chosen, choice.code}))
            elif field.data is None:
                field.data = choice.code


def _fixed_keys(questionnaire: Questionnaire) -> dict[str, set[str]]:
    """The keys of every page whose keys do not depend on the response: no list on it, and no item."""
    return {
        page.name: page_keys(questionnaire, page.name, ())
        for page in questionnaire.pages
        if not any(isinstance(question, Roster) for question in page.questions)
    }


def _now_shown(state: ResponseState, page: str, own: set[str]) -> set[str]:
    """The keys of the questions and rows that the page shows by now."""
    path, of = state.path, state.questionnaire
    shown = set(path.shown.get(page, ()))
    absent = {row for name, gone in path.hidden.items() for row in hidden_rows(of.question(name), gone)}
    return {key for key in own if key not in absent and of.question_of(key).name in shown}


def read_base(text: str) -> dict[str, Answer | None]:
    """The answers that the page showed; a blank is None. Malformed, it says nothing."""
    if len(text) > LONGEST_BASE:
        return {}
    try:
        document = json.loads(text)
        if not isinstance(document, dict):
            return {}
        answers = decode_given({name: answer for name, answer in document.items() if answer is not None})
    except (ValueError, RecursionError, GivenIsMalformed):
        return {}
    return {name: answers.get(name) for name in document}


def save_post(visit: Visit, posted: Posted) -> Outcome:
    """Save what is right of a posted page; tell what is not.

    An answer that is wrong by itself cannot be kept: the respondent is told once, whatever the button.
    """
    wrong = [
        problem
        for problem in posted.form.problems
        if posted.is_passing or f"{posted.going}:{problem_key(problem)}" not in posted.accepted
    ]
    saved = responding.save_page(
        pages.session(),
        visit.wave,
        visit.token,
        posted.page,
        posted.form.answers,
        posted.base,
        passing=posted.is_passing and not wrong,
        accepted=posted.accepted,
        locked=visit.state,
        earlier=posted.earlier,
    )
    problems = [*wrong, *saved.problems, *conflicts_of(posted.page, saved.state.questionnaire, saved.conflicts)]
    if wrong and posted.is_passing:
        problems += _others(saved.state, posted, {problem.place.variable for problem in wrong})
    order = {key: place for place, field in enumerate(posted.form) for key in field.keys}
    problems.sort(key=lambda problem: order.get(problem.place.variable or "", len(order)))
    return Outcome(saved, tuple(problems))


def keep_post(visit: Visit, posted: Posted) -> dict[str, Answer | None]:
    """Keep what is right of a page that stays open, and say nothing; what it may take as its base from now on."""
    return responding.keep_page(
        pages.session(),
        visit.wave,
        visit.token,
        posted.page,
        posted.form.answers,
        posted.base,
        locked=visit.state,
        earlier=posted.earlier,
    )[1]


def look_again(visit: Visit, page: str) -> tuple[Posted, Outcome]:
    """A page as it is stored, with what keeps the response from being sent: an answer elsewhere has changed."""
    state = visit.state
    found = check_page(state.questionnaire, state.context, state.given, page, state.path)
    problems = tuple(problem for problem in found if problem.is_blocking)
    form = read_page(state.questionnaire, page, (), MultiDict())
    return Posted(page, form, {}, ON, frozenset()), Outcome(Saved(problems, {}, None, None, state), problems)


def _others(state: ResponseState, posted: Posted, named: set[str | None]) -> list[Problem]:
    """The problems of the rest of a page that holds a wrong answer, so that all are told at once."""
    found = check_page(state.questionnaire, state.context, state.given, posted.page, state.path)
    of = state.questionnaire.question
    asked = {problem.place.question for problem in posted.form.problems}
    # A part that cannot be read says nothing of the total.
    shared = {name for name in asked if name is not None and isinstance(of(name), Allocation)}
    return [
        problem
        for problem in found
        if problem.place.variable not in named
        and problem.place.question not in shared
        and responding.is_put(state.questionnaire, problem, posted.form.answers, state.given)
        and (problem.is_blocking or problem_key(problem) not in posted.accepted)
    ]


def conflicts_of(page: str, questionnaire: Questionnaire, torn: Iterable[str]) -> list[Problem]:
    """What another window changed; what goes with a place is told with it."""
    found = ((questionnaire.question_of(name), name) for name in torn)
    return [
        Problem("answer-conflict", Place(page=page, question=question.name, variable=name))
        for question, name in found
        if not isinstance(question, Suggester) or name in question.answers
    ]


def change_language(visit: Visit, language: str) -> Visit:
    """Go on in another language of the version."""
    responding.set_language(pages.session(), visit.wave, visit.token, language)
    return replace(visit, state=replace(visit.state, language=language))
