"""What stands on a printed questionnaire, as plain data for its template: no markup, whatever the texts hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import Any

from app.services import codebooks
from app.services.printing.jumps import END, STOP, asked_in_order, find_jumps
from app.services.printing.words import WORDS
from app.services.wording import roster_in_words, rule_in_words
from questionnaires import piping
from questionnaires.expressions import Absence, Expression
from questionnaires.model import (
    Allocation,
    Check,
    Choice,
    ChoiceGrid,
    Date,
    Duration,
    Exit,
    Grid,
    Information,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Row,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
    Suggester,
    Text,
    Year,
    choices_of,
    specify_name,
)

COPIES = 3
"""How often the questions of a repeated part are printed, at most: beyond, a separate sheet."""
LONG_LINES, SHORT_LINES = 5, 1
DIGITS = 7
"""Cells for a number without a maximum."""
LONG_TEXT = 200
"""From this length on, a short text has two lines."""
_MARK = re.compile(r"(?:«\s*|“)?⁣(\d+)⁣(?:\s*»|”)?")
"""The number of a question within a rule in words, with the quotation marks that a text would have."""

_OF_TEMPLATE = (
    *("house", "code", "page", "end", "thanks", "row", "agree", "hint", "name-it", "how", "how-1", "how-single"),
    *("how-multiple", "how-boxes", "how-jump", "how-filter", "how-mistake"),
)
"""Words that the template sets by itself."""
_LIST = re.compile(r"\blist(?:e la)? (question \d+)")

Data = dict[str, Any]


def content_of(questionnaire: Questionnaire, language: str, content_hash: str) -> Data:
    """Everything that a printed questionnaire shows, in a language of the version; ours in it too, or in English."""
    return _Writer(questionnaire, language).write(content_hash)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One printing of a part: the suffix of its numbers, the words above it."""

    suffix: str
    heading: str


