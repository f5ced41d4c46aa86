"""Fields of several inputs: ranks, parts of a date or of a duration, a place of a list, the lines of a roster."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms.utils import unset_value

from app.services.nomenclatures import Commune, communes, find
from app.web.controls.answer_fields import ABSENCES, LONGEST_ECHO, AnswerField, clean
from questionnaires.model import (
    DURATIONS,
    Answer,
    Choice,
    Date,
    Duration,
    Month,
    Ranking,
    Roster,
    Suggester,
    item_name,
    split_item,
)
from questionnaires.problems import Problem
from questionnaires.validation import check_answer, read_date, read_duration, read_month

CHOSEN = "#"
"""Before the code of a candidate of a list: `#35238`."""
MOST_CANDIDATES = 20
YEAR_FIGURES = 4
_RANKED = re.compile(r"(-?[0-9]{1,9}):([1-9][0-9]{0,3})")


class WholeFormField(AnswerField):
    """A field that reads more inputs than the one of its name."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Keep the form at hand for `process_formdata`."""
        self._formdata = formdata
        super().process(formdata, data, extra_filters)

    def _absence(self, values: Sequence[str], words: Sequence[str]) -> str | None:
        """The absence among the values, if any; reported when words stand beside it."""
        absences = [value for value in values if value in ABSENCES]
        if absences and (words or len(set(absences)) > 1):
            others = tuple(word[:LONGEST_ECHO] for word in words[:1]) or tuple(sorted(set(absences))[1:])
            self._report("choice-exclusive", exclusive=min(absences), others=others)
        return absences[0] if absences else None


# -- ranks ----------------------------------------------------------------------------------------


class RankingField(AnswerField):
    """Choices with their ranks, each posted as `code:rank`; the answer is the codes in order."""

    question: Ranking

    def __init__(self, question: Ranking, choices: Mapping[str, Choice], **options: Any) -> None:
        super().__init__(question, **options)
        self._choices = choices

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        absences = sorted({value for value in values if value in ABSENCES})
        pairs = [_RANKED.fullmatch(value) for value in dict.fromkeys(values) if value not in ABSENCES]
        ranked = [(self._choices.get(pair[1]), int(pair[2])) for pair in pairs if pair is not None]
        known = [(choice, rank) for choice, rank in ranked if choice is not None]
        if len(known) < len(pairs):
            self._report("choice-unknown")
            return None
        if absences:
            others = (*(choice.name for choice, _ in known), *absences[1:])
            if others:
                self._report("choice-exclusive", exclusive=absences[0], others=others)
                return None
            return ABSENCES[absences[0]]
        return self._in_order(known)

    def _in_order(self, known: list[tuple[Choice, int]]) -> Answer | None:
        """The codes by rank, when each rank from the first on is given once."""
        taken = Counter(rank for _, rank in known)
        twice = min((rank for rank, count in taken.items() if count > 1), default=None)
        if len({choice.code for choice, _ in known}) < len(known):
            self._report("answer-malformed")
        elif twice is not None:
            self._report("ranking-duplicate", rank=twice)
        elif max(taken) != len(taken):
            self._report("ranking-incomplete", count=len(taken), expected=self.question.count)
        else:
            return tuple(choice.code for choice, _ in sorted(known, key=lambda pair: pair[1]))
        return None


def typed_ranks(codes: Sequence[int]) -> tuple[str, ...]:
    """What ranked codes are as they are posted."""
    return tuple(f"{code}:{rank}" for rank, code in enumerate(codes, start=1))


# -- parts ----------------------------------------------------------------------------------------


