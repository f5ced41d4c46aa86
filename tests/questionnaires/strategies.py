"""Random tiny questionnaires, valid by construction, and random answers to them, valid or not.

Every type of question is drawn, with conditions at every level, choices and rows that are not always offered,
words of choices, sensitive questions, lists with repeated sections, shuffled sections, experiments, variables of
the context, computed variables, once or for each item, and sums of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import strategies as st

from questionnaires.model import (
    Absence,
    Answer,
    ChoiceGrid,
    Computed,
    Context,
    Date,
    Duration,
    Information,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Order,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Score,
    ScoreGrid,
    Section,
    Severity,
    SingleChoice,
    Suggester,
    Text,
    Year,
    item_name,
    item_page,
)
from questionnaires.routing import Path
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choice_grid,
    choices,
    computed,
    consent,
    context_variable,
    date,
    duration,
    experiment,
    information,
    leaves,
    likert,
    month,
    multiple,
    multiple_grid,
    must_hold,
    number,
    number_grid,
    offered_if,
    page,
    questionnaire,
    quota,
    ranking,
    roster,
    rows,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
    year,
    yes_no,
)

NEW_YEAR = 738_156  # 2022-01-01, as a date is kept
JANUARY = 12 * 2022  # the same month
ITEMS = (1, 2, 3)
"""The items that random documents know."""

_SENSITIVE = "sensitive"
_QUANTITIES: dict[str, Callable[..., Question]] = {
    "number": number,
    "date": date,
    "month": month,
    "year": year,
    "duration": duration,
}
_KINDS = (
    *("single", "likert", "yes-no", "consent", "multiple", "ranking", "score", "text", "suggester", "information"),
    *("score-grid", "choice-grid", "multiple-grid", "number-grid", "allocation", *_QUANTITIES),
    # Those with most to go wrong come more often.
    *("single", "multiple", "ranking", "multiple-grid", "allocation", "allocation"),
)
_ITEM_KINDS = (*_KINDS, *("number", "score", "duration") * 4)
_NUMERIC = (Score, Number, Year, Duration)


def atoms(question: Question) -> list[str]:
    """Conditions on a question of each type."""
    name = question.name
    match question:
        case SingleChoice():
            words = [f"answered({detail})" for detail in question.details]
            return [f"{name} = 'oui'", f"not {name} = 'oui'", f"{name} in {{'non'}}", f"no_opinion({name})", *words]
        case MultipleChoice():
            return [f"{name} has 'a'", f"count({name}) >= 2", f"not answered({name})"]
        case Ranking():
            return [f"rank({name}, 'a') = 1", f"{name} has 'b'"]
        case Score() | Number() | Duration():
            return [f"{name} >= 5", f"{name} + 1 < 4", f"answered({name})"]
        case Year():
            return [f"{name} >= 2005"]
        case Date():
            return [f'{name} >= "2022-01-05"', f"not answered({name})"]
        case Month():
            return [f'{name} < "2022-06"']
        case ScoreGrid() | NumberGrid():
            return [f"{name}_x > 5", f"sum({name}_x, {name}_y) > 9"]
        case ChoiceGrid():
            return [f"{name}_x = 'oui'", f"answered({name}_y)"]
        case MultipleGrid():
            return [f"{name}_x has 'a'", f"count({name}_y) = 1"]
        case Suggester():
            return [f"{name}_region = 'bretagne'", f"answered({name}_cog)"]
        case Roster():
            return [f"count({name}) >= 2", f"count({name}) = 0"]
        case Information():
            return []
        case _:
            return [f"answered({name})", f'{name} = "mots"']


def sums(question: Question) -> list[str]:
    """Conditions on a question of a repeated section, from outside."""
    return [f"sum({question.name}) > 5"] if isinstance(question, _NUMERIC) else []


@dataclass
class _Making:
    """A version in the making: what its next part may read."""

    draw: st.DrawFn
    known: list[str] = field(default_factory=list)
    computed: list[Computed] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    pages: int = 0

    def maybe(self, one_in: int = 2) -> bool:
        is_so: bool = self.draw(st.sampled_from([*[False] * (one_in - 1), True]))
        return is_so

    def condition(self, one_in: int = 3) -> str | None:
        if not self.known or not self.maybe(one_in):
            return None
        parts = self.draw(st.lists(st.sampled_from(self.known), min_size=1, max_size=2))
        return self.draw(st.sampled_from([" and ", " or "])).join(parts)

    def options(self) -> dict[str, Any]:
        is_sensitive = self.maybe(3)
        return {
            "when": self.condition(),
            "required": Required.NO if is_sensitive else self.draw(st.sampled_from(Required)),
            "no_opinion": self.draw(st.booleans()),
            "refusal": self.draw(st.booleans()),
            _SENSITIVE: is_sensitive,
        }

    def order(self) -> Order:
        drawn: Order = self.draw(st.sampled_from(Order))
        return drawn


def _question(making: _Making, name: str, kinds: tuple[str, ...]) -> Question:
    kind = making.draw(st.sampled_from(kinds))
    more = making.options()
    if kind in _QUANTITIES:
        return _QUANTITIES[kind](name, **more)
    if kind == "information":
        return information(name, when=more["when"])
    return _OF_KIND[kind](making, name, more)


def _single(making: _Making, name: str, more: dict[str, Any]) -> Question:
    offered = offered_if(choices("oui", "non", "autre"), non=making.condition(2))
    if making.maybe():
        offered = asking_words(offered, "autre")
    return single(name, choices=offered, order=making.order(), **more)


def _multiple(making: _Making, name: str, more: dict[str, Any]) -> Question:
    offered = offered_if(choices("a", "b", "aucun", exclusive="aucun"), a=making.condition(2), b=making.condition(2))
    if making.maybe():
        offered = asking_words(offered, "b")
    return multiple(name, choices=offered, order=making.order(), **more)


def _ranking(making: _Making, name: str, more: dict[str, Any]) -> Question:
    return ranking(name, choices=offered_if(choices("a", "b", "c"), b=making.condition(2)), **more)


def _score_grid(making: _Making, name: str, more: dict[str, Any]) -> Question:
    asked = offered_if(rows("x", "y"), x=making.condition(2), y=making.condition(2))
    return score_grid(name, rows=asked, order=making.order(), **more)


def _multiple_grid(making: _Making, name: str, more: dict[str, Any]) -> Question:
    offered = offered_if(choices("a", "b", "c"), a=making.condition(2))
    return multiple_grid(name, rows=offered_if(rows("x", "y"), y=making.condition(2)), choices=offered, **more)


_OF_KIND: dict[str, Callable[[_Making, str, dict[str, Any]], Question]] = {
    "single": _single,
    "likert": lambda _, name, more: likert(name, **more),
    "yes-no": lambda _, name, more: yes_no(name, **more),
    "consent": lambda _, name, more: consent(name, **more),
    "multiple": _multiple,
    "ranking": _ranking,
    "score": lambda _, name, more: score(name, **more),
    "text": lambda _, name, more: text(name, **more),
    "suggester": lambda _, name, more: suggester(name, **more),
    "score-grid": _score_grid,
    "choice-grid": lambda _, name, more: choice_grid(name, "x", "y", **more),
    "multiple-grid": _multiple_grid,
    "number-grid": lambda _, name, more: number_grid(name, "x", "y", maximum=10, **more),
    "allocation": lambda _, name, more: allocation(name, "x", "y", total=10, **more),
}


def _page(making: _Making, asked: list[Question], most: int, kinds: tuple[str, ...] = _KINDS) -> Page:
    """A page whose questions may read those before them; all that it fixes is known after it."""
    name = f"page{making.pages}"
    making.pages += 1
    when = making.condition(4)
    questions: list[Question] = []
    for order in range(making.draw(st.integers(1, most))):
        question = _question(making, f"q{making.pages - 1}_{order}", kinds)
        questions.append(question)
        making.known += atoms(question)
    asked += questions
    rules = making.known or ["1 = 1"]
    exits = (leaves(f"sortie_{name}", making.draw(st.sampled_from(rules))),) if making.maybe(6) else ()
    severity = making.draw(st.sampled_from(Severity))
    holds = making.draw(st.sampled_from(rules))
    checks = (must_hold(f"verif_{name}", holds, severity=severity),) if making.maybe() else ()
    return page(name, *questions, when=when, exits=exits, checks=checks)


def _plain_section(making: _Making, number_of_section: int, shuffle: str | None) -> tuple[Section, list[str]]:
    """A section asked once, and the conditions that only what comes after it may read."""
    before, when = list(making.known), making.condition(5)
    asked: list[Question] = []
    pages = [_page(making, asked, 3) for _ in range(making.draw(st.integers(1, 2)))]
    making.lists += [
        one.name for one in asked if isinstance(one, MultipleChoice) and shuffle is None and not one.sensitive
    ]
    after = making.known[len(before) :]
    if making.known and making.maybe():
        name = f"calcul{number_of_section}"
        making.computed.append(computed(name, making.draw(st.sampled_from(making.known))))
        after.append(f"{name} = 1")
    making.known = before
    return section(f"section{number_of_section}", *pages, when=when, shuffle=shuffle), after


def _list_section(making: _Making, number_of_section: int) -> Section:
    """A section with a list that the respondent builds."""
    asked = roster(f"liste{number_of_section}", maximum=5, **making.options())
    making.lists.append(asked.name)
    name = f"page{making.pages}"
    making.pages += 1
    making.known += atoms(asked)
    return section(f"section{number_of_section}", page(name, asked))


def _repeated_section(making: _Making, number_of_section: int) -> Section:
    """A section repeated over a list; after it, only sums over its items can be read."""
    over = making.draw(st.sampled_from(making.lists))
    before, when = list(making.known), making.condition(5)
    asked: list[Question] = []
    pages: list[Page] = []
    after: list[str] = []
    for _ in range(making.draw(st.integers(1, 2))):
        pages.append(_page(making, asked, 2, _ITEM_KINDS))
        numeric = [one.name for one in asked if isinstance(one, _NUMERIC)]
        if numeric and not making.maybe(4):
            name = f"part{making.pages}"
            making.computed.append(computed(name, f"{numeric[0]} + 1", repeat=over))
            making.computed.append(computed(f"total{making.pages}", f"sum({name})"))
            making.known.append(f"{name} > 3")
            after += [f"sum({name}) > 7", f"total{making.pages} > 7"]
    for one in asked:
        after += sums(one)
    making.known = [*before, *after]
    return section(f"section{number_of_section}", *pages, when=when, repeat=over)


@st.composite
def versions(draw: st.DrawFn, repeats: bool = False) -> Questionnaire:
    """A few sections of a few pages, of every kind; with `repeats`, one is repeated over a list for sure."""
    making = _Making(draw)
    more: dict[str, Any] = {}
    if making.maybe():
        more["experiments"] = (experiment("formulation", "courte", "longue"),)
        making.known.append("formulation = 'courte'")
    if making.maybe():
        known = context_variable("taille", "choice", "petite", "grande")
        more["context"] = (known, context_variable("debut", "date", provider="started_on"))
        making.known += ["taille = 'grande'", 'debut >= "2022-03-01"']
    sections: list[Section] = []
    forced = ["list", "repeated"] if repeats else []
    for number_of_section in range(draw(st.integers(len(forced) or 1, 4))):
        kinds = ["plain", "plain", "shuffled", "list", "list", *(["repeated"] * 3 if making.lists else [])]
        match forced.pop(0) if forced else draw(st.sampled_from(kinds)):
            case "list":
                sections.append(_list_section(making, 10 * number_of_section))
                if making.maybe():
                    sections.append(_repeated_section(making, 10 * number_of_section + 1))
            case "repeated":
                sections.append(_repeated_section(making, 10 * number_of_section))
            case kind:
                twice = 2 if kind == "shuffled" else 1
                shuffle = f"ordre{number_of_section}" if kind == "shuffled" else None
                made = [_plain_section(making, 10 * number_of_section + order, shuffle) for order in range(twice)]
                sections += [one for one, _ in made]
                making.known += [atom for _, after in made for atom in after]
    if making.known:
        more["quotas"] = (quota("cellules", premiere=making.known[0], derniere=making.known[-1]),)
    return questionnaire(sections=tuple(sections), computed=tuple(making.computed), **more)


# -- answers --------------------------------------------------------------------------------------

contexts = st.builds(
    Context,
    seed=st.integers(0, 3),
    started_on=st.sampled_from(["2022-01-10", "2022-09-12"]),
    arms=st.sampled_from([{}, {"formulation": "courte"}, {"formulation": "longue"}]),
    external=st.sampled_from([{}, {"taille": 1}, {"taille": 2}]),
)
"""What may be known of a response when it starts."""


def valid_answers(question: Question, hidden: frozenset[str] = frozenset()) -> st.SearchStrategy[Answer]:
    """Answers that leave no problem by themselves: values of choices not `hidden`, and the absences offered."""
    values = _values(question, hidden)
    absences = set(question.offered)
    if question.required is not Required.HARD or values is None:
        absences.add(Absence.SKIPPED)
    absent = [st.sampled_from(sorted(absences))] if absences else []
    return st.one_of(*([] if values is None else [values] * 3), *absent)


def _values(question: Question, hidden: frozenset[str]) -> st.SearchStrategy[Answer] | None:
    match question:
        case SingleChoice() | ChoiceGrid():
            return st.sampled_from([one.code for one in question.choices if one.name not in hidden])
        case MultipleChoice() | MultipleGrid():
            apart = [(one.code,) for one in question.choices if one.exclusive and one.name not in hidden]
            together = [one.code for one in question.choices if not one.exclusive and one.name not in hidden]
            return st.sampled_from([*apart, *((code,) for code in together), *([tuple(together)] if together else [])])
        case Ranking():
            offered = [one.code for one in question.choices if one.name not in hidden]
            return st.permutations(offered).map(lambda order: tuple(order[: question.count]))
        case Roster():
            return st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True).map(tuple)
        case Date():
            return st.integers(NEW_YEAR, NEW_YEAR + 10)
        case Month():
            return st.integers(JANUARY, JANUARY + 11)
        case Year():
            return st.integers(2000, 2010)
        case Suggester():
            return st.sampled_from(["35238", "01001"])
        case Text():
            return st.sampled_from(["mots", "autre chose"])
        case Information():
            return None
        case Score() | ScoreGrid() | Number() | NumberGrid() | Duration():
            return st.integers(0, 10)
    raise NotImplementedError(type(question).__name__)


def beside(question: Question, answers: dict[str, Answer]) -> st.SearchStrategy[dict[str, Answer]]:
    """What is posted with the answers of a question: its consent, words, the parts of a place, lines."""
    names: dict[str, st.SearchStrategy[Answer]] = {}
    for name, kind in question.details.items():
        said: dict[str, list[Answer]] = {"text": ["mots"], "choice": [53, 84], "number": [2022, 2026]}
        value = st.sampled_from(said[kind.kind.value])
        names[name] = value if isinstance(question, Suggester) else st.one_of(value, st.just(Absence.SKIPPED))
    if question.consent is not None and any(not isinstance(one, Absence) for one in answers.values()):
        names[question.consent] = st.just(1)
    if isinstance(question, Roster):
        lines = answers.get(question.name, ())
        names |= {
            item_name(question.name, item): st.just("mots") for item in (lines if isinstance(lines, tuple) else ())
        }
    return st.fixed_dictionaries(names)


def asked_questions(version: Questionnaire) -> Iterator[Question]:
    """Every question of a version, those of repeated sections for each of ITEMS."""
    for one in version.sections:
        for each in one.pages:
            for item in (None,) if one.repeat is None else ITEMS:
                yield from version.page(each.name if item is None else item_page(each.name, item)).questions


_MOSTLY = st.sampled_from([True, True, True, True, False])


@st.composite
def documents(draw: st.DrawFn, version: Questionnaire) -> dict[str, Answer]:
    """Given answers as they can be stored: on or off the path, valid or skipped, in any order."""
    given: dict[str, Answer] = {}
    for question in draw(st.permutations(list(asked_questions(version)))):
        answers: dict[str, Answer] = {}
        for name in question.answers:
            if draw(_MOSTLY):
                answers[name] = draw(valid_answers(question)) if draw(_MOSTLY) else Absence.SKIPPED
        given |= answers
        if question.details or question.consent or isinstance(question, Roster):
            given |= {name: one for name, one in draw(beside(question, answers)).items() if draw(st.booleans())}
    for one in version.sections:
        for check in (check for each in one.pages for check in each.checks):
            for item in (None,) if one.repeat is None else ITEMS:
                if draw(st.booleans()):
                    key = f"check:{check.name}"
                    given[key if item is None else item_name(key, item)] = 1
    return given


@st.composite
def responses(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Answer]]:
    version = draw(versions())
    return version, draw(documents(version))


def passing(
    version: Questionnaire, found: Path, name: str, given: dict[str, Answer]
) -> st.SearchStrategy[dict[str, Answer]]:
    """What a respondent posts to pass a page of the path: an answer to everything on it that has none."""
    parts: list[st.SearchStrategy[dict[str, Answer]]] = []
    for shown in found.shown[name]:
        question = version.question(shown)
        hidden = found.hidden.get(shown, frozenset())
        missing = [key for key in question.answers if is_missing(question, key, found)]
        kept = {key: given[key] for key in question.answers if key in given and key not in missing}
        posted = st.fixed_dictionaries({key: valid_answers(question, hidden) for key in missing})
        parts.append(posted.flatmap(partial(_with_beside, question, kept)))
    return st.tuples(*parts).map(lambda every: {key: value for one in every for key, value in one.items()})


def _with_beside(
    question: Question, kept: dict[str, Answer], posted: dict[str, Answer]
) -> st.SearchStrategy[dict[str, Answer]]:
    return beside(question, {**kept, **posted}).map(lambda more: posted | more)


def is_missing(question: Question, key: str, found: Path) -> bool:
    """Whether an answer of a page still leaves it incomplete."""
    cause = found.causes.get(key)
    if cause is None or cause is Absence.NOT_ROUTED:
        return False
    return cause is Absence.NOT_REACHED or (
        question.required is Required.HARD and not question.sensitive and cause not in question.offered
    )
