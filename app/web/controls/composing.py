"""What fills inputs that are not one string: parts of a date, ranks, a place, the lines of a roster.

A composer gives, for what was answered or typed, the slots to fill and their HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import count, islice
from typing import Any

from flask_babel import force_locale
from markupsafe import escape

from app.services.saying import Say, place_label
from app.web.controls.answer_fields import ABSENCES
from app.web.controls.composed_fields import (
    CHOSEN,
    MOST_CANDIDATES,
    choose,
    find_candidates,
    typed_duration,
    typed_ranks,
)
from app.web.controls.rendering import environment, screen_language
from questionnaires.model import (
    Answer,
    Date,
    Duration,
    Month,
    Question,
    Ranking,
    Roster,
    Suggester,
    item_name,
    split_item,
)

Filled = Iterator[tuple[tuple[str, ...], str]]
Composer = Callable[[Any, str, Mapping[str, Answer], tuple[str, ...] | None, Say | None], Filled]
"""(question, language, given, typed or None, say) -> (slot, HTML) pairs."""

SPARE_LINES, FEWEST_SPARE = 10, 3


def _compose_parts(
    question: Date | Month | Duration,
    _language: str,
    given: Mapping[str, Answer],
    typed: tuple[str, ...] | None,
    _say: Say | None,
) -> Filled:
    """The parts of a date or of a duration; the month of a month is picked in a list."""
    answer = given.get(question.name)
    if typed is not None:
        values = [value for value in typed if value not in ABSENCES]
    elif answer.__class__ is int:
        values = list(split_answer(question, answer))
    else:
        return
    for place, value in enumerate(values):
        yield ("part", question.name, str(place)), str(escape(value))
    if isinstance(question, Month) and values:
        yield ("picked", question.name, values[0].lstrip("0")), " selected"


def split_answer(question: Question, answer: Any) -> tuple[str, ...]:
    """An answer of several inputs as it is typed."""
    match question:
        case Date() if 1 <= answer <= date.max.toordinal():
            day = date.fromordinal(answer)
            return str(day.day), str(day.month), str(day.year)
        case Date():
            return ()
        case Month():
            return str(answer % 12 + 1), str(answer // 12)
        case Duration():
            return typed_duration(answer, question.units)
    raise TypeError(f"{type(question).__name__} has one input")


def _compose_ranks(
    question: Ranking,
    _language: str,
    given: Mapping[str, Answer],
    typed: tuple[str, ...] | None,
    _say: Say | None,
) -> Filled:
    answer = given.get(question.name)
    values = typed if typed is not None else (typed_ranks(answer) if isinstance(answer, tuple) else ())
    for value in values:
        yield ("picked", question.name, value), " selected"


def _compose_place(
    question: Suggester,
    language: str,
    given: Mapping[str, Answer],
    typed: tuple[str, ...] | None,
    _say: Say | None,
) -> Filled:
    """The words, and below them the places to choose from when they mean several."""
    name, answer = question.name, given.get(question.name)
    if typed is None:
        if isinstance(answer, str):
            yield ("place", name), str(escape(place_label(question, answer, given)))
        return
    words = [value for value in typed if value not in ABSENCES and not value.startswith(CHOSEN)]
    chosen = choose(typed)
    candidates = find_candidates(typed) if chosen is None else []
    shown = words[0] if words else (chosen.label if chosen is not None else "")
    yield ("place", name), str(escape(shown))
    if candidates:
        yield (
            ("candidates", name),
            _render("candidates", language, name, candidates, len(candidates) == MOST_CANDIDATES),
        )


def _compose_lines(
    question: Roster,
    language: str,
    given: Mapping[str, Answer],
    typed: tuple[str, ...] | None,
    say: Say | None,
) -> Filled:
    """The lines that hold words, then empty ones for items that do not exist yet."""
    answer = given.get(question.name)
    items = answer if isinstance(answer, tuple) else ()
    if typed is None:
        lines = [(item, given.get(item_name(question.name, item))) for item in items]
    else:
        pairs = [value.partition(":") for value in typed if value not in ABSENCES]
        lines = [(int(item), words) for item, mark, words in pairs if mark and item.isdigit()]
    used = _used_ids(question.name, given) | {item for item, _ in lines}
    spare = min(max(question.maximum - len(lines), 0), max(FEWEST_SPARE, SPARE_LINES - len(lines)))
    lines += [(item, "") for item in islice((one for one in count(1) if one not in used), spare)]
    label = say(question.item) if say is not None else question.item.in_(language)
    shown = [(item_name(question.name, item), words if isinstance(words, str) else "") for item, words in lines]
    has_more = len(lines) < question.maximum
    yield ("lines", question.name), _render("lines", language, question.name, label, shown, has_more)


def _used_ids(roster: str, given: Mapping[str, Answer]) -> set[int]:
    """The ids that items of the roster have ever had: the words of one that was removed stay."""
    answer = given.get(roster)
    found = {item for name, item in map(split_item, given) if name == roster and item is not None}
    return found | set(answer if isinstance(answer, tuple) else ())


def _render(macro: str, language: str, *values: object) -> str:
    with force_locale(screen_language(language)):
        module = environment().get_template("controls/found.html").module
        return str(getattr(module, macro)(*values))


COMPOSERS: Mapping[type[Question], Composer] = {
    Date: _compose_parts,
    Month: _compose_parts,
    Duration: _compose_parts,
    Ranking: _compose_ranks,
    Suggester: _compose_place,
    Roster: _compose_lines,
}
"""The composer of each type that has one."""
