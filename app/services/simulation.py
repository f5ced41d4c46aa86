"""Simulated respondents: they go through the real pages of the core, in waves of their own (origin simulated)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import Response
from app.services import responding
from app.services.inventing import Asked, Person, invent
from questionnaires import routing
from questionnaires.expressions import Rule, compile_expression, references
from questionnaires.model import Absence, Answer, Questionnaire, SingleChoice, variable_types
from questionnaires.problems import Problem, Severity
from questionnaires.proofs.respondents import Respondent

BATCH = 40
DAYS = 12
BREAK_OFF = 0.012
ATTEMPTS_PER_PAGE = 30
PROFILES = 6_000
RAKING_CYCLES = 25
CONFIRMED = "check:"
"""Of a given document, what tells that a warning was passed: no question has such a name."""


class AnswersAreRefused(Exception):
    """A page does not take what a proof says that it takes."""


def simulate(
    database: Database,
    wave_key: str,
    count: int,
    recipe: dict[str, Any],
    secret_key: str,
    seed: int = 2022,
    covering: Sequence[Respondent] = (),
) -> Iterator[int]:
    """Have `count` people answer; yields how many have so far, so that progress can be shown.

    `recipe`: the margins that the profiles follow (choice names), as kept with a weighting. `covering`: those of
    the proof of the version, who answer first, so that every page and every choice is met.
    """
    generator = random.Random(seed)  # noqa: S311  (not a secret: the same seed simulates the same people)
    with database.reading() as session:
        population = Population(responding.open_entry(session, wave_key).questionnaire, recipe, generator)
    done = 0
    for respondent in covering[:count]:
        with database.transaction() as session:
            replay(session, wave_key, respondent, secret_key)
        done += 1
        yield done
    while done < count:
        size = min(BATCH, count - done)
        with database.transaction() as session:
            for _ in range(size):
                _answer(session, wave_key, population, secret_key, generator)
        done += size
        yield done


def simulate_until(
    database: Database, wave_key: str, page: str, count: int, recipe: dict[str, Any], secret_key: str, seed: int = 2022
) -> list[str]:
    """Have `count` people answer every page before `page`; gives their tokens, for those who go on from there."""
    generator = random.Random(seed)  # noqa: S311  (simulated people, no secret)
    tokens = []
    with database.transaction() as session:
        questionnaire = responding.open_entry(session, wave_key).questionnaire
        population = Population(questionnaire, recipe, generator)
        for _ in range(count):
            started = responding.start_response(session, wave_key, questionnaire.first_language, secret_key)
            session.flush()
            at: str | None = started.first_page
            person = population.person(generator)
            while at is not None and at != page:
                at = answer_page(session, wave_key, started.token, at, person, generator).next_page
            tokens.append(started.token)
    return tokens


def _answer(session: Session, wave_key: str, population: Population, secret_key: str, generator: random.Random) -> None:
    started = responding.start_response(session, wave_key, "fr", secret_key)
    session.flush()
    state = responding.find_response(session, wave_key, started.token)
    assert state is not None
    person = population.person(generator)
    page: str | None = started.first_page
    while page is not None:
        if generator.random() < BREAK_OFF:
            break
        saved = answer_page(session, wave_key, started.token, page, person, generator)
        if saved.exit is not None:
            return
        page = saved.next_page
    if page is None:
        responding.submit_response(session, wave_key, started.token, secret_key, None)
    _spread_in_time(session, state.id, generator)


def replay(session: Session, wave_key: str, respondent: Respondent, secret_key: str) -> str:
    """Have a respondent of a proof answer every page, and send where they go to the end; gives their token.

    Raises AnswersAreRefused when a page does not take what the proof says it takes.
    """
    token = responding.start_response(session, wave_key, respondent.context.language, secret_key).token
    session.flush()
    page: str | None = begin_as(session, wave_key, token, respondent)
    while page is not None:
        saved = _replay_page(session, wave_key, token, page, respondent)
        if saved.exit is not None or page == respondent.until:
            return token
        page = saved.next_page
    responding.submit_response(session, wave_key, token, secret_key, None)
    return token


def begin_as(session: Session, wave_key: str, token: str, respondent: Respondent) -> str:
    """Give a response that has just begun the context of a respondent of a proof; gives its first page."""
    state = responding.find_response(session, wave_key, token)
    assert state is not None
    context = replace(respondent.context, started_on=respondent.context.started_on or state.context.started_on)
    session.execute(update(Response).where(Response.id == state.id).values(context=context.encode()))
    session.expire_all()
    return routing.path(state.questionnaire, context, {}).pages[0]


def _replay_page(session: Session, wave_key: str, token: str, page: str, respondent: Respondent) -> responding.Saved:
    state = responding.find_response(session, wave_key, token)
    assert state is not None
    answers = answers_on(state, page, respondent)
    base = dict.fromkeys(answers)
    accepted: frozenset[str] = frozenset()
    for _ in range(2):  # the second time, the warnings were seen
        saved = responding.save_page(session, wave_key, token, page, answers, base, passing=True, accepted=accepted)
        if not saved.stays:
            return saved
        accepted = frozenset(map(responding.problem_key, saved.problems))
    raise AnswersAreRefused(f"{page}: {saved.problems}")


def answers_on(state: responding.ResponseState, page: str, respondent: Respondent) -> dict[str, Answer | None]:
    """What a respondent of a proof answers on a page; None where it is left blank."""
    asked = frozenset(state.path.shown[page])
    return {
        name: None if answer is Absence.SKIPPED else answer
        for name, answer in respondent.given.items()
        if not name.startswith(CONFIRMED) and state.questionnaire.question_of(name).name in asked
    }


def answer_page(
    session: Session,
    wave_key: str,
    token: str,
    page: str,
    person: Person,
    generator: random.Random,
) -> responding.Saved:
    """Post a page until it passes, as a person does: what is wrong is mended, a warning is passed."""
    problems: dict[str, Problem] = {}
    accepted: frozenset[str] = frozenset()
    answers: dict[str, Answer | None] = {}
    for _ in range(ATTEMPTS_PER_PAGE):
        state = responding.find_response(session, wave_key, token)
        assert state is not None
        if not accepted:
            answers = page_answers(state, page, person, generator, problems)
        base = {name: state.given.get(name) for name in answers}
        saved = responding.save_page(session, wave_key, token, page, answers, base, passing=True, accepted=accepted)
        if not saved.stays:
            return saved
        problems = {one.place.variable or "": one for one in saved.problems}
        is_passed = all(one.severity is not Severity.BLOCKING for one in saved.problems)
        accepted = frozenset(map(responding.problem_key, saved.problems)) if is_passed else frozenset()
    raise RuntimeError(f"no simulated answer passes page {page}: {saved.problems}")


def page_answers(
    state: responding.ResponseState,
    page: str,
    person: Person,
    generator: random.Random,
    problems: Mapping[str, Problem],
) -> dict[str, Answer | None]:
    """What a person answers on a page; `problems` are those of the last attempt, by variable."""
    path = state.path
    answers: dict[str, Answer | None] = {}
    for name in path.shown[page]:
        question = state.questionnaire.question(name)
        asked = Asked(question, path.hidden.get(name, frozenset()), problems)
        answers.update(invent(asked, person, generator))
    return answers


class Population:
    """People who may exist, weighted so that their profiles follow the margins.

    Profiles are drawn margin by margin; those that a check of the questionnaire contradicts are left out, and
    the others are raked, so that the sample needs little weighting, as a quota sample does.
    """

    def __init__(self, questionnaire: Questionnaire, recipe: Mapping[str, Any], generator: random.Random) -> None:
        codes = {
            question.name: {choice.name: choice.code for choice in question.choices}
            for question in questionnaire.questions
            if isinstance(question, SingleChoice)
        }
        self._margins = [
            (
                margin["variables"],
                {
                    tuple(
                        codes[name][choice] for name, choice in zip(margin["variables"], cell["choices"], strict=True)
                    ): float(cell["share"])
                    for cell in margin["cells"]
                },
            )
            for margin in recipe.get("margins", ())
        ]
        drawn = [self._draw(generator) for _ in range(PROFILES)]
        checks = _profile_checks(questionnaire, set(drawn[0]))
        self._profiles = [one for one in drawn if not any(check(one) is False for check in checks)]
        self._weights = self._raked()

    def person(self, generator: random.Random) -> Person:
        """Someone of this population. Regions differ a little, so that tables by region have something to show."""
        profile = generator.choices(self._profiles, cum_weights=self._weights)[0]
        local = random.Random(profile.get("region", 0)).gauss(0, 0.25)  # noqa: S311  (one shift a region, always the same)
        return Person(profile, generator.gauss(local, 1.0))

    def _draw(self, generator: random.Random) -> dict[str, int]:
        profile: dict[str, int] = {}
        for names, shares in self._margins:
            profile.update(zip(names, generator.choices(list(shares), list(shares.values()))[0], strict=True))
        return profile

    def _raked(self) -> list[float]:
        """Cumulated weights of the profiles after some cycles over the margins."""
        weights = [1.0] * len(self._profiles)
        for _ in range(RAKING_CYCLES):
            for names, shares in self._margins:
                levels = [tuple(profile[name] for name in names) for profile in self._profiles]
                totals: dict[tuple[int, ...], float] = dict.fromkeys(shares, 0.0)
                for level, weight in zip(levels, weights, strict=True):
                    totals[level] += weight
                weights = [w * shares[level] / totals[level] for level, w in zip(levels, weights, strict=True)]
        return list(accumulate(weights))


def _profile_checks(questionnaire: Questionnaire, names: set[str]) -> list[Rule]:
    types = variable_types(questionnaire)
    return [
        compile_expression(check.rule, types)
        for page in questionnaire.pages
        for check in page.checks
        if references(check.rule) <= names
    ]


def _spread_in_time(session: Session, response_id: int, generator: random.Random) -> None:
    """Simulated fieldwork lasts some days: the moments of a simulated response are simulated too."""
    end = now() - dt.timedelta(days=min(DAYS - 0.01, generator.expovariate(0.25)), minutes=generator.uniform(0, 600))
    start = end - dt.timedelta(minutes=max(4.0, generator.gauss(11.5, 3)))
    session.execute(update(Response).where(Response.id == response_id).values(started_at=start, updated_at=end))
    completed = update(Response).where(Response.id == response_id, Response.completed_at.is_not(None))
    session.execute(completed.values(completed_at=end))
