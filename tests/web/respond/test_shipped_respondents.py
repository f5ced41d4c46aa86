"""The shipped questionnaires are answered to the end, through HTTP, on every kind of path, in both languages."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from flask import Flask

import questionnaires
from questionnaires import definition
from questionnaires.model import Questionnaire, split_item
from tests.factories import launch
from tests.web.respond.robots import Robot, random_person

FILES = sorted((Path(questionnaires.__file__).parent / "definitions").glob("*/*.yaml"))
MOST_RESPONDENTS = 150


def test_eight_questionnaires_are_shipped() -> None:
    assert [f"{one.parent.name}/{one.stem}" for one in FILES] == [
        "impact-academiques/2021",
        "impact-associations/2021",
        "impact-citoyens/2019",
        "impact-citoyens/2020",
        "impact-citoyens/2022",
        "impact-elus/2020",
        "impact-entreprises/2020",
        "impact-fondations/2021",
    ]


@pytest.mark.full  # the covering sets of the proofs go everywhere too, with fewer people: test_covering_respondents
@pytest.mark.parametrize("file", FILES, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_respondents_meet_every_page_question_and_end(app: Flask, file: Path) -> None:
    asked = definition.read(file.read_bytes(), file.name)
    where = launch(app.extensions["impact"].database, asked)
    generator = random.Random(file.stem)
    to_meet = everything(asked)
    languages = {"fr": False, "en": False}
    for number in range(MOST_RESPONDENTS):
        language = ("fr", "en")[number % 2]
        person = random_person(asked, generator)
        robot = Robot(app.test_client(), where, generator, person, language)
        end = robot.answer_all()
        languages[language] |= end == "fin"
        to_meet -= {end}
        to_meet -= {f"page {split_item(name)[0]}" for name in robot.pages}
        to_meet -= {f"question {split_item(name)[0]}" for name in robot.questions}
        if not to_meet and all(languages.values()):
            return
    assert not to_meet
    assert all(languages.values()), "nobody reached the end in one of the languages"


def everything(asked: Questionnaire) -> set[str]:
    """What a crowd of respondents has to meet."""
    return (
        {"fin"}
        | {f"sortie/{one.name}" for one in asked.exits}
        | {f"page {one.name}" for one in asked.pages}
        | {f"question {one.name}" for one in asked.questions}
    )
