"""Piped texts: words that hold answers, in the grammar of the respondent's language.

    {name}                                                    the value, or … without one
    {name, or {votre commune}}                                other words without a value
    {name, plural, =0 {aucun} one {un seul} other {# en tout}}  by a number, or by how many are chosen or listed
    {sexe, select, femme {Elle} homme {Il} other {Iel}}       by a choice
    {commune_name, de}   {commune_name, à}                    « du Mans », « au Mans »; in French only

A case may hold placeholders in its turn; `{{` and `}}` are literal braces, outside of cases. What comes out is
plain text: whoever writes HTML escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..expressions import Answer, Kind, VariableType
from ..model import LocalText, Questionnaire
from ..problems import Data, Problem
from .language import MISSING
from .rendering import render_words
from .tree import Count, Form, Message, Pipe, PipeSyntaxError, parse, walk

__all__ = [
    "PipeSyntaxError",
    "check_text",
    "check_words",
    "is_piped",
    "outline",
    "outlined",
    "parse",
    "references",
    "render",
]

_COUNTED = frozenset({Kind.NUMBER, Kind.CHOICES, Kind.ITEMS, Kind.RANKING})


def is_piped(text: LocalText) -> bool:
    """Whether rendering would change it in some language."""
    return any("{" in words or "}" in words for words in text.values())


def references(text: LocalText) -> frozenset[str]:
    """The variables that it reads, in any language; those of a text that cannot be read are left to `check_text`."""
    return frozenset(pipe.variable for words in text.values() for pipe in walk(_parsed(words)))


def render(
    text: LocalText,
    language: str,
    questionnaire: Questionnaire,
    known: Mapping[str, Answer],
    item: int | None = None,
    scope: str | None = None,
) -> str:
    """The text in a language as plain words; `known` is the knowledge as read on the page (`routing.known_at`).

    On the page of an item, `{roster}` is that item's words: `scope` says which roster `item` is of; without it,
    any over which a section is repeated.
    """
    words = text.in_(language)
    if "{" not in words and "}" not in words:
        return words
    return render_words(words, language, questionnaire, known, item, scope)


def outline(words: str, *, named: bool = False) -> str:
    """The words for somebody who reads the questionnaire, not a response.

    A value is `[…]`, or `[name]` where the names of variables are wanted; cases stand side by side.
    """
    if "{" not in words and "}" not in words:
        return words
    return _outlined(_parsed(words), named) or words


def outlined(text: LocalText, *, named: bool = False) -> LocalText:
    """The same in every language of a text."""
    if not is_piped(text):
        return text
    return LocalText({language: outline(words, named=named) for language, words in text.items()})


def _outlined(message: Message, named: bool) -> str:
    return "".join(part if isinstance(part, str) else _sketch(part, named) for part in message)


def _sketch(part: Count | Pipe, named: bool) -> str:
    if isinstance(part, Count):
        return "#" if named else MISSING
    if part.cases:
        cases = " / ".join(_outlined(words, named) for _, words in part.cases)
        return f"[{part.variable}: {cases}]" if named else f"[{cases}]"
    preposition = f"{part.form} " if part.form in (Form.OF, Form.AT) else ""
    return f"[{preposition}{part.variable if named else MISSING}]"


def check_text(text: LocalText, types: Mapping[str, VariableType], scope: str | None = None) -> list[Problem]:
    """What is wrong with its placeholders, each problem once whatever the languages; no problem has a place.

    `scope` is the roster of the repeated section where the text stands. Whether a variable is known early enough
    is for the caller, who knows where the text stands.
    """
    found: list[Problem] = []
    for words in text.values():
        found += [one for one in check_words(words, types, scope) if one not in found]
    return found


def check_words(words: str, types: Mapping[str, VariableType], scope: str | None = None) -> list[Problem]:
    """`check_text` for the words of one language."""
    if "{" not in words and "}" not in words:
        return []
    try:
        message = parse(words)
    except PipeSyntaxError as error:
        where: dict[str, Data] = {"position": error.position, "expected": error.expected, "found": error.found}
        return [Problem("pipe-syntax", data=where)]
    found: list[Problem] = []
    for pipe in walk(message):
        found += [one for one in _check_pipe(pipe, types, scope) if one not in found]
    return found


def _parsed(words: str) -> Message:
    try:
        return parse(words)
    except PipeSyntaxError:
        return ()


def _check_pipe(pipe: Pipe, types: Mapping[str, VariableType], scope: str | None) -> list[Problem]:
    name = pipe.variable
    type_ = types.get(name)
    if type_ is None:
        return [Problem("pipe-variable-unknown", data={"variable": name})]
    if type_.roster not in (None, scope):
        return [Problem("pipe-item-variable", data={"variable": name, "roster": type_.roster or ""})]
    is_current = name == scope  # on the page of an item, a multiple choice that is gone through is one choice
    kind = Kind.CHOICE if is_current and type_.kind is Kind.CHOICES and pipe.form is Form.SELECT else type_.kind
    fits = {
        Form.PLAIN: True,
        Form.PLURAL: kind in _COUNTED,
        Form.SELECT: kind is Kind.CHOICE,
        Form.OF: kind is not Kind.NUMBER,
        Form.AT: kind is not Kind.NUMBER,
    }
    if not fits[pipe.form]:
        return [Problem("pipe-type", data={"variable": name, "form": pipe.form.value, "found": kind.value})]
    if pipe.form is not Form.SELECT:
        return []
    known = tuple(type_.choices)
    return [
        Problem("pipe-choice-unknown", data={"choice": choice, "variable": name, "known": known})
        for choice, _ in pipe.cases
        if choice != "other" and choice not in type_.choices
    ]
