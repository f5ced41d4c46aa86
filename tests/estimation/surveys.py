"""Small made-up surveys, and the formulas written row by row as a statistician would check them by hand."""

import numpy as np
from hypothesis import strategies as st

from app.estimation import BaseWeights, Dimension, Layout, Margin, Measure

SEX = Dimension("sexe", (1, 2))
REGION = Dimension("region", (11, 53, 94))
SIZE = Dimension("taille", (0, 1))
OPINION = Measure("opinion", "category", (1, 2, 3, -5))
CHOICE = Measure("choix", "indicator")
AMOUNT = Measure("montant", "number", decimals=1)
SCORE = Measure("note", "category", tuple(range(11)))
BASE = BaseWeights("classe", (0.5, 1.0, 2.75))
LAYOUT = Layout((SEX, REGION, SIZE), (OPINION, CHOICE, AMOUNT, SCORE), BASE)


def survey(seed, rows, equal_weights=False):
    """Columns of a survey: every category of the margins is there when there are 12 rows or more."""
    random = np.random.default_rng(seed)

    def drawn(codes):
        column = random.choice(np.array(codes, np.int16), rows)
        column[: min(rows, len(codes))] = codes[:rows]
        return random.permutation(column)

    columns = {d.name: drawn(d.codes) for d in LAYOUT.dimensions}
    columns["classe"] = drawn((0,) if equal_weights else (0, 1, 2))
    columns["opinion"] = drawn((1, 2, 3, -5, -4, -2))
    columns["choix"] = drawn((0, 1, -3)).astype(np.int8)
    columns["montant"] = np.where(random.random(rows) < 0.2, -4, random.integers(0, 5000, rows))
    columns["note"] = drawn((*range(11), -4))
    return columns


def part(columns, mask):
    return {name: column[mask] for name, column in columns.items()}


surveys = st.builds(survey, st.integers(0, 2**32 - 1), st.integers(0, 60))
large_surveys = st.builds(survey, st.integers(0, 2**32 - 1), st.integers(60, 250))


def margins_near(columns, seed):
    """Margins that the rows can meet: those of another weighting of them, one of them interlocked."""
    random = np.random.default_rng(seed)
    weights = random.uniform(0.6, 1.6, len(columns["sexe"]))
    weights /= weights.sum()

    def shares(*names):
        codes = list(zip(*(columns[name].tolist() for name in names), strict=True))
        return {c: 100 * float(weights[[code == c for code in codes]].sum()) for c in sorted(set(codes))}

    return (
        Margin("sexe", ("sexe",), shares("sexe")),
        Margin("region x taille", ("region", "taille"), shares("region", "taille")),
    )


def raked_rows(columns, margins, cycles=2000):
    """Iterative proportional fitting row by row; weights that sum to the number of rows."""
    base = np.array(BASE.weights)[columns["classe"]]
    n = len(base)
    weights = base * n / base.sum()
    groups = []
    for margin in margins:
        codes = np.stack([columns[name] for name in margin.dimensions], axis=1)
        total = sum(margin.shares.values())
        groups += [((codes == level).all(axis=1), n * s / total) for level, s in margin.shares.items()]
    for _ in range(cycles):
        before = weights.copy()
        for rows, target in groups:
            weights[rows] *= target / weights[rows].sum()
        if np.abs(weights / before - 1).max() < 1e-15:
            break
    return weights, [rows for rows, _ in groups]


def ratio_and_error(columns, weights, groups, values, in_base, domain):
    """Weighted mean of values over the rows of a domain that are in the base, and its standard error by rows."""
    n = len(weights)
    base = np.array(BASE.weights)[columns["classe"]]
    asked = in_base & domain
    total = weights[asked].sum()
    ratio = (weights * values)[asked].sum() / total
    z = np.where(asked, values - ratio, 0.0) / total
    if groups:
        x = np.stack(groups, axis=1).astype(float)
        root = np.sqrt(base)[:, None]
        slopes = np.linalg.lstsq(x * root, z * root[:, 0], rcond=None)[0]
        z = z - x @ slopes
    u = weights * z
    return ratio, np.sqrt(n / (n - 1) * ((u - u.mean()) ** 2).sum())
