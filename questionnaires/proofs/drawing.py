"""Respondents drawn by chance, of a fixed seed: they meet most goals for almost nothing, before any solver.

What they answer is led by what nobody has answered yet: a choice that is new comes first, then a bound.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatchmethod
from itertools import takewhile
from typing import NamedTuple, TypeVar

from ..expressions import Absence, Answer, Kind, Value
from ..model import (
    Allocation,
    Choice,
    ChoiceGrid,
    Context,
    Date,
    Grid,
    Information,
    Month,
    MultipleChoice,
    MultipleGrid,
    NumberGrid,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    item_name,
    part_name,
    specified_choices,
)
from ..problems import Problem
from ..routing import Path, draw_arms, path
from ..validation import check_page, check_response
from .constants import Constants
from .respondents import Respondent

Taken = TypeVar("Taken", int, str)

TRIES = 12
_MOST_PAGES = 2000
_ROUNDS = 4  # an answer may put one more question on its page
_WORDS = "Réponse d’essai"
_FORMS = {
    "email": "essai@exemple.fr",
    "phone": "0102030405",
    "postcode": "35000",
    "siren": "732829320",
    "siret": "73282932000074",
    "url": "https://www.exemple.fr/",
}
_PLACE: Mapping[str, Value] = {"name": "Rennes", "department": "35", "region": 53, "cog": 2026}
_PLACE_CODE = "35238"
_SOME: Mapping[Kind, int] = {Kind.DATE: 738_000, Kind.MONTH: 12 * 2021, Kind.NUMBER: 10}


class Put(NamedTuple):
    """How a question is put: what is not offered, and whether to answer anything for want of better."""

    hidden: frozenset[str]
    is_free: bool


class Draw:
    """The drawing of respondents of one version; it remembers which answers were given already."""

    def __init__(self, questionnaire: Questionnaire, seed: int) -> None:
        self._questionnaire = questionnaire
        self._random = random.Random(seed)  # noqa: S311  # nothing is secret here
        self._constants = Constants(questionnaire)
        self._used: dict[tuple[str, object], int] = {}
        self._rounds = 0
        self._arms = {one.name: one for one in questionnaire.experiments}
        self.walked = 0  # pages answered so far

    def respondent(self) -> tuple[Respondent, list[Respondent]]:
        """One more respondent, gone as far as chance could; and attempts that a check of a page refused."""
        self._rounds += 1
        refused: list[Respondent] = []
        return self._on(Respondent(self._context(), {}), refused), refused

    def gone_on(self, respondent: Respondent) -> Respondent:
        """A respondent gone on to the end or to an exit, or as far as chance could; nothing given changes."""
        return self._on(respondent, [])

    def _on(self, respondent: Respondent, refused: list[Respondent]) -> Respondent:
        """All the pages that are sure to come, together; where that is not valid, one page after the other."""
        context, given = respondent.context, dict(respondent.given)
        found = path(self._questionnaire.for_mode(context.mode), context, given)
        is_alone = False  # what was answered together was refused: from here on, each page by itself
        for _ in range(_MOST_PAGES):
            page = found.first_incomplete
            if page is None:
                first = None if is_alone else self._first_refused(context, given, found, {})
                if first is None:
                    return Respondent(context, given)
                given, found = self._back_to(first, respondent, given, found)
                is_alone = True
                continue
            come = Respondent(context, given, page)
            ahead = None if is_alone else self._answer_ahead(come, found, respondent)
            attempt = ahead or self._answer_page(come, page, found, refused)
            if attempt is None:
                break
            given, found = attempt
            self.walked += 1
        return Respondent(context, given, found.first_incomplete)

    def _answer_ahead(self, come: Respondent, before: Path, start: Respondent) -> tuple[dict[str, Answer], Path] | None:
        """The pages that are on the path whatever is answered before them, in one walk instead of one each.

        Cut before the first that is refused; None where there is nothing to win: for a page alone, or the first.
        """
        context, version = come.context, self._questionnaire.for_mode(come.context.mode)
        sure = before.pages[before.pages.index(str(come.until)) :]
        if len(sure) < 2:
            return None
        tried = dict(come.given)
        for page in sure:
            for name in before.shown.get(page, ()):
                if self._is_open(name, tried):
                    tried.update(self._answer(name, Put(before.hidden.get(name, frozenset()), False)))
        found = path(version, context, tried)
        problems: dict[str, list[Problem]] = {}
        first = self._first_refused(context, tried, found, problems)
        if first is not None:
            tried = self._mended(tried, [one for some in problems.values() for one in some])
            found = path(version, context, tried)
            first = self._first_refused(context, tried, found, {})
        if first is not None:
            if first == come.until or first not in sure:
                return None
            tried, found = self._back_to(first, start, tried, found)
        self.walked += len(sure) - 1
        return tried, found

    def _first_refused(
        self, context: Context, given: Mapping[str, Answer], found: Path, problems: dict[str, list[Problem]]
    ) -> str | None:
        """The first page before the first incomplete one that has a blocking problem; `problems` is filled."""
        version = self._questionnaire.for_mode(context.mode)
        for one in check_response(version, context, given, found):
            if one.is_blocking:
                problems.setdefault(str(one.place.page), []).append(one)
        behind = takewhile(lambda page: page != found.first_incomplete, found.pages)
        return next((page for page in behind if page in problems), None)

    def _back_to(
        self, page: str, start: Respondent, given: Mapping[str, Answer], found: Path
    ) -> tuple[dict[str, Answer], Path]:
        """The document without what was answered on a page and after it; what was given at the start stays."""
        version = self._questionnaire.for_mode(start.context.mode)
        dropped = {
            key
            for one in found.pages[found.pages.index(page) :]
            for name in found.shown.get(one, ())
            for key in self._keys(name, given)
        }
        kept = {key: answer for key, answer in given.items() if key not in dropped or key in start.given}
        return kept, path(version, start.context, kept)

    def _keys(self, name: str, given: Mapping[str, Answer]) -> Iterator[str]:
        question = self._questionnaire.question(name)
        yield from question.keys
        items = given.get(name)
        if isinstance(question, Roster) and isinstance(items, tuple):
            yield from (item_name(name, item) for item in items)

    def _answer_page(
        self, come: Respondent, page: str, before: Path, refused: list[Respondent]
    ) -> tuple[dict[str, Answer], Path] | None:
        """The document with the page answered, and its path; None when no attempt was taken."""
        context, version = come.context, self._questionnaire.for_mode(come.context.mode)
        for attempt in range(TRIES):
            tried, found = dict(come.given), before
            for _ in range(_ROUNDS):
                missing = [name for name in found.shown.get(page, ()) if self._is_open(name, tried)]
                if not missing:
                    break
                for name in missing:
                    hidden = found.hidden.get(name, frozenset())
                    tried.update(self._answer(name, Put(hidden, attempt > TRIES // 2)))
                found = path(version, context, tried)
            for _ in range(2):
                if found.first_incomplete == page:
                    break
                problems = [one for one in check_page(version, context, tried, page, found) if one.is_blocking]
                if not problems:
                    return tried, found
                if all(one.code == "check-violated" for one in problems):
                    refused.append(Respondent(context, tried, page))
                    break
                tried = self._mended(tried, problems)
                found = path(version, context, tried)
        return None

    def _is_open(self, name: str, given: Mapping[str, Answer]) -> bool:
        question = self._questionnaire.question(name)
        return any(key not in given for key in question.answers)

    def _mended(self, given: dict[str, Answer], problems: Iterable[Problem]) -> dict[str, Answer]:
        """The document after a mending of what is told with its figures: a bound crossed, a total missed."""
        mended = dict(given)
        for one in problems:
            name, data = one.place.variable, one.data
            if one.code == "limit-crossed" and name is not None:
                question = self._questionnaire.question(one.place.question or name)
                shift = {"above": 1, "below": -1}.get(str(data["limit"]), 0)
                scale = 10 ** (int(str(data["decimals"])) - question.answer_type.decimals)
                mended[name] = int(str(data["value"])) // scale + shift
            elif one.code == "sum-not-total" and name is not None:
                question = self._questionnaire.question(name)
                left = int(str(data["total"])) // 10 ** (int(str(data["decimals"])) - question.answer_type.decimals)
                most = question.maximum if isinstance(question, Allocation) else None
                for key in question.answers:
                    if isinstance(mended.get(key), int):
                        mended[key] = left if most is None else min(left, most)
                        left -= int(str(mended[key]))
        return mended

    def _context(self) -> Context:
        external: dict[str, Value] = {}
        for one in self._questionnaire.context:
            if one.provider != "external" or self._random.random() < 0.15:
                continue
            if one.choices:
                external[one.name] = self._newest(one.name, [choice.code for choice in one.choices])
            elif one.type == "text":
                external[one.name] = self._newest(one.name, [*self._constants.texts(one.name), _WORDS])
            else:
                points = [*self._constants.numbers(one.name), _SOME[one.answer_type.kind]]
                external[one.name] = self._newest(one.name, [max(point, 1) for point in points])
        language = self._newest("@language", list(self._questionnaire.languages))
        seed = self._random.randrange(2**31)
        arms = draw_arms(self._questionnaire, seed)
        for name, experiment in self._arms.items():
            arms[name] = self._newest(name, [arm.name for arm in experiment.arms])
        return Context(seed=seed, language=language, mode="web", started_on="2024-03-01", arms=arms, external=external)

    def _newest(self, name: str, values: list[Taken]) -> Taken:
        """One of the values that were taken least often."""
        least = min(self._used.get((name, value), 0) for value in values)
        fresh = [value for value in values if self._used.get((name, value), 0) == least]
        if self._random.random() < 0.25:
            fresh = values
        taken = self._random.choice(fresh)
        self._used[name, taken] = self._used.get((name, taken), 0) + 1
        return taken

    def _answer(self, name: str, put: Put) -> dict[str, Answer]:
        """An answer for every key of a question."""
        question = self._questionnaire.question(name)
        if isinstance(question, Information):
            return {}
        rows = question.rows if isinstance(question, Grid) else ()
        left_out = {part_name(question.name, row.name) for row in rows if row.name in put.hidden}
        answers: dict[str, Answer] = {}
        for key in question.answers:
            if key not in left_out:
                answers[key] = self._absence(question, key) or self._value(question, key, put)
        answers.update(self._beside(question, answers))
        return answers

    def _absence(self, question: Question, key: str) -> Absence | None:
        offered = sorted(question.offered)
        if question.required is not Required.HARD or question.sensitive:
            offered.append(Absence.SKIPPED)
        if isinstance(question, Allocation) or not offered:
            return None
        unused = [one for one in offered if (key, one) not in self._used]
        if (unused and self._rounds > 2) or self._random.random() < 0.08:
            taken = self._random.choice(unused or offered)
            self._used[key, taken] = 1
            return taken
        return None

    def _beside(self, question: Question, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        main = answers.get(question.name)
        for key, choice in specified_choices(question):
            if main == choice.code or (isinstance(main, tuple) and choice.code in main):
                found[key] = _WORDS
        if isinstance(question, Suggester) and not isinstance(main, Absence):
            found.update({part_name(question.name, part): value for part, value in _PLACE.items()})
            region = part_name(question.name, "region")
            codes = list(question.details[region].choices.values())
            if codes:
                found[region] = self._newest(region, codes)
        if isinstance(question, Roster) and isinstance(main, tuple):
            found.update({item_name(question.name, item): f"{_WORDS} {item}" for item in main})
        if question.consent is not None:
            found[question.consent] = 1
        return found

    @singledispatchmethod
    def _value(self, question: Question, key: str, put: Put) -> Value:
        raise NotImplementedError(type(question).__name__)

    @_value.register(SingleChoice)
    @_value.register(ChoiceGrid)
    def _choice(self, question: SingleChoice | ChoiceGrid, key: str, put: Put) -> Value:
        return self._newest(_plain(key), [one.code for one in _offered(question.choices, put)])

    @_value.register(MultipleChoice)
    @_value.register(MultipleGrid)
    def _choices(self, question: MultipleChoice | MultipleGrid, key: str, put: Put) -> Value:
        offered = _offered(question.choices, put)
        first = self._newest(_plain(key), [one.code for one in offered])
        if any(one.exclusive and one.code == first for one in offered):
            return (first,)
        others = [one.code for one in offered if not one.exclusive and one.code != first]
        least = min(max(question.minimum or 1, 1), len(others) + 1)
        most = min(question.maximum or len(others) + 1, len(others) + 1)
        count = self._random.choice((least, most, self._random.randint(least, max(least, most))))
        return tuple(sorted((first, *self._random.sample(others, min(count - 1, len(others))))))

    @_value.register
    def _ranking(self, question: Ranking, key: str, put: Put) -> Value:
        offered = _offered(question.choices, put)
        first = self._newest(_plain(key), [one.code for one in offered])
        others = [one.code for one in offered if one.code != first]
        count = min(question.count, len(offered))
        return (first, *self._random.sample(others, count - 1))

    @_value.register
    def _items(self, question: Roster, key: str, _put: Put) -> Value:
        least = max(question.minimum or 0, 1 if question.required is Required.HARD else 0)
        counts = sorted({least, max(least, 1), min(max(least, 2), question.maximum), question.maximum})
        return tuple(range(1, self._newest(f"{key} items", counts) + 1)) or ()

    @_value.register
    def _text(self, question: Text, key: str, _put: Put) -> Value:
        words = _FORMS[question.pattern] if question.pattern else _WORDS
        if question.pattern is None:
            words = self._newest(key, [*self._constants.texts(key), _WORDS])
            words = words.ljust(question.minimum or 0, "…")[: question.maximum]
        return words

    @_value.register
    def _place(self, _question: Suggester, key: str, _put: Put) -> Value:
        return self._newest(key, [*self._constants.texts(key), _PLACE_CODE])

    @_value.register
    def _shares(self, question: Allocation, _key: str, _put: Put) -> Value:
        return 0 if question.total is None else question.total // max(len(question.rows), 1)

    @_value.register(Score)
    @_value.register(ScoreGrid)
    @_value.register(Quantity)
    @_value.register(NumberGrid)
    def _number(self, question: Score | ScoreGrid | Quantity | NumberGrid, key: str, put: Put) -> Value:
        least, most = _ends(question)
        plain = _plain(key)
        points = {least, most, _SOME[question.answer_type.kind] if isinstance(question, Quantity) else least}
        points.update(self._constants.numbers(plain))
        if put.is_free:
            return self._random.randint(least, min(most, least + 1000))
        return self._newest(plain, sorted(min(max(point, least), most) for point in points))


def _offered(choices: tuple[Choice, ...], put: Put) -> list[Choice]:
    return [one for one in choices if one.name not in put.hidden]


def _plain(key: str) -> str:
    """The key without its item: choices that one item took are not new to the next."""
    return key.partition("[")[0]


def _ends(question: Score | ScoreGrid | Quantity | NumberGrid) -> tuple[int, int]:
    match question:
        case Date():
            first, last = 1, 3_652_059
        case Month():
            first, last = 12, 12 * 9999 + 11
        case Year():
            first, last = 1000, 9999
        case _:
            first, last = 0, 1_000_000
    least = first if question.minimum is None else max(question.minimum, 0)
    return least, max(least, last) if question.maximum is None else question.maximum
