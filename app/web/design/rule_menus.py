"""Rules as menus on a page: by which operators a subject is compared, and the form that holds it all.

A form holds the tree of groups flat: `g` is the whole, `g.0` its first part, `g.0.1` the second part of that. Of each
place: `.kind` (c or g); of a group `.mode`, `.not`, `.count`; of a condition `.variable`, `.operator`, `.value`,
`.choice`, and what the page showed of it: `.was` (its variable), `.shown` (how its value was asked), `.order` (its
values as the rule holds them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict

from app.web.design.rule_subjects import Subject
from questionnaires.editing.menus import ALL, ANY, COMPARISONS, Condition, Group, MenusAreIncomplete, from_menus
from questionnaires.expressions import (
    CHOICE_NAME,
    Call,
    Expression,
    ExpressionIsMalformed,
    ExpressionSyntaxError,
    Literal,
    parse,
    to_text,
)

Known = Mapping[str, Subject]
NEGATED = "not-"
DEEPEST, MOST_PARTS = 6, 60
CHOSEN, TYPED, NOTHING = "choices", "typed", ""
"""How the value of a condition is asked: among choices, as a text, not at all."""
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_DAY, _MONTH = re.compile(r"(\d\d?)[/.](\d\d?)[/.](\d{4})"), re.compile(r"(\d\d?)[/.](\d{4})")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_BOTH = ("answered", "not-answered")
_NO_OPINION = ("no_opinion", "not-no_opinion")
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "choice": ("=", "!=", "in", "not-in", *_BOTH),
    "flag": ("=", "!=", *_BOTH),
    "choices": ("has", "not-has", *(f"count{one}" for one in COMPARISONS), *_BOTH),
    "ranking": ("has", "not-has", "rank=", "rank<=", "rank>", *_BOTH),
    "number": (*COMPARISONS, *_BOTH),
    "date": (*COMPARISONS, *_BOTH),
    "month": (*COMPARISONS, *_BOTH),
    "text": (*_BOTH, "=", "!="),
    "items": (*(f"count{one}" for one in COMPARISONS), *_BOTH),
    "computed": (*COMPARISONS, *_BOTH),
}
"""Family of a variable -> its operators, as the menu holds them: a measure (count, rank), or `not-`, before one."""
_KNOWN_OPERATORS = frozenset((*COMPARISONS, "in", "has", "answered", "no_opinion", "holds"))
_WORDS = {
    "=": lazy_gettext("est"),
    "!=": lazy_gettext("n’est pas"),
    "in": lazy_gettext("est l’un de"),
    "not-in": lazy_gettext("n’est aucun de"),
    "has": lazy_gettext("contient"),
    "not-has": lazy_gettext("ne contient pas"),
    "answered": lazy_gettext("a une réponse"),
    "not-answered": lazy_gettext("n’a pas de réponse"),
    "no_opinion": lazy_gettext("« Je ne me prononce pas »"),
    "not-no_opinion": lazy_gettext("autre que « Je ne me prononce pas »"),
    "holds": lazy_gettext("est vrai"),
    "not-holds": lazy_gettext("est faux"),
}
_NUMBERS = {
    "=": lazy_gettext("égal à"),
    "!=": lazy_gettext("différent de"),
    "<": lazy_gettext("inférieur à"),
    "<=": lazy_gettext("au plus"),
    ">": lazy_gettext("supérieur à"),
    ">=": lazy_gettext("au moins"),
}
_DATES = {
    "=": lazy_gettext("est"),
    "!=": lazy_gettext("n’est pas"),
    "<": lazy_gettext("est avant"),
    "<=": lazy_gettext("est au plus tard"),
    ">": lazy_gettext("est après"),
    ">=": lazy_gettext("est à partir de"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A condition, or a group with its parts, as the page shows it at its place of the form.

    `number` counts the conditions, or the groups, in reading order, from 0. `options`: the values among which one
    chooses, what is chosen among them also where the question no longer has it.
    """

    place: str
    number: int
    is_first: bool = True
    is_last: bool = True
    group: Group | None = None
    parts: tuple[Line, ...] = ()
    condition: Condition | None = None
    subject: Subject | None = None
    operators: tuple[tuple[str, str], ...] = ()
    operator: str = ""
    shown: str = NOTHING
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    hint: str = ""
    ranked: tuple[tuple[str, str], ...] = field(default=())

    @property
    def depth(self) -> int:
        """How many groups are around it."""
        return self.place.count(".")


