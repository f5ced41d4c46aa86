"""What changed between two questions, the older one under the names of the newer one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..expressions import Expression, to_text
from ..model import (
    Allocation,
    Choice,
    Duration,
    Grid,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    Order,
    Question,
    Ranking,
    Score,
    ScoreGrid,
    SingleChoice,
    Subtotal,
    YesNo,
    choices_of,
    part_name,
    specify_name,
)
from .alignment import APART
from .changes import Change, ChangeKind, ComparabilityClass
from .wording import reworded, said

_BROKEN = ComparabilityClass.BROKEN
_COSMETIC = ComparabilityClass.COSMETIC
_WORDING = ComparabilityClass.WORDING
_ADDED = ComparabilityClass.CHOICES_ADDED
_RECODED = ComparabilityClass.RECODED
_FEWEST_OF_A_SCALE = 2


@dataclass(slots=True)
class Parts:
    """Collects the changes of one question. `original`: the older question under its own names and codes."""

    original: Question
    before: Question
    after: Question
    first: str
    changes: list[Change] = field(default_factory=list)

    def compare(self) -> list[Change]:
        before, after = self.before, self.after
        if self.original.name != after.name:
            self._report(ChangeKind.RENAMED, _COSMETIC, self.original.name, after.name)
        self._words()
        self._options()
        self._kind()
        if choices_of(before) and choices_of(after):
            self._choices(choices_of(before), choices_of(after))
        if isinstance(before, Grid) and isinstance(after, Grid):
            self._rows(before, after)
        self._bounds()
        return self.changes

    def _report(
        self,
        kind: ChangeKind,
        class_: ComparabilityClass,
        before: object = None,
        after: object = None,
        part: str | None = None,
        variables: Iterable[str] = (),
        language: str | None = None,
    ) -> None:
        was, now = (None if one is None else shown(one) for one in (before, after))
        self.changes.append(Change(kind, self.after.name, class_, was, now, tuple(variables), part, language))

    def _text(
        self,
        kind: ChangeKind,
        before: LocalText | None,
        after: LocalText | None,
        part: str | None = None,
        variables: Iterable[str] = (),
        most: ComparabilityClass = ComparabilityClass.DROPPED,
    ) -> None:
        for language, old, new, class_ in reworded(before, after, self.first):
            lesser = min(class_, most, key=lambda one: one.rank)
            self._report(kind, lesser, old, new, part, variables, language)

    def _words(self) -> None:
        before, after = self.before, self.after
        self._text(ChangeKind.TEXT, before.text, after.text)
        self._text(ChangeKind.HELP, before.help, after.help)
        self._text(ChangeKind.INSTRUCTION, before.instruction, after.instruction)
        old, new = ({one.name: one for one in question.variants} for question in (before, after))
        for name in dict.fromkeys((*old, *new)):
            if name not in old or name not in new:
                was, now = (to_text(side[name].when) if name in side else None for side in (old, new))
                self._report(ChangeKind.VARIANTS, _WORDING, was, now, part=name)
                continue
            self._text(ChangeKind.VARIANTS, old[name].text, new[name].text, part=name)
            self._text(ChangeKind.VARIANTS, old[name].help, new[name].help, part=name)
            if old[name].when != new[name].when:
                self._report(ChangeKind.VARIANTS, _WORDING, old[name].when, new[name].when, part=name)

    def _options(self) -> None:
        """What every question has beside its words."""
        before, after = self.before, self.after
        if before.offered != after.offered:
            was, now = (", ".join(sorted(one.name.lower() for one in side.offered)) for side in (before, after))
            self._report(ChangeKind.ABSENCES, _ADDED, was, now)
        self._attribute("required", ChangeKind.REQUIRED, _WORDING)
        self._attribute("sensitive", ChangeKind.SENSITIVE, ComparabilityClass.BASE_CHANGED)
        self._attribute("prefill", ChangeKind.PREFILL, _WORDING)
        self._attribute("concept", ChangeKind.CONCEPT, _COSMETIC)
        if isinstance(before, type(after)) or isinstance(after, type(before)):
            self._attribute("order", ChangeKind.ORDER, _WORDING)

    def _attribute(
        self, name: str, kind: ChangeKind, class_: ComparabilityClass, variables: Iterable[str] = ()
    ) -> None:
        old, new = getattr(self.before, name, None), getattr(self.after, name, None)
        if old != new:
            self._report(kind, class_, old, new, part=name, variables=variables)

    def _kind(self) -> None:
        before, after = self.before, self.after
        if type(before) is type(after):
            if isinstance(before, SingleChoice | MultipleChoice) or not isinstance(before, Duration):
                return
            self._attribute("units", ChangeKind.UNIT, _BROKEN)
            return
        # A scale, a yes-or-no and a list with one answer are answered alike; the choices tell the rest.
        is_alike = isinstance(before, SingleChoice) and isinstance(after, SingleChoice)
        class_ = _COSMETIC if is_alike else _BROKEN
        self._report(ChangeKind.TYPE, class_, type(before).__name__, type(after).__name__)

    def _choices(self, before: tuple[Choice, ...], after: tuple[Choice, ...]) -> None:
        own = {one.name: original for one, original in zip(before, choices_of(self.original), strict=True)}
        old, new = {one.name: one for one in before}, {one.name: one for one in after}
        is_reversed = self._reversed(own, before, after)
        for name in (name for name in new if name in old):
            self._choice(own[name], old[name], new[name], is_reversed)
        dropped = [one for one in before if one.name not in new]
        added = [one for one in after if one.name not in old]
        used = {one.code: one for one in after}
        for one in dropped:
            reused = used.get(own[one.name].code) if one.code >= APART else None
            if reused is None:
                self._report(ChangeKind.CHOICE_DROPPED, _ADDED, self._label(one), part=one.name)
            else:
                was, now = (
                    f"{own[one.name].code}: {self._label(own[one.name])}",
                    f"{reused.code}: {self._label(reused)}",
                )
                self._report(ChangeKind.CODE_REUSED, _BROKEN, was, now, part=reused.name)
        for one in added:
            self._report(ChangeKind.CHOICE_ADDED, _ADDED, None, self._label(one), part=one.name)
        self._choice_order([one.name for one in before], [one.name for one in after], is_reversed)
        self._subtotals()

    def _reversed(self, own: dict[str, Choice], before: Sequence[Choice], after: Sequence[Choice]) -> bool:
        """Whether the codes run the other way for the same choices."""
        if len(before) < _FEWEST_OF_A_SCALE or {one.name for one in before} != {one.name for one in after}:
            return False
        were = [own[one.name].code for one in sorted(after, key=lambda one: one.code)]
        is_so = were == sorted(were, reverse=True) and were != sorted(were)
        if is_so:
            was, now = (" < ".join(one) for one in (self._by_code(own.values()), self._by_code(after)))
            self._report(ChangeKind.SCALE_REVERSED, _BROKEN, was, now)
        return is_so

    def _by_code(self, choices: Iterable[Choice]) -> list[str]:
        return [self._label(one) for one in sorted(choices, key=lambda one: one.code)]

    def _choice(self, own: Choice, before: Choice, after: Choice, is_reversed: bool) -> None:
        of_choice = self._of_choice(after)
        if own.name != after.name:
            self._report(ChangeKind.RENAMED, _COSMETIC, own.name, after.name, part=after.name, variables=of_choice)
        if own.code != after.code and not is_reversed:
            self._report(ChangeKind.CODE, _RECODED, own.code, after.code, part=after.name)
        self._text(ChangeKind.LABEL, before.label, after.label, after.name)
        self._taken(before, after)
        self._text(ChangeKind.HELP, before.help, after.help, after.name)
        if (before.specify is None) != (after.specify is None) or before.exclusive != after.exclusive:
            was, now = (f"specify={one.specify is not None}, exclusive={one.exclusive}" for one in (before, after))
            self._report(ChangeKind.CHOICE_OPTIONS, _WORDING, was, now, part=after.name)
        else:
            words = (specify_name(self.after.name, after),) if after.specify else ()
            self._text(ChangeKind.LABEL, before.specify, after.specify, after.name, words)
        if before.fixed != after.fixed and self.after.order is not Order.FIXED:  # type: ignore[attr-defined]
            self._report(ChangeKind.ORDER, _WORDING, before.fixed, after.fixed, part=after.name)
        if before.when != after.when:
            self._report(ChangeKind.CHOICE_OPTIONS, _ADDED, before.when, after.when, part=after.name)

    def _taken(self, before: Choice, after: Choice) -> None:
        """A choice that now says what another one said: the same code, another answer."""
        was, now = said(self._label(before)), said(self._label(after))
        others = (one for one in choices_of(self.before) if one.name != before.name)
        if was != now and now in {said(self._label(one)) for one in others}:
            told = [f"{one.code}: {self._label(one)}" for one in (before, after)]
            self._report(ChangeKind.CODE_REUSED, _BROKEN, told[0], told[1], after.name)

    def _of_choice(self, choice: Choice) -> tuple[str, ...]:
        """The variables that are of one choice alone; none where the choice is a value of the variables."""
        question = self.after
        if isinstance(question, MultipleChoice | Ranking):
            return (part_name(question.name, choice.name),)
        if isinstance(question, MultipleGrid):
            return tuple(part_name(question.name, f"{row.name}_{choice.name}") for row in question.rows)
        return ()

    def _choice_order(self, before: list[str], after: list[str], is_reversed: bool) -> None:
        kept = [name for name in after if name in before]
        were = [name for name in before if name in kept]
        if kept == were:
            return
        is_inverted = kept == were[::-1] and not is_reversed
        kind = ChangeKind.SCALE_REVERSED if is_inverted and len(kept) > _FEWEST_OF_A_SCALE else ChangeKind.CHOICE_ORDER
        self._report(kind, _WORDING, " < ".join(were), " < ".join(kept))

    def _subtotals(self) -> None:
        sides = [getattr(one, "subtotals", ()) for one in (self.before, self.after)]
        old, new = ({one.name: one for one in side} for side in sides)
        for name in (name for name in new if name in old):
            self._text(ChangeKind.SUBTOTALS, old[name].label, new[name].label, name, most=_COSMETIC)
            if set(old[name].choices) != set(new[name].choices):
                self._report(ChangeKind.SUBTOTALS, _RECODED, _listed(old[name]), _listed(new[name]), part=name)
        if old.keys() != new.keys():
            self._report(ChangeKind.SUBTOTALS, _COSMETIC, ", ".join(old), ", ".join(new))

    def _rows(self, before: Grid, after: Grid) -> None:
        own = {one.name: mine for one, mine in zip(before.rows, getattr(self.original, "rows", ()), strict=True)}
        old, new = {one.name: one for one in before.rows}, {one.name: one for one in after.rows}
        for name in (name for name in new if name in old):
            of_row = self._of_row(name)
            if own[name].name != name:
                self._report(ChangeKind.RENAMED, _COSMETIC, own[name].name, name, name, of_row)
            self._text(ChangeKind.LABEL, old[name].label, new[name].label, name, of_row)
            if old[name].fixed != new[name].fixed and after.order is not Order.FIXED:
                self._report(ChangeKind.ORDER, _WORDING, old[name].fixed, new[name].fixed, part=name)
        # What is judged one by one is judged in company: other rows beside it are said, and leave it as it is.
        for name in (name for name in old if name not in new):
            self._report(ChangeKind.ROW_DROPPED, _COSMETIC, self._label(old[name]), part=name)
        for name in (name for name in new if name not in old):
            self._report(ChangeKind.ROW_ADDED, _COSMETIC, None, self._label(new[name]), part=name)
        kept, were = [name for name in new if name in old], [name for name in old if name in new]
        if kept != were:
            self._report(ChangeKind.ROW_ORDER, _WORDING, ", ".join(were), ", ".join(kept))

    def _of_row(self, row: str) -> tuple[str, ...]:
        name = part_name(self.after.name, row)
        if isinstance(self.after, MultipleGrid):
            return tuple(part_name(name, choice.name) for choice in self.after.choices)
        return (name,)

    def _bounds(self) -> None:
        before, after = self.before, self.after
        if type(before) is not type(after) or isinstance(before, YesNo):
            return
        is_scale = isinstance(before, Score | ScoreGrid)
        several = isinstance(before, MultipleChoice | MultipleGrid)
        self._attribute("minimum", ChangeKind.BOUNDS, _BROKEN if is_scale else _WORDING)
        most = ChangeKind.MOST if several else ChangeKind.BOUNDS
        self._attribute("maximum", most, _BROKEN if is_scale or several else _WORDING)
        self._attribute("top", ChangeKind.MOST, _BROKEN)
        self._attribute("neutral", ChangeKind.CHOICE_OPTIONS, _COSMETIC)
        for name in ("at_least", "at_most", "above", "below", "pattern", "long"):
            self._attribute(name, ChangeKind.BOUNDS, _WORDING)
        self._attribute("decimals", ChangeKind.DECIMALS, _RECODED)
        self._attribute("nomenclature", ChangeKind.UNIT, _BROKEN)
        if isinstance(before, Allocation):
            self._attribute("total", ChangeKind.BOUNDS, _BROKEN)
            self._attribute("total_from", ChangeKind.BOUNDS, _BROKEN)
        self._unit()
        if isinstance(before, Score | ScoreGrid) and isinstance(after, Score | ScoreGrid):
            self._ends(before, after)

    def _unit(self) -> None:
        old, new = (getattr(one, "unit", None) for one in (self.before, self.after))
        for language, before, after, class_ in reworded(old, new, self.first):
            serious = _BROKEN if class_ is _WORDING else class_
            self._report(ChangeKind.UNIT, serious, before, after, language=language)
        self._text(ChangeKind.LABEL, getattr(self.before, "item", None), getattr(self.after, "item", None))

    def _ends(self, before: Score | ScoreGrid, after: Score | ScoreGrid) -> None:
        were, are = (tuple(said(one.in_(self.first)) for one in (side.low, side.high)) for side in (before, after))
        if were == are[::-1] and were != are:
            was, now = (f"{side.low.in_(self.first)} < {side.high.in_(self.first)}" for side in (before, after))
            self._report(ChangeKind.SCALE_REVERSED, _BROKEN, was, now)
            return
        self._text(ChangeKind.ENDS, before.low, after.low, "low")
        self._text(ChangeKind.ENDS, before.high, after.high, "high")

    def _label(self, part: object) -> str:
        label = part.label  # type: ignore[attr-defined]
        return str(label.in_(self.first))


def _listed(subtotal: Subtotal) -> str:
    return ", ".join(sorted(subtotal.choices))


def shown(value: object) -> str:
    """A value as a change tells it: a rule in its text form."""
    if isinstance(value, Expression):
        return to_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return " + ".join(value) if isinstance(value, tuple) else str(value)


def compare_parts(original: Question, before: Question, after: Question, first: str) -> Iterator[Change]:
    """The changes inside a question, whatever stands around it."""
    yield from Parts(original, before, after, first).compare()
