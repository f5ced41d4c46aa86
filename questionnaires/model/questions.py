"""One class per type of question.

A class declares the names of its answers and their types; what is a valid answer is in `validation`, which
variables it becomes in `codebook`, how it is written in `definition`, each with one entry per class. A question
of a repeated section is asked once for each item: a copy of it, named `name[item]`, is a question like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ..expressions import Absence, Expression, Kind, VariableType
from .items import part_name
from .parts import Choice, LocalText, Order, Required, Row, Subtotal, Variant, codes, specified, specify_name
from .territories import REGION_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every question has. Not asked itself: each type is a class below.

    `help` explains the question, `instruction` says how to answer it. A `sensitive` question (article 9 of the
    GDPR) is never required and has a consent of its own. `prefill` names the context variable shown beforehand.
    `formerly`: its name in the version before, where it had another.
    """

    name: str
    text: LocalText
    help: LocalText | None = None
    instruction: LocalText | None = None
    variants: tuple[Variant, ...] = ()
    when: Expression | None = None
    required: Required = Required.HARD
    no_opinion: bool = False
    refusal: bool = False
    sensitive: bool = False
    prefill: str | None = None
    concept: str | None = None
    source: str | None = None
    note: str | None = None
    formerly: str | None = None

    def worded(self, variant: Variant | None) -> Self:
        """The question in another wording; a variant without a help of its own keeps this one."""
        return self if variant is None else replace(self, text=variant.text, help=variant.help or self.help)

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of its main answers in the given document: one, or one for each row."""
        return (self.name,)

    @property
    def details(self) -> dict[str, VariableType]:
        """The answers beside the main ones, with their types: words of a choice, what is derived from a place."""
        return {}

    @property
    def consent(self) -> str | None:
        """The answer by which the respondent consents to this sensitive question (1), None for any other."""
        return part_name(self.name, "consent") if self.sensitive else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the given document that belongs to it: answers, details, consent."""
        return (*self.answers, *self.details, *((self.consent,) if self.consent else ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the variables of its main answers in the codebook."""
        return self.answers

    @property
    def answer_type(self) -> VariableType:
        """The type of each of its main answers in rules."""
        raise NotImplementedError(type(self).__name__)

    @property
    def offered(self) -> frozenset[Absence]:
        """The absences that the respondent may choose as an answer."""
        both = ((self.no_opinion, Absence.NO_OPINION), (self.refusal, Absence.REFUSED))
        return frozenset(absence for is_offered, absence in both if is_offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleChoice(Question):
    """One choice; the answer is its code."""

    choices: tuple[Choice, ...]
    subtotals: tuple[Subtotal, ...] = ()
    order: Order = Order.FIXED

    @property
    def details(self) -> dict[str, VariableType]:
        return specified(self.name, self.choices)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICE, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Likert(SingleChoice):
    """An ordered scale whose every level is labelled; `neutral` names its middle one, if it has one."""

    neutral: str | None = None


_YES = LocalText({"fr": "Oui", "en": "Yes"})
_NO = LocalText({"fr": "Non", "en": "No"})
_AGREE = LocalText({"fr": "J’accepte", "en": "I agree"})
_DISAGREE = LocalText({"fr": "Je n’accepte pas", "en": "I do not agree"})


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(SingleChoice):
    """`oui` (1) or `non` (2), as in French public files; `yes` and `no` say it otherwise."""

    choices: tuple[Choice, ...] = field(init=False, default=())
    subtotals: tuple[Subtotal, ...] = field(init=False, default=())
    order: Order = field(init=False, default=Order.FIXED)
    yes: LocalText | None = None
    no: LocalText | None = None

    def __post_init__(self) -> None:
        yes, no = self.yes or self.labels()[0], self.no or self.labels()[1]
        object.__setattr__(self, "choices", (Choice(1, "oui", yes), Choice(2, "non", no)))

    @classmethod
    def labels(cls) -> tuple[LocalText, LocalText]:
        """The labels in the languages of the platform."""
        return _YES, _NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(YesNo):
    """An agreement that is asked for: `oui` (1) or `non` (2)."""

    @classmethod
    def labels(cls) -> tuple[LocalText, LocalText]:
        return _AGREE, _DISAGREE


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice(Question):
    """Any number of choices within the bounds; the answer is the sorted tuple of their codes."""

    choices: tuple[Choice, ...]
    minimum: int | None = None
    maximum: int | None = None
    order: Order = Order.FIXED

    @property
    def details(self) -> dict[str, VariableType]:
        return specified(self.name, self.choices)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part_name(self.name, choice.name) for choice in self.choices)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICES, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Question):
    """The choices in order of preference, all or the first `top`; the answer is the tuple of codes, first first."""

    choices: tuple[Choice, ...]
    top: int | None = None
    order: Order = Order.FIXED

    @property
    def count(self) -> int:
        """How many choices are to be ranked."""
        return len(self.choices) if self.top is None else min(self.top, len(self.choices))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part_name(self.name, choice.name) for choice in self.choices)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.RANKING, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Question):
    """A whole number on a scale whose two ends are labelled."""

    minimum: int = 0
    maximum: int = 10
    low: LocalText
    high: LocalText

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Question):
    """Several rows answered alike, each under the name `question_row`. Not asked itself."""

    rows: tuple[Row, ...]
    order: Order = Order.FIXED

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(part_name(self.name, row.name) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGrid(Grid):
    """Several rows scored on one scale."""

    minimum: int = 0
    maximum: int = 10
    low: LocalText
    high: LocalText

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceGrid(Grid):
    """Several rows answered by one list of choices."""

    choices: tuple[Choice, ...]
    subtotals: tuple[Subtotal, ...] = ()

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICE, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleGrid(Grid):
    """Several rows, each answered by any number of choices of one list, within the bounds."""

    choices: tuple[Choice, ...]
    minimum: int | None = None
    maximum: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part_name(self.name, f"{row.name}_{choice.name}") for row in self.rows for choice in self.choices)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICES, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberGrid(Grid):
    """Several rows answered by numbers of one unit, kept as integers times 10**decimals."""

    minimum: int | None = None
    maximum: int | None = None
    decimals: int = 0
    unit: LocalText | None = None

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation(NumberGrid):
    """Numbers that share out a total, fixed or given by a rule; a part left blank beside others is nothing (0)."""

    total: int | None = None
    total_from: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity(Question):
    """Something measured, within bounds. Not asked itself.

    `minimum` and `maximum` are fixed, and bound what the answer can ever be. The others are rules on answers
    given before: `at_least` and `at_most` are allowed values, `above` and `below` are not; null is no bound.
    """

    minimum: int | None = None
    maximum: int | None = None
    at_least: Expression | None = None
    at_most: Expression | None = None
    above: Expression | None = None
    below: Expression | None = None

    @property
    def limits(self) -> dict[str, Expression]:
        """The bounds that depend on other answers."""
        every = {"at_least": self.at_least, "at_most": self.at_most, "above": self.above, "below": self.below}
        return {name: rule for name, rule in every.items() if rule is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Quantity):
    """A number kept as an integer: the value, like its fixed bounds, is times 10 to the power of `decimals`.

    Never below zero, whatever the minimum: in every file the negative integers are the absences.
    """

    decimals: int = 0
    unit: LocalText | None = None

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date(Quantity):
    """A day, kept as its number (`datetime.date.toordinal`); so are its fixed bounds."""

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.DATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month(Quantity):
    """A month of a year, kept as 12 * year + month - 1; so are its fixed bounds."""

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year(Quantity):
    """A year of four figures, a number in rules."""

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


DURATIONS: Mapping[tuple[str, ...], tuple[int, ...]] = {
    ("years",): (1,),
    ("months",): (1,),
    ("weeks",): (1,),
    ("days",): (1,),
    ("hours",): (1,),
    ("minutes",): (1,),
    ("years", "months"): (12, 1),
    ("days", "hours"): (24, 1),
    ("hours", "minutes"): (60, 1),
}
"""The units that a duration may be asked in, and how many of the smallest each is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Quantity):
    """A length of time in one unit or two (see DURATIONS), kept, like its bounds, in the smallest of them."""

    units: tuple[str, ...]

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Question):
    """Free words, within bounds of length; `long` asks for several lines. `pattern` names a form (see PATTERNS)."""

    minimum: int | None = None
    maximum: int = 2000
    long: bool = False
    pattern: str | None = None

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.TEXT)


