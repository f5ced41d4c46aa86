"""Compiled HTML: rendered once by Jinja with marks where state goes, then only filled.

A question is a list of strings with a place for each slot. Serving it costs a copy of the list and one assignment
for each thing that is not as when it was made; no template runs, no form is built. What holds answers, is shown
in a drawn order or under conditions is arranged afterwards, in the same list, from a `View`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask_babel import force_locale, gettext
from markupsafe import Markup, escape

from app.services.saying import typed_number
from app.web.controls.answer_fields import ABSENCES
from app.web.controls.composing import COMPOSERS, Composer
from app.web.controls.marks import Block, First, Marks, QuestionMarks, Slots, find_blocks, find_firsts, plain_id
from app.web.controls.rendering import environment, screen_language, unbroken, words_for
from app.web.controls.saying import say_answer
from questionnaires.model import (
    Allocation,
    Answer,
    ChoiceGrid,
    Consent,
    Date,
    Duration,
    Information,
    Likert,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    YesNo,
    split_item,
)
from questionnaires.piping import is_piped

__all__ = ["CompiledQuestion", "Marks", "Note", "View", "compile_question", "compiled_question", "say_answer"]

MACROS: Mapping[type[Question], tuple[str, str]] = {
    SingleChoice: ("choices", "single"),
    YesNo: ("choices", "single"),
    Consent: ("choices", "single"),
    Likert: ("choices", "likert"),
    MultipleChoice: ("choices", "multiple"),
    Ranking: ("choices", "ranking"),
    Score: ("choices", "score"),
    ScoreGrid: ("grids", "score_grid"),
    ChoiceGrid: ("grids", "choice_grid"),
    MultipleGrid: ("grids", "multiple_grid"),
    NumberGrid: ("grids", "number_grid"),
    Allocation: ("grids", "allocation"),
    Number: ("typed", "number"),
    Date: ("typed", "date"),
    Month: ("typed", "month"),
    Year: ("typed", "year"),
    Duration: ("typed", "duration"),
    Text: ("typed", "text"),
    Suggester: ("typed", "suggester"),
    Roster: ("typed", "roster"),
    Information: ("typed", "information"),
}
"""The template and the macro of each type of question."""

MOST_KEPT = 5_000
"""Compiled questions kept with a version: those of items may be many."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is said at a question or at a row: sentences in plain text; a warning does not block."""

    sentences: tuple[str, ...]
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How this respondent is shown dynamic questions, by the name of the question (of an item: `cout[2]`).

    `order` is the order of its choices, or of the rows of a grid, as indexes in the version; `hidden` the names of
    its choices and rows that are not offered; `live` those that the browser may show or take away while the page is
    answered; `say` renders a text that holds answers, to plain text.
    """

    order: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    live: Mapping[str, frozenset[str]] = field(default_factory=dict)
    say: Callable[[LocalText], str] | None = None


NO_NOTES: Mapping[str, Note] = {}
NOTHING_TYPED: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class CompiledQuestion:
    """A question in one language, ready to be filled with what was answered."""

    name: str
    answers: tuple[str, ...]
    keys: tuple[str, ...]
    language: str
    is_dynamic: bool
    """Whether a View changes it: its texts hold answers, its choices or rows are drawn or under conditions."""
    decimals: int
    _question: Question
    _parts: list[str]
    _places: Slots
    # answer name -> code or absence -> place of its ` checked`
    _checks: tuple[tuple[str, dict[int, int]], ...]
    _values: tuple[tuple[str, int], ...]
    _compose: Composer | None
    # key (question or answer) -> ids that describe it without an error
    _described: Mapping[str, str]
    _piped: tuple[LocalText, ...] = ()
    _regions: Mapping[str, list[Block]] = field(default_factory=dict)
    _firsts: tuple[tuple[str, First], ...] = ()

    def fill(
        self,
        given: Mapping[str, Answer],
        notes: Mapping[str, Note] = NO_NOTES,
        typed: Mapping[str, tuple[str, ...]] = NOTHING_TYPED,
        view: View | None = None,
    ) -> list[str]:
        """The HTML in pieces. `typed` stands, for the answers it names, in place of what is given.

        For a roster, `given` is the whole document: new lines take ids that it does not know.
        """
        parts = self._parts.copy()
        for name, places in self._checks:
            answer = given.get(name)
            if answer is None or (typed and name in typed):
                continue
            if answer.__class__ is tuple:
                for code in answer:
                    if code in places:
                        parts[places[code]] = " checked"
            elif answer in places:
                parts[places[answer]] = " checked"
        for name, place in self._values:
            answer = given.get(name)
            if answer.__class__ is str:
                parts[place] = str(escape(answer))
            elif answer.__class__ is int:
                parts[place] = typed_number(answer, self.decimals, self.language)
        if typed:
            self._retype(parts, typed)
        if self._compose is not None:
            say = view.say if view is not None else None
            for slot, html in self._compose(self._question, self.language, given, typed.get(self.name), say):
                for place in self._places.get(slot, ()):
                    parts[place] = html
        if notes:
            self._tell(parts, notes)
        if self.is_dynamic and view is not None:
            self._arrange(parts, view)
        return parts

    def _retype(self, parts: list[str], typed: Mapping[str, tuple[str, ...]]) -> None:
        """Show again what was posted, as it was."""
        for name in self.keys:
            for value in typed.get(name, ()):
                for place in self._places.get(("checked", name, value), ()):
                    parts[place] = " checked"
        for name, place in self._values:
            words = [value for value in typed.get(name, ()) if ("checked", name, value) not in self._places]
            parts[place] = str(escape(words[0])) if words else ("" if name in typed else parts[place])

    def _tell(self, parts: list[str], notes: Mapping[str, Note]) -> None:
        """Put the notes that are about the question in their places, at its rows and details or at itself."""
        told: dict[str, Note] = {}
        for key, note in notes.items():
            if ("error", key) in self._places:
                at = key
            elif key in self.keys or split_item(key)[0] == self.name:  # no place of its own: the line of a roster
                at = self.name
            else:
                continue
            before = told.get(at)
            told[at] = (
                note
                if before is None
                else Note((*before.sentences, *note.sentences), before.is_warning and note.is_warning)
            )
        for key, note in told.items():
            ids = f"{self._described.get(key, '')} {key}-e".strip()
            filled = {
                "state": " look" if note.is_warning else " bad",
                "described": f' aria-describedby="{ids}"',
                "invalid": "" if note.is_warning else ' aria-invalid="true"',
                "error": notice(f"{key}-e", note, self.language),
            }
            for kind, html in filled.items():
                for place in self._places.get((kind, key), ()):
                    parts[place] = html

    def _arrange(self, parts: list[str], view: View) -> None:
        """Put answers into texts, take away what is not offered, then put the rest in its order."""
        if view.say is not None:
            for number, text in enumerate(self._piped):
                words = str(escape(unbroken(view.say(text), self.language)))
                for place in self._places[("piped", str(number))]:
                    parts[place] = words
        hidden = view.hidden.get(self.name, _NOTHING_HIDDEN)
        rank = {index: place for place, index in enumerate(view.order.get(self.name, ()))}
        live = view.live.get(self.name, _NOTHING_HIDDEN)
        if not hidden and not rank and not live:
            return
        for region, first in self._firsts:
            _mark_first(parts, first, hidden, {} if region == CELLS else rank)
        for region, blocks in self._regions.items():
            for block in blocks:
                if block.name in live:
                    parts[block.start], parts[block.stop] = hold(f'part="{block.name}"', block.name not in hidden)
                elif block.name in hidden:
                    parts[block.start : block.stop + 1] = [""] * (block.stop + 1 - block.start)
            if rank and region != CELLS:
                _reorder(parts, blocks, rank)


CELLS = "cells"
"""The region of the choices of a grid: they are hidden in each row, and never change places."""
_NOTHING_HIDDEN: frozenset[str] = frozenset()


def hold(mark: str, is_shown: bool) -> tuple[str, str]:
    """What goes before and after something that the browser may show: inside a template while it is not shown.

    Without a script a template is nothing: the page is the one that the server would make without it.
    """
    start = f"<template data-{mark}>"
    return (f"{start}</template>", "<template></template>") if is_shown else (start, "</template><template></template>")


def _mark_first(parts: list[str], first: First, hidden: frozenset[str], rank: Mapping[int, int]) -> None:
    """Give the id of the first input to the one that is shown first."""
    shown = sorted(
        (is_apart, rank.get(index, index), place) for is_apart, name, index, place in first.inputs if name not in hidden
    )
    for _, _, place in shown:
        parts[place] = ""
    if shown:
        parts[shown[0][-1]] = plain_id(first.key)


def _reorder(parts: list[str], blocks: list[Block], rank: Mapping[int, int]) -> None:
    """Put the blocks of a region in their order; what stands between them stays."""
    if not blocks:
        return
    moved = [
        parts[block.start : block.stop + 1]
        for block in sorted(blocks, key=lambda block: rank.get(block.index, block.index))
    ]
    made: list[str] = []
    for place, block in enumerate(blocks):
        made += moved[place]
        if place + 1 < len(blocks):
            made += parts[block.stop + 1 : blocks[place + 1].start]
    parts[blocks[0].start : blocks[-1].stop + 1] = made


def compile_question(question: Question, language: str, mode: str = "web") -> CompiledQuestion:
    """Render the macro of a question once."""
    marks = QuestionMarks(question, language)
    template, macro = MACROS[type(question)]
    with force_locale(screen_language(language)):
        words = words_for(question, language, mode) | {
            "slot": marks.mark,
            "say": marks.say,
            "start": marks.start,
            "stop": marks.stop,
            "first_id": marks.first_id,
            "plain_id": plain_id,
        }
        html = str(getattr(environment().get_template(f"controls/{template}.html").make_module(words), macro)(question))
    parts, places = marks.cut(html)
    checks: dict[str, dict[int, int]] = {}
    for key, indexes in places.items():
        if key[0] == "checked":
            _, name, value = key
            code = ABSENCES[value] if value in ABSENCES else int(value)
            checks.setdefault(name, {})[code] = indexes[0]
    return CompiledQuestion(
        name=question.name,
        answers=question.answers,
        keys=question.keys,
        language=language,
        is_dynamic=marks.moves or bool(marks.piped) or (isinstance(question, Roster) and is_piped(question.item)),
        decimals=question.decimals if isinstance(question, Number | NumberGrid) else 0,
        _question=question,
        _parts=parts,
        _places=places,
        _checks=tuple(checks.items()),
        _values=tuple((key[1], indexes[0]) for key, indexes in places.items() if key[0] == "value"),
        _compose=COMPOSERS.get(type(question)),
        _described=marks.described,
        _piped=tuple(marks.piped),
        _regions=find_blocks(places),
        _firsts=tuple(find_firsts(places)),
    )


def compiled_question(questionnaire: Questionnaire, name: str, language: str, variant: str = "") -> CompiledQuestion:
    """The compiled question of a version, made at its first use; `name` may be that of an item, `cout[2]`.

    `variant` names one of its wordings; without it, the wording of the question itself.
    """
    kept = questionnaire.derive(_kept)
    found = kept.get((name, language, variant))
    if found is None:
        question = questionnaire.question(name)
        chosen = {one.name: one for one in question.variants}[variant] if variant else None
        found = compile_question(question.worded(chosen), language, questionnaire.mode)
        if len(kept) < MOST_KEPT:
            kept[name, language, variant] = found
    return found


def _kept(_questionnaire: Questionnaire) -> dict[tuple[str, str, str], CompiledQuestion]:
    return {}


_ICON = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="currentColor"/>'
    '<path d="M10 5v6.2M10 14.2v.6" stroke="var(--paper)" stroke-width="2.2" stroke-linecap="round"/></svg>'
)


def notice(identifier: str, note: Note, language: str) -> str:
    """The block above the inputs that says a problem; its first word says what it is, for those who listen."""
    with force_locale(screen_language(language)):
        kind = gettext("À vérifier :") if note.is_warning else gettext("Erreur :")
    words = Markup("<br>").join(note.sentences)
    # A span: the notice of a row stands inside its legend, where only phrasing content may.
    return (
        Markup('<span class="{}" id="{}">{}<span><span class="sr">{} </span>{}</span></span>')
        .format("err warn" if note.is_warning else "err", identifier, Markup(_ICON), kind, words)  # noqa: S704
        .__str__()
    )
