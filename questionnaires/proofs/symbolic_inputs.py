"""The unknowns of a proof: what is given, the context, the arms, the order of shuffled sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import z3

from ..expressions import MAX_INTEGER, Absence, Answer, Kind, references
from ..model import (
    Allocation,
    ChoiceGrid,
    ContextVariable,
    Date,
    Duration,
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
    Year,
    choices_of,
    item_name,
    split_item,
)
from .kleene import Chain, Logic, holds
from .symbolic_texts import Texts, rules_of

MODES = ("web", "telephone", "paper")
_LAST_DAY = 3_652_059  # 9999-12-31
_FIRST_MONTH, _LAST_MONTH = 12, 12 * 9999 + 11
_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_FIRST_LIST, _LAST_LIST = 1943, 2199  # the years of the official geographic code that validation knows
_LEFT_BLANK = (Absence.SKIPPED,)


@dataclass(frozen=True, slots=True)
class Form:
    """What can be given under a key. `kind`: choice (also of texts), multiple, ranking, number or items.

    `codes`: of choices, or the texts; `low` and `high` of a number; `places`: how many are ranked, or items listed.
    """

    kind: str
    absences: tuple[Absence, ...]
    codes: tuple[int | str, ...] = ()
    low: int = 0
    high: int = 0
    places: int = 0
    decimals: int = 0

    @property
    def shape(self) -> tuple[str, int, bool]:
        """What two versions must agree on to share an answer."""
        return self.kind, self.decimals, any(isinstance(one, str) for one in self.codes)

    def with_(self, other: Form) -> Form:
        """Everything that can be given under one or the other."""
        return replace(
            self,
            absences=tuple(dict.fromkeys((*self.absences, *other.absences))),
            codes=tuple(dict.fromkeys((*self.codes, *other.codes))),
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            places=max(self.places, other.places),
        )


class Raw:
    """One unknown answer. `given`: a value is given; `states`: absence -> it is given instead.

    `chosen`: code, text or item -> (among) the value; `listed`: at least 1, 2, … items; `ranks`: code -> place ->
    it is there.
    """

    __slots__ = ("_chain", "_chains", "chosen", "form", "given", "listed", "ranks", "rules", "states", "value")

    def __init__(self, logic: Logic, name: str, form: Form) -> None:
        self.form = form
        count = len(form.absences)
        self._chain = Chain(logic, name, count + (len(form.codes) if form.kind == "choice" else 1))
        can_be_given = form.kind != "choice" or bool(form.codes)
        self.given = self._chain.bounds[count] if can_be_given else logic.false
        self.states = dict(zip(form.absences, self._chain.parts, strict=False))
        self.rules = [*self._chain.rules]
        self.chosen: dict[int | str, z3.BoolRef] = {}
        self.value: z3.ArithRef | None = None
        self.listed: list[z3.BoolRef] = []
        self.ranks: dict[int, dict[int, z3.BoolRef]] = {}
        self._chains: dict[int, Chain] = {}
        match form.kind:
            case "choice":
                self.chosen = dict(zip(form.codes, self._chain.parts[count:], strict=True))
            case "multiple":
                self.chosen = {code: z3.Bool(f"{name} has {code}", logic.context) for code in form.codes}
            case "number":
                self.value = z3.Int(f"{name} =", logic.context)
                self.rules += [self.value >= form.low, self.value <= form.high]
            case "items":
                items = self._chains[0] = Chain(logic, f"{name} items", form.places)
                self.rules += items.rules
                self.listed = items.bounds
            case "ranking":
                self._rank(logic, name)

    def _rank(self, logic: Logic, name: str) -> None:
        """Each code has a place or none (place 0), and no place has two."""
        for code in self.form.codes:
            if isinstance(code, int):
                chain = self._chains[code] = Chain(logic, f"{name} rank {code}", self.form.places + 1)
                self.rules += chain.rules
                self.ranks[code] = dict(list(enumerate(chain.parts))[1:])
                self.chosen[code] = logic.negation(chain.parts[0])
        for place in range(1, self.form.places + 1):
            here = [ranks[place] for ranks in self.ranks.values()]
            self.rules += [z3.Or(z3.Not(one), z3.Not(other)) for one, other in combinations(here, 2)]

    def equal(self, logic: Logic, answer: Answer) -> z3.BoolRef:
        """Whether exactly this is given."""
        if isinstance(answer, Absence):
            return self.states.get(answer, logic.false)
        if self.value is not None:
            return logic.all((self.given, self.value == answer)) if isinstance(answer, int) else logic.false
        if not isinstance(answer, tuple):
            return self.chosen.get(answer, logic.false)
        if self.form.kind == "items":
            ends = [*self.listed, logic.false]
            is_listed = 0 < len(answer) <= len(self.listed)
            return (
                logic.all((self.given, ends[len(answer) - 1], logic.negation(ends[len(answer)])))
                if is_listed
                else logic.false
            )
        if self.form.kind == "ranking":
            ranks = [self.ranks.get(code, {}).get(place, logic.false) for place, code in enumerate(answer, start=1)]
            others = [logic.negation(one) for code, one in self.chosen.items() if code not in answer]
            return logic.all((self.given, *ranks, *others))
        each = [one if code in answer else logic.negation(one) for code, one in self.chosen.items()]
        return logic.all((self.given, *each))

    @property
    def constants(self) -> list[z3.ExprRef]:
        """Everything that a model decides of this answer."""
        found: list[z3.ExprRef] = [step for chain in (self._chain, *self._chains.values()) for step in chain.steps]
        if self.form.kind == "multiple":
            found += self.chosen.values()
        return found if self.value is None else [*found, self.value]

    def answer(self, model: z3.ModelRef) -> Answer | None:
        """What is given in a model; None for an unknown of the context that is not known."""
        state = self._chain.taken(model)
        count = len(self.form.absences)
        if state < count:
            return self.form.absences[state]
        match self.form.kind:
            case "choice":
                return self.form.codes[state - count]
            case "number":
                found = model.eval(self.value, model_completion=True)
                return int(found.as_long())
            case "items":
                return tuple(range(1, self._chains[0].taken(model) + 2))
            case "ranking":
                places = {code: chain.taken(model) for code, chain in self._chains.items()}
                return tuple(sorted((code for code in places if places[code]), key=places.__getitem__))
        chosen = (code for code, one in self.chosen.items() if holds(model, one))
        return tuple(sorted(code for code in chosen if isinstance(code, int)))


class Inputs:
    """The unknowns, made when they are first asked for: given answers by variable, context, arms, orders.

    `questionnaires`: the versions that are going to be built over them: they share what has the same name and the
    same type. `names`: for each version, its variables that are known under another name (a declared rename:
    `{"new_name": "old_name"}` for the second version).
    """

    def __init__(self, *questionnaires: Questionnaire, names: Sequence[Mapping[str, str]] = ()) -> None:
        self.logic = Logic()
        self.rules: list[z3.BoolRef] = []
        self.raws: dict[tuple[str, object], Raw] = {}
        self._owners: dict[int, Raw] = {}
        self.orders: dict[tuple[str, int], dict[tuple[int, int], z3.BoolRef]] = {}
        self.questionnaires = questionnaires
        renamed = [*names, *({} for _ in questionnaires)]
        self._names = {
            id(one): {
                **mapping,
                **{known.name: f"@{known.provider}" for known in one.context if known.provider != "external"},
            }
            for one, mapping in zip(questionnaires, renamed, strict=False)
        }
        self._texts = Texts()
        for one in questionnaires:
            self._texts.read(one, self._names[id(one)])
        self.reads_mode = any(map(_reads_mode, questionnaires))
        self.modes = self._modes()
        self._forms: dict[tuple[str, object], Form] = {}
        for one in questionnaires:
            for name, form in self._forms_of(one):
                key = (self.shared(one, name), form.shape)
                self._forms[key] = self._forms[key].with_(form) if key in self._forms else form
        self._own: dict[tuple[int, str], Form] = {
            (id(one), name): form for one in questionnaires for name, form in self._forms_of(one)
        }

    def shared(self, questionnaire: Questionnaire, name: str) -> str:
        """The name under which the versions share a variable; an item keeps its own."""
        base, item = split_item(name) if name.endswith("]") else (name, None)
        found = self._names[id(questionnaire)].get(base, base)
        return found if item is None else item_name(found, item)

    def form(self, questionnaire: Questionnaire, name: str) -> Form:
        """What a version accepts under a key by itself."""
        base = split_item(name)[0] if name.endswith("]") else name
        return self._own[(id(questionnaire), base)]

    def raw(self, questionnaire: Questionnaire, name: str) -> Raw:
        """The unknown of a key of the given document, of a context variable or of an experiment."""
        own = self.form(questionnaire, name)
        shared = self.shared(questionnaire, name)
        key = (shared, own.shape)
        found = self.raws.get(key)
        if found is None:
            base = split_item(shared)[0] if shared.endswith("]") else shared
            label = f"{shared}#{own.kind}{own.decimals}{own.shape[2]:d}"
            found = self.raws[key] = Raw(self.logic, label, self._forms[(base, own.shape)])
            self.rules += found.rules
            self._owners.update((one.get_id(), found) for one in found.constants)
        return found

    def owner(self, constant: z3.ExprRef) -> Raw | None:
        """The unknown of which this is a part, if it is one."""
        return self._owners.get(constant.get_id())

    def made(self, questionnaire: Questionnaire, name: str) -> Raw | None:
        """The unknown of a key, None where no formula needed it."""
        if (id(questionnaire), split_item(name)[0] if name.endswith("]") else name) not in self._own:
            return None
        return self.raws.get((self.shared(questionnaire, name), self.form(questionnaire, name).shape))

    def _modes(self) -> Mapping[str, z3.BoolRef]:
        """Mode -> it is that of the respondent. All of them answer on the web unless a rule reads the mode."""
        if not self.reads_mode:
            return {"web": self.logic.true, "telephone": self.logic.false, "paper": self.logic.false}
        form = Form("choice", (), MODES)
        raw = self.raws[("@mode", form.shape)] = Raw(self.logic, "@mode", form)
        self.rules += raw.rules
        return {str(mode): here for mode, here in raw.chosen.items()}

    def texts_named(self, questionnaire: Questionnaire, name: str) -> tuple[str, ...]:
        """The texts that rules compare with a variable."""
        shared = self.shared(questionnaire, name)
        return self._texts.named(split_item(shared)[0] if shared.endswith("]") else shared)

    def before(self, shuffle: str, count: int) -> Mapping[tuple[int, int], z3.BoolRef]:
        """(one, other) -> section number `one` of a shuffle comes before number `other`."""
        found = self.orders.get((shuffle, count))
        if found is None:
            found = self.orders[(shuffle, count)] = {}
            for one, other in combinations(range(count), 2):
                found[one, other] = z3.Bool(f"{shuffle}/{count}: {one} before {other}", self.logic.context)
                found[other, one] = self.logic.negation(found[one, other])
            for one, two, three in ((a, b, c) for a in range(count) for b in range(count) for c in range(count)):
                if len({one, two, three}) == 3:
                    self.rules.append(z3.Implies(z3.And(found[one, two], found[two, three]), found[one, three]))
        return found

    def _forms_of(self, questionnaire: Questionnaire) -> Iterator[tuple[str, Form]]:
        for question in questionnaire.questions:
            for key in question.answers:
                yield key, self._form_of(questionnaire, question, key)
            for key, kind in question.details.items():
                if kind.kind is Kind.TEXT:
                    texts = self._texts.of_answer(self.shared(questionnaire, key), question, key)
                    yield key, Form("choice", _LEFT_BLANK, texts)
                elif kind.choices:
                    yield key, Form("choice", _LEFT_BLANK, tuple(kind.choices.values()))
                else:
                    yield key, Form("number", _LEFT_BLANK, low=_FIRST_LIST, high=_LAST_LIST)
        for one in questionnaire.context:
            yield one.name, self._form_of_context(questionnaire, one)
        for experiment in questionnaire.experiments:
            yield experiment.name, Form("choice", (), tuple(arm.code for arm in experiment.arms))

    def _form_of(self, questionnaire: Questionnaire, question: Question, key: str) -> Form:
        absences = given_absences(question, self.reads_mode)
        match question:
            case SingleChoice() | ChoiceGrid():
                return Form("choice", absences, _codes(question))
            case MultipleChoice() | MultipleGrid():
                return Form("multiple", absences, _codes(question))
            case Ranking():
                return Form("ranking", absences, _codes(question), places=question.count)
            case Roster():
                return Form("items", absences, places=question.maximum)
        if question.answer_type.kind is Kind.TEXT:
            texts = self._texts.of_answer(self.shared(questionnaire, key), question, key)
            return Form("choice", absences, texts)
        low, high = bounds_of(question)
        kind = question.answer_type
        return Form("number", absences, low=low, high=high, decimals=kind.decimals)

    def _form_of_context(self, questionnaire: Questionnaire, one: ContextVariable) -> Form:
        """NOT_REACHED stands for a variable that nobody has given."""
        unknown = (Absence.NOT_REACHED,)
        match one.provider:
            case "language":
                return Form("choice", (), questionnaire.languages)
            case "mode":
                return Form("choice", (), MODES)
            case "started_on":
                return Form("number", (), low=1, high=_LAST_DAY)
        kind = one.answer_type
        if kind.kind is Kind.TEXT:
            return Form("choice", unknown, self._texts.of_context(self.shared(questionnaire, one.name)))
        if kind.choices:
            return Form("choice", unknown, tuple(kind.choices.values()))
        high = {Kind.DATE: _LAST_DAY, Kind.MONTH: _LAST_MONTH}.get(kind.kind, MAX_INTEGER)
        return Form("number", unknown, low=0, high=high, decimals=kind.decimals)


def given_absences(question: Question, reads_mode: bool) -> tuple[Absence, ...]:
    """The absences that someone may give as an answer, whatever the mode where it counts."""
    found = set(question.offered)
    if not is_needed(question) or reads_mode or isinstance(question, Allocation):
        found.add(Absence.SKIPPED)
    if reads_mode:
        found |= {Absence.NO_OPINION, Absence.REFUSED}
    return tuple(sorted(found, reverse=True))


def is_needed(question: Question) -> bool:
    """Whether an answer, or an absence that is offered, is needed to go on."""
    return question.required == "hard" and not question.sensitive


def _codes(question: Question) -> tuple[int, ...]:
    return tuple(one.code for one in choices_of(question))


def bounds_of(question: Question) -> tuple[int, int]:
    """The least and the largest number that the check of one answer accepts."""
    match question:
        case Score() | ScoreGrid():
            return question.minimum, question.maximum
        case Date():
            return max(question.minimum or 1, 1), min(_given(question.maximum, _LAST_DAY), _LAST_DAY)
        case Month():
            return max(question.minimum or 12, _FIRST_MONTH), min(_given(question.maximum, _LAST_MONTH), _LAST_MONTH)
        case Year():
            return max(_given(question.minimum, _FIRST_YEAR), 0), _given(question.maximum, _LAST_YEAR)
        case Number() | NumberGrid() | Duration():
            return max(question.minimum or 0, 0), _given(question.maximum, MAX_INTEGER)
    raise TypeError(type(question).__name__)


def _given(bound: int | None, otherwise: int) -> int:
    return otherwise if bound is None else bound


def _reads_mode(questionnaire: Questionnaire) -> bool:
    names = {one.name for one in questionnaire.context if one.provider == "mode"}
    return bool(names) and any(names & references(rule) for rule in rules_of(questionnaire))
