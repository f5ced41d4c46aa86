"""Which variables a version has, and which answer each comes from: one entry for each type of question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import singledispatch

from ..expressions import Absence, Call, ChoiceName, Expression, Reference
from ..model import (
    REGIONS,
    Choice,
    ChoiceGrid,
    Computed,
    ContextVariable,
    Date,
    Duration,
    Experiment,
    Grid,
    Information,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Row,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    part_name,
    specify_name,
)
from ..routing import conjunction
from .variables import Codes, Column, Variable, VariableKind

_Words = Mapping[str, str]
_NO: _Words = {"fr": "Non", "en": "No"}
_YES: _Words = {"fr": "Oui", "en": "Yes"}
_NOT_RANKED: _Words = {"fr": "Non classé", "en": "Not ranked"}
_ITEM: _Words = {"fr": "Élément de la liste", "en": "Item of the list"}
_PLACE: Mapping[str, _Words] = {
    "name": {"fr": "Nom de la commune", "en": "Name of the commune"},
    "department": {"fr": "Département", "en": "Department"},
    "region": {"fr": "Région", "en": "Region"},
    "cog": {"fr": "Année du code officiel géographique", "en": "Year of the official geographic code"},
}
_PLACE_KINDS = {"region": VariableKind.CATEGORY, "cog": VariableKind.NUMBER}


def columns(questionnaire: Questionnaire) -> tuple[Column, ...]:
    """Every column of a version: questions in their order, computed variables, experiments, context variables."""
    found: list[Column] = []
    has_exit = False
    for section in questionnaire.sections:
        if section.repeat is not None:
            found += _item_column(questionnaire, section.repeat, found)
        for page in section.pages:
            for question in page.questions:
                universe = conjunction(section.when, page.when, question.when, _is_anything_offered(question))
                shared = Variable(
                    question.name,
                    question.name,
                    VariableKind.CATEGORY,
                    question.text,
                    absences=_absences(question, universe is not None, has_exit),
                    universe=universe,
                    concept=question.concept,
                    roster=section.repeat,
                )
                found += _columns_of(question, shared, questionnaire)
                found += _details(question, shared, questionnaire)
                if isinstance(question, Roster):
                    found += _item_column(questionnaire, question.name, found)
            has_exit = has_exit or bool(page.exits)
    for one in questionnaire.computed:
        if one.repeat is not None:
            found += _item_column(questionnaire, one.repeat, found)
        found.append(_computed(one, has_exit))
    found += [_experiment(one) for one in questionnaire.experiments]
    found += [_context(one) for one in questionnaire.context]
    return tuple(found)


def _absences(question: Question, is_conditional: bool, has_exit: bool) -> tuple[Absence, ...]:
    """The causes that its value can be missing for, within this version."""
    possible = {
        Absence.NOT_REACHED: True,
        Absence.NOT_ROUTED: is_conditional,
        Absence.SKIPPED: question.sensitive or question.required is not Required.HARD,
        Absence.NO_OPINION: question.no_opinion,
        Absence.REFUSED: question.refusal,
        Absence.SCREENED_OUT: has_exit,
        Absence.BROKE_OFF: True,
        Absence.WITHDRAWN: True,
    }
    return tuple(absence for absence, is_possible in possible.items() if is_possible)


def _with(shared: Variable, *absences: Absence) -> tuple[Absence, ...]:
    """The causes of a variable and some more, in the order of their codes."""
    return tuple(sorted({*shared.absences, *absences}, reverse=True))


def _computed(one: Computed, has_exit: bool) -> Column:
    # It takes the cause of its sources, so every cause but that of another version is possible.
    never = {Absence.NOT_IN_VERSION} | (set() if has_exit else {Absence.SCREENED_OUT})
    absences = tuple(absence for absence in Absence if absence not in never)
    variable = Variable(
        one.name,
        "",
        VariableKind.COMPUTED,
        one.label,
        absences=absences,
        concept=one.concept,
        decimals=one.decimals,
        roster=one.repeat,
    )
    return Column(variable, one.name)


def _experiment(one: Experiment) -> Column:
    codes = _choice_codes(one.arms)
    return Column(Variable(one.name, "", VariableKind.CATEGORY, one.label, codes, (Absence.NOT_ROUTED,)), one.name)


def _context(one: ContextVariable) -> Column:
    """A variable known beforehand; not routed in the responses for which nobody gave it."""
    kind = {"choice": VariableKind.CATEGORY}.get(one.type) or VariableKind(one.type)
    codes = _choice_codes(one.choices)
    absences = (Absence.NOT_ROUTED,)
    return Column(Variable(one.name, "", kind, one.label, codes, absences, decimals=one.decimals), one.name)


def _is_anything_offered(question: Question) -> Expression | None:
    """The rule by which a question of which every choice has a condition is asked: one of them holds."""
    if not isinstance(question, SingleChoice | MultipleChoice | Ranking | ChoiceGrid | MultipleGrid):
        return None
    rules = [choice.when for choice in question.choices if choice.when is not None]
    if not rules or len(rules) < len(question.choices):
        return None
    return rules[0] if len(rules) == 1 else Call("or", tuple(rules))


def _item_column(questionnaire: Questionnaire, roster: str, before: list[Column]) -> list[Column]:
    """What says which item it is, once, first of its table: the words of a line of a list, the code of a choice."""
    if any(one.variable.roster == roster for one in before):
        return []
    over = questionnaire.question(roster)
    label = over.item if isinstance(over, Roster) else _local(_ITEM, questionnaire)
    absences = (Absence.SKIPPED,)
    variable = Variable(f"{roster}_item", roster, VariableKind.TEXT, label, absences=absences, roster=roster)
    if isinstance(over, MultipleChoice):
        codes = _choice_codes(over.choices)
        variable = replace(variable, kind=VariableKind.CATEGORY, codes=codes, absences=())
    return [Column(variable, roster)]


def _local(words: _Words, questionnaire: Questionnaire) -> LocalText:
    """Our own words in the languages of the version."""
    return LocalText({one: words.get(one, words["fr"]) for one in questionnaire.languages})


def _choice_codes(choices: tuple[Choice, ...]) -> Codes:
    return tuple((choice.code, choice.label) for choice in choices)


def _details(question: Question, shared: Variable, questionnaire: Questionnaire) -> Iterator[Column]:
    """The variables beside the answer: the words of a choice, what goes with a place."""
    if isinstance(question, SingleChoice | MultipleChoice):
        operation = "=" if isinstance(question, SingleChoice) else "has"
        for choice in question.choices:
            if choice.specify is not None:
                chosen = Call(operation, (Reference(question.name), ChoiceName(choice.name)))
                yield _detail(shared, specify_name(question.name, choice), choice.specify, chosen)
    elif isinstance(question, Suggester):
        for part, words in _PLACE.items():
            name = part_name(question.name, part)
            kind = _PLACE_KINDS.get(part, VariableKind.TEXT)
            is_region = part == "region"
            codes = tuple((code, _local({"fr": said}, questionnaire)) for code, (_, said) in REGIONS.items())
            variable = replace(shared, name=name, kind=kind, label=_local(words, questionnaire), concept=None)
            yield Column(replace(variable, codes=codes if is_region else ()), name)


def _detail(shared: Variable, name: str, label: LocalText, chosen: Expression) -> Column:
    universe = conjunction(shared.universe, chosen)
    absences = _with(shared, Absence.NOT_ROUTED, Absence.SKIPPED)
    kind = VariableKind.TEXT
    return Column(
        replace(shared, name=name, kind=kind, label=label, universe=universe, absences=absences, concept=None), name
    )


@singledispatch
def _columns_of(question: Question, shared: Variable, questionnaire: Questionnaire) -> list[Column]:
    """The columns of the answers of a question from what they share; one entry for each type of question."""
    raise NotImplementedError(type(question).__name__)


@_columns_of.register
def _of_information(_question: Information, _shared: Variable, _: Questionnaire) -> list[Column]:
    return []


@_columns_of.register
def _of_single(question: SingleChoice, shared: Variable, _: Questionnaire) -> list[Column]:
    return [Column(replace(shared, codes=_choice_codes(question.choices)), question.name)]


@_columns_of.register
def _of_multiple(question: MultipleChoice, shared: Variable, questionnaire: Questionnaire) -> list[Column]:
    indicator = replace(shared, kind=VariableKind.INDICATOR, codes=_yes_or_no(questionnaire))
    return [
        Column(replace(indicator, name=name, label=choice.label), question.name, choice.code)
        for name, choice in zip(question.columns, question.choices, strict=True)
    ]


def _yes_or_no(questionnaire: Questionnaire) -> Codes:
    return ((0, _local(_NO, questionnaire)), (1, _local(_YES, questionnaire)))


@_columns_of.register
def _of_ranking(question: Ranking, shared: Variable, questionnaire: Questionnaire) -> list[Column]:
    places = tuple((place, LocalText(dict.fromkeys(questionnaire.languages, str(place)))) for place in _ranks(question))
    rank = replace(shared, kind=VariableKind.RANK, codes=((0, _local(_NOT_RANKED, questionnaire)), *places))
    return [
        Column(replace(rank, name=name, label=choice.label), question.name, choice.code)
        for name, choice in zip(question.columns, question.choices, strict=True)
    ]


def _ranks(question: Ranking) -> range:
    return range(1, question.count + 1)


@_columns_of.register
def _of_score(question: Score, shared: Variable, _: Questionnaire) -> list[Column]:
    kind = VariableKind.SCORE
    return [Column(replace(shared, kind=kind, minimum=question.minimum, maximum=question.maximum), question.name)]


@_columns_of.register
def _of_score_grid(question: ScoreGrid, shared: Variable, _: Questionnaire) -> list[Column]:
    score = replace(shared, kind=VariableKind.SCORE, minimum=question.minimum, maximum=question.maximum)
    return _of_rows(question, score)


@_columns_of.register
def _of_choice_grid(question: ChoiceGrid, shared: Variable, _: Questionnaire) -> list[Column]:
    return _of_rows(question, replace(shared, codes=_choice_codes(question.choices)))


@_columns_of.register
def _of_number_grid(question: NumberGrid, shared: Variable, _: Questionnaire) -> list[Column]:
    number = replace(shared, kind=VariableKind.NUMBER, decimals=question.decimals, unit=question.unit)
    return _of_rows(question, replace(number, minimum=question.minimum, maximum=question.maximum))


@_columns_of.register
def _of_multiple_grid(question: MultipleGrid, shared: Variable, questionnaire: Questionnaire) -> list[Column]:
    indicator = replace(shared, kind=VariableKind.INDICATOR, codes=_yes_or_no(questionnaire))
    return [
        Column(
            replace(_of_row(indicator, row), name=part_name(answer, choice.name), label=choice.label),
            answer,
            choice.code,
        )
        for answer, row in zip(question.answers, question.rows, strict=True)
        for choice in question.choices
    ]


def _of_rows(question: Grid, shared: Variable) -> list[Column]:
    return [
        Column(replace(_of_row(shared, row), name=name), name)
        for name, row in zip(question.answers, question.rows, strict=True)
    ]


def _of_row(shared: Variable, row: Row) -> Variable:
    universe = conjunction(shared.universe, row.when)
    absences = shared.absences if row.when is None else _with(shared, Absence.NOT_ROUTED)
    return replace(shared, label=row.label, row=row.name, universe=universe, absences=absences)


@_columns_of.register(Number)
@_columns_of.register(Year)
@_columns_of.register(Duration)
def _of_number(question: Number | Year | Duration, shared: Variable, _: Questionnaire) -> list[Column]:
    bounds = replace(shared, minimum=question.minimum, maximum=question.maximum)
    unit = question.unit if isinstance(question, Number) else None
    decimals = question.answer_type.decimals
    return [Column(replace(bounds, kind=VariableKind.NUMBER, decimals=decimals, unit=unit), question.name)]


@_columns_of.register(Date)
@_columns_of.register(Month)
def _of_date(question: Date | Month, shared: Variable, _: Questionnaire) -> list[Column]:
    kind = VariableKind.DATE if isinstance(question, Date) else VariableKind.MONTH
    return [Column(replace(shared, kind=kind, minimum=question.minimum, maximum=question.maximum), question.name)]


@_columns_of.register(Text)
@_columns_of.register(Suggester)
def _of_text(question: Text | Suggester, shared: Variable, _: Questionnaire) -> list[Column]:
    return [Column(replace(shared, kind=VariableKind.TEXT), question.name)]


@_columns_of.register
def _of_roster(question: Roster, shared: Variable, _: Questionnaire) -> list[Column]:
    """How many items the list has."""
    bounds = replace(shared, minimum=question.minimum or 0, maximum=question.maximum)
    return [Column(replace(bounds, kind=VariableKind.NUMBER), question.name)]
