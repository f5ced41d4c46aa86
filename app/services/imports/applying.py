"""A mapping applied to a file: the value of every variable in every row, what it does not know, and the report.

The report accounts for every column of the file and every variable of the version, each once. Its counts are those
that may be shown: from 1 to 10 they are None, "moins de 11".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.disclosure import Policy
from app.services.imports.mapping import MicrodataMapping, Take
from app.services.imports.parsing import MappingIsInvalid, MappingProblem, allowed_codes, is_allowed
from app.services.imports.proposing import read_day, read_weight, split_cell
from app.services.imports.reading import Source, SourceColumn
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Questionnaire
from questionnaires.piping import outline

UNKNOWN = -100
"""What no value is and no absence: the mapping says nothing of it."""
NEARLY = Decimal("1e-6")
MOST_CLASSES = 64
MOST_REFUSALS = 200
SHORT = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value of the file that the mapping gives nothing to: in how many rows, and the first (from 1)."""

    variable: str
    column: str
    value: str
    label: str
    count: int
    first: int


@dataclass(frozen=True, slots=True)
class Applied:
    """A file as the variables of a version.

    `codes`: variable -> (rows,) its value, or the negative code of its absence; of a text the place of its words in
    `texts`. A variable that is not there is absent from every row (−3). `weights`: (rows,) positive, or None.
    """

    rows: int
    codes: Mapping[str, NDArray[np.int64]]
    texts: Mapping[str, tuple[str, ...]]
    weights: NDArray[np.float64] | None
    refusals: tuple[Refusal, ...]
    bad_weights: Refusal | None

    def payloads(self, questionnaire: Questionnaire, start: int, end: int) -> Iterator[dict[str, Any]]:
        """What each of the rows from `start` to `end` sends, as `responding.sending` writes it."""
        names = [one.name for one in codebook.variables(questionnaire)]
        nowhere = {name: int(Absence.NOT_IN_VERSION) for name in names if name not in self.codes}
        columns = [(name, self.texts.get(name), codes[start:end].tolist()) for name, codes in self.codes.items()]
        weights = None if self.weights is None else self.weights[start:end].tolist()
        for place in range(end - start):
            values: dict[str, int | str] = {}
            absences = dict(nowhere)
            for name, words, codes in columns:
                code = codes[place]
                if code < 0:
                    absences[name] = code
                else:
                    values[name] = code if words is None else words[code]
            payload: dict[str, Any] = {"values": values, "absences": absences}
            if weights is not None:
                payload["weight"] = weights[place]
            yield payload

    def weight_classes(self) -> list[float] | None:
        """The distinct base weights in order, when they are few enough to be classes."""
        if self.weights is None:
            return None
        found = np.unique(self.weights)
        return found.tolist() if len(found) <= MOST_CLASSES else None


def apply_mapping(source: Source, mapping: MicrodataMapping, questionnaire: Questionnaire) -> Applied:
    """Every row of a file by the mapping. Raises MappingIsInvalid when it names a column that the file has not."""
    columns = {one.name: one for one in source.columns}
    named = [*(one.column for one in mapping.variables.values()), *([mapping.weight] if mapping.weight else [])]
    missing = [name for name in dict.fromkeys(named) if name not in columns]
    if missing:
        raise MappingIsInvalid([MappingProblem(1, "column-unknown", {"column": name[:80]}) for name in missing])
    known = {one.name: one for one in codebook.variables(questionnaire)}
    tokens = _tokens(mapping)
    codes: dict[str, NDArray[np.int64]] = {}
    texts: dict[str, tuple[str, ...]] = {}
    refusals: list[Refusal] = []
    for name, take in mapping.variables.items():
        column = columns[take.column]
        of_value = _of_values(known[name], take, column, tokens)
        refusals += _refusals(name, column, of_value)
        if take.how == "text":
            texts[name] = column.values
        if mapping.unknown_codes == "skipped":
            of_value = np.where(of_value == UNKNOWN, int(Absence.SKIPPED), of_value)
        codes[name] = of_value[column.places]
    weights, bad = (None, None) if mapping.weight is None else _weights(columns[mapping.weight])
    return Applied(source.rows, codes, texts, weights, tuple(refusals), bad)


def _tokens(mapping: MicrodataMapping) -> dict[str, frozenset[str]]:
    """Column of several choices -> every one that some variable takes, or that the mapping sets apart."""
    found: dict[str, frozenset[str]] = {}
    for one in mapping.variables.values():
        if one.how == "contains":
            found[one.column] = found.get(one.column, frozenset()) | {*one.contains, *one.others}
    return found


def _of_values(
    variable: Variable, take: Take, column: SourceColumn, tokens: Mapping[str, frozenset[str]]
) -> NDArray[np.int64]:
    """What each distinct value of the column becomes; UNKNOWN where the mapping does not say."""
    found = np.full(len(column.values), UNKNOWN, np.int64)
    for place, value in enumerate(column.values):
        if value in take.absences:
            found[place] = take.absences[value]
        elif value in take.codes:
            found[place] = take.codes[value]
        elif take.how == "contains":
            found[place] = _chosen(take, value, tokens[take.column])
        elif take.how == "text":
            found[place] = place if value else int(Absence.SKIPPED)
        elif take.how != "codes":
            is_day = take.how in ("date", "month")
            number = read_day(value, take.how) if is_day else read_number(value, variable.decimals)
            if number is not None and is_allowed(variable, number):
                found[place] = number
    return found


def _chosen(take: Take, value: str, known: frozenset[str]) -> int:
    given = split_cell(value, take.separator)
    if not given or not known.issuperset(given):
        return UNKNOWN
    return int(not set(take.contains).isdisjoint(given))


