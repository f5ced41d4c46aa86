"""The templates of the controls, and what they call: one environment of their own, which needs no request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from babel.dates import get_month_names
from flask_babel import gettext, ngettext
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.web.controls.answer_fields import ABSENCES, NO_OPINION, REFUSED
from app.web.formats import soft_hyphens
from questionnaires.model import (
    Allocation,
    Choice,
    ChoiceGrid,
    Likert,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    NumberGrid,
    Question,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
    YesNo,
    part_name,
    specify_name,
)
from questionnaires.piping import is_piped
from questionnaires.piping import language as writing

TWO_COLUMNS_FROM, LONG_LABEL = 7, 32
SHORT_ANSWER = 20
WIDEST_ROW = {Score: 12, ScoreGrid: 12, ChoiceGrid: 6, MultipleGrid: 6}
"""Boxes that fit beside the label of a row; more go under it."""
LINE_WIDTH, LETTER, MARGIN = 720, 8.8, 26
"""Of a scale on one line, in pixels: its width on a tablet, that of a letter, what surrounds a label."""


@cache
def environment() -> Environment:
    """The templates of controls."""
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


def screen_language(language: str) -> str:
    """The language of our own words beside a text in `language`."""
    return "fr" if language == "fr" else "en"


def absence_words(mode: str = "web") -> dict[str, str]:
    """The absences that a question may offer, in the language of the moment; by telephone, as interviewers say them."""
    if mode == "telephone":
        return {NO_OPINION: gettext("Ne sait pas"), REFUSED: gettext("Refus")}
    return {NO_OPINION: gettext("Je ne me prononce pas"), REFUSED: gettext("Je ne souhaite pas répondre")}


def offered(question: Question) -> tuple[str, ...]:
    """The posted values of the absences that a question offers."""
    return tuple(value for value, absence in ABSENCES.items() if absence in question.offered)


def words_for(question: Question, language: str, mode: str) -> dict[str, object]:
    """What the macros of a question call, in the language of the moment."""
    is_french = language == "fr"
    return {
        "offered": offered,
        "absence_words": absence_words(mode),
        "absence_signs": {NO_OPINION: gettext("NSP"), REFUSED: gettext("NRP")},
        "two_columns": _fits_two_columns(language),
        "fits_one_line": _fits_one_line(language),
        "is_long": lambda choice: _is_long(choice.label, language),
        "is_broad": is_broad,
        "is_group": lambda one: bool(offered(one) or one.consent),
        "is_allocation": isinstance(question, Allocation),
        "part_name": part_name,
        "specify_name": specify_name,
        "text_form": text_form,
        "months": tuple(get_month_names("wide", locale=screen_language(language)).values()),
        "units": unit_words(),
        "narrow": lambda words: words if isinstance(words, Markup) else soft_hyphens(words, language),
        "unit_after": unit_after(question, language),
        "measured": lambda grid, value: measured(grid, value, language),
        "quantity": lambda number: f"{number:,}".replace(",", "\u202f") if is_french else f"{number:,}",
        "colon": "\u00a0: " if is_french else ": ",
    }


def unit_words() -> dict[str, str]:
    """The units of durations, beside their inputs, in the language of the moment."""
    return {
        "years": gettext("ans"),
        "months": gettext("mois"),
        "weeks": gettext("semaines"),
        "days": gettext("jours"),
        "hours": gettext("heures"),
        "minutes": gettext("minutes"),
    }


def measured(question: NumberGrid, value: int, language: str) -> str:
    """A number of a grid with its unit: 100 %."""
    number = writing.number(value, question.decimals, language)
    return writing.with_unit(number, question.unit.in_(language), language) if question.unit else number


def unit_after(question: Question, language: str) -> str:
    """What stands after a number of a grid: a space and its unit."""
    if not isinstance(question, NumberGrid) or question.unit is None:
        return ""
    return writing.with_unit("", question.unit.in_(language), language)


_INVERTED = re.compile(r"\w+(?:-t)?-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|le|la|les|y|en)\b", re.IGNORECASE)
"""« dure-t-il », « pensez-vous »: a French verb and its pronoun."""


def unbroken(words: str, language: str) -> str:
    """A text whose inverted verbs stay on one line: no browser may break them at their hyphens."""
    if language != "fr" or "-" not in words:
        return words
    kept = (f'<span class="nb">{escape(one[0])}</span>' for one in _INVERTED.finditer(words))
    plain = (str(escape(piece)) for piece in _INVERTED.split(words))
    return Markup("".join(piece for pair in zip_longest(plain, kept, fillvalue="") for piece in pair))  # noqa: S704


# -- the form of a text ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text is typed: which keyboard a phone shows, what a browser may propose, an example."""

    type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"
    hint: str = ""
    width: str = ""


def text_form(question: Text) -> TextForm:
    """The form of a text by its pattern, in the language of the moment."""
    forms: Mapping[str, Callable[[], TextForm]] = {
        "email": lambda: TextForm("email", "email", "email", gettext("Par exemple : nom@exemple.fr")),
        "phone": lambda: TextForm("tel", "tel", "tel", gettext("Par exemple : 06 12 34 56 78"), " half"),
        "postcode": lambda: TextForm("text", "numeric", "postal-code", gettext("Cinq chiffres."), " short"),
        "siren": lambda: TextForm("text", "numeric", "off", gettext("Neuf chiffres."), " half"),
        "siret": lambda: TextForm("text", "numeric", "off", gettext("Quatorze chiffres."), " half"),
        "url": lambda: TextForm("url", "url", "url", gettext("Par exemple : https://www.exemple.fr")),
    }
    return forms[question.pattern]() if question.pattern is not None else TextForm()


# -- what fits where ------------------------------------------------------------------------------


def _is_long(label: LocalText, language: str) -> bool:
    return len(label.in_(language)) > LONG_LABEL or is_piped(label)


def _fits_two_columns(language: str) -> Callable[[Question], bool]:
    """Whether the choices are many and short, one long label aside, which spans both; or a short yes and no."""

    def fits(question: Question) -> bool:
        choices: tuple[Choice, ...] = ()
        if isinstance(question, YesNo):
            return all(len(choice.label.in_(language)) <= SHORT_ANSWER for choice in question.choices)
        if isinstance(question, SingleChoice | MultipleChoice) and not isinstance(question, Likert):
            choices = tuple(choice for choice in question.choices if not choice.exclusive)
        long = sum(1 for choice in choices if _is_long(choice.label, language) or choice.help)
        return len(choices) >= TWO_COLUMNS_FROM and long <= 1

    return fits


def _fits_one_line(language: str) -> Callable[[SingleChoice], bool]:
    """Whether the levels of a scale stand side by side, each word of each label whole."""

    def fits(question: SingleChoice) -> bool:
        choices = question.choices
        if any(choice.help or choice.specify or is_piped(choice.label) for choice in choices):
            return False
        labels = [choice.label.in_(language) for choice in choices]
        letters = (LINE_WIDTH / len(choices) - MARGIN) / LETTER
        longest = max((len(word) for label in labels for word in label.replace("-", "- ").split()), default=0)
        return longest <= letters and max(map(len, labels)) <= 4 * letters

    return fits


def is_broad(question: Question) -> bool:
    """Whether the boxes of a row need a line of their own even on a wide screen."""
    if isinstance(question, ChoiceGrid | MultipleGrid):
        count = len(question.choices)
    elif isinstance(question, Score | ScoreGrid):
        count = question.maximum - question.minimum + 1
    else:
        return False
    return count + len(offered(question)) > WIDEST_ROW[type(question)]
