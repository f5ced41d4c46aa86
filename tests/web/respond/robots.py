"""A robot that answers any questionnaire through its pages: it reads the forms, fills in their inputs, posts.

What it answers is invented by the simulation; how it is said is what a browser would send. It refuses to post
what the page does not offer, so a control that is missing is a failure here.
"""

from __future__ import annotations

import datetime as dt
import html
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.db import Database
from app.services import responding, simulation
from app.services.inventing import Person
from app.services.responding import ResponseState
from app.services.saying import typed_number
from questionnaires import validation
from questionnaires.model import (
    DURATIONS,
    Absence,
    Answer,
    Date,
    Duration,
    Month,
    Number,
    NumberGrid,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    SingleChoice,
    Suggester,
)
from questionnaires.problems import Problem
from tests.factories import Field

MOST_PAGES = 400
ATTEMPTS = 12
_TAG = re.compile(r"<(input|select|textarea|option|button)\b([^>]*)>")
_INERT = re.compile(r"<template\b.*?</template>", re.DOTALL)
_FOR_SCRIPT = re.compile(r'(?:value|data-[a-z-]+)="[^"]*"')
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
_WORDS = {Absence.NO_OPINION: "nsp", Absence.REFUSED: "refus"}


@dataclass
class Form:
    """The inputs of a page: names, those in which one types, the values of those that are chosen, what is hidden."""

    names: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    offered: dict[str, set[str]] = field(default_factory=dict)
    hidden: MultiDict[str, str] = field(default_factory=MultiDict)


def read_form(page: str) -> Form:
    """The inputs of a page, as a browser without script sees them: what is in a template is not there."""
    form, select = Form(), ""
    for tag, text in _TAG.findall(_INERT.sub("", page)):
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(text)}
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "select":
            select = name
        if tag == "option":
            form.offered.setdefault(select, set()).add(value)
        elif name and attributes.get("type") == "hidden":
            form.hidden.add(name, value)
        elif name and tag != "button":
            form.names.add(name)
            if attributes.get("type") in ("radio", "checkbox"):
                form.offered.setdefault(name, set()).add(value)
            elif tag != "select":
                form.typed.add(name)
    return form