PATTERNS = ("email", "phone", "postcode", "siren", "siret", "url")
"""The named forms of a text; what each accepts is in `validation`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggester(Question):
    """A place or a thing of an official list, found by typing; the answer is its code in the list, a text.

    What goes with it is stored when it is chosen, with the year of the list, for lists change: for `communes`,
    its name, department (a text: `2A`), region (code of the official list) and the year of the COG.
    """

    nomenclature: str = "communes"

    @property
    def details(self) -> dict[str, VariableType]:
        return {
            part_name(self.name, "name"): VariableType(Kind.TEXT),
            part_name(self.name, "department"): VariableType(Kind.TEXT),
            part_name(self.name, "region"): VariableType(Kind.CHOICE, choices=REGION_CODES),
            part_name(self.name, "cog"): VariableType(Kind.NUMBER),
        }

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.TEXT)


NOMENCLATURES = ("communes",)
"""The lists that a suggester may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(Question):
    """A list that the respondent builds, one line an item, over which a section may be repeated.

    The answer is the tuple of the ids of its items; the words of item 2 are the answer `name[2]`. `item` labels
    one line.
    """

    item: LocalText
    minimum: int | None = None
    maximum: int = 10

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.ITEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Information(Question):
    """Words among the questions, which nobody answers; `required` says nothing here."""

    @property
    def answers(self) -> tuple[str, ...]:
        return ()

    @property
    def consent(self) -> str | None:
        return None

    @property
    def answer_type(self) -> VariableType:
        raise TypeError("nobody answers an information")


def choices_of(question: Question) -> tuple[Choice, ...]:
    """The choices of a question of any type; none where it has none."""
    if isinstance(question, SingleChoice | MultipleChoice | Ranking | ChoiceGrid | MultipleGrid):
        return question.choices
    return ()


def specified_choices(question: Question) -> tuple[tuple[str, Choice], ...]:
    """The choices that ask for words, each with the key of the words."""
    if not isinstance(question, SingleChoice | MultipleChoice):
        return ()
    return tuple((specify_name(question.name, one), one) for one in question.choices if one.specify is not None)
