"""Simulated respondents: they go through the real pages of the core, in waves of their own (origin simulated)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import Response
from app.services import responding
from app.services.responding import ResponseState
from questionnaires.model import (
    Absence,
    Answer,
    Choice,
    ChoiceGrid,
    MultipleChoice,
    Number,
    Question,
    Score,
    ScoreGrid,
    SingleChoice,
)

BATCH = 40
DAYS = 12
BREAK_OFF = 0.012
NO_OPINION = 0.05
SKIPPED = 0.03
ATTEMPTS_PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Person:
    """What makes the answers of one simulated person hang together."""

    profile: dict[str, int]
    warmth: float


def simulate(
    database: Database, wave_key: str, count: int, recipe: dict[str, Any], secret_key: str, seed: int = 2022
) -> Iterator[int]:
    """Have `count` people answer; yields how many have so far, so that progress can be shown.

    `recipe`: the margins that the profiles follow (choice names), as kept with a weighting.
    """
    generator = random.Random(seed)  # noqa: S311  (not a secret: the same seed simulates the same people)
    done = 0
    while done < count:
        size = min(BATCH, count - done)
        with database.transaction() as session:
            for _ in range(size):
                _answer(session, wave_key, recipe, secret_key, generator)
        done += size
        yield done


def _answer(
    session: Session, wave_key: str, recipe: dict[str, Any], secret_key: str, generator: random.Random
) -> None:
    started = responding.start_response(session, wave_key, "fr")
    session.flush()
    state = responding.find_response(session, wave_key, started.token)
    assert state is not None
    person = _person(state, recipe, generator)
    page: str | None = started.first_page
    while page is not None:
        if generator.random() < BREAK_OFF:
            break
        saved = _answer_page(session, wave_key, started.token, page, person, generator)
        if saved.exit is not None:
            return
        page = saved.next_page
    if page is None:
        responding.submit_response(session, wave_key, started.token, secret_key, None)
    _spread_in_time(session, state.id, generator)


def _answer_page(
    session: Session, wave_key: str, token: str, page: str, person: Person, generator: random.Random
) -> responding.Saved:
    """Post a page until it passes: the checks of the questionnaire hold for simulated people too."""
    base: dict[str, Answer | None] = {}
    for _ in range(ATTEMPTS_PER_PAGE):
        state = responding.find_response(session, wave_key, token)
        assert state is not None
        shown = [state.questionnaire.question(name) for name in state.path.shown[page]]
        answers: dict[str, Answer | None] = {}
        for question in shown:
            answers.update(_answers(question, person, generator))
        base = {name: state.given.get(name) for name in answers}
        saved = responding.save_page(session, wave_key, token, page, answers, base, passing=True)
        if not saved.stays:
            return saved
        person = Person({}, person.warmth) if person.profile else person
    raise RuntimeError(f"no simulated answer passes page {page}: {saved.problems}")


def _person(state: ResponseState, recipe: dict[str, Any], generator: random.Random) -> Person:
    codes = {
        question.name: {choice.name: choice.code for choice in question.choices}
        for question in state.questionnaire.questions
        if isinstance(question, SingleChoice)
    }
    profile: dict[str, int] = {}
    for margin in recipe.get("margins", ()):
        weights = [float(cell["share"]) for cell in margin["cells"]]
        cell = generator.choices(margin["cells"], weights)[0]
        for name, choice in zip(margin["variables"], cell["choices"], strict=True):
            profile[name] = codes[name][choice]
    # Regions differ a little, so that tables by region have something to show.
    local = random.Random(profile.get("region", 0)).gauss(0, 0.25)  # noqa: S311
    return Person(profile, generator.gauss(local, 1.0))


def _answers(question: Question, person: Person, generator: random.Random) -> dict[str, Answer | None]:
    return {name: _one(question, name, person, generator) for name in question.answers}


def _one(question: Question, name: str, person: Person, generator: random.Random) -> Answer | None:
    if name in person.profile:
        return person.profile[name]
    if question.no_opinion and generator.random() < NO_OPINION:
        return Absence.NO_OPINION
    if question.required != "hard" and generator.random() < SKIPPED:
        return None
    match question:
        case SingleChoice() | ChoiceGrid():
            return _ordered(question.choices, person, generator).code
        case MultipleChoice():
            return _several(question, generator)
        case Score() | ScoreGrid():
            value = round(generator.gauss(6.1 - 0.6 * person.warmth + len(name) % 3 * 0.5, 1.9))
            return max(question.minimum, min(question.maximum, value))
        case Number():
            low, high = question.minimum or 0, min(question.maximum or 40, 40)
            return min(high, low + int(generator.expovariate(0.2)))
        case _:
            return None if generator.random() < 0.8 else "Réponse simulée, sans signification."


def _ordered(choices: tuple[Choice, ...], person: Person, generator: random.Random) -> Choice:
    """A choice of a list that goes from favourable to unfavourable; warm people answer near its beginning."""
    place = 0.3 * (len(choices) - 1) - 0.45 * person.warmth + generator.gauss(0, len(choices) / 6)
    return choices[max(0, min(len(choices) - 1, round(place)))]


def _several(question: MultipleChoice, generator: random.Random) -> tuple[int, ...]:
    apart = [choice for choice in question.choices if choice.exclusive]
    together = [choice for choice in question.choices if not choice.exclusive]
    if apart and generator.random() < 0.05:
        return (generator.choice(apart).code,)
    most = min(question.maximum or 4, len(together))
    least = min(question.minimum or 1, most)
    return tuple(sorted(choice.code for choice in generator.sample(together, generator.randint(least, most))))


def _spread_in_time(session: Session, response_id: int, generator: random.Random) -> None:
    """Simulated fieldwork lasts some days: the moments of a simulated response are simulated too."""
    end = now() - dt.timedelta(
        days=min(DAYS - 0.01, generator.expovariate(0.25)), minutes=generator.uniform(0, 600)
    )
    start = end - dt.timedelta(minutes=max(4.0, generator.gauss(11.5, 3)))
    session.execute(
        update(Response).where(Response.id == response_id).values(started_at=start, updated_at=end)
    )
    completed = update(Response).where(Response.id == response_id, Response.completed_at.is_not(None))
    session.execute(completed.values(completed_at=end))