class PartsField(WholeFormField):
    """Inputs `name.part`, one for each part, and a value under the name alone: an absence, or the whole as a text.

    `typed` is the parts, blank ones too, then what was posted under the name.
    """

    parts: tuple[str, ...] = ()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the parts and the plain value."""
        parts = tuple(self._part(part) for part in self.parts)
        plain = tuple(value for value in (clean(value) for value in valuelist) if value)
        if not any(parts) and not plain:
            self.typed, self.data = (), None
            return
        self.typed = (*parts, *plain)
        whole = [value for value in plain if value not in ABSENCES]
        absence = self._absence(plain, [" ".join(part for part in parts if part), *whole] if any(parts) else whole)
        if not self.problems:
            self.data = ABSENCES[absence] if absence else self._read_typed(parts, whole)
        self._check()

    def _part(self, part: str) -> str:
        return clean(self._formdata.get(f"{self.name}.{part}", ""))

    def _read_typed(self, parts: tuple[str, ...], whole: list[str]) -> Answer | None:
        found = self._read_parts(parts) if any(parts) else self._read_whole(whole[0])
        if isinstance(found, Problem):
            self._adopt(found)
            return None
        return found

    def _read_parts(self, parts: tuple[str, ...]) -> int | Problem | None:
        """The value of parts that are not all blank."""
        raise NotImplementedError(type(self).__name__)

    def _read_whole(self, words: str) -> int | Problem | None:
        """The value of a text that stands for the whole."""
        raise NotImplementedError(type(self).__name__)


def _wrong_part(**parts: tuple[str, int | None]) -> str:
    """The first part that cannot be right by itself, with its greatest number; a year has four figures."""
    for name, (typed, greatest) in parts.items():
        # Nothing longer is made a number: thousands of figures would raise.
        is_figures = typed.isascii() and typed.isdigit() and len(typed) <= YEAR_FIGURES
        if not is_figures or not (len(typed) == YEAR_FIGURES if greatest is None else 1 <= int(typed) <= greatest):
            return name
    return ""


class DateField(PartsField):
    """A day, a month, a year in figures."""

    question: Date
    parts = ("d", "m", "y")

    def _read_parts(self, parts: tuple[str, ...]) -> int | Problem | None:
        day, month, year = parts
        wrong = _wrong_part(day=(day, 31), month=(month, 12), year=(year, None))
        return Problem("date-not-a-date", data={"part": wrong}) if wrong else self._read_whole(f"{day}/{month}/{year}")

    def _read_whole(self, words: str) -> int | Problem | None:
        found = read_date(words)
        return Problem("date-not-a-date", data={"part": ""}) if found is None else found


class MonthField(PartsField):
    """A month of a list, a year in figures."""

    question: Month
    parts = ("m", "y")

    def _read_parts(self, parts: tuple[str, ...]) -> int | Problem | None:
        month, year = parts
        wrong = _wrong_part(month=(month, 12), year=(year, None))
        return Problem("month-not-a-month", data={"part": wrong}) if wrong else self._read_whole(f"{month}/{year}")

    def _read_whole(self, words: str) -> int | Problem | None:
        found = read_month(words)
        return Problem("month-not-a-month", data={"part": ""}) if found is None else found


class DurationField(PartsField):
    """A number for each unit; as a whole, in the smallest of them."""

    question: Duration

    def __init__(self, question: Duration, **options: Any) -> None:
        super().__init__(question, **options)
        self.parts = question.units

    def _read_parts(self, parts: tuple[str, ...]) -> int | Problem | None:
        return read_duration(self.question, parts)

    def _read_whole(self, words: str) -> int | Problem | None:
        return read_duration(self.question, ("",) * (len(self.parts) - 1) + (words,))


def typed_duration(value: int, units: tuple[str, ...]) -> tuple[str, ...]:
    """A duration in the smallest unit as it is typed in all of them."""
    parts = []
    for worth in DURATIONS[units]:
        part, value = divmod(value, worth)
        parts.append(str(part))
    return tuple(parts)


# -- places ---------------------------------------------------------------------------------------


class SuggesterField(WholeFormField):
    """Words that are looked up in a list, and the candidate that was chosen among those they find (`#35238`).

    A candidate counts only while the words still lead to it, or when there are none: words typed anew are newer.
    """

    question: Suggester
    _found: Commune | None = None

    @property
    def answers(self) -> dict[str, Answer | None]:
        """The code and what goes with it, all blank or all filled."""
        found = self._found if not self.problems else None
        values: tuple[Answer | None, ...] = (None,) * len(self.question.details)
        if found is not None:
            values = (found.name, found.department, found.region, communes().year)
        return {self.name: self.data, **dict(zip(self.question.details, values, strict=True))}

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        words = list(dict.fromkeys(value for value in values if _is_words(value)))
        absence = self._absence(values, words)
        if self.problems:
            return None
        if absence is not None:
            return ABSENCES[absence]
        if len(words) > 1:
            self._report("answer-malformed")
            return None
        self._found = choose(values)
        if self._found is not None:
            return self._found.code
        candidates = find_candidates(values)
        if candidates:
            self._report("suggestion-ambiguous", candidates=tuple(one.label for one in candidates))
        else:
            self._report("suggestion-unknown", typed=(words or list(values))[0][:LONGEST_ECHO])
        return None


def choose(values: Sequence[str]) -> Commune | None:
    """The one place that posted values mean."""
    codes = {value.removeprefix(CHOSEN) for value in values if value.startswith(CHOSEN)}
    chosen = find(codes.pop()) if len(codes) == 1 else None
    if not any(_is_words(value) for value in values):
        return chosen
    candidates = find_candidates(values)
    if chosen in candidates:
        return chosen
    return candidates[0] if len(candidates) == 1 else None


def find_candidates(values: Sequence[str]) -> list[Commune]:
    """The places that the posted words may mean."""
    words = [value for value in values if _is_words(value)]
    return communes().recognise(words[0], MOST_CANDIDATES) if words else []


def _is_words(value: str) -> bool:
    return value not in ABSENCES and not value.startswith(CHOSEN)


# -- lines ----------------------------------------------------------------------------------------


class RosterField(WholeFormField):
    """The lines of a roster, posted as `name[id]`, blank ones aside, in the order of the page.

    `typed` is `id:words` for each line that holds any.
    """

    question: Roster

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the lines, whatever their ids."""
        self.lines = self._read_lines()
        plain = tuple(value for value in (clean(value) for value in valuelist) if value)
        self.typed = (*(f"{item}:{words}" for item, words in self.lines.items()), *plain)
        absence = self._absence(plain, list(self.lines.values()))
        if absence is not None:
            self.data = ABSENCES[absence]
        else:
            self.data = tuple(self.lines) or None
            if not self.lines and plain:
                self._report("answer-malformed")
        for key, words in self._words().items():
            self.problems += check_answer(self.question, key, words)
        self._check()

    @property
    def answers(self) -> dict[str, Answer | None]:
        """The ids, and the words of each line."""
        return {self.name: self.data, **self._words()}

    def _words(self) -> dict[str, str]:
        return {item_name(self.name, item): words for item, words in self.lines.items()}

    def _read_lines(self) -> dict[int, str]:
        found = {}
        for name in self._formdata:
            roster, item = split_item(name)
            if roster == self.name and item is not None:
                words = " ".join(clean(self._formdata.get(name, "")).split())
                if words:
                    found[item] = words
        return found
