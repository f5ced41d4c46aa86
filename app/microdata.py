"""Segments: immutable columnar files of submissions (Parquet), one row per submission.

Columns: `submission` (64-bit), `response` (the random public id), then each variable in order. A variable
is a column of the smallest integer that holds its codes and its negative absences; a text has `name` (0 or
an absence) and `name.text`. Rows that came with a base weight have `base.weight` too, a positive float (null for
1); without any, there is no such column. Rows are ordered by public id, which says nothing of when people answered, and
the same rows give the same bytes whatever order they come in.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any, Literal

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

SUBMISSION = "submission"
RESPONSE = "response"
BASE_WEIGHT = "base.weight"
"""The base weight of each row: its dot keeps the name apart from those of variables."""
_TEXT = ".text"
_WIDTHS = (pl.Int8, pl.Int16, pl.Int32)


class SegmentIsInvalid(ValueError):
    """Rows that do not say of every variable its value or why it has none; or segments that differ."""


@dataclass(frozen=True, slots=True)
class SegmentVariable:
    """A variable of a segment: an integer (code, indicator, scaled number) or a text."""

    name: str
    kind: Literal["integer", "text"] = "integer"


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One submission: each variable is in exactly one of `values` and `absences` (a negative code).

    `weight`: the base weight that the row of an imported file came with, positive; None stands for 1.
    """

    submission: int
    response: str
    values: Mapping[str, int | str]
    absences: Mapping[str, int]
    weight: float | None = None


def write_segment(rows: Sequence[SegmentRow], variables: Sequence[SegmentVariable]) -> bytes:
    """The rows as a segment. Raises SegmentIsInvalid naming the response and the variable of a wrong row."""
    columns: dict[str, pl.Series] = {
        SUBMISSION: pl.Series([row.submission for row in rows], dtype=pl.Int64),
        RESPONSE: pl.Series([row.response for row in rows], dtype=pl.String),
    }
    codes_of = _join(rows)
    for variable in variables:
        if variable.name in columns or variable.name + _TEXT in columns:
            raise SegmentIsInvalid(f"two columns are named {variable.name}")
        if variable.kind == "text":
            absences, texts = _texts(rows, variable.name)
            columns[variable.name] = pl.Series(absences, dtype=pl.Int64)
            columns[variable.name + _TEXT] = pl.Series(texts, dtype=pl.String)
        else:
            columns[variable.name] = pl.Series(_integers(rows, codes_of, variable.name), dtype=pl.Int64)
    columns[BASE_WEIGHT] = pl.Series(_weights(rows), dtype=pl.Float64)
    return _to_bytes(pl.DataFrame(columns))


def row_count(data: bytes) -> int:
    """Number of submissions in a segment."""
    return pl.read_parquet(BytesIO(data), columns=[SUBMISSION]).height


def column_names(data: bytes) -> list[str]:
    """Names of the columns of a segment, in order."""
    return list(pl.read_parquet_schema(BytesIO(data)))


def read_columns(data: bytes, names: Iterable[str]) -> dict[str, NDArray[np.signedinteger[Any]]]:
    """Integer columns as arrays of their stored width (`submission` included), read-only.

    Raises KeyError on a name that the segment does not have, or that is a text.
    """
    wanted = list(dict.fromkeys(names))
    schema = pl.read_parquet_schema(BytesIO(data))
    for name in wanted:
        if name not in schema or not schema[name].is_integer():
            raise KeyError(name)
    frame = pl.read_parquet(BytesIO(data), columns=wanted) if wanted else pl.DataFrame()
    return {name: frame[name].to_numpy() for name in wanted}


def read_weights(data: bytes) -> NDArray[np.float64]:
    """The base weight of each row, in the order of the rows; 1 for a row that came with none."""
    if BASE_WEIGHT not in pl.read_parquet_schema(BytesIO(data)):
        return np.ones(row_count(data))
    return pl.read_parquet(BytesIO(data), columns=[BASE_WEIGHT])[BASE_WEIGHT].fill_null(1.0).to_numpy()


def read_texts(data: bytes, name: str) -> list[str | None]:
    """The texts of a text variable (None where absent), or of `response`, in the order of the rows."""
    column = RESPONSE if name == RESPONSE else name + _TEXT
    if column not in pl.read_parquet_schema(BytesIO(data)):
        raise KeyError(name)
    texts: list[str | None] = pl.read_parquet(BytesIO(data), columns=[column])[column].to_list()
    return texts