def read_number(value: str, decimals: int) -> int | None:
    """A number times 10**decimals; None when it is none, or has more decimals. 1 234,50 with two gives 123450.

    What a computer adds to a decimal (0.30000000000000004) is forgiven.
    """
    try:
        scaled = Decimal("".join(value.split()).replace(",", ".")).scaleb(decimals)
        whole = scaled.to_integral_value()
    except InvalidOperation:
        return None
    if not scaled.is_finite() or abs(scaled - whole) > NEARLY or abs(whole) >= 10**15:
        return None
    return int(whole)


def _refusals(variable: str, column: SourceColumn, of_value: NDArray[np.int64]) -> Iterator[Refusal]:
    places = np.flatnonzero(of_value == UNKNOWN)
    if not len(places):
        return
    counts = column.counts()
    seen, firsts = np.unique(column.places, return_index=True)
    for place in places.tolist():
        value = column.values[place]
        first = int(firsts[np.searchsorted(seen, place)]) + 1
        yield Refusal(variable, column.name, value, column.labels.get(value, ""), counts[place], first)


def _weights(column: SourceColumn) -> tuple[NDArray[np.float64] | None, Refusal | None]:
    """The weights of the rows; none, with the first value that is no weight, when there is such a one."""
    found = [read_weight(value) for value in column.values]
    bad = [place for place, weight in enumerate(found) if weight is None]
    if bad:
        is_bad = np.isin(column.places, bad)
        first = int(np.argmax(is_bad))
        value = column.values[int(column.places[first])]
        return None, Refusal("", column.name, value, "", int(is_bad.sum()), first + 1)
    return np.asarray(found, np.float64)[column.places], None


def make_report(
    source: Source, mapping: MicrodataMapping, questionnaire: Questionnaire, applied: Applied
) -> dict[str, Any]:
    """What was read and what is not mapped, ready to be shown: see the head of this module."""
    takers: dict[str, list[str]] = {}
    for name, take in mapping.variables.items():
        takers.setdefault(take.column, []).append(name)
    classes = applied.weight_classes()
    return {
        "mapping": mapping.digest,
        "file": {
            "kind": source.kind,
            "encoding": source.encoding,
            "separator": source.separator,
            "rows": _shown(source.rows),
            "columns": len(source.columns),
        },
        "columns": [_column(one, takers.get(one.name, []), mapping.weight) for one in source.columns],
        "variables": [*_variables(questionnaire, mapping), *_of_items(questionnaire)],
        "unknown": [_refusal(one) for one in applied.refusals[:MOST_REFUSALS]],
        "unknown_in_all": len(applied.refusals),
        "bad_weights": None if applied.bad_weights is None else _refusal(applied.bad_weights),
        "empty_codes": list(_empty_codes(questionnaire, mapping))[:MOST_REFUSALS],
        "weights": None
        if applied.weights is None
        else {"column": mapping.weight, "is_exact": classes is not None, "classes": len(classes or ())},
    }


def _shown(count: int) -> int | None:
    """A count as it may be shown: from 1 to 10 not at all."""
    return None if 0 < count < Policy().minimum_count else count


def _refusal(one: Refusal) -> dict[str, Any]:
    return {
        "variable": one.variable,
        "column": one.column,
        "value": one.value[:SHORT],
        "label": one.label,
        "count": _shown(one.count),
        "first": one.first,
    }


def _column(one: SourceColumn, takers: list[str], weight: str | None) -> dict[str, Any]:
    use = "weight" if one.name == weight else "variable" if takers else "unused"
    labels = dict(list(one.labels.items())[:MOST_REFUSALS]) if use == "variable" else {}
    label = one.label if one.label != one.name else ""
    return {"name": one.name, "label": label, "use": use, "variables": takers, "labels": labels}


def _variables(questionnaire: Questionnaire, mapping: MicrodataMapping) -> Iterator[dict[str, Any]]:
    for one in codebook.variables(questionnaire):
        take = mapping.variables.get(one.name)
        yield {
            "name": one.name,
            "label": _say(one, questionnaire),
            "state": "missing" if take is None else "mapped",
            "column": "" if take is None else take.column,
            "confidence": "" if take is None else take.confidence,
            "reasons": [] if take is None else list(take.reasons),
        }


def _of_items(questionnaire: Questionnaire) -> Iterator[dict[str, Any]]:
    """The variables of the items of lists: one row a response has no place for them."""
    for of_roster in codebook.item_variables(questionnaire).values():
        for one in of_roster:
            label = _say(one, questionnaire)
            yield {"name": one.name, "label": label, "state": "items", "column": "", "confidence": "", "reasons": []}


def _say(variable: Variable, questionnaire: Questionnaire) -> str:
    own = outline(variable.label.in_(questionnaire.first_language), named=True)
    question = questionnaire.question(variable.question) if variable.question else None
    asked = "" if question is None else outline(question.text.in_(questionnaire.first_language), named=True)
    return own if asked in ("", own) else f"{asked} – {own}"


def _empty_codes(questionnaire: Questionnaire, mapping: MicrodataMapping) -> Iterator[dict[str, Any]]:
    """The choices of the version that nothing in the file becomes."""
    for one in codebook.variables(questionnaire):
        take = mapping.variables.get(one.name)
        if take is None or take.how != "codes" or one.kind is VariableKind.INDICATOR or allowed_codes(one) is None:
            continue
        given = set(take.codes.values())
        for code, label in one.codes:
            if code not in given:
                yield {"variable": one.name, "code": code, "label": outline(label.in_(questionnaire.first_language))}
