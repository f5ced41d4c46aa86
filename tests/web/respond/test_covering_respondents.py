"""The respondents whom the proof of a version found answer it through HTTP: together they meet all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

import questionnaires
from app.services import simulation
from app.services.inventing import Person
from app.services.proving import running
from questionnaires import definition, routing
from questionnaires.model import Absence, Answer, Questionnaire, choices_of, split_item
from questionnaires.proofs.respondents import Respondent
from tests.conftest import IS_FULL
from tests.factories import Field, launch
from tests.web.respond.robots import Robot, read_form

FILES = sorted((Path(questionnaires.__file__).parent / "definitions").glob("*/*.yaml"))


@dataclass
class Replayer(Robot):
    """Somebody who gives the answers of a respondent of a proof, page by page, and meets what is there."""

    respondent: Respondent | None = None

    def start(self) -> str:
        """Begin, with the context of the respondent."""
        super().start()
        assert self.respondent is not None
        with self.database.transaction() as session:
            return self.root + simulation.begin_as(session, self.where.key, self.token, self.respondent)

    def fill(self, address: str, place: str) -> str:
        """Post what the respondent answers on this page; gives where that leads."""
        state = self.state()
        assert state is not None
        assert self.respondent is not None
        shown = self.client.get(address)
        assert shown.status_code == 200, (address, shown.status_code)
        answers = simulation.answers_on(state, place, self.respondent)
        posted = self.posted(state, answers, read_form(shown.get_data(as_text=True)))
        posted.add("aller", "suite")
        found = self.client.post(address, data=posted)
        if found.status_code == 200:  # warnings, which may be passed
            seen = read_form(found.get_data(as_text=True)).hidden.getlist("vus")
            found = self.client.post(
                address, data=MultiDict([*posted.items(multi=True), *(("vus", one) for one in seen)])
            )
        assert found.status_code == 303, f"{address} refuses {answers}: {self.problems(state, place, answers)}"
        self.pages.add(place)
        self.questions |= set(state.path.shown[place])
        return found.headers["Location"]


@pytest.mark.parametrize("file", FILES, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_the_covering_respondents_meet_every_page_and_choice_through_http(app: Flask, file: Path) -> None:
    asked = definition.read(file.read_bytes(), file.name)
    where = launch(app.extensions["impact"].database, asked)
    covering = running.prove_content(definition.write(asked)).covering
    left = everything(asked)
    for respondent in covering if IS_FULL else few_of(asked, covering):
        left -= replayed(app, where, respondent)
    assert left == set()


def replayed(app: Flask, where: Field, respondent: Respondent) -> set[str]:
    """What a respondent meets, answering to the end."""
    robot = Replayer(
        app.test_client(), where, random.Random(1), Person({}, 0.0), respondent.context.language, respondent=respondent
    )
    robot.answer_all()
    pages = {f"page {split_item(name)[0]}" for name in robot.pages}
    return pages | set(chosen(where.questionnaire, respondent, robot.questions))


def chosen(asked: Questionnaire, respondent: Respondent, shown: set[str]) -> Iterator[str]:
    """The choices that a respondent makes in these questions."""
    for key, answer in respondent.given.items():
        question = asked.question_of(key)
        if question.name in shown and key in question.answers:
            codes = codes_of(answer)
            yield from (
                f"choice {split_item(question.name)[0]} {one.name}" for one in choices_of(question) if one.code in codes
            )


def codes_of(answer: Answer) -> tuple[int, ...]:
    if isinstance(answer, Absence | str):
        return ()
    return answer if isinstance(answer, tuple) else (answer,)


def everything(asked: Questionnaire) -> set[str]:
    """Every page and every choice of a version."""
    choices = {f"choice {one.name} {choice.name}" for one in asked.questions for choice in choices_of(one)}
    return {f"page {one.name}" for one in asked.pages} | choices


def few_of(asked: Questionnaire, covering: Sequence[Respondent]) -> list[Respondent]:
    """Enough of the covering respondents for every page and choice: the others are there for bounds and rules."""
    left, met = everything(asked), {}
    for place, respondent in enumerate(covering):
        path = routing.path(asked, respondent.context, respondent.given)
        shown = {name for names in path.shown.values() for name in names}
        pages = {f"page {split_item(name)[0]}" for name in path.pages}
        met[place] = pages | set(chosen(asked, respondent, shown))
    few = []
    while left and any(met[place] & left for place in met):
        best = max(met, key=lambda place: len(met[place] & left))
        few.append(covering[best])
        left -= met.pop(best)
    return few
