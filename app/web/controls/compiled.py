"""Compiled HTML: rendered once by Jinja with marks where state goes, then only filled.

A `Fragment` is a list of strings with a place for each slot. Serving it costs a copy of the list and one
assignment for each thing that is not as when it was made; no template runs, no form is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from flask_babel import force_locale, gettext, ngettext
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.web.controls.fields import ABSENCES, NO_OPINION, REFUSED, typed_number
from questionnaires.model import (
    Absence,
    Answer,
    Choice,
    ChoiceGrid,
    LocalText,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
)

MACROS: Mapping[type[Question], str] = {
    SingleChoice: "single",
    MultipleChoice: "multiple",
    Score: "score",
    ScoreGrid: "score_grid",
    ChoiceGrid: "choice_grid",
    Number: "number",
    Text: "text",
}
"""The macro of each type of question."""

TWO_COLUMNS_FROM, LONG_LABEL = 7, 32
WIDEST_ROW = {Score: 12, ScoreGrid: 12, ChoiceGrid: 6}
"""Boxes that fit beside the label of a row; more go under it."""

Slots = dict[tuple[str, ...], list[int]]


class Marks:
    """Collects the slots that a template names while it is rendered, then cuts its output at them."""

    def __init__(self) -> None:
        self._slots: list[tuple[str, ...]] = []
        self._defaults: list[str] = []

    def slot(self, kind: str, *key: object, default: str = "") -> Markup:
        """Mark a place; empty, or `default`, until it is filled."""
        self._slots.append((kind, *map(str, key)))
        self._defaults.append(default)
        return Markup(f"\x00{len(self._slots) - 1}\x00")  # noqa: S704 (a number between marks)

    def cut(self, html: str) -> tuple[list[str], Slots]:
        """The strings between the slots and of the slots, and the indexes of each slot."""
        pieces = html.split("\x00")
        parts: list[str] = pieces[:1]
        places: Slots = {}
        for mark, text in zip(pieces[1::2], pieces[2::2], strict=True):
            number = int(mark)
            places.setdefault(self._slots[number], []).append(len(parts))
            parts += (self._defaults[number], text)
        return parts, places


@dataclass(frozen=True, slots=True)
class Note:
    """What is said at a question or at a row: sentences in plain text; a warning does not block."""

    sentences: tuple[str, ...]
    is_warning: bool = False


NO_NOTES: Mapping[str, Note] = {}
NOTHING_TYPED: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class CompiledQuestion:
    """A question in one language, ready to be filled with what was answered."""

    name: str
    answers: tuple[str, ...]
    language: str
    decimals: int
    _parts: list[str]
    _places: Slots
    # answer name -> code or absence -> place of its ` checked`
    _checks: tuple[tuple[str, dict[int, int]], ...]
    _values: tuple[tuple[str, int], ...]
    # key (question or answer) -> ids that describe it without an error
    _described: Mapping[str, str] = field(default_factory=dict)

    def fill(
        self,
        given: Mapping[str, Answer],
        notes: Mapping[str, Note] = NO_NOTES,
        typed: Mapping[str, tuple[str, ...]] = NOTHING_TYPED,
    ) -> list[str]:
        """The HTML in pieces. `typed` stands, for the answers it names, in place of what is given."""
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
        for key, note in notes.items():
            self._tell(parts, key, note)
        return parts

    def _retype(self, parts: list[str], typed: Mapping[str, tuple[str, ...]]) -> None:
        """Show again what was posted, as it was."""
        for name in self.answers:
            for value in typed.get(name, ()):
                for place in self._places.get(("checked", name, value), ()):
                    parts[place] = " checked"
        for name, place in self._values:
            words = [value for value in typed.get(name, ()) if ("checked", name, value) not in self._places]
            parts[place] = str(escape(words[0])) if words else ("" if name in typed else parts[place])

    def _tell(self, parts: list[str], key: str, note: Note) -> None:
        """Put a note at the question or at one of its rows."""
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


def compile_question(question: Question, language: str) -> CompiledQuestion:
    """Render the macro of a question once."""
    marks, described = Marks(), dict[str, str]()

    def slot(kind: str, key: object, ids: object = "") -> Markup:
        if kind != "described":
            return marks.slot(kind, key, *([ids] if kind == "checked" else []))
        described[str(key)] = str(ids)
        return marks.slot(kind, key, default=f' aria-describedby="{ids}"' if ids else "")

    with force_locale(_screen_language(language)):
        module = environment().get_template("controls/questions.html").make_module(_words(language) | {"slot": slot})
        html = str(getattr(module, MACROS[type(question)])(question))
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
        language=language,
        decimals=question.decimals if isinstance(question, Number) else 0,
        _parts=parts,
        _places=places,
        _checks=tuple(checks.items()),
        _values=tuple((key[1], indexes[0]) for key, indexes in places.items() if key[0] == "value"),
        _described=described,
    )


def compiled_question(questionnaire: Questionnaire, name: str, language: str) -> CompiledQuestion:
    """The compiled question of a version, made at its first use."""
    kept = questionnaire.derive(_kept)
    found = kept.get((name, language))
    if found is None:
        found = kept[name, language] = compile_question(questionnaire.question(name), language)
    return found


def _kept(_questionnaire: Questionnaire) -> dict[tuple[str, str], CompiledQuestion]:
    return {}


_ICON = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="currentColor"/>'
    '<path d="M10 5v6.2M10 14.2v.6" stroke="var(--paper)" stroke-width="2.2" stroke-linecap="round"/></svg>'
)


def notice(identifier: str, note: Note, language: str) -> str:
    """The block above the inputs that says a problem; its first word says what it is, for those who listen."""
    with force_locale(_screen_language(language)):
        kind = gettext("À vérifier :") if note.is_warning else gettext("Erreur :")
    words = Markup("<br>").join(note.sentences)
    # A span: the notice of a row stands inside its legend, where only phrasing content may.
    return (
        Markup('<span class="{}" id="{}">{}<span><span class="sr">{} </span>{}</span></span>')
        .format("err warn" if note.is_warning else "err", identifier, Markup(_ICON), kind, words)  # noqa: S704
        .__str__()
    )


@cache
def environment() -> Environment:
    """The templates of controls: an environment of their own, so that preview and print need no request."""
    made = Environment(
        loader=PackageLoader("app.web.controls", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["lower_first"] = lambda text: text[:1].lower() + text[1:]
    return made


def absence_words() -> dict[str, str]:
    """The absences that a question may offer, in the language of the moment."""
    return {NO_OPINION: gettext("Je ne me prononce pas"), REFUSED: gettext("Je ne souhaite pas répondre")}


def offered(question: Question) -> tuple[str, ...]:
    """The posted values of the absences that a question offers."""
    return tuple(value for value, absence in ABSENCES.items() if absence in question.offered)


def _words(language: str) -> dict[str, object]:
    """What the macros call."""
    is_french = language == "fr"
    return {
        "say": lambda text: text.in_(language),
        "offered": offered,
        "absence_words": absence_words(),
        "absence_signs": {NO_OPINION: gettext("NSP"), REFUSED: gettext("NRP")},
        "two_columns": _fits_two_columns(language),
        "is_long": lambda choice: _is_long(choice.label, language),
        "is_broad": is_broad,
        "quantity": lambda number: f"{number:,}".replace(",", "\u202f") if is_french else f"{number:,}",
        "colon": "\u00a0: " if is_french else ": ",
    }


def _screen_language(language: str) -> str:
    """The language of our own words beside a text in `language`."""
    return "fr" if language == "fr" else "en"


def _is_long(label: LocalText, language: str) -> bool:
    return len(label.in_(language)) > LONG_LABEL


def _fits_two_columns(language: str) -> Callable[[Question], bool]:
    """Whether the choices are many and short: one long label may span both columns."""

    def fits(question: Question) -> bool:
        choices: tuple[Choice, ...] = ()
        if isinstance(question, SingleChoice | MultipleChoice):
            choices = tuple(choice for choice in question.choices if not choice.exclusive)
        long = sum(1 for choice in choices if _is_long(choice.label, language) or choice.help)
        return len(choices) >= TWO_COLUMNS_FROM and long <= 1

    return fits


def is_broad(question: Question) -> bool:
    """Whether the boxes of a row need a line of their own even on a wide screen."""
    if isinstance(question, ChoiceGrid):
        count = len(question.choices)
    elif isinstance(question, Score | ScoreGrid):
        count = question.maximum - question.minimum + 1
    else:
        return False
    return count + len(offered(question)) > WIDEST_ROW[type(question)]


def say_answer(question: Question, answer: Answer | None, language: str) -> str:
    """An answer as one reads it, in plain text; empty when there is none."""
    if answer is None or answer is Absence.SKIPPED:
        return ""
    if isinstance(answer, Absence):
        words = {absence: absence_words()[value] for value, absence in ABSENCES.items()}
        return words.get(answer, "")
    if isinstance(question, SingleChoice | MultipleChoice | ChoiceGrid):
        chosen = answer if isinstance(answer, tuple) else (answer,)
        labels = {choice.code: choice.label.in_(language) for choice in question.choices}
        separator = "\u202f; " if language == "fr" else "; "
        return separator.join(labels.get(code, str(code)) for code in chosen if isinstance(code, int))
    if isinstance(question, Number) and isinstance(answer, int):
        unit = f"\u00a0{question.unit.in_(language)}" if question.unit else ""
        return typed_number(answer, question.decimals, language) + unit
    return str(answer)