@dataclass
class Robot:
    """Someone who answers at random, through HTTP. `seen`: the pages and questions that were put."""

    client: FlaskClient
    where: Field
    generator: random.Random
    person: Person
    language: str
    token: str = ""
    pages: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    end: str = ""

    @property
    def database(self) -> Database:
        """Where the answers are kept."""
        return self.where.database

    def state(self) -> ResponseState | None:
        """What is stored."""
        with self.database.reading() as session:
            return responding.find_response(session, self.where.key, self.token)

    def answer_all(self) -> str:
        """Answer to the end, and send; gives where that leads: `fin`, or `sortie/…`."""
        address = self.answer_from(self.start())
        while self.place(address) == "envoi":
            address = self.answer_from(self.send(address))
        assert self.client.get(address).status_code == 200
        self.end = self.place(address)
        return self.end

    @property
    def root(self) -> str:
        """The address under which the pages of the wave are."""
        return f"/r/{self.where.key}/"

    def place(self, address: str) -> str:
        """The page of an address."""
        return address.removeprefix(self.root).partition("#")[0].partition("?")[0]

    def start(self) -> str:
        """Begin a response; gives the address of its first page."""
        root = self.root
        started = self.client.post(root, data=self.at_the_door(root))
        assert started.status_code == 303, started.get_data(as_text=True)
        cookie = self.client.get_cookie("reponse", path=root)
        assert cookie is not None
        self.token = cookie.value.partition(".")[0]
        return str(started.headers["Location"])

    def answer_from(self, address: str) -> str:
        """Answer page after page; gives the address of the review, of the end, or of an exit."""
        for _ in range(MOST_PAGES):
            place = self.place(address)
            if place in ("envoi", "fin") or place.startswith("sortie/"):
                return address
            address = self.fill(address, place)
        raise AssertionError(f"no end after {MOST_PAGES} pages")

    def at_the_door(self, root: str) -> MultiDict[str, str]:
        """What the form of the entry posts, once its boxes are ticked."""
        form = read_form(self.client.get(f"{root}?lang={self.language}").get_data(as_text=True))
        ticked = [(name, value) for name in form.names for value in form.offered.get(name, ())]
        return MultiDict([*form.hidden.items(multi=True), *ticked, ("commencer", "nouveau")])

    def send(self, address: str) -> str:
        """Read one's answers once more, then send them."""
        page = self.client.get(address)
        assert page.status_code == 200
        sent = self.client.post(address, data=read_form(page.get_data(as_text=True)).hidden)
        assert sent.status_code == 303
        return sent.headers["Location"]

    def fill(self, address: str, place: str) -> str:
        """Fill in a page of questions until it passes; gives where that leads."""
        problems: dict[str, Problem] = {}
        shown = self.client.get(address)
        assert shown.status_code == 200, (address, shown.status_code)
        text = shown.get_data(as_text=True)
        assert "{" not in _FOR_SCRIPT.sub("", text), f"a placeholder is left on {address}"
        for _ in range(ATTEMPTS):
            state = self.state()
            assert state is not None
            self.pages.add(place)
            self.questions |= set(state.path.shown[place])
            answers = simulation.page_answers(state, place, self.person, self.generator, problems)
            form = read_form(text)
            posted = self.posted(state, answers, form)
            posted.add("aller", "suite")
            found = self.client.post(address, data=posted)
            if found.status_code == 303:
                return found.headers["Location"]
            text = found.get_data(as_text=True)
            if found.status_code == 200:  # only warnings: go on as it is
                seen = read_form(text).hidden
                found = self.client.post(address, data=MultiDict([*posted.items(multi=True), *_accepted(seen)]))
                if found.status_code == 303:
                    return found.headers["Location"]
            problems = self.problems(state, place, answers)
            # What a check contradicts is said otherwise at the next attempt.
            self.person = random_person(state.questionnaire, self.generator)
        raise AssertionError(f"{address} refuses {answers}: {problems}")

    def problems(self, state: ResponseState, place: str, answers: Mapping[str, Answer | None]) -> dict[str, Problem]:
        """What the core says of these answers."""
        kept = {name: Absence.SKIPPED if value is None else value for name, value in answers.items()}
        found = validation.check_page(state.questionnaire, state.context, {**state.given, **kept}, place)
        return {one.place.variable or "": one for one in found}

    def posted(self, state: ResponseState, answers: Mapping[str, Answer | None], form: Form) -> MultiDict[str, str]:
        """The answers as a browser sends them."""
        data: MultiDict[str, str] = MultiDict(form.hidden.items(multi=True))
        for key, answer in answers.items():
            question = state.questionnaire.question_of(key)
            for name, value in self.inputs(question, key, answer):
                assert name in form.names, f"{name} is not on the page ({sorted(form.names)})"
                known = form.offered.get(name, set())
                assert name in form.typed or value in known, f"{name} does not offer {value} ({sorted(known)})"
                data.add(name, value)
        return data

    def inputs(self, question: Question, key: str, answer: Answer | None) -> list[tuple[str, str]]:
        """The inputs of one answer with their values; none for what is left blank."""
        if answer is None:
            return []
        if isinstance(answer, Absence):
            return [(key, _WORDS[answer])]
        if key not in question.answers:
            is_derived = isinstance(question, Suggester)
            return [] if is_derived else [(key, str(answer))]
        return typed(question, key, answer, self.language)


def typed(question: Question, key: str, answer: Answer, language: str) -> list[tuple[str, str]]:
    """How the value of a main answer is sent; by default as it is."""
    match question, answer:
        case (Number() | NumberGrid(), int(number)):
            return [(key, typed_number(number, question.decimals, language))]
        case Date(), int(number):
            day = dt.date.fromordinal(number)
            return [(f"{key}.d", str(day.day)), (f"{key}.m", str(day.month)), (f"{key}.y", str(day.year))]
        case Month(), int(number):
            return [(f"{key}.m", str(number % 12 + 1)), (f"{key}.y", str(number // 12))]
        case Duration(), int(number):
            worth = DURATIONS[question.units]
            parts = (number,) if len(worth) == 1 else divmod(number, worth[0])
            return [(f"{key}.{unit}", str(part)) for unit, part in zip(question.units, parts, strict=True)]
        case Ranking(), tuple(codes):
            return [(key, f"{code}:{rank}") for rank, code in enumerate(codes, start=1)]
        case Suggester(), _:
            return [(key, "Rennes")]
        case Roster(), _:
            return []  # the list is what its lines say
        case _, tuple(codes):
            return [(key, str(code)) for code in codes]
    return [(key, str(answer))]


def _accepted(hidden: MultiDict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in hidden.items(multi=True) if name == "vus"]


def random_person(asked: Questionnaire, generator: random.Random) -> Person:
    """Someone who answers every single choice quite at random, so that every filter is met sooner or later."""
    profile = {
        one.name: generator.choice(one.choices).code
        for one in asked.questions
        if isinstance(one, SingleChoice) and not any(choice.when for choice in one.choices)
    }
    return Person(profile, generator.gauss(0, 1.5))
