"""The words of a piped text for one respondent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..expressions import Absence, Answer, Kind, Value, VariableType
from ..model import (
    DURATIONS,
    REGIONS,
    Choice,
    Duration,
    LocalText,
    Question,
    Questionnaire,
    Suggester,
    Year,
    choices_of,
    item_name,
    part_name,
    variable_types,
)
from . import language as writing
from .language import MISSING
from .tree import Count, Form, Message, Pipe, PipeSyntaxError, parse

_DEEPEST_LABEL = 4  # a label may be piped in its turn; a checked version has no circle, a draft may
_MOST_PIPED = 20_000  # characters of answers in one text: labels that pipe labels multiply


@dataclass(frozen=True, slots=True)
class _Variable:
    """What it takes to say the values of a variable."""

    type: VariableType
    labels: Mapping[int, LocalText] = field(default_factory=dict)
    question: Question | None = None
    is_year: bool = False


def render_words(
    words: str,
    language: str,
    questionnaire: Questionnaire,
    known: Mapping[str, Answer],
    item: int | None,
    scope: str | None,
) -> str:
    """The words with their placeholders filled; words that cannot be read stay as they are."""
    return _Renderer(language, questionnaire, known, item, scope).text(words)


class _Renderer:
    """Fills the texts of one respondent in one place."""

    def __init__(
        self,
        language: str,
        questionnaire: Questionnaire,
        known: Mapping[str, Answer],
        item: int | None,
        scope: str | None,
    ) -> None:
        self.language = language
        self.variables = questionnaire.derive(_variables)
        self.known = known
        self.item = item
        self.rosters = questionnaire.derive(_repeated) if scope is None else frozenset({scope})
        self.depth = 0
        self.left = _MOST_PIPED

    def text(self, words: str) -> str:
        if "{" not in words and "}" not in words:
            return words
        try:
            return self.message(parse(words), "#")
        except PipeSyntaxError:
            return words

    def message(self, message: Message, count: str) -> str:
        """The words of a message; `count` is said for `#`."""
        parts = (
            part if isinstance(part, str) else count if isinstance(part, Count) else self.pipe(part, count)
            for part in message
        )
        return "".join(parts)

    def pipe(self, pipe: Pipe, count: str) -> str:
        if self.left < 0:
            return MISSING
        variable = self.variables.get(pipe.variable)
        value = self.known.get(pipe.variable)
        known = None if value is None or isinstance(value, Absence) or value == "" else value
        if pipe.form is Form.PLURAL:
            return self.plural(pipe, known, variable)
        if pipe.form is Form.SELECT:
            return self.message(self.selected(pipe, known, variable), count)
        said = [] if variable is None else self.words(pipe.variable, known, variable)
        if not said:
            if pipe.otherwise is not None:
                return self.message(pipe.otherwise, count)
            said = [MISSING]
        if pipe.form is Form.OF:
            said = [self.after(writing.of, "du", one, variable) for one in said]
        elif pipe.form is Form.AT:
            said = [self.after(writing.at, "au", one, variable) for one in said]
        enumeration = writing.enumeration(said, self.language)
        self.left -= len(enumeration)
        return enumeration

    def after(
        self, preposition: Callable[[str, str], str], contracted: str, name: str, variable: _Variable | None
    ) -> str:
        """A name after « de » or « à »; a day has an article that it does not show."""
        is_day = variable is not None and variable.type.kind is Kind.DATE and name != MISSING
        return f"{contracted} {name}" if is_day and self.language == "fr" else preposition(name, self.language)

    def plural(self, pipe: Pipe, value: Value | None, variable: _Variable | None) -> str:
        number = len(value) if isinstance(value, tuple) else value
        if not isinstance(number, int) or variable is None:
            return self.message(pipe.case("other") or (), MISSING)
        decimals = variable.type.decimals if variable.type.kind is Kind.NUMBER else 0
        whole, fraction = divmod(number, 10**decimals)
        words = None if fraction else pipe.case(f"={whole}")
        if words is None:
            words = pipe.case(writing.category(number, decimals, self.language))
        if words is None:
            words = pipe.case("other")
        said = writing.number(number, decimals, self.language, grouped=not variable.is_year)
        return self.message(words or (), said)

    def selected(self, pipe: Pipe, value: Value | None, variable: _Variable | None) -> Message:
        code = self.item if self.is_current(pipe.variable) else value
        if variable is not None and code is not None:
            for name, words in pipe.cases:
                if variable.type.choices.get(name) == code:
                    return words
        return pipe.case("other") or ()

    def is_current(self, name: str) -> bool:
        return self.item is not None and name in self.rosters

    def words(self, name: str, value: Value | None, variable: _Variable) -> list[str]:
        """The value in words, each part of it apart; nothing without a value."""
        if self.is_current(name):
            value = (self.item or 0,)
        if value is None:
            return []
        if isinstance(value, tuple):
            return [said for one in value if (said := self.part(name, one, variable))]
        if isinstance(value, str):
            return [self.place(name, value) if isinstance(variable.question, Suggester) else value]
        if variable.type.kind is Kind.CHOICE:
            label = self.label(variable, value)
            return [label] if label else []
        return [self.quantity(value, variable)]

    def part(self, name: str, code: int, variable: _Variable) -> str:
        """A choice by its label, an item of a roster by the words that the respondent gave."""
        if variable.type.kind is not Kind.ITEMS:
            return self.label(variable, code)
        words = self.known.get(item_name(name, code))
        return words if isinstance(words, str) else ""

    def place(self, name: str, code: str) -> str:
        """What an official list calls a code."""
        found = self.known.get(part_name(name, "name"))
        return found if isinstance(found, str) and found else code

    def label(self, variable: _Variable, code: int) -> str:
        label = variable.labels.get(code)
        if label is None or self.depth >= _DEEPEST_LABEL:
            return ""
        self.depth += 1
        said = self.text(label.in_(self.language))
        self.depth -= 1
        return said

    def quantity(self, value: int, variable: _Variable) -> str:
        if variable.type.kind is Kind.DATE:
            return writing.day(value, self.language)
        if variable.type.kind is Kind.MONTH:
            return writing.month(value, self.language)
        if isinstance(variable.question, Duration):
            units = variable.question.units
            return writing.duration(value, units, DURATIONS[units], self.language)
        return writing.number(value, variable.type.decimals, self.language, grouped=not variable.is_year)


def _repeated(questionnaire: Questionnaire) -> frozenset[str]:
    return frozenset(section.repeat for section in questionnaire.sections if section.repeat is not None)


def _variables(questionnaire: Questionnaire) -> dict[str, _Variable]:
    """Everything that a text may read, with what says its values."""
    types = questionnaire.derive(variable_types)
    found = {name: _Variable(type_) for name, type_ in types.items()}
    for one in questionnaire.context:
        found[one.name] = _Variable(one.answer_type, _labels(one.choices))
    for experiment in questionnaire.experiments:
        found[experiment.name] = _Variable(experiment.answer_type, _labels(experiment.arms))
    for question in questionnaire.questions:
        labels = _labels(choices_of(question))
        for name in question.answers:
            found[name] = _Variable(types[name], labels, question, isinstance(question, Year))
        if isinstance(question, Suggester):
            region, year = part_name(question.name, "region"), part_name(question.name, "cog")
            found[region] = _Variable(types[region], _regions())
            found[year] = _Variable(types[year], is_year=True)
    return found


def _labels(choices: tuple[Choice, ...]) -> dict[int, LocalText]:
    return {choice.code: choice.label for choice in choices}


def _regions() -> dict[int, LocalText]:
    return {code: LocalText({"fr": name}) for code, (_, name) in REGIONS.items()}