class _Writer:
    """One version in one language."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.questionnaire, self.language = questionnaire, language
        every = asked_in_order(questionnaire)
        self.numbers = {one.question.name: number for number, one in enumerate(every, start=1)}
        self.numbered = _numbered(questionnaire, self.numbers, language)
        self.jumps = find_jumps(questionnaire)
        self.roster: str | None = None

    # -- words ------------------------------------------------------------------------------------

    def ours(self, key: str, *values: object) -> str:
        """Words of ours, filled."""
        return codebooks.in_language(WORDS[key], self.language).format(*values)

    def say(self, text: LocalText | None) -> str:
        """A text of the version; where an answer would stand, a blank."""
        return "" if text is None else piping.outline(text.in_(self.language))

    def rule(self, rule: Expression) -> str:
        """A condition in words, its questions by their numbers."""
        return self.by_number(rule_in_words(rule, self.numbered, self.language, self.roster))

    def by_number(self, told: str) -> str:
        """Words about questions, each called by its number."""
        told = _MARK.sub(lambda found: self.ours("question-number", found[1]), told)
        return _LIST.sub(lambda found: self.ours("list-of", found[1]), told)

    def filter(self, key: str, rule: Expression | None) -> str:
        return "" if rule is None else self.ours(key, self.rule(rule))

    # -- parts ------------------------------------------------------------------------------------

    def write(self, content_hash: str) -> Data:
        """The whole document."""
        of = self.questionnaire
        population = WORDS.get(of.population)
        facts = [
            (
                self.ours("population"),
                codebooks.in_language(population, self.language) if population else of.population,
            ),
            (self.ours("size"), self.ours("counted", len(self.numbers), len(of.sections))),
            (self.ours("minutes"), self.ours("about", of.minutes)),
            (self.ours("hash"), content_hash[:16]),
        ]
        return {
            "language": self.language,
            "title": self.say(of.title),
            "description": self.say(of.description),
            "version": self.ours("version", of.version),
            "facts": [list(one) for one in facts],
            "name": f"{of.name} {of.version}",
            "hash": content_hash[:16],
            "words": {key: codebooks.in_language(WORDS[key], self.language) for key in _OF_TEMPLATE},
            "sections": [self.section(number, one) for number, one in enumerate(of.sections, start=1)],
        }

    def section(self, number: int, section: Section) -> Data:
        self.roster = section.repeat
        copies = tuple(self.copies(section))
        made: Data = {
            "label": self.ours("section", number),
            "title": self.say(section.title),
            "filter": self.filter("section-if", section.when),
            "each": "",
            "more": "",
            "copies": [],
        }
        if section.repeat is not None:
            each = roster_in_words(section.repeat, self.numbered, self.language)
            made["each"] = self.ours("each", self.by_number(each))
            made["more"] = self.ours("each-more", len(copies))
        made["copies"] = [
            {"heading": one.heading, "pages": [self.page(page, one.suffix) for page in section.pages]} for one in copies
        ]
        self.roster = None
        return made

    def copies(self, section: Section) -> Iterator[_Copy]:
        """How often a part is printed: once, or for the first items of its list."""
        if section.repeat is None:
            yield _Copy("", "")
            return
        listed = self.questionnaire.question(section.repeat)
        item = self.say(listed.item) if isinstance(listed, Roster) else self.say(section.title)
        most = listed.maximum if isinstance(listed, Roster) else len(choices_of(listed))
        for number in range(1, min(most, COPIES) + 1):
            yield _Copy(f".{number}", self.ours("item", item, number))

    def page(self, page: Page, suffix: str) -> Data:
        questions = [self.question(one, suffix) for one in page.questions]
        numbers = [one["number"] for one in questions if one["number"]]
        told = ""
        if page.when is not None and numbers:
            span = numbers[0] if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
            told = self.ours("page-if-one" if len(numbers) == 1 else "page-if", span, self.rule(page.when))
        elif page.when is not None:
            told = self.filter("if", page.when)
        return {
            "title": self.say(page.title),
            "intro": self.say(page.intro),
            "filter": told,
            "questions": questions,
            "checks": [self.check(one) for one in page.checks],
            "exits": [self.exit(one) for one in page.exits],
        }

    def check(self, check: Check) -> str:
        return self.say(check.message)

    def exit(self, left: Exit) -> str:
        return self.ours("exit", self.rule(left.when), self.say(left.title)).strip()

    def question(self, question: Question, suffix: str) -> Data:
        """A question: what all types have, then what its type adds."""
        is_asked = not isinstance(question, Information)
        filters = [
            self.ours("row-if", self.say(part.label), self.rule(part.when))
            for part in _parts(question)
            if part.when is not None
        ]
        body = self.body(question)
        guide = (self.say(question.help), self.say(question.instruction), body.pop("how", ""))
        return {
            "number": f"{self.numbers[question.name]}{suffix}" if is_asked else "",
            "name": question.name,
            "text": self.say(question.text),
            "help": self.say(question.help),
            "guide": " ".join(map(_sentence, filter(None, guide))),
            "filter": self.filter("if", question.when),
            "filters": filters,
            "variants": [
                [self.ours("worded", self.rule(one.when)), self.say(one.text), self.say(one.help)]
                for one in question.variants
            ],
            "consent": self.ours("consent") if question.consent else "",
            "absences": [
                self.ours(key)
                for key, absence in (("no-opinion", Absence.NO_OPINION), ("refusal", Absence.REFUSED))
                if absence in question.offered
            ],
            **body,
        }

    # -- types ------------------------------------------------------------------------------------

    @singledispatchmethod
    def body(self, question: Question) -> Data:
        """What the type of a question adds: `kind` names the part of the template."""
        raise NotImplementedError(type(question).__name__)

    @body.register
    def _(self, _question: Information) -> Data:
        return {"kind": "information"}

    @body.register
    def _(self, question: SingleChoice) -> Data:
        choices = [self.choice(question, one) for one in question.choices]
        return {"kind": "choices", "shape": "circle", "choices": choices, "how": self.ours("one")}

    @body.register
    def _(self, question: MultipleChoice) -> Data:
        choices = [self.choice(question, one) for one in question.choices]
        how = self.bounds(question.minimum, question.maximum)
        return {"kind": "choices", "shape": "square", "choices": choices, "how": how}

    @body.register
    def _(self, question: Ranking) -> Data:
        choices = [self.choice(question, one) for one in question.choices]
        return {"kind": "choices", "shape": "rank", "choices": choices, "how": self.ours("rank", question.count)}

    @body.register
    def _(self, question: Score) -> Data:
        return {"kind": "scale", **self.scale(question), "how": self.ours("scale", question.minimum, question.maximum)}

    @body.register
    def _(self, question: ScoreGrid) -> Data:
        values = [str(value) for value in range(question.minimum, question.maximum + 1)]
        columns = [{"code": value, "label": ""} for value in values]
        return self.grid(question, columns, "circle", self.ours("row-one")) | self.scale(question)

    @body.register
    def _(self, question: ChoiceGrid) -> Data:
        return self.grid(question, self.columns(question.choices), "circle", self.ours("row-one"))

    @body.register
    def _(self, question: MultipleGrid) -> Data:
        how = self.ours("row-several")
        if question.minimum or question.maximum:
            how = f"{how} {self.bounds(question.minimum, question.maximum)}"
        return self.grid(question, self.columns(question.choices), "square", how)

    @body.register
    def _(self, question: NumberGrid) -> Data:
        how = self.ours("row-number")
        if isinstance(question, Allocation) and question.total is not None:
            how = self.ours("total", self.number(question.total, question.decimals, question.unit))
        column = [{"code": "", "label": self.say(question.unit) or self.ours("answer")}]
        made = self.grid(question, column, "cells", how)
        return made | {"cells": self.cells(question.maximum, question.decimals)}

    @body.register
    def _(self, question: Number) -> Data:
        cells = self.cells(question.maximum, question.decimals)
        return {"kind": "cells", "groups": [{**cells, "label": self.say(question.unit)}]}

    @body.register
    def _(self, _question: Year) -> Data:
        return {"kind": "cells", "groups": [self.group("year", 4)]}

    @body.register
    def _(self, _question: Month) -> Data:
        return {"kind": "cells", "groups": [self.group("month", 2), self.group("year", 4)]}

    @body.register
    def _(self, _question: Date) -> Data:
        return {"kind": "cells", "groups": [self.group("day", 2), self.group("month", 2), self.group("year", 4)]}

    @body.register
    def _(self, question: Duration) -> Data:
        names = [("minutes-unit" if unit == "minutes" else unit) for unit in question.units]
        return {
            "kind": "cells",
            "groups": [self.group(name, 3 if place == 0 else 2) for place, name in enumerate(names)],
        }

    @body.register
    def _(self, question: Text) -> Data:
        lines = LONG_LINES if question.long else SHORT_LINES + (question.maximum >= LONG_TEXT)
        return {"kind": "lines", "lines": [""] * lines}

    @body.register
    def _(self, _question: Suggester) -> Data:
        return {"kind": "lines", "lines": [self.ours("place"), self.ours("department")]}

    @body.register
    def _(self, question: Roster) -> Data:
        item = self.say(question.item)
        lines = [self.ours("item", item, number) for number in range(1, question.maximum + 1)]
        return {"kind": "lines", "lines": lines, "how": self.ours("list", question.maximum)}

    # -- pieces -----------------------------------------------------------------------------------

    def choice(self, question: Question, choice: Choice) -> Data:
        """A choice: its label, what it asks for, where it leads."""
        return {
            "code": str(choice.code),
            "label": self.say(choice.label),
            "help": self.say(choice.help),
            "specify": self.say(choice.specify),
            "specified": specify_name(question.name, choice) if choice.specify is not None else "",
            "jump": self.jump(question, choice),
        }

    def jump(self, question: Question, choice: Choice) -> str:
        target = self.jumps.get((question.name, choice.code))
        if target is None:
            return ""
        return {STOP: self.ours("stop"), END: self.ours("jump-end")}.get(
            target, self.ours("jump", self.numbers.get(target, ""))
        )

    def bounds(self, minimum: int | None, maximum: int | None) -> str:
        """How many answers may be ticked."""
        if minimum and maximum:
            return self.ours("several-between", minimum, maximum)
        if maximum:
            return self.ours("one") if maximum == 1 else self.ours("several-max", maximum)
        return self.ours("several-min", minimum) if minimum and minimum > 1 else self.ours("several")

    def columns(self, choices: tuple[Choice, ...]) -> list[Data]:
        return [{"code": str(one.code), "label": self.say(one.label)} for one in choices]

    def grid(self, question: Grid, columns: list[Data], shape: str, how: str) -> Data:
        rows = [
            {"name": name, "label": self.say(row.label)}
            for name, row in zip(question.answers, question.rows, strict=True)
        ]
        return {"kind": "grid", "rows": rows, "columns": columns, "shape": shape, "how": how, "low": "", "high": ""}

    def scale(self, question: Score | ScoreGrid) -> Data:
        values = [str(value) for value in range(question.minimum, question.maximum + 1)]
        return {"values": values, "low": self.say(question.low), "high": self.say(question.high)}

    def cells(self, maximum: int | None, decimals: int) -> Data:
        """Cells for the figures of a number: before and after the mark."""
        whole = DIGITS if maximum is None else len(str(maximum // 10**decimals))
        return {"whole": whole, "decimals": decimals}

    def group(self, key: str, whole: int) -> Data:
        return {"whole": whole, "decimals": 0, "label": self.ours(key)}

    def number(self, value: int, decimals: int, unit: LocalText | None) -> str:
        written = piping.language.number(value, decimals, self.language)
        return piping.language.with_unit(written, self.say(unit), self.language) if unit is not None else written


def _numbered(questionnaire: Questionnaire, numbers: Mapping[str, int], language: str) -> Questionnaire:
    """The version whose questions are called by their numbers: its rules, read aloud, name those."""

    def called(question: Question) -> Question:
        number = numbers.get(question.name)
        return question if number is None else replace(question, text=LocalText({language: f"⁣{number}⁣"}))

    sections = tuple(
        replace(
            section,
            pages=tuple(replace(page, questions=tuple(map(called, page.questions))) for page in section.pages),
        )
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)


def _sentence(text: str) -> str:
    """A text with its final mark, so that another one may follow."""
    return text if text.endswith((".", "!", "?", "…", ":", ";")) else f"{text}."


def _parts(question: Question) -> tuple[Choice | Row, ...]:
    """The choices and the rows of a question."""
    return (*choices_of(question), *(question.rows if isinstance(question, Grid) else ()))
