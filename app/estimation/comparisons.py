"""Tests: a table, a domain against everyone else, two independent samples, and false discoveries among many tests.

All errors come from the tally (see `moments`): calibration and strata are in them.

Worked number of a sign: 60 % of a region and 45 % of the others, standard error of the difference 4 points: t =
3.75, p < 0.01, sign +2 (`++`). Worked number of a difference: 48 % ± 1.5 (se) in one wave, 42 % ± 1.4 in the
next: 6 points, se sqrt(1.5² + 1.4²) = 2.05, t = 2.92.
"""

from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from app.estimation.estimates import Answer, Estimates, Estimator, Statistic
from app.estimation.intervals import FEW
from app.estimation.linearization import Linear, linearize

FloatArray = NDArray[np.float64]
SignArray = NDArray[np.int8]
Discoveries = Literal["none", "benjamini-hochberg", "benjamini-yekutieli"]

LEVELS = (0.05, 0.01)
"""p below the first is one sign (95 %), below the second two (99 %)."""

_SHARES = ("share", "subtotal")
_COMPARED = (*_SHARES, "mean", "deviation")


class SharesPersons(Exception):
    """Two samples with persons in common are not independent: the error of their difference is not known here."""


@dataclass(frozen=True, slots=True)
class TableTest:
    """Rao and Scott's test that answers do not depend on the domain.

    statistic: F, with `numerator` and `denominator` degrees of freedom (not integers), and p. chi_square: Pearson's
    statistic of the weighted table at the size of its rows, before correction. rows: rows of the table. All are nan
    when less than two answers or domains are left, or when the weighting fixes the whole table.
    """

    statistic: float
    numerator: float
    denominator: float
    p: float
    chi_square: float
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Each domain against everyone else: (domains, answers), in the order of Estimates; the whole has none.

    difference: value of the domain minus that of the rest; se its standard error; p two-sided, after the control of
    false discoveries if one was declared; degrees those of t. sign: -2..2, 0 where bases do not allow one.
    """

    domains: tuple[int | None, ...]
    answers: tuple[Answer, ...]
    difference: FloatArray
    se: FloatArray
    p: FloatArray
    degrees: int
    sign: SignArray


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One sample minus another: (domains, answers) of the first, nan where the second has no such row or column.

    low, high: at the confidence of the first. p, sign: as in Signs.
    """

    domains: tuple[int | None, ...]
    answers: tuple[Answer, ...]
    value: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    degrees: int
    sign: SignArray


def rao_scott(estimator: Estimator, measure: str, by: str) -> TableTest:
    """The second-order test of Rao and Scott (1984) of a category or an indicator by a dimension.

    As R's svychisq(statistic = "F"). With p the shares of the cells of the table, V their covariance (that of the
    residuals after calibration, summed over strata) and C contrasts of the interaction, the generalized design
    effects are the eigenvalues of Δ = (C' D⁻¹ C / N)⁻¹ (C' D⁻¹ V D⁻¹ C), D = diag(p); F = X² / tr Δ, with d =
    (tr Δ)² / tr Δ² and d (n - H) degrees of freedom. Answers and domains that nobody has are left out.

    Worked number (`apistrat`, stype by sch.wide): X² = 26.75 becomes F = 16.7196 on 1.838 and 365.8 degrees of
    freedom, p = 2.98e-7. ValueError for a number; KeyError on an unknown name.
    """
    found = estimator.tally.layout.measure(measure)
    if found.kind == "number":
        raise ValueError(f"{measure} is a number: it has no table")
    moments = estimator.moments
    table = moments.tables([measure], by)[0][measure][1:]
    weighted = moments.weighted(table)
    rows = round(float(moments.counts(table).sum()))
    domains, answers = np.flatnonzero(weighted.sum(axis=1) > 0), np.flatnonzero(weighted.sum(axis=0) > 0)
    if min(len(domains), len(answers)) < 2:
        return TableTest(nan, nan, nan, nan, nan, rows)
    table = table[domains][:, :, answers]
    cells = table.transpose(1, 0, 2).reshape(table.shape[1], -1)
    shares, covariance = _shares_of_cells(estimator, cells)
    crossed = shares.reshape(len(domains), len(answers))
    expected = np.outer(crossed.sum(axis=1), crossed.sum(axis=0))
    chi_square = rows * float(((crossed - expected) ** 2 / expected).sum())
    contrasts = np.kron(_contrasts(len(domains)), _contrasts(len(answers)))
    scaled = contrasts / np.where(shares > 0, shares, np.inf)[:, None]
    delta = np.linalg.pinv(contrasts.T @ scaled / rows, hermitian=True) @ (scaled.T @ covariance @ scaled)
    trace, trace_of_square = float(np.trace(delta)), float(np.trace(delta @ delta))
    if not trace > 0:
        return TableTest(nan, nan, nan, nan, chi_square, rows)
    numerator = trace**2 / trace_of_square
    denominator = numerator * moments.degrees
    statistic = chi_square / trace
    return TableTest(
        statistic, numerator, denominator, float(fdtrc(numerator, denominator, statistic)), chi_square, rows
    )


