"""What a tally counts: the dimensions that make its cells and the measures counted in each cell."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isfinite, prod
from typing import Any, Literal

NO_OPINION = -5
"""The one absence that may be counted as an answer of its own."""

_LARGEST_KEY = 2**62

MeasureKind = Literal["category", "indicator", "number"]


class LayoutIsInvalid(ValueError):
    """A layout that cannot be counted: duplicate names, duplicate codes, too many cells."""


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise LayoutIsInvalid(message)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A variable whose codes separate cells: a margin, a region, a stratum.

    Every row must have one of `codes`.
    """

    name: str
    codes: tuple[int, ...]

    def __post_init__(self) -> None:
        _require(bool(self.codes), f"dimension {self.name} has no code")
        _require(len(set(self.codes)) == len(self.codes), f"dimension {self.name} repeats a code")


@dataclass(frozen=True, slots=True)
class Measure:
    """A variable counted in every cell.

    category: one count per code; `codes` may hold -5 (no opinion), every other negative value is not in the
    base. indicator: 0 or 1 (a choice of a multiple question), negative is not in the base. number: how many
    answered, the sum and the sum of squares of the scaled integers (value = integer / 10**decimals),
    negative is not in the base: a quantity that may be negative must be shifted.
    """

    name: str
    kind: MeasureKind
    codes: tuple[int, ...] = ()
    decimals: int = 0

    def __post_init__(self) -> None:
        _require(len(set(self.codes)) == len(self.codes), f"measure {self.name} repeats a code")
        if self.kind == "category":
            _require(bool(self.codes), f"measure {self.name} has no code")
            negative = [code for code in self.codes if code < 0 and code != NO_OPINION]
            _require(not negative, f"measure {self.name} counts an absence other than no opinion")
        elif self.kind in ("indicator", "number"):
            _require(not self.codes, f"measure {self.name}: only a category has codes")
        else:
            _require(False, f"measure {self.name} is of unknown kind {self.kind}")

    @property
    def width(self) -> int:
        """Integers kept per cell: one per code, (zeros, ones), or (answered, sum, sum of squares)."""
        return {"category": len(self.codes), "indicator": 2, "number": 3}[self.kind]

    @property
    def counted_codes(self) -> tuple[int, ...]:
        """The code of each integer kept per cell; empty for a number."""
        return (0, 1) if self.kind == "indicator" else self.codes


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """Base weights that take few values: a row carries a class 0..K-1, a class has one positive weight.

    The class separates cells like a dimension, so sums of weights follow exactly from integer counts.
    """

    name: str
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _require(bool(self.weights), "base weights without a class")
        _require(all(isfinite(w) and w > 0 for w in self.weights), "a base weight is not a positive number")


@dataclass(frozen=True)
class Layout:
    """Dimensions (in the order of the cell key), measures, optional base weights and stratum.

    `stratum` names the dimension within which the sample was drawn apart: variances are summed over its codes.
    """

    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    base_weights: BaseWeights | None = None
    stratum: str | None = None

    def __post_init__(self) -> None:
        names = [dimension.name for dimension in self.dimensions]
        if self.base_weights:
            names.append(self.base_weights.name)
        _require(len(set(names)) == len(names), "two dimensions have the same name")
        stratum = self.stratum
        _require(stratum is None or self.has_dimension(stratum), f"the stratum {stratum} is not a dimension")
        measured = [measure.name for measure in self.measures]
        _require(len(set(measured)) == len(measured), "two measures have the same name")
        _require(bool(names or measured), "a layout counts nothing")
        _require(prod(self.sizes) < _LARGEST_KEY, "a layout has more than 2**62 possible cells")

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of codes of each dimension, then of base-weight classes: the radices of the cell key."""
        sizes = [len(dimension.codes) for dimension in self.dimensions]
        if self.base_weights:
            sizes.append(len(self.base_weights.weights))
        return tuple(sizes)

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """What one step of each dimension adds to the cell key."""
        return tuple(prod(self.sizes[i + 1 :]) for i in range(len(self.sizes)))

    @cached_property
    def _dimension_index(self) -> dict[str, int]:
        return {dimension.name: i for i, dimension in enumerate(self.dimensions)}

    @cached_property
    def _measure_places(self) -> dict[str, tuple[Measure, slice]]:
        places, start = {}, 0
        for measure in self.measures:
            places[measure.name] = (measure, slice(start, start + measure.width))
            start += measure.width
        return places

    @cached_property
    def width(self) -> int:
        """Number of integers kept per cell, the number of rows apart."""
        return sum(measure.width for measure in self.measures)

    def has_dimension(self, name: str) -> bool:
        """Whether rows are separated by this variable."""
        return name in self._dimension_index

    def dimension_index(self, name: str) -> int:
        """Place of a dimension; KeyError when the layout does not separate by it."""
        return self._dimension_index[name]

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name; KeyError when the layout does not separate by it."""
        return self.dimensions[self._dimension_index[name]]

    def measure(self, name: str) -> Measure:
        """The measure of that name; KeyError when it is not counted."""
        return self._measure_places[name][0]

    def place(self, name: str) -> slice:
        """Columns of a measure in the tally's counts; KeyError when it is not counted."""
        return self._measure_places[name][1]

    @cached_property
    def text(self) -> bytes:
        """The canonical form, equal exactly when the same thing is counted."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the canonical form."""
        return hashlib.sha256(self.text).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON. Without a stratum there is no word of it: digests of older layouts still hold."""
        base = self.base_weights
        stratum = {} if self.stratum is None else {"stratum": self.stratum}
        return stratum | {
            "dimensions": [{"name": d.name, "codes": list(d.codes)} for d in self.dimensions],
            "measures": [
                {"name": m.name, "kind": m.kind, "codes": list(m.codes), "decimals": m.decimals} for m in self.measures
            ],
            "base_weights": {"name": base.name, "weights": list(base.weights)} if base else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Layout":
        """Inverse of to_dict."""
        base = data["base_weights"]
        return cls(
            tuple(Dimension(d["name"], tuple(d["codes"])) for d in data["dimensions"]),
            tuple(Measure(m["name"], m["kind"], tuple(m["codes"]), m["decimals"]) for m in data["measures"]),
            BaseWeights(base["name"], tuple(base["weights"])) if base else None,
            data.get("stratum"),
        )


@lru_cache(maxsize=64)
def read_layout(text: bytes) -> Layout:
    """Inverse of `Layout.text`. The tallies of a wave have one layout, read again and again: it is made once."""
    return Layout.from_dict(json.loads(text))
