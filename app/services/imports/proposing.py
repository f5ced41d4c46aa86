"""A first mapping of a file to a version: likely columns, codes and absences, each with how sure it is and why."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from app.estimation.free_weights import SMALLEST
from app.services.fieldwork import KEY
from app.services.imports.mapping import MicrodataMapping, Take, WavePart
from app.services.imports.reading import Source, SourceColumn
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.expressions.dates import day_number, month_number
from questionnaires.model import Absence, Questionnaire
from questionnaires.piping import outline

SIMILAR = 0.82
"""A label that resembles another at least so much, of 1, is taken for it."""
MOST_CODES = 300
_WEIGHT_NAMES = ("poids", "pond", "ponderation", "coef", "redr", "weight", "wgt", "wt")
_ARTICLES = frozenset(("un", "une", "le", "la", "les", "l", "de", "des", "du", "d", "a", "an", "the", "of"))
_YES = frozenset(("1", "oui", "yes", "coche", "cochee", "x", "vrai", "true", "selected", "checked"))
_NO = frozenset(("0", "2", "non", "no", "non coche", "non cochee", "faux", "false", "not selected", "unchecked"))
_SAYS = (
    (Absence.NO_OPINION, ("nsp", "ne sait pas", "ne se prononce pas", "sans opinion", "don t know", "dk")),
    (Absence.REFUSED, ("refus", "refuse de repondre", "refused")),
    (Absence.NOT_ROUTED, ("non concerne", "non pose", "filtre", "sans objet", "not applicable", "na")),
    (Absence.SKIPPED, ("sans reponse", "non reponse", "nr", "no answer", "manquant", "missing")),
)
_TAKEN_AS = {
    VariableKind.NUMBER: "number",
    VariableKind.SCORE: "number",
    VariableKind.COMPUTED: "number",
    VariableKind.RANK: "number",
    VariableKind.TEXT: "text",
    VariableKind.DATE: "date",
    VariableKind.MONTH: "month",
}


def propose_mapping(source: Source, questionnaire: Questionnaire, file_name: str, file_hash: str) -> MicrodataMapping:
    """The likely mapping of a file; what nothing resembles is left out, and the report says so."""
    found = codebook.variables(questionnaire)
    columns = _match(source, found, questionnaire)
    takes = {one.name: _take(one, *columns[one.name]) for one in found if one.name in columns}
    for question in dict.fromkeys(one.question for one in found if one.kind is VariableKind.INDICATOR):
        takes |= _of_several(question, [one for one in found if one.question == question], source, takes, questionnaire)
    in_order = {one.name: takes[one.name] for one in found if one.name in takes}
    today = dt.datetime.now(dt.UTC).date()
    stem = file_name.rsplit(".", 1)[0]
    wave = WavePart(_key(stem), stem[:200] or "import", today, today, "web", questionnaire.first_language)
    used = {one.column for one in in_order.values()}
    return MicrodataMapping(
        file_name=file_name,
        file_hash=file_hash,
        questionnaire=questionnaire.name,
        version=questionnaire.version,
        wave=wave,
        unknown_codes="refuse",
        weight=next((one.name for one in source.columns if one.name not in used and _is_weight(one)), None),
        variables=in_order,
    )


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A text for comparison: no accent, no case, no punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one if one.isalnum() else " " for one in bare if not unicodedata.combining(one))
    return " ".join(letters.split())


@lru_cache(maxsize=20_000)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=20_000)
def _bare(text: str) -> str:
    """A text for comparison, without its articles: « Un homme » and « homme » are one."""
    words = plain(text).split()
    return " ".join(one for one in words if one not in _ARTICLES) or " ".join(words)


def resemblance(one: str, other: str) -> float:
    """How much two labels are alike, 0 to 1: difflib's ratio, accents, case and punctuation forgiven."""
    one, other = _bare(one), _bare(other)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    shortest = min(len(one), len(other))
    if 2 * shortest < SIMILAR * (len(one) + len(other)) or not _word_set(one) & _word_set(other):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < SIMILAR:
        return 0.0
    return matcher.ratio()


def _key(name: str) -> str:
    """The address of the wave, from the name of the file."""
    key = plain(name).encode("ascii", "ignore").decode().replace(" ", "-")[:80].strip("-")
    return key if KEY.fullmatch(key) else "import"


