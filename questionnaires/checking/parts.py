"""Each part of a version by itself: translations, choices, bounds, options that its type does not have."""

from __future__ import annotations

from ..expressions import MAX_DECIMALS, MAX_INTEGER, day_text, month_text
from ..model import (
    MOST_ITEMS,
    Allocation,
    Choice,
    ChoiceGrid,
    Computed,
    ContextVariable,
    Date,
    Experiment,
    Grid,
    Information,
    Likert,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Subtotal,
    Text,
    Year,
    YesNo,
)
from ..problems import Place, Problem
from .places import Findings, inside, walk
from .prefills import check_prefill

_WIDEST_SCORE = 100  # one button for each score
_LARGEST_CODE = 2**31 - 1
_LAST_YEAR = 9999


def check_parts(questionnaire: Questionnaire) -> list[Problem]:
    """What is wrong with each part, whatever stands around it."""
    checker = _Parts(questionnaire)
    for node, place in walk(questionnaire):
        checker.visit(node, place)
    return checker.problems


class _Parts(Findings):
    def __init__(self, questionnaire: Questionnaire) -> None:
        super().__init__()
        self.languages = questionnaire.languages
        self.context = {one.name: one for one in questionnaire.context}

    def visit(self, node: object, place: Place) -> None:
        match node:
            case LocalText():
                self._translations(node, place)
            case Page():
                if not node.questions and node.intro is None:
                    self.report("page-empty", place)
            case Question():
                self._question(node, place)
            case Computed():
                self._decimals(node.decimals, place)
            case ContextVariable():
                self._context(node, place)
            case Experiment():
                if len(node.arms) < 2:
                    self.report("arms-too-few", inside(place, "arms"), count=len(node.arms))
                self._choices(node.arms, inside(place, "arms"), fewest=0)

    def _translations(self, text: LocalText, place: Place) -> None:
        for language in self.languages:
            if not text.get(language, "").strip():
                self.report("translation-missing", place, language=language)
        for language in text:
            if language not in self.languages:
                self.report("language-unknown", inside(place, language), language=language)

    def _context(self, variable: ContextVariable, place: Place) -> None:
        self._decimals(variable.decimals, place)
        self._choices(variable.choices, inside(place, "choices"), fewest=2 if variable.type == "choice" else 0)
        expected = ContextVariable.PROVIDERS[variable.provider]
        if expected is not None and variable.type != expected:
            self.report("provider-type", inside(place, "type"), provider=variable.provider, expected=expected)

    def _question(self, question: Question, place: Place) -> None:
        is_asked = not isinstance(question, Information)
        if is_asked and question.sensitive and question.required is not Required.NO:
            self.report("sensitive-required", inside(place, "required"))
        self.problems += check_prefill(question, self.context, inside(place, "prefill"))
        if isinstance(question, Grid):
            self._grid(question, place)
        match question:
            case YesNo():
                self._yes_no(question, place)
            case SingleChoice():
                self._choices(question.choices, inside(place, "choices"), specify=True)
                self._subtotals(question.subtotals, question.choices, inside(place, "subtotals"))
                if isinstance(question, Likert):
                    self._neutral(question, place)
            case MultipleChoice():
                self._choices(question.choices, inside(place, "choices"), exclusive=True, specify=True)
                self._several(question, place)
            case Ranking():
                self._ranking(question, place)
            case Score():
                self._scale(question.minimum, question.maximum, place)
            case Quantity():
                self._quantity(question, place)
            case Text():
                self._bounds(question.minimum, question.maximum, place, fewest=1)
            case Roster():
                self._bounds(question.minimum, question.maximum, place, fewest=1)
                self._reach(question.maximum, MOST_ITEMS, inside(place, "maximum"))

    def _grid(self, grid: Grid, place: Place) -> None:
        if not grid.rows:
            self.report("rows-missing", inside(place, "rows"))
        match grid:
            case ScoreGrid():
                self._scale(grid.minimum, grid.maximum, place)
            case ChoiceGrid():
                self._choices(grid.choices, inside(place, "choices"))
                self._subtotals(grid.subtotals, grid.choices, inside(place, "subtotals"))
            case MultipleGrid():
                self._choices(grid.choices, inside(place, "choices"), exclusive=True)
                self._several(grid, place)
            case NumberGrid():
                self._decimals(grid.decimals, place)
                self._bounds(grid.minimum, grid.maximum, place)
                if isinstance(grid, Allocation):
                    self._total(grid, place)

    def _choices(
        self,
        choices: tuple[Choice, ...],
        place: Place,
        *,
        exclusive: bool = False,
        specify: bool = False,
        fewest: int = 2,
    ) -> None:
        """`exclusive` and `specify` say which of these options the type of question has."""
        if len(choices) < fewest:
            self.report("choices-too-few", place, count=len(choices))
        self.unique((choice.name for choice in choices), place, "name")
        codes: set[int] = set()
        for index, choice in enumerate(choices):
            here = inside(place, index)
            if choice.code in codes:
                self.report("code-duplicate", inside(here, "code"), code=choice.code)
            if not 0 <= choice.code <= _LARGEST_CODE:
                self.report("code-out-of-bounds", inside(here, "code"), code=choice.code)
            if choice.exclusive and not exclusive:
                self.report("exclusive-misplaced", inside(here, "exclusive"), choice=choice.name)
            if choice.specify is not None and not specify:
                self.report("specify-misplaced", inside(here, "specify"), choice=choice.name)
            codes.add(choice.code)

    def _several(self, question: MultipleChoice | MultipleGrid, place: Place) -> None:
        together = sum(not choice.exclusive for choice in question.choices)
        if question.choices and together == 0:
            self.report("exclusive-alone", inside(place, "choices"))
        self._reach(question.minimum, together or len(question.choices), inside(place, "minimum"))
        self._reach(question.maximum, len(question.choices), inside(place, "maximum"))
        self._bounds(question.minimum, question.maximum, place, fewest=1)

    def _subtotals(self, subtotals: tuple[Subtotal, ...], choices: tuple[Choice, ...], place: Place) -> None:
        known = {choice.name for choice in choices}
        seen: set[str] = set()
        for index, subtotal in enumerate(subtotals):
            if subtotal.name in seen | known:
                self.report("name-duplicate", inside(place, index, "name"), name=subtotal.name)
            seen.add(subtotal.name)
            self.unique(subtotal.choices, inside(place, index, "choices"))
            for number, name in enumerate(subtotal.choices):
                if name not in known:
                    self.report("subtotal-choice-unknown", inside(place, index, "choices", number), choice=name)

    def _yes_no(self, question: YesNo, place: Place) -> None:
        """The platform knows its own words in some languages only; in the others the file has to say them."""
        own = question.labels()
        for key, said, usual in (("yes", question.yes, own[0]), ("no", question.no, own[1])):
            if said is None:
                self._translations(LocalText({one: usual.get(one, "") for one in self.languages}), inside(place, key))

    def _neutral(self, question: Likert, place: Place) -> None:
        neutral = question.neutral
        if neutral is not None and neutral not in {choice.name for choice in question.choices}:
            self.report("neutral-unknown", inside(place, "neutral"), choice=neutral)

    def _ranking(self, question: Ranking, place: Place) -> None:
        self._choices(question.choices, inside(place, "choices"))
        if question.top is not None and question.top < 1:
            self.report("bounds-crossed", inside(place, "top"), minimum=1, maximum=question.top)
        self._reach(question.top, len(question.choices), inside(place, "top"))

    def _total(self, question: Allocation, place: Place) -> None:
        if question.total is None and question.total_from is None:
            self.report("total-missing", place)
        if question.total is not None and question.total_from is not None:
            self.report("total-twice", inside(place, "total_from"))
        if question.total is None:
            return
        place = inside(place, "total")
        self._number(question.total, place)
        if question.maximum is not None and question.rows:
            self._reach(question.total, question.maximum * len(question.rows), place)

    def _quantity(self, question: Quantity, place: Place) -> None:
        if isinstance(question, Number):
            self._decimals(question.decimals, place)
        if isinstance(question, Date | Month):
            minimum, maximum = question.minimum, question.maximum
            if minimum is not None and maximum is not None and maximum < minimum:
                say = day_text if isinstance(question, Date) else month_text
                self.report("bounds-crossed", inside(place, "maximum"), minimum=say(minimum), maximum=say(maximum))
            return
        self._bounds(question.minimum, question.maximum, place)
        if isinstance(question, Year):
            self._reach(question.minimum, _LAST_YEAR, inside(place, "minimum"))
            self._reach(question.maximum, _LAST_YEAR, inside(place, "maximum"))

    def _decimals(self, decimals: int, place: Place) -> None:
        if not 0 <= decimals <= MAX_DECIMALS:
            self.report("decimals-out-of-bounds", inside(place, "decimals"), decimals=decimals, maximum=MAX_DECIMALS)

    def _bounds(self, minimum: int | None, maximum: int | None, place: Place, *, fewest: int = 0) -> None:
        """`fewest`: what the maximum has to be at least, whatever the minimum."""
        for key, bound in (("minimum", minimum), ("maximum", maximum)):
            if bound is not None and (key == "minimum" or bound > MAX_INTEGER):
                self._number(bound, inside(place, key))
        least = max(minimum or 0, fewest)
        if maximum is not None and maximum < least:
            self.report("bounds-crossed", inside(place, "maximum"), minimum=least, maximum=maximum)

    def _number(self, number: int, place: Place) -> None:
        """No number of a file is negative, since the absences are; nor larger than a browser can hold exactly."""
        if number < 0:
            self.report("bounds-negative", place, minimum=number)
        if abs(number) > MAX_INTEGER:
            self.report("number-not-exact", place, found=number)

    def _reach(self, bound: int | None, limit: int, place: Place) -> None:
        if bound is not None and bound > limit:
            self.report("bounds-out-of-reach", place, maximum=bound, count=limit)

    def _scale(self, minimum: int, maximum: int, place: Place) -> None:
        self._bounds(minimum, None, place)
        place = inside(place, "maximum")
        if maximum <= minimum:
            self.report("bounds-crossed", place, minimum=minimum, maximum=maximum)
        if maximum - minimum > _WIDEST_SCORE:
            self.report("bounds-out-of-reach", place, maximum=maximum, count=minimum + _WIDEST_SCORE)
