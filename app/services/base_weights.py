"""Base weights that came with an imported file: classes of the layout when they are few, else sums of floats.

They are those of the import that made the wave; a weighting uses them when its recipe says `base: "file"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import microdata
from app.estimation.tally import BaseWeights, Layout, Tally, count
from app.models import Import

FILE = "file"
"""What a recipe says of its base to use them."""
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class FileWeights:
    """The base weights of a wave: `classes` in increasing order, None when they take too many values."""

    classes: tuple[float, ...] | None

    @property
    def part(self) -> BaseWeights | None:
        """What they add to a layout."""
        return None if self.classes is None else BaseWeights(microdata.BASE_WEIGHT, self.classes)

    def column(self, weights: NDArray[np.float64]) -> NDArray[Any]:
        """Per row its class, or its weight as it is."""
        return weights if self.classes is None else np.searchsorted(np.asarray(self.classes), weights)


def file_weights(session: Session, wave_id: int) -> FileWeights | None:
    """The base weights of a wave; None when its rows came without."""
    kept = session.scalar(select(Import.base_weights).where(Import.wave_id == wave_id))
    if kept is None:
        return None
    return FileWeights(None if kept["classes"] is None else tuple(kept["classes"]))


def count_rows(layout: Layout, columns: Mapping[str, NDArray[Any]]) -> Tally:
    """`count`, where the column of base weights, if there is one, holds classes (integers) or weights (floats)."""
    weights = columns.get(microdata.BASE_WEIGHT)
    if weights is None or weights.dtype.kind != "f":
        return count(layout, columns)
    return count(layout, columns, weights)


def payload_weights(payloads: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """The base weight that each payload came with, 1 for none."""
    return np.asarray([one.get("weight", 1.0) for one in payloads], np.float64)


def agree(one: Tally, other: Tally) -> bool:
    """Whether two tallies of the same rows are the same: exactly, or where floats were added, to rounding."""
    if one.masses is None or other.masses is None:
        return one == other
    return (
        one.layout.digest == other.layout.digest
        and np.array_equal(one.cells, other.cells)
        and np.array_equal(one.sizes, other.sizes)
        and np.array_equal(one.counts, other.counts)
        and np.allclose(one.masses, other.masses, rtol=CLOSE, atol=CLOSE)
    )