def empty_condition() -> Condition:
    """A condition that is still to be chosen."""
    return Condition("", "=")


def operators_of(subject: Subject | None) -> tuple[str, ...]:
    """The operators that the menu offers for a subject; those of a number for one that is not known."""
    if subject is None:
        return _OPERATORS["computed"]
    found = _OPERATORS[subject.family]
    return (*found, *_NO_OPINION) if subject.has_no_opinion else found


def operator_of(said: str) -> tuple[str, str, bool]:
    """What an entry of the menu says: measure, operator, whether it is negated."""
    is_negated = said.startswith(NEGATED)
    rest = said.removeprefix(NEGATED)
    for measure in ("count", "rank"):
        if rest.startswith(measure) and rest.removeprefix(measure) in COMPARISONS:
            return measure, rest.removeprefix(measure), is_negated
    return "", rest, is_negated


def operator_words(said: str, family: str) -> str:
    """An entry of the menu of operators in words."""
    measure, operator, is_negated = operator_of(said)
    if said in _WORDS and (said not in COMPARISONS or family in ("choice", "flag", "text")):
        return str(_WORDS[said])
    if is_negated:
        return str(_("non : %(words)s", words=operator_words(said.removeprefix(NEGATED), family)))
    if measure == "count":
        return str(_("nombre : %(words)s", words=_NUMBERS[operator]))
    if measure == "rank":
        return str(_("rang : %(words)s", words=_NUMBERS[operator]))
    return str((_DATES if family in ("date", "month") else _NUMBERS).get(operator, operator))


def _asks(subject: Subject | None, measure: str, operator: str) -> str:
    """How the value of a condition is asked."""
    if operator in ("=", "!=", "in", "has") and subject is not None and subject.choices and not measure:
        return CHOSEN
    return TYPED if operator in (*COMPARISONS, "in", "has") else NOTHING


# -- menus as lines of a page ---------------------------------------------------------------------


def lines(menus: Group, known: Known) -> Line:
    """The whole as a line, with its parts in it."""
    return _line(menus, "g", (count(), count()), known)


def _line(part: Group | Condition, place: str, numbers: tuple[Iterator[int], Iterator[int]], known: Known) -> Line:
    if isinstance(part, Condition):
        return _condition_line(part, place, next(numbers[0]), known)
    number, last = next(numbers[1]), len(part.parts) - 1
    made = [_line(one, f"{place}.{index}", numbers, known) for index, one in enumerate(part.parts)]
    placed = (replace(one, is_first=index == 0, is_last=index == last) for index, one in enumerate(made))
    return Line(place, number, group=part, parts=tuple(placed))


def _condition_line(condition: Condition, place: str, number: int, known: Known) -> Line:
    subject = known.get(condition.variable)
    family = subject.family if subject is not None else ""
    said = (NEGATED if condition.is_negated else "") + condition.measure + condition.operator
    offered = operators_of(subject)
    if said not in offered and condition.variable:
        offered = (*offered, said)
    choices = subject.choices if subject is not None else ()
    shown = _asks(subject, condition.measure, condition.operator)
    return Line(
        place,
        number,
        condition=condition,
        subject=subject,
        operators=tuple((one, operator_words(one, family)) for one in offered),
        operator=said,
        shown=shown,
        options=_with(choices, condition.values) if shown == CHOSEN else (),
        value=_as_typed(condition, family) if shown == TYPED else "",
        hint=_hint(family, condition.measure) if shown == TYPED else "",
        ranked=_with(choices, (condition.choice,)) if condition.measure == "rank" else (),
    )


