"""Two weightings of a wave on the same responses: their margins, their costs, and how far they move the results.

Both are computed on what is folded now, so that only the recipes differ. Shares are read from protected tables: what
the rule hides under one weighting it hides under the other, and neither is told here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.estimation.diagnostics import Diagnostics
from app.estimation.disclosure import Policy, ProtectedTable, protect
from app.estimation.estimates import Estimator, Statistic
from app.estimation.tables import Reading, distribution_table
from app.estimation.tally import Tally
from app.estimation.weighting import Weighting
from app.models import Weighting as WeightingRow
from app.services import tallies
from app.services.tallies import Inputs
from app.services.weightings.running import find_weights
from app.storage import Storage
from questionnaires import codebook, piping
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Questionnaire

COMPARED = (VariableKind.CATEGORY, VariableKind.INDICATOR, VariableKind.SCORE, VariableKind.RANK)
_NO_OPINION = {"fr": "Ne se prononce pas", "en": "No opinion"}
_YES = 1


@dataclass(frozen=True, slots=True)
class Movement:
    """The answer of a variable whose share moves most, with both shares (0 to 1); `question`: where its table is."""

    variable: str
    question: str
    label: str
    answer: str
    one: float
    other: float

    @property
    def change(self) -> float:
        """How much the other weighting adds to the share."""
        return self.other - self.one


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two weightings on the same responses. `movements`: the largest first."""

    one: Diagnostics
    other: Diagnostics
    movements: tuple[Movement, ...]


def compare_weightings(
    storage: Storage, inputs: Inputs, one: WeightingRow, other: WeightingRow, policy: Policy, language: str
) -> Comparison:
    """Both weightings on what `inputs` hold. Raises WeightingIsImpossible, UnknownCategory, FileIsMissing."""
    sides = [_weigh(storage, replace(inputs, weighting=row)) for row in (one, other)]
    tables = [_tables(Estimator(*side), inputs.questionnaire, policy, language) for side in sides]
    movements = [
        found
        for variable in _compared(inputs.questionnaire)
        if (found := _movement(variable, tables[0][variable.name], tables[1][variable.name], language)) is not None
    ]
    movements.sort(key=lambda movement: -abs(movement.change))
    return Comparison(sides[0][1].diagnostics, sides[1][1].diagnostics, tuple(movements))


def _weigh(storage: Storage, inputs: Inputs) -> tuple[Tally, Weighting]:
    tally = tallies.count_wave(storage, inputs)
    return tally, find_weights(tally, inputs)


def _compared(questionnaire: Questionnaire) -> list[Variable]:
    """The closed variables, one value a response, in the order of the questionnaire."""
    return [
        variable
        for variable in codebook.variables(questionnaire)
        if variable.kind in COMPARED and variable.roster is None and variable.question
    ]


def _tables(
    estimator: Estimator, questionnaire: Questionnaire, policy: Policy, language: str
) -> dict[str, ProtectedTable]:
    variables = _compared(questionnaire)
    found = estimator.estimate_each([Statistic(variable.name) for variable in variables])
    reading = Reading("", "", "", "", "", "", "", "", "", "", language=language)
    return {
        variable.name: protect(
            distribution_table(estimates, reading, dict(_labels(variable, language)), {None: ""}), policy
        )
        for variable, estimates in zip(variables, found, strict=True)
    }


def _labels(variable: Variable, language: str) -> Iterable[tuple[int | str, str]]:
    yield 0, ""
    yield _YES, piping.outline(variable.label.in_(language))
    if variable.kind is VariableKind.SCORE:
        for score in range(variable.minimum or 0, (variable.maximum or 10) + 1):
            yield score, str(score)
    for code, label in variable.codes:
        yield code, piping.outline(label.in_(language))
    yield int(Absence.NO_OPINION), _NO_OPINION.get(language, _NO_OPINION["en"])


def _movement(variable: Variable, one: ProtectedTable, other: ProtectedTable, language: str) -> Movement | None:
    """The share that moves most; None where nothing may be shown."""
    moved = [
        (abs(there.value - here.value), column.label, here.value, there.value)
        for column, here, there in zip(one.columns, one.rows[0].cells, other.rows[0].cells, strict=True)
        if column.kind == "percent" and here.value is not None and there.value is not None
    ]
    if not moved:
        return None
    _, answer, here_value, there_value = max(moved, key=lambda found: found[0])
    label = piping.outline(variable.label.in_(language))
    shown = answer if variable.kind is not VariableKind.INDICATOR else ""
    return Movement(variable.name, variable.question, label, shown, here_value, there_value)
