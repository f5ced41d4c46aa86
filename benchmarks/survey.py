"""A made-up survey of 60 questions: 50 of two to eight choices, 10 scores; five of the questions make the margins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation import Dimension, Layout, Margin, Measure

MARGINS = {"region": 13, "age": 5, "sexe": 2, "taille": 4, "diplome": 5}
CHOICES = {f"q{i}": 2 + i % 7 for i in range(50 - len(MARGINS))}
SCORES = tuple(f"note{i}" for i in range(10))
REGION = "region"
_ABSENT, _NO_OPINION = -4, -5
_SHARE_ABSENT = 0.08

Columns = dict[str, NDArray[np.int8]]


def draw(rows: int, seed: int = 2022) -> Columns:
    """The columns of so many responses; everybody is in a category of every margin."""
    random = np.random.default_rng(seed)
    columns: Columns = {}
    for name, size in (MARGINS | CHOICES).items():
        likely = random.dirichlet(np.full(size, 12.0))
        columns[name] = random.choice(np.arange(1, size + 1, dtype=np.int8), rows, p=likely)
    for name in SCORES:
        columns[name] = random.binomial(10, 0.55, rows).astype(np.int8)
        columns[name][random.random(rows) < _SHARE_ABSENT] = _NO_OPINION
    for name in CHOICES:
        columns[name][random.random(rows) < _SHARE_ABSENT] = _ABSENT
    return columns


def layout(measures: bool = True) -> Layout:
    """The cells of the margins, with every question counted in them or none."""
    dimensions = tuple(Dimension(name, tuple(range(1, size + 1))) for name, size in MARGINS.items())
    closed = [Measure(name, "category", tuple(range(1, size + 1))) for name, size in (MARGINS | CHOICES).items()]
    scores = [Measure(name, "category", (*range(11), _NO_OPINION)) for name in SCORES]
    return Layout(dimensions, (*closed, *scores) if measures else ())


def targets(columns: Columns, seed: int = 1) -> dict[str, dict[int, float]]:
    """Percentages of a population that the sample misses by a tenth or so."""
    random = np.random.default_rng(seed)
    found: dict[str, dict[int, float]] = {}
    for name, size in MARGINS.items():
        shares: NDArray[Any] = np.bincount(columns[name], minlength=size + 1)[1:] * random.uniform(0.85, 1.15, size)
        found[name] = {code + 1: 100 * float(share) / float(shares.sum()) for code, share in enumerate(shares)}
    return found


def margins(columns: Columns) -> tuple[Margin, ...]:
    """The same as margins of one variable each."""
    return tuple(
        Margin(name, (name,), {(code,): share for code, share in shares.items()})
        for name, shares in targets(columns).items()
    )
