"""Segments: immutable columnar files of submissions (Parquet), one row per submission.

Columns: `submission` (64-bit), `response` (the random public id), then each variable in order. A variable
is a column of the smallest integer that holds its codes and its negative absences; a text has `name` (0 or
an absence) and `name.text`. Rows are ordered by public id, which says nothing of when people answered, and
the same rows give the same bytes whatever order they come in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

SUBMISSION = "submission"
RESPONSE = "response"
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
    """One submission: each variable is in exactly one of `values` and `absences` (a negative code)."""

    submission: int
    response: str
    values: Mapping[str, int | str]
    absences: Mapping[str, int]


def write_segment(rows: Sequence[SegmentRow], variables: Sequence[SegmentVariable]) -> bytes:
    """The rows as a segment. Raises SegmentIsInvalid naming the response and the variable of a wrong row."""
    columns: dict[str, pl.Series] = {
        SUBMISSION: pl.Series([row.submission for row in rows], dtype=pl.Int64),
        RESPONSE: pl.Series([row.response for row in rows], dtype=pl.String),
    }
    for variable in variables:
        if variable.name in columns or variable.name + _TEXT in columns:
            raise SegmentIsInvalid(f"two columns are named {variable.name}")
        if variable.kind == "text":
            codes, texts = _texts(rows, variable.name)
            columns[variable.name] = pl.Series(codes, dtype=pl.Int64)
            columns[variable.name + _TEXT] = pl.Series(texts, dtype=pl.String)
        else:
            columns[variable.name] = pl.Series(_integers(rows, variable.name), dtype=pl.Int64)
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
    frames = [pl.read_parquet(BytesIO(data)) for data in segments]
    if not frames:
        raise SegmentIsInvalid("no segment to merge")
    if any(frame.columns != frames[0].columns for frame in frames[1:]):
        raise SegmentIsInvalid("the segments have different columns")
    return _to_bytes(pl.concat([frame.with_columns(cs.integer().cast(pl.Int64)) for frame in frames]))


def _integers(rows: Sequence[SegmentRow], name: str) -> list[int]:
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
