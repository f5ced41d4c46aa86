"""The codebook of a version in words: what its readers see of each variable, and its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from app.services import csv_files
from app.services.wording import base_in_words
from questionnaires import codebook, piping
from questionnaires.codebook import Variable, VariableKind
from questionnaires.expressions import Absence, to_text
from questionnaires.model import LocalText, Questionnaire

ABSENCES: Mapping[Absence, tuple[str, str]] = {
    Absence.NOT_REACHED: ("page non atteinte", "page not reached"),
    Absence.NOT_ROUTED: ("question non posée", "question not asked"),
    Absence.NOT_IN_VERSION: ("absente de cette version", "not in this version"),
    Absence.SKIPPED: ("laissée sans réponse", "left without an answer"),
    Absence.NO_OPINION: ("ne se prononce pas", "no opinion"),
    Absence.REFUSED: ("refuse de répondre", "refused to answer"),
    Absence.SCREENED_OUT: ("hors du champ de l’enquête", "outside the scope of the survey"),
    Absence.BROKE_OFF: ("abandon en cours de réponse", "broke off"),
    Absence.WITHDRAWN: ("réponse retirée", "withdrawn"),
}
"""Cause -> its words in French and in English."""

KINDS: Mapping[VariableKind, tuple[str, str]] = {
    VariableKind.CATEGORY: ("catégorie", "category"),
    VariableKind.INDICATOR: ("indicatrice", "indicator"),
    VariableKind.NUMBER: ("nombre", "number"),
    VariableKind.SCORE: ("note", "score"),
    VariableKind.RANK: ("rang", "rank"),
    VariableKind.DATE: ("date", "date"),
    VariableKind.MONTH: ("mois", "month"),
    VariableKind.TEXT: ("texte", "text"),
    VariableKind.COMPUTED: ("calculée", "computed"),
}
"""Kind of variable -> its words in French and in English."""

HEADINGS: Mapping[str, tuple[str, str]] = {
    "name": ("variable", "variable"),
    "type": ("type", "type"),
    "label": ("libellé", "label"),
    "codes": ("codes", "codes"),
    "absences": ("absences", "absences"),
    "universe": ("univers", "universe"),
    "rule": ("règle", "rule"),
    "question": ("question", "question"),
    "concept": ("concept", "concept"),
    "roster": ("pour chaque élément de", "for each item of"),
    "unit": ("unité", "unit"),
    "minimum": ("minimum", "minimum"),
    "maximum": ("maximum", "maximum"),
    "decimals": ("décimales", "decimals"),
}
"""Field of an entry -> its heading in French and in English."""

_COMPUTABLE = ("Répondants pour qui elle peut être calculée", "Respondents for whom it can be computed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable in one language: `type` is the word for its `kind`, `rule` the universe as a rule.

    Bounds, like values, are times 10**decimals.
    """

    name: str
    kind: str
    type: str
    label: str
    codes: tuple[tuple[int, str], ...]
    absences: tuple[tuple[int, str], ...]
    universe: str
    rule: str | None
    question: str | None
    concept: str | None
    roster: str | None
    unit: str | None
    minimum: int | None
    maximum: int | None
    decimals: int


def entries(questionnaire: Questionnaire, language: str) -> tuple[Entry, ...]:
    """Every variable: those of a response, then, list by list, those of its items."""
    of_items = codebook.item_variables(questionnaire)
    everything = [*codebook.variables(questionnaire), *(one for of in of_items.values() for one in of)]
    return tuple(_entry(one, questionnaire, language) for one in everything)


def as_json(entry: Entry) -> dict[str, object]:
    """An entry with codes and absences as lists of {code, label}."""
    document: dict[str, object] = asdict(entry)
    for name in ("codes", "absences"):
        pairs = getattr(entry, name)
        document[name] = [{"code": code, "label": label} for code, label in pairs]
    return document


def csv_text(found: Iterable[Entry], language: str) -> str:
    """One line for each variable; semicolons in French, as in the other files."""
    heads = [in_language(words, language) for words in HEADINGS.values()]
    rows = ([_cell(getattr(entry, name)) for name in HEADINGS] for entry in found)
    return csv_files.csv_text([heads, *rows], language)


@dataclass(frozen=True, slots=True)
class Line:
    """A variable over the versions of a questionnaire: what each says of it, None where it is not there.

    `name` is that of the latest version that has it.
    """

    name: str
    entries: tuple[Entry | None, ...]

    @property
    def latest(self) -> Entry:
        """What the latest version that has it says."""
        return next(one for one in reversed(self.entries) if one is not None)


def across(versions: Sequence[Questionnaire], formerly: Sequence[Mapping[str, str]], language: str) -> tuple[Line, ...]:
    """One line for each variable of any of these versions, the oldest first.

    `formerly`: for each version, the names of the one before by the new ones, where they changed. The order is that
    of the latest version; then what earlier ones had, from the latest to the oldest.
    """
    lines: dict[str, list[Entry | None]] = {}
    for place, version in enumerate(versions):
        fresh: dict[str, list[Entry | None]] = {}
        for entry in entries(version, language):
            before = lines.pop(formerly[place].get(entry.name, entry.name), [None] * place)
            fresh[entry.name] = [*before, entry]
        lines = fresh | {name: [*one, None] for name, one in lines.items()}
    return tuple(Line(name, tuple(one)) for name, one in lines.items())


def in_language(words: tuple[str, str], language: str) -> str:
    """French, or else English."""
    return words[0 if language == "fr" else 1]


def _entry(variable: Variable, questionnaire: Questionnaire, language: str) -> Entry:
    def local(text: LocalText) -> str:
        return piping.outline(text.in_(language), named=True)

    question = questionnaire.question(variable.question) if variable.question else None
    return Entry(
        name=variable.name,
        kind=variable.kind.value,
        type=in_language(KINDS[variable.kind], language),
        label=local(variable.label),
        codes=tuple((code, local(label)) for code, label in variable.codes),
        absences=tuple((int(one), in_language(ABSENCES[one], language)) for one in variable.absences),
        universe=_universe(variable, questionnaire, language),
        rule=None if variable.universe is None else to_text(variable.universe),
        question=None if question is None else local(question.text),
        concept=variable.concept,
        roster=variable.roster,
        unit=None if variable.unit is None else local(variable.unit),
        minimum=variable.minimum,
        maximum=variable.maximum,
        decimals=variable.decimals,
    )


def _universe(variable: Variable, questionnaire: Questionnaire, language: str) -> str:
    if variable.kind is VariableKind.COMPUTED and variable.universe is None and variable.roster is None:
        return in_language(_COMPUTABLE, language)
    return base_in_words(variable.universe, questionnaire, language, variable.roster)


def _cell(value: object) -> str:
    """A cell."""
    if isinstance(value, tuple):
        text = " | ".join(f"{code} = {label}" for code, label in value)
    else:
        text = "" if value is None else str(value)
    return csv_files.safe_cell(text)
