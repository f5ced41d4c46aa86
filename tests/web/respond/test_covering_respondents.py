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
    """Somebody who gives the answers of a respondent of a proof, page by page, and meets what is there.

    `until`: the last page of theirs, where they leave; without, they answer to the end and send.
    """

    respondent: Respondent | None = None
    until: str | None = None

    def answer_from(self, address: str) -> str:
        """Answer page after page, as far as one goes."""
        while self.until is not None and self.until not in self.pages:
            address = self.fill(address, self.place(address))
        return address if self.until is not None else super().answer_from(address)

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
    going = [(one, None) for one in covering] if IS_FULL else few_of(asked, covering)
    for respondent, until in going:
        left -= replayed(app, where, respondent, until)
    assert left == set()


def replayed(app: Flask, where: Field, respondent: Respondent, until: str | None) -> set[str]:
    """What a respondent meets, answering up to a page, else to the end."""
    robot = Replayer(
        app.test_client(),
        where,
        random.Random(1),
        Person({}, 0.0),
        respondent.context.language,
        respondent=respondent,
        until=until,
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


def few_of(asked: Questionnaire, covering: Sequence[Respondent]) -> list[tuple[Respondent, str | None]]:
    """Enough of the covering respondents for every page and choice: the others are there for bounds and rules.

    Each with the last page where they meet what nobody before them did; the first one goes to the end.
    """
    left = everything(asked)
    met = {place: met_by(asked, one) for place, one in enumerate(covering)}
    few: list[tuple[Respondent, str | None]] = []
    while met and left & met[best := max(met, key=lambda place: len(met[place].keys() & left))].keys():
        pages = met.pop(best)
        order = list(dict.fromkeys(pages.values()))
        last = max((pages[one] for one in left & pages.keys()), key=order.index)
        few.append((covering[best], last if few else None))
        left -= pages.keys()
    return few


def met_by(asked: Questionnaire, respondent: Respondent) -> dict[str, str]:
    """What a respondent meets, in order, and the page where they do."""
    found: dict[str, str] = {}
    for page, shown in routing.path(asked, respondent.context, respondent.given).shown.items():
        found.setdefault(f"page {split_item(page)[0]}", page)
        for one in chosen(asked, respondent, set(shown)):
            found.setdefault(one, page)
    return found
