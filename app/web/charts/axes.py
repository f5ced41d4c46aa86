"""The axis of the values of a chart: round bounds, and the words where it is cut."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high` by `step`, in the unit of the values. `cut_at`: where it starts, when not at its zero."""

    low: float
    high: float
    step: float
    cut_at: float | None

    @property
    def marks(self) -> list[float]:
        """The values of the grid."""
        count = round((self.high - self.low) / self.step)
        return [round(self.low + one * self.step, 10) for one in range(count + 1)]


def round_axis(values: Iterable[float], least: float, greatest: float) -> Axis:
    """Round bounds around values, within what can be: [least, greatest]. Room is left above and below."""
    found = list(values) or [least, greatest]
    span = max(max(found) - min(found), (greatest - least) / 10)
    step = round_step(span * 1.4 / STEPS)
    low = max(least, math.floor((min(found) - span * 0.3) / step + 1e-9) * step)
    high = min(greatest, math.ceil((max(found) + span * 0.15) / step - 1e-9) * step)
    return Axis(round(low, 10), round(high, 10), step, round(low, 10) if low > least + 1e-9 else None)


def round_step(wanted: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `wanted`."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted * (1 - 1e-9))
