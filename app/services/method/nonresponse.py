"""Who did not answer which question, among those who were asked, and why: counted like everything else.

A question is represented by its first variable (every choice of a multiple question is absent for the same cause);
each row of a grid stands alone. Whoever did not reach a question, or was routed past it, was not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.estimation.disclosure import Cell, Mask, Policy, protect
from app.estimation.estimates import Estimator, Statistic
from app.estimation.tables import Reading, distribution_table
from app.estimation.tally import Layout, Measure, Tally, count
from app.estimation.weighting import unweighted
from app.services import tallies
from app.services.csv_files import csv_file, safe_cell
from app.services.exports import MASKED
from app.services.remembering import Remembered
from app.services.tallies import Inputs
from app.storage import Storage
from questionnaires import codebook
from questionnaires.codebook import Variable
from questionnaires.model import Absence, Information, Questionnaire, choices_of
from questionnaires.piping import outline

CAUSES = (Absence.SKIPPED, Absence.NO_OPINION, Absence.REFUSED, Absence.BROKE_OFF)
"""Why someone who was asked has no answer, in the order of the columns."""
_NONE = "none"
_KEPT = 8


@dataclass(frozen=True, slots=True)
class QuestionRate:
    """A question or a row of a grid, its words, and of those who were asked the shares without an answer.

    `asked`: how many were asked, None when it is withheld. `causes`: one cell each of CAUSES; `none`: all of them.
    """

    name: str
    text: str
    choices: tuple[str, ...]
    asked: int | None
    causes: tuple[Cell, ...]
    none: Cell


def question_rates(storage: Storage, inputs: Inputs, policy: Policy, language: str) -> list[QuestionRate]:
    """The rates of every question, in the order of the questionnaire; none before the first response."""
    variables = _variables(inputs.questionnaire)
    names = [one.name for one in variables]
    tally = _tallies.of((inputs.wave_id, inputs.digest), lambda: _count(storage, inputs, names))
    if tally.n == 0:
        return []
    statistics = [Statistic(one.name, "share", {_NONE: (1, 2, 3, 4)}) for one in variables]
    found = Estimator(tally, unweighted(tally)).estimate_each(statistics)
    labels: dict[int | str, str] = {code: str(code) for code in range(5)} | {_NONE: _NONE}
    rates = []
    for variable, estimates in zip(variables, found, strict=True):
        # Code 0 is an answer: `distribution_table` names columns by their codes.
        row = protect(distribution_table(estimates, _READING, labels, {None: ""}), policy).rows[0]
        cells = row.cells
        text, choices = _words(variable, inputs.questionnaire, language)
        rates.append(QuestionRate(variable.name, text, choices, row.base, cells[1:5], cells[5]))
    return _apart(rates, policy)


def _apart(rates: Sequence[QuestionRate], policy: Policy) -> list[QuestionRate]:
    """The rates without the bases that differ from a larger one by a few people.

    Whoever was not asked gave an answer to the question that routed them: side by side, two bases count them.
    """
    kept: list[int] = []
    for asked in sorted({one.asked for one in rates if one.asked}, reverse=True):
        if all(larger - asked >= policy.minimum_count for larger in kept):
            kept.append(asked)
    return [one if one.asked in (None, 0, *kept) else _without_base(one) for one in rates]


def _without_base(rate: QuestionRate) -> QuestionRate:
    """A share of many digits tells its base: only zeros are left."""
    none, *causes = (one if one.value in (None, 0) else Cell(mask=Mask.SECONDARY) for one in (rate.none, *rate.causes))
    return replace(rate, asked=None, causes=tuple(causes), none=none)


_READING = Reading("", "", "", "", "", "", "", "", "", "")


def _variables(questionnaire: Questionnaire) -> list[Variable]:
    first: dict[tuple[str, str | None], Variable] = {}
    for one in codebook.variables(questionnaire):
        if not one.question or one.roster is not None:
            continue
        if not isinstance(questionnaire.question(one.question), Information):
            first.setdefault((one.question, one.row), one)
    return list(first.values())


def _words(variable: Variable, questionnaire: Questionnaire, language: str) -> tuple[str, tuple[str, ...]]:
    question = questionnaire.question(variable.question)
    text = outline(question.text.in_(language))
    rows = {row.name: row.label for row in getattr(question, "rows", ())}
    if variable.row in rows:
        text = f"{text} – {outline(rows[variable.row].in_(language))}"
    return text, tuple(outline(one.label.in_(language)) for one in choices_of(question))


def reasons(column: NDArray[np.signedinteger]) -> NDArray[np.int8]:
    """0 for an answer, 1 to 4 for CAUSES, -1 for whoever was not asked."""
    found = np.full(len(column), -1, np.int8)
    found[column >= 0] = 0
    for place, cause in enumerate(CAUSES, start=1):
        found[column == int(cause)] = place
    return found


_HEADS = {
    "fr": (
        "Variable",
        "Question",
        "Personnes interrogées",
        "Question passée",
        "Ne se prononce pas",
        "Refus",
        "Abandon",
        "Sans réponse",
    ),
    "en": (
        "Variable",
        "Question",
        "People asked",
        "Skipped",
        "No opinion",
        "Refused",
        "Broke off",
        "No answer, in all",
    ),
}


def rates_file(rates: Sequence[QuestionRate], language: str) -> bytes:
    """The rates as CSV, shares between 0 and 1, « c » where withheld; the conventions of `app.services.exports`."""
    is_french = language == "fr"
    rows: list[Sequence[str]] = [_HEADS["fr" if is_french else "en"]]
    for one in rates:
        values = [one.asked, *(cell.value for cell in (*one.causes, one.none))]
        written = [MASKED if value is None else str(value) for value in values]
        shares = [value.replace(".", ",") for value in written] if is_french else written
        rows.append([one.name, safe_cell(one.text), *shares])
    return csv_file(rows, language)


_tallies = Remembered[tuple[int, str], Tally](_KEPT)
"""By wave and digest of the inputs of a snapshot, which the counts are a function of."""


def _count(storage: Storage, inputs: Inputs, names: Sequence[str]) -> Tally:
    columns = {name: reasons(column) for name, column in tallies.read_wave_columns(storage, inputs, names).items()}
    return count(Layout((), tuple(Measure(name, "category", (0, 1, 2, 3, 4)) for name in names)), columns)