def _match(
    source: Source, variables: Sequence[Variable], questionnaire: Questionnaire
) -> dict[str, tuple[SourceColumn, float, str]]:
    """Variable -> (column, confidence, reason): the same name first, then the labels most alike. Each column once."""
    found: dict[str, tuple[SourceColumn, float, str]] = {}
    by_name: dict[str, SourceColumn] = {}
    for column in source.columns:
        by_name.setdefault(plain(column.name), column)
    exact = {one.name: one for one in source.columns}
    for one in variables:
        same = exact.get(one.name)
        if same is not None:
            found[one.name] = (same, 1.0, "same-name")
        elif (near := by_name.get(plain(one.name))) is not None:
            found[one.name] = (near, 0.95, "same-name-but-case")
    taken = {column.name for column, _, _ in found.values()}
    free = [one for one in source.columns if one.name not in taken]
    pairs = sorted(
        (
            (-score, place, column.name, one.name)
            for one in variables
            if one.name not in found
            for place, column in enumerate(free)
            if (score := _alike(one, column, questionnaire)) >= SIMILAR
        ),
    )
    for score, place, name, variable in pairs:
        if variable not in found and name not in taken:
            taken.add(name)
            reason = "same-label" if score == -1.0 else "similar-label"
            found[variable] = (free[place], round(-score * 0.9, 2), reason)
    return found


def _alike(variable: Variable, column: SourceColumn, questionnaire: Questionnaire) -> float:
    """How much the label of a column is that of a variable, alone or after the text of its question."""
    return max(resemblance(said, column.label) for said in _said(variable, questionnaire))


def _said(variable: Variable, questionnaire: Questionnaire) -> tuple[str, ...]:
    """What may stand as the label of a variable; of a row or a choice, with its question only: labels repeat."""
    own = _words(variable.label)
    question = questionnaire.question(variable.question) if variable.question else None
    asked = "" if question is None else _words(question.text)
    return (own,) if question is None or own == asked else (f"{asked} {own}", f"{own} {asked}")


def _words(text: object) -> str:
    return outline(text.in_("fr"))  # type: ignore[attr-defined]  # a LocalText, whatever its languages


def _take(variable: Variable, column: SourceColumn, confidence: float, reason: str) -> Take:
    """What a variable takes of a column that is all its own."""
    how = _TAKEN_AS.get(variable.kind, "codes")
    codes: dict[str, int] = {}
    reasons = [reason]
    if how == "codes" or column.labels:
        codes, why, part = _codes(variable, column, how)
        reasons += why
        confidence *= part
    absences = _absences(variable, column, codes, how)
    if variable.kind is VariableKind.INDICATOR and "" not in codes and set(codes.values()) == {1}:
        # Only what is ticked is written: an empty cell is then a choice that was not.
        codes[""] = 0
        absences.pop("", None)
        reasons.append("blank-is-no")
        confidence *= 0.8
    if how == "codes" and not codes:
        confidence, reasons = 0.2, [*reasons, "no-code-known"]
    return Take(column.name, how, codes, absences, confidence=f"{confidence:.2f}", reasons=tuple(reasons))


def _codes(variable: Variable, column: SourceColumn, how: str) -> tuple[dict[str, int], list[str], float]:
    """Value of the file -> code of the version; why; and what it leaves of the confidence."""
    labels = {code: _words(label) for code, label in variable.codes}
    codes: dict[str, int] = {}
    why: dict[str, float] = {}
    for value in _values(column):
        if not value or value in column.missing or _absence_said(column.labels.get(value, "")) is not None:
            continue
        code, reason = _code_of(value, column.labels.get(value, ""), labels, variable)
        if code is not None and not (how == "number" and reason == "same-code"):
            codes[value] = code
            why[reason] = min(why.get(reason, 1.0), _SURE[reason])
    return codes, list(why), min(why.values(), default=1.0)


_SURE = {"same-code-and-label": 1.0, "same-code": 0.7, "label-of-code": 0.85, "yes-or-no": 0.9}


def _code_of(value: str, said: str, labels: Mapping[int, str], variable: Variable) -> tuple[int | None, str]:
    """The code that a value stands for. Where the file labels it, its number alone proves nothing."""
    number = _whole(value)
    if variable.kind is VariableKind.INDICATOR:
        word = plain(said or value)
        if word in _YES or word in _NO:
            return int(word in _YES), "yes-or-no"
        if said and resemblance(said, _words(variable.label)) >= SIMILAR:
            return 1, "label-of-code"
    if not said:
        if number is not None and number in labels:
            return number, "same-code"
        said = value
    elif number is not None and number in labels and resemblance(said, labels[number]) >= SIMILAR:
        return number, "same-code-and-label"
    score, code = max(((resemblance(said, label), -code) for code, label in labels.items()), default=(0.0, 0))
    return (-code, "label-of-code") if score >= SIMILAR else (None, "")


def _values(column: SourceColumn) -> Sequence[str]:
    """The values seen, then those that are labelled only; few enough to be codes."""
    values = tuple(dict.fromkeys((*column.values, *column.labels)))
    return values if len(values) <= MOST_CODES else tuple(column.labels)


