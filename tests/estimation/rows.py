"""Variances and tests written row by row, as a statistician would check by hand what the cells give."""

import numpy as np


def indicators(columns, margins):
    """One column of zeros and ones per category of every margin."""
    found = [np.zeros((len(columns["sexe"]), 0))]
    for margin in margins:
        codes = np.stack([columns[name] for name in margin.dimensions], axis=1)
        found.append(np.stack([(codes == level).all(axis=1) for level in margin.shares], axis=1).astype(float))
    return np.concatenate(found, axis=1)


def covariance(z, base, weights, x, strata):
    """Covariance of Σ w z after calibration on x, summed over strata; one row alone is centred at the mean of all."""
    z = z.reshape(len(weights), -1)
    if x.shape[1]:
        root = np.sqrt(base)[:, None]
        z = z - x @ np.linalg.lstsq(x * root, z * root, rcond=None)[0]
    u = weights[:, None] * z
    total = np.zeros((z.shape[1], z.shape[1]))
    for code in np.unique(strata):
        here = u[strata == code]
        n = len(here)
        centred = here - (here.mean(axis=0) if n > 1 else u.mean(axis=0))
        total += centred.T @ centred * (n / (n - 1) if n > 1 else 1)
    return total


def before(z, weights):
    """What a variance is compared with: its size before calibration."""
    return float((weights**2 @ z.reshape(len(weights), -1) ** 2).max())


def statistic(kind, values, asked, weights, persons):
    """(value, z): a statistic of the rows asked, and the influence of every row."""
    y = np.where(asked, values, 0.0)
    if kind == "total":
        return persons * (weights * y).sum(), persons * y
    total = weights[asked].sum()
    mean = (weights * y).sum() / total
    if kind == "mean":
        return mean, asked * (y - mean) / total
    if kind == "deviation":
        square = (weights * asked * (y - mean) ** 2).sum() / total
        return np.sqrt(square), asked * ((y - mean) ** 2 - square) / (2 * np.sqrt(square) * total)
    raise ValueError(kind)


def rao_scott(rows, columns, weights, cov, degrees, kinds, answers):
    """F, degrees of freedom and X² as R's svychisq writes them, with its matrices. `cov`: covariance of Σ w z."""
    cells = np.stack([((rows == r) & (columns == c)) for c in answers for r in kinds], axis=1).astype(float)
    asked = weights * cells.sum(axis=1)
    p = (asked[:, None] * cells).sum(axis=0) / asked.sum()
    v = cov(cells.sum(axis=1)[:, None] * (cells - p) / asked.sum())
    effects = [(r, c) for c in range(len(answers)) for r in range(len(kinds))]
    main = np.array([[1.0] + [float(r == i) for i in range(1, len(kinds))]
                     + [float(c == j) for j in range(1, len(answers))] for r, c in effects])  # fmt: skip
    both = np.array([[float(r == i and c == j) for i in range(1, len(kinds)) for j in range(1, len(answers))]
                     for r, c in effects])  # fmt: skip
    contrasts = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    n = int((cells.sum(axis=1) > 0).sum())
    inverse = np.diag(np.where(p > 0, 1 / np.where(p > 0, p, 1), 0))
    delta = np.linalg.solve(contrasts.T @ inverse @ contrasts / n, contrasts.T @ inverse @ v @ inverse @ contrasts)
    d = np.trace(delta) ** 2 / np.trace(delta @ delta)
    table = p.reshape(len(answers), len(kinds))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    pearson = n * ((table - expected) ** 2 / expected).sum()
    return pearson / np.trace(delta), d, d * degrees, pearson