def _with(choices: tuple[tuple[str, str], ...], chosen: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    names = {name for name, _label in choices}
    unknown = dict.fromkeys(one for one in chosen if one and one not in names)
    return (*choices, *((one, _("%(name)s (n’est plus proposé)", name=one)) for one in unknown))


def _as_typed(condition: Condition, family: str) -> str:
    if condition.is_choice:
        return ", ".join(f"'{one}'" for one in condition.values)
    if family in ("date", "month", "text") and not condition.measure and len(condition.values) == 1:
        value = _read_value(condition.values[0])
        if isinstance(value, Literal) and isinstance(value.value, str):
            return str(value.value)
    return ", ".join(condition.values)


def _read_value(text: str) -> Expression | None:
    try:
        return parse(text)
    except (ExpressionSyntaxError, ExpressionIsMalformed):
        return None


def _hint(family: str, measure: str) -> str:
    if measure or family not in ("date", "month"):
        return ""
    return str(_("Par exemple 31/05/2026") if family == "date" else _("Par exemple 05/2026"))


# -- a form as menus ------------------------------------------------------------------------------


def can_show(menus: Group, known: Known) -> bool:
    """Whether the page can hold these menus: what its form sends back says the very same rule."""
    try:
        return from_menus(read_form(form_of(menus, known), known)) == from_menus(menus)
    except (MenusAreIncomplete, ExpressionIsMalformed):
        return False


def form_of(menus: Group, known: Known) -> MultiDict[str, str]:
    """What the form sends for these menus, when nothing is changed in it."""
    return MultiDict(_sent(lines(menus, known)))


def _sent(line: Line) -> Iterator[tuple[str, str]]:
    place, condition = line.place, line.condition
    if condition is None:
        yield from ((f"{place}.kind", "g"), (f"{place}.count", str(len(line.parts))))
        if line.group is not None:
            yield from ((f"{place}.mode", line.group.mode), (f"{place}.not", "1" if line.group.is_negated else ""))
        for one in line.parts:
            yield from _sent(one)
        return
    yield from ((f"{place}.kind", "c"), (f"{place}.was", condition.variable), (f"{place}.shown", line.shown))
    yield from ((f"{place}.variable", condition.variable), (f"{place}.operator", line.operator))
    yield from ((f"{place}.choice", condition.choice), (f"{place}.order", " ".join(condition.values)))
    if line.shown == CHOSEN:
        # A menu shows one of them, boxes show each once and in the order of the question.
        found = [name for name, _label in line.options if name in condition.values]
        yield from ((f"{place}.value", one) for one in (found if condition.operator == "in" else found[:1]))
    elif line.shown == TYPED:
        yield f"{place}.value", "".join(line.value.splitlines())


def read_form(form: MultiDict[str, str], known: Known) -> Group:
    """The menus of a form, as complete as they are."""
    found = _read(form, "g", known)
    return found if isinstance(found, Group) else Group(ALL, (found,))


def _read(form: MultiDict[str, str], place: str, known: Known) -> Group | Condition:
    if form.get(f"{place}.kind") != "g" or place.count(".") >= DEEPEST:
        return _read_condition(form, place, known)
    said = form.get(f"{place}.count", "0")
    number = min(int(said), MOST_PARTS) if said.isdecimal() and len(said) < 4 else 0
    parts = tuple(_read(form, f"{place}.{one}", known) for one in range(number))
    mode = ANY if form.get(f"{place}.mode") == ANY else ALL
    return Group(mode, parts, form.get(f"{place}.not") == "1")


def _read_condition(form: MultiDict[str, str], place: str, known: Known) -> Condition:
    variable, said = form.get(f"{place}.variable", ""), form.get(f"{place}.operator", "")
    subject, is_same = known.get(variable), form.get(f"{place}.was") == variable
    offered = operators_of(subject)
    # The operators of another question may not be those of this one.
    if said not in offered and not (is_same and operator_of(said)[1] in _KNOWN_OPERATORS):
        said = offered[0]
    measure, operator, is_negated = operator_of(said)
    made = Condition(variable, operator, measure=measure, is_negated=is_negated)
    names = {name for name, _label in subject.choices} if subject is not None else set()
    if measure == "rank":
        choice = form.get(f"{place}.choice", "")
        made = replace(made, choice=choice if is_same or choice in names else "")
    asked, shown = _asks(subject, measure, operator), form.get(f"{place}.shown", TYPED)
    if asked == CHOSEN and subject is not None:
        values = [one for one in form.getlist(f"{place}.value") if one in names or (is_same and shown == CHOSEN)]
        held = form.get(f"{place}.order", "").split()
        values.sort(key=lambda one: held.index(one) if one in held else len(held))
        kept = tuple(one for one in values if CHOICE_NAME.fullmatch(one))
        kept = kept if operator == "in" else kept[:1]
        return replace(made, values=kept, is_choice=subject.family != "flag")
    if asked == TYPED and shown != CHOSEN:
        typed = form.get(f"{place}.value", "").strip()
        return replace(made, values=_values(typed, operator, subject, measure))
    return made


def _values(typed: str, operator: str, subject: Subject | None, measure: str) -> tuple[str, ...]:
    if not typed:
        return ()
    if operator != "in":
        return (_value(typed, subject, measure),)
    found = _read_value(f"x in {{{typed}}}")
    return tuple(map(to_text, found.args[1:])) if isinstance(found, Call) and found.op == "in" else (typed,)


def _value(typed: str, subject: Subject | None, measure: str) -> str:
    """What was typed as the text of a rule says it."""
    family = "number" if measure or subject is None else subject.family
    if family == "text":
        return to_text(Literal(typed))
    if family in ("date", "month"):
        day, month = _DAY.fullmatch(typed), _MONTH.fullmatch(typed)
        if day is not None:
            typed = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}"
        elif month is not None:
            typed = f"{month[2]}-{month[1]:0>2}"
        return typed if _VARIABLE.fullmatch(typed) else to_text(Literal(typed))
    number = "".join(typed.split())
    return number.replace(",", ".") if _NUMBER.fullmatch(number) else typed