def _whole(value: str) -> int | None:
    """A whole number, however it is written: 1, 01, 1.0, 1,0."""
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number.is_integer() else None


def _absence_said(label: str) -> Absence | None:
    """The cause that a label names."""
    said = plain(label)
    if not said:
        return None
    for absence, words in _SAYS:
        if any(said == one or (len(one) > 4 and said.startswith(one)) for one in words):
            return absence
    return None


def _absences(variable: Variable, column: SourceColumn, codes: Mapping[str, int], how: str) -> dict[str, int]:
    """Value of the file -> cause of absence: what is empty, declared missing, labelled or written as one."""
    empty = Absence.NOT_ROUTED if Absence.NOT_ROUTED in variable.absences else Absence.SKIPPED
    found = {} if "" in codes else {"": int(empty)}
    known = {str(int(one)) for one in Absence}
    for value in column.values if how != "codes" else _values(column):
        if not value or value in codes:
            continue
        said = _absence_said(column.labels.get(value, "") or (value if how != "text" else ""))
        if said is not None:
            found[value] = int(said)
        elif value in column.missing:
            found[value] = int(Absence.SKIPPED)
        elif value in known:
            found[value] = int(value)
    return found


def _of_several(
    question: str,
    choices: Sequence[Variable],
    source: Source,
    takes: Mapping[str, Take],
    questionnaire: Questionnaire,
) -> dict[str, Take]:
    """The choices of a multiple question from one column that holds several of them in a cell."""
    choices = [one for one in choices if one.kind is VariableKind.INDICATOR and one.row is None]
    if not choices or any(one.name in takes for one in choices):
        return {}
    asked = questionnaire.question(question)
    used = {one.column for one in takes.values()}
    for column in source.columns:
        if column.name in used:
            continue
        if plain(column.name) != plain(question) and resemblance(column.label, _words(asked.text)) < SIMILAR:
            continue
        separator = _cell_separator(column)
        tokens = {token for value in column.values for token in split_cell(value, separator)}
        labels = {place: _words(one.label) for place, one in enumerate(choices)}
        numbers = {code: place for place, code in enumerate(choice.code for choice in getattr(asked, "choices", ()))}
        named: dict[int, list[str]] = {}
        for token in sorted(tokens)[:MOST_CODES]:
            place = _choice_of(token, column.labels.get(token, ""), labels, numbers)
            if place is not None:
                named.setdefault(place, []).append(token)
        if named:
            return {
                one.name: Take(
                    column.name,
                    "contains",
                    absences=_absences(one, column, {}, "text"),
                    contains=tuple(named[place]),
                    separator=separator,
                    confidence="0.70",
                    reasons=("several-in-a-cell",),
                )
                for place, one in enumerate(choices)
                if place in named  # a choice that nobody names may be one that was not offered
            }
    return {}


def _choice_of(token: str, said: str, labels: Mapping[int, str], numbers: Mapping[int, int]) -> int | None:
    number = _whole(token)
    if number is not None and not said:
        return numbers.get(number)
    score, place = max(((resemblance(said or token, label), -place) for place, label in labels.items()))
    return -place if score >= SIMILAR else None


def split_cell(value: str, separator: str) -> list[str]:
    """The choices written in one cell; a space separates as many as there are."""
    return [one for one in (part.strip() for part in value.split(separator if separator.strip() else None)) if one]


def _cell_separator(column: SourceColumn) -> str:
    """What separates the choices of a cell; ";" when no cell holds two."""
    for one in (";", "|", ",", "/"):
        if any(one in value for value in column.values):
            return one
    is_listed = all(part.isdigit() for value in column.values for part in value.split())
    return " " if is_listed and any(" " in value for value in column.values) else ";"


def _is_weight(column: SourceColumn) -> bool:
    """A column named as weights are, of positive numbers only."""
    name = plain(column.name).replace(" ", "")
    if not name.startswith(_WEIGHT_NAMES) and not plain(column.label).startswith(("poids", "ponderation", "weight")):
        return False
    return all(read_weight(value) is not None for value in column.values)


def read_weight(value: str) -> float | None:
    """A base weight: a number above 0 that the kernel can square; None for anything else."""
    try:
        weight = float(value.replace(",", "."))
    except ValueError:
        return None
    return weight if SMALLEST < weight < 1 / SMALLEST else None


def read_day(value: str, how: str) -> int | None:
    """A day or a month as the version keeps it: 2022-03-01, 01/03/2022, 2022-03, 03/2022; None for anything else."""
    parts = re.split(r"[-/.]", value.split(" ")[0].split("T")[0])
    if len(parts[0]) <= 2:
        parts.reverse()
    text = "-".join((parts[0], *(one.zfill(2) for one in parts[1:])))
    return day_number(text) if how == "date" else month_number(text[:7])