def against_rest(
    estimator: Estimator,
    statistic: Statistic,
    by: str,
    minimum: int = 30,
    discoveries: Discoveries = "none",
) -> Signs:
    """Every domain against all rows that are not in it: signs `+ ++ - --` as 1, 2, -1, -2.

    The two are different persons, which calibration ties together: the influence of the difference is that of the
    domain minus that of the rest, and its variance is taken at once. t has n - H - 1 degrees of freedom (R's
    svyttest). A sign needs a base of `minimum` rows on both sides and, for a share, FEW expected (effective)
    answers on either side of both. The p are those of each test alone unless false discoveries are controlled over
    the tests that may have a sign. Worked number (`apistrat`, api00 by awards): 44.687, t = 2.26946, p = 0.0243.

    ValueError for a total or a median; KeyError on an unknown name.
    """
    layout, moments = estimator.tally.layout, estimator.moments
    measure = layout.measure(statistic.measure)
    tables, centres = moments.tables([measure.name], by)
    table = tables[measure.name]
    domain, rest = table[1:], table[:1] - table[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside, outside = (
            linearize(measure, statistic, moments, part, centres.get(measure.name, 0), estimator.persons)
            for part in (domain, rest)
        )
        if inside.kind not in _COMPARED:
            raise ValueError(f"a {inside.kind} has no sign")
        before = _before(estimator, inside, domain) + _before(estimator, outside, rest)
        variance = moments.variance(domain @ inside.coefficients - rest @ outside.coefficients, before)
        gap = inside.value - outside.value
        allowed = _allows(inside, minimum) & _allows(outside, minimum)
        error = np.sqrt(variance)
    degrees = moments.degrees - 1
    p = _two_sided(gap, error, degrees)
    controlled = p
    if discoveries != "none":
        controlled = false_discoveries(np.where(allowed, p, np.nan), discoveries)
    return Signs(
        (None, *layout.dimension(by).codes), inside.answers, _below_whole(gap), _below_whole(error),
        _below_whole(controlled), degrees, _below_whole(_signs(gap, controlled, allowed), 0).astype(np.int8),
    )  # fmt: skip


def difference(
    one: Estimates,
    other: Estimates,
    *,
    shares_persons: bool = False,
    minimum: int = 30,
    discoveries: Discoveries = "none",
) -> Difference:
    """One sample minus an independent one: another wave, another population.

    Domains and answers are matched by code, subtotals by name. The variance is the sum of both, t has the degrees
    of freedom of both added, less one (R's svyttest on both samples as strata of one design). Bases allow a sign as
    in `against_rest`. Raises SharesPersons when the samples are declared to have persons in common, ValueError
    when they are not estimated by the same statistic.
    """
    if shares_persons:
        raise SharesPersons
    if _family(one) != _family(other):
        raise ValueError(f"{one.measure.name} and {other.measure.name} are not estimated by the same statistic")
    rows = [other.domains.index(code) if code in other.domains else -1 for code in one.domains]
    known = [(answer.code, answer.name) for answer in other.answers]
    wanted = [(answer.code, answer.name) for answer in one.answers]
    columns = [known.index(key) if key in known else -1 for key in wanted]
    value, error = _matched(other.value, rows, columns), _matched(other.se, rows, columns)
    gap, se = one.value - value, np.hypot(one.se, error)
    degrees = one.degrees + other.degrees - 1
    reach = (float(stdtrit(degrees, 0.5 + one.confidence / 2)) if degrees > 0 else np.nan) * se
    share = np.array([answer.kind in _SHARES for answer in one.answers])
    ends = np.where(share, 1.0, np.inf)
    allowed = _is_large(one.value, one.base, one.effective_base, share, minimum)
    allowed &= _is_large(
        value, _matched(other.base[:, None], rows, [0])[:, 0],
        _matched(other.effective_base[:, None], rows, [0])[:, 0], share, minimum,
    )  # fmt: skip
    p = _two_sided(gap, se, degrees)
    if discoveries != "none":
        p = false_discoveries(np.where(allowed, p, np.nan), discoveries)
    return Difference(
        one.domains, one.answers, gap, se, np.maximum(gap - reach, -ends), np.minimum(gap + reach, ends), p, degrees,
        _signs(gap, p, allowed),
    )  # fmt: skip


def false_discoveries(p: FloatArray, method: Discoveries) -> FloatArray:
    """p adjusted so that those below q hold at most a part q of false discoveries; nan is not a test and stays.

    Benjamini and Hochberg (1995): the smallest m p_(j) / j over j at or after one's rank among m tests, at most 1.
    Benjamini and Yekutieli (2001), under any dependence, has Σ 1/j times as much. As R's p.adjust.
    Worked number: 0.01, 0.02, 0.03 and 0.5 become 0.04, 0.04, 0.04 and 0.5 (hochberg).
    """
    adjusted = np.array(p, np.float64)
    tested = np.isfinite(adjusted)
    if method == "none" or not tested.any():
        return adjusted
    values = adjusted[tested]
    order = np.argsort(values, kind="stable")
    ranks = np.arange(1, len(values) + 1)
    factor = len(values) * (float((1 / ranks).sum()) if method == "benjamini-yekutieli" else 1.0)
    least = np.minimum.accumulate((values[order] * (factor / ranks))[::-1])[::-1]
    values[order] = np.minimum(least, 1.0)
    adjusted[tested] = values
    return adjusted


def _shares_of_cells(estimator: Estimator, cells: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the cells of a table and their covariance, from moments (functions, cells of the table)."""
    moments = estimator.moments
    weighted, scaled = moments.weighted(cells[None])[0], moments.scaled(cells[None])[0]
    total = weighted.sum()
    shares = weighted / total
    influence = (cells - cells.sum(axis=1, keepdims=True) * shares) / total
    # Σ a w² z z' of z = (1{cell} - p) / W: a row is in one cell.
    crossed = np.outer(shares, scaled)
    before = np.diag(scaled) - crossed - crossed.T + scaled.sum() * np.outer(shares, shares)
    return shares, moments.covariance(influence, before / total**2)


def _family(estimates: Estimates) -> str:
    """The kind of the answers: a subtotal is a share."""
    kind = estimates.answers[0].kind
    return "share" if kind in _SHARES else kind


def _contrasts(size: int) -> FloatArray:
    """An orthonormal basis (size, size - 1) of what adds up to 0."""
    return np.linalg.qr(np.eye(size)[:, 1:] - 1 / size)[0]


def _before(estimator: Estimator, linear: Linear, table: FloatArray) -> FloatArray:
    """Σ a w² z² before calibration, (domains, answers)."""
    return (estimator.moments.scaled(table)[:, None, :] @ linear.squares)[:, 0]


def _allows(linear: Linear, minimum: int) -> NDArray[np.bool_]:
    effective = np.divide(
        linear.weighted_base**2, linear.squared_base, out=np.zeros(len(linear.base)), where=linear.base > 0
    )
    share = np.array([answer.kind in _SHARES for answer in linear.answers])
    return _is_large(linear.value, linear.base, effective, share, minimum)


def _is_large(
    value: FloatArray, base: NDArray[np.number], effective: FloatArray, share: NDArray[np.bool_], minimum: int
) -> NDArray[np.bool_]:
    """Where (domains, answers) a test may be read: enough rows and, for a share, enough answers on either side."""
    answers = np.minimum(value, 1 - value) * effective[:, None]
    return np.asarray((base[:, None] >= minimum) & (~share | (answers >= FEW)), np.bool_)


def _two_sided(gap: FloatArray, error: FloatArray, degrees: int) -> FloatArray:
    """p of gap / error under t; nan where there is no error to compare with."""
    with np.errstate(divide="ignore", invalid="ignore"):
        known = error > 0
        return np.where(known & (degrees > 0), 2 * stdtr(max(degrees, 1), -np.abs(gap / error)), np.nan)


def _signs(gap: FloatArray, p: FloatArray, allowed: NDArray[np.bool_]) -> SignArray:
    size = sum((p < level).astype(np.int8) for level in LEVELS)
    return np.where(allowed & np.isfinite(p), np.sign(gap) * size, 0).astype(np.int8)


def _below_whole(rows: NDArray[np.number], whole: float = np.nan) -> FloatArray:
    """The whole, which has no rest, above the domains."""
    return np.concatenate([np.full((1, rows.shape[1]), whole), rows])


def _matched(values: NDArray[np.number], rows: list[int], columns: list[int]) -> FloatArray:
    """The rows and columns wanted, nan where there is none (-1)."""
    found = values[np.ix_(rows, columns)].astype(np.float64)
    found[np.asarray(rows) < 0] = np.nan
    found[:, np.asarray(columns) < 0] = np.nan
    return found