def filter_rows(data: bytes, keep: Collection[int]) -> bytes:
    """The segment of the submissions in `keep`: the same bytes as if only they had been written."""
    frame = pl.read_parquet(BytesIO(data))
    kept = pl.Series(sorted(keep), dtype=pl.Int64)
    return _to_bytes(frame.filter(pl.col(SUBMISSION).is_in(kept.implode())))


def merge_segments(segments: Sequence[bytes]) -> bytes:
    """One segment with the rows of all: the same bytes as if they had been written together.

    Raises SegmentIsInvalid when there is none, when their
    columns differ or when a submission is in two of them.
    """
    frames = [_with_weights(pl.read_parquet(BytesIO(data))) for data in segments]
    if not frames:
        raise SegmentIsInvalid("no segment to merge")
    if any(frame.columns != frames[0].columns for frame in frames[1:]):
        raise SegmentIsInvalid("the segments have different columns")
    return _to_bytes(pl.concat([frame.with_columns(cs.integer().cast(pl.Int64)) for frame in frames]))


def _join(rows: Sequence[SegmentRow]) -> list[dict[str, int | str]] | None:
    """The values and absences of each row in one mapping, None when a row contradicts itself somewhere."""
    joined = [{**row.absences, **row.values} for row in rows]
    for row, both in zip(rows, joined, strict=True):
        if len(both) < len(row.absences) + len(row.values) or max(row.absences.values(), default=-1) >= 0:
            return None
    return joined


def _integers(
    rows: Sequence[SegmentRow], joined: list[dict[str, int | str]] | None, name: str
) -> list[int] | NDArray[np.int64]:
    """One column. Rows that are as they should be, by far the most, are read at once; else each is looked at."""
    if joined is not None:
        try:
            values: list[Any] = [one[name] for one in joined]  # what is no integer is a TypeError
            return np.frombuffer(array("q", values), np.int64)
        except (KeyError, TypeError, OverflowError):
            pass  # said below, by the name of the response
    codes = []
    for row in rows:
        value = row.values.get(name)
        if value is None:
            codes.append(_absence(row, name))
        elif isinstance(value, int) and name not in row.absences:
            codes.append(value)
        else:
            raise SegmentIsInvalid(f"response {row.response}: {name} is not one integer")
    return codes


def _texts(rows: Sequence[SegmentRow], name: str) -> tuple[list[int], list[str | None]]:
    codes: list[int] = []
    texts: list[str | None] = []
    for row in rows:
        value = row.values.get(name)
        if value is not None and (not isinstance(value, str) or name in row.absences):
            raise SegmentIsInvalid(f"response {row.response}: {name} is not one text")
        codes.append(0 if value is not None else _absence(row, name))
        texts.append(value)
    return codes, texts


def _weights(rows: Sequence[SegmentRow]) -> list[float | None]:
    for row in rows:
        if row.weight is not None and not (isfinite(row.weight) and row.weight > 0):
            raise SegmentIsInvalid(f"response {row.response}: its base weight is not a positive number")
    return [row.weight for row in rows]


def _with_weights(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with their column of base weights, also where none came with one."""
    return frame if BASE_WEIGHT in frame.columns else frame.with_columns(pl.lit(None, pl.Float64).alias(BASE_WEIGHT))


def _absence(row: SegmentRow, name: str) -> int:
    code = row.absences.get(name)
    if code is None or code >= 0:
        raise SegmentIsInvalid(f"response {row.response}: {name} has neither a value nor a cause of absence")
    return code


def _to_bytes(frame: pl.DataFrame) -> bytes:
    """Canonical bytes: rows by public id, then submission; narrowest integers; one row group."""
    if frame[SUBMISSION].is_duplicated().any():
        raise SegmentIsInvalid("a submission is there twice")
    ordered = frame.sort(RESPONSE, SUBMISSION)
    integers = [name for name, kind in ordered.schema.items() if kind.is_integer() and name != SUBMISSION]
    frame = ordered.with_columns(_narrow(ordered[name]) for name in integers)
    if BASE_WEIGHT in frame.columns and frame[BASE_WEIGHT].null_count() == frame.height:
        frame = frame.drop(BASE_WEIGHT)
    buffer = BytesIO()
    frame.write_parquet(
        buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=max(frame.height, 1)
    )
    return buffer.getvalue()


def _narrow(column: pl.Series) -> pl.Series:
    low, high = column.min(), column.max()
    if not isinstance(low, int) or not isinstance(high, int):
        return column.cast(_WIDTHS[0])
    for width in _WIDTHS:
        limits = np.iinfo(str(width()).lower())
        if limits.min <= low and high <= limits.max:
            return column.cast(width)
    return column.cast(pl.Int64)
