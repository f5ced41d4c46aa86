"""The texts that a proof tells apart: those that rules name, and some that none names.

Every one is a real text that the real check accepts, so that a respondent made of them is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from ..expressions import Call, Expression, Kind, Literal, Reference, VariableType
from ..model import (
    Allocation,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Suggester,
    Text,
    choices_of,
    variable_types,
)
from ..model.questions import Grid
from ..validation import check_answer

_OTHERS = 2
_WORDS = ("Mots", "Autres mots", "D’autres encore", "Rien de cela")
_FORMS: Mapping[str, tuple[str, ...]] = {
    "email": ("camille.martin@example.org", "dominique.petit@example.org", "claude.durand@example.org"),
    "phone": ("0102030405", "0203040506", "0304050607"),
    "postcode": ("75001", "29000", "69001"),
    "siren": ("732829320", "404833048", "552100554"),
    "siret": ("73282932000074", "40483304800022", "55210055400013"),
    "url": ("https://www.example.org/", "https://example.org/un", "https://example.org/deux"),
}
_COMMUNES = ("75056", "69123", "13055", "31555")


def rules_of(questionnaire: Questionnaire) -> Iterator[Expression]:
    """Every rule of a version."""
    for section in questionnaire.sections:
        yield from _present(section.when)
        for page in section.pages:
            yield from _rules_of_page(page)
    yield from (one.rule for one in questionnaire.computed)
    yield from (cell.when for quota in questionnaire.quotas for cell in quota.cells)


def _rules_of_page(page: Page) -> Iterator[Expression]:
    yield from _present(page.when)
    for question in page.questions:
        yield from _present(question.when)
        yield from (one.when for one in question.variants)
        yield from _present(*(one.when for one in choices_of(question)))
        if isinstance(question, Grid):
            yield from _present(*(one.when for one in question.rows))
        if isinstance(question, Quantity):
            yield from question.limits.values()
        if isinstance(question, Allocation):
            yield from _present(question.total_from)
    yield from (one.rule for one in page.checks)
    yield from (one.when for one in page.exits)


def _present(*rules: Expression | None) -> Iterator[Expression]:
    return (one for one in rules if one is not None)


class Texts:
    """The texts of each variable, by its shared name: those that it is compared with, and `_OTHERS` others.

    Variables that are compared with each other have the same texts, as far as each may have them.
    """

    def __init__(self) -> None:
        self._constants: dict[str, dict[str, None]] = {}
        self._linked: set[str] = set()

    def read(self, questionnaire: Questionnaire, names: Mapping[str, str]) -> None:
        """Take note of what the rules of a version compare."""
        types = variable_types(questionnaire)
        for rule in rules_of(questionnaire):
            for node in _calls(rule):
                self._read(node, types, names)

    def _read(self, node: Call, types: Mapping[str, VariableType], names: Mapping[str, str]) -> None:
        read = [one.variable for one in node.args if isinstance(one, Reference)]
        texts = [names.get(one, one) for one in read if one in types and types[one].kind is Kind.TEXT]
        for name in texts:
            constants = self._constants.setdefault(name, {})
            constants.update(
                {one.value: None for one in node.args if isinstance(one, Literal) and isinstance(one.value, str)}
            )
        if len(texts) > 1:
            self._linked.update(texts)

    def is_linked(self, name: str) -> bool:
        """Whether a variable is compared with another one."""
        return name in self._linked

    def named(self, name: str) -> tuple[str, ...]:
        """The texts that rules name beside this variable, or beside those it is compared with."""
        if name not in self._linked:
            return tuple(self._constants.get(name, ()))
        return tuple(dict.fromkeys(chain.from_iterable(self._constants[one] for one in sorted(self._linked))))

    def of_context(self, name: str) -> tuple[str, ...]:
        """The texts of a variable of the context: any."""
        named = self.named(name)
        return (*named, *_fresh(_WORDS, named, _OTHERS))

    def of_answer(self, name: str, question: Question, key: str) -> tuple[str, ...]:
        """Those that the real check accepts of this answer."""
        named = self.named(name)
        valid = tuple(one for one in named if not check_answer(question, key, one))
        if name in self._linked:
            others = tuple(chain(_WORDS, *_FORMS.values(), _COMMUNES, _sized(question, named)))
            return (
                *valid,
                *(one for one in _fresh(others, named, len(others)) if not check_answer(question, key, one)),
            )
        return (*valid, *_fresh(_examples(question, key), named, _OTHERS if named else 1))


def _examples(question: Question, key: str) -> tuple[str, ...]:
    """Real texts that the check accepts, the plain ones first."""
    if isinstance(question, Suggester) and key in question.answers:
        found: tuple[str, ...] = _COMMUNES
    elif isinstance(question, Text) and question.pattern is not None:
        found = _FORMS[question.pattern]
    else:
        found = _WORDS
    sized = _sized(question, ())
    return tuple(one for one in (*found, *sized) if not check_answer(question, key, one))


def _sized(question: Question, named: tuple[str, ...]) -> tuple[str, ...]:
    """Words of the least length, where it asks for more than the plain ones have, or for less."""
    if not isinstance(question, Text):
        return ()
    least, most = max(question.minimum or 1, 1), question.maximum
    length = max(min(most, max(least, max(map(len, named), default=0))), 1)
    return tuple(letter * length for letter in "abcdefgh")


def _fresh(texts: tuple[str, ...], named: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(texts) if one not in named)[:count]


def _calls(rule: Expression) -> Iterator[Call]:
    waiting = [rule]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            yield node
            waiting.extend(node.args)