# -- what the buttons do --------------------------------------------------------------------------


def changed(menus: Group, act: str) -> tuple[Group, str]:
    """The menus after a button, and the place where the person stands then.

    Buttons: `add:PLACE`, `group:PLACE`, `remove:PLACE`, `up:PLACE`, `down:PLACE`.
    """
    verb, _colon, place = act.partition(":")
    head, *steps = place.split(".")
    if head != "g" or not all(one.isdecimal() and len(one) < 4 for one in steps):
        return menus, ""
    return _at(menus, [int(one) for one in steps], verb, "g")


def _at(group: Group, steps: list[int], verb: str, place: str) -> tuple[Group, str]:
    parts = list(group.parts)
    if not steps:
        return _more(group, verb, place)
    index, *rest = steps
    if index >= len(parts):
        return group, place
    inner, stands = parts[index], f"{place}.{index}"
    if rest or verb in ("add", "group"):
        if not isinstance(inner, Group):
            return group, stands
        parts[index], stands = _at(inner, rest, verb, stands)
    elif verb == "remove":
        del parts[index]
        stands = f"{place}.{min(index, len(parts) - 1)}" if parts else place
    elif verb in ("up", "down"):
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(parts):
            parts[index], parts[other] = parts[other], parts[index]
            stands = f"{place}.{other}"
    return replace(group, parts=tuple(parts)), stands


def _more(group: Group, verb: str, place: str) -> tuple[Group, str]:
    """A group with one more condition, or with one more group that holds one."""
    is_deepest = verb == "group" and place.count(".") >= DEEPEST - 1
    if verb not in ("add", "group") or len(group.parts) >= MOST_PARTS or is_deepest:
        return group, place
    stands = f"{place}.{len(group.parts)}"
    if verb == "add":
        return replace(group, parts=(*group.parts, empty_condition())), stands
    inner = Group(ANY if group.mode == ALL else ALL, (empty_condition(),))
    return replace(group, parts=(*group.parts, inner)), f"{stands}.0"
