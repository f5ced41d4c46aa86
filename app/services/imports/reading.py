"""Reading files of microdata: CSV and SPSS become columns of distinct texts, whatever they were written with.

A column is its distinct values, in the order in which they come, and the place of each row among them: a mapping
decides once for each value, not once for each row.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat
from numpy.typing import NDArray

MAX_BYTES = 200 * 1024 * 1024
MAX_COLUMNS = 5_000
MAX_ROWS = 1_000_000
MAX_CELLS = 100_000_000
CHUNK_BYTES = 64 * 1024 * 1024
LONGEST_LABEL = 300
SEPARATORS = (";", ",", "\t", "|")
SPSS_MAGIC = (b"$FL2", b"$FL3")
_SPSS_START = dt.datetime(1582, 10, 14, tzinfo=dt.UTC)
_SPSS_DAYS = ("DATE", "EDATE", "ADATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "MOYR", "QYR", "WKYR")

MANGLED = "mangled"
"""A file that is not what its kind says: cut short, damaged, or of another program."""


class FileIsUnreadable(Exception):
    """A file that gives no rows, and why: a code of `sentences`, with its data."""

    def __init__(self, code: str, **data: str | int) -> None:
        super().__init__(f"{code} {data}" if data else code)
        self.code, self.data = code, data


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column: `places` (rows,) into `values`, the distinct texts; "" is the missing value of the file.

    `labels`: value -> its label, where the file has some. `missing`: the values that it declares missing.
    """

    name: str
    label: str
    values: tuple[str, ...]
    places: NDArray[np.int32]
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    def counts(self) -> list[int]:
        """How many rows have each of the values."""
        return [int(one) for one in np.bincount(self.places, minlength=len(self.values))]


@dataclass(frozen=True, slots=True)
class Source:
    """A file as columns, and how it was read; an SPSS file has no separator."""

    kind: str
    encoding: str
    separator: str
    columns: tuple[SourceColumn, ...]
    rows: int

    def column(self, name: str) -> SourceColumn:
        """The column of this name; KeyError when there is none."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)


def kind_of(content: bytes) -> str:
    """What a file is by its content: "sav" or "csv". Raises FileIsUnreadable when it is no text either."""
    if not content.strip():
        raise FileIsUnreadable("empty")
    if len(content) > MAX_BYTES:
        raise FileIsUnreadable("too-large", megabytes=MAX_BYTES // 1024**2)
    if content.startswith(SPSS_MAGIC):
        return "sav"
    _decode(content[: 1024 * 1024], is_cut=len(content) > 1024 * 1024)
    return "csv"


def read_file(content: bytes) -> Source:
    """The columns of a file. Raises FileIsUnreadable."""
    return _read_spss(content) if kind_of(content) == "sav" else _read_csv(content)


class _Gatherer:
    """A column while its rows come."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.places: list[NDArray[np.int32]] = []

    def take(self, texts: Sequence[str]) -> None:
        known = self.known
        # setdefault gives the place that the value has, or the next free one.
        self.places.append(np.fromiter((known.setdefault(one, len(known)) for one in texts), np.int32, len(texts)))

    def column(
        self, name: str, label: str, labels: Mapping[str, str] | None = None, missing: frozenset[str] = frozenset()
    ) -> SourceColumn:
        places = np.concatenate(self.places) if self.places else np.zeros(0, np.int32)
        return SourceColumn(name, label, tuple(self.known), places, labels or {}, missing)


def _decode(content: bytes, *, is_cut: bool = False) -> tuple[str, str]:
    """The text of a CSV file and its encoding: UTF-8, with or without its mark, else Windows."""
    if b"\0" in content:
        raise FileIsUnreadable("not-text")
    if is_cut:  # not in the middle of a character
        content = content[: content.rfind(b"\n") + 1] or content[:-3]
    for encoding in ("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileIsUnreadable("not-text")


def _read_csv(content: bytes) -> Source:
    text, encoding = _decode(content)
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        head = _head(next(reader, []))
        gatherers, rows = [_Gatherer() for _ in head], 0
        for block in _blocks(reader, len(head)):
            rows += len(block)
            _refuse_too_many(rows, len(head))
            for gatherer, texts in zip(gatherers, zip(*block, strict=True), strict=True):
                gatherer.take([one.strip() for one in texts])
    except csv.Error as error:
        raise FileIsUnreadable("csv-syntax", line=reader.line_num) from error
    if not rows:
        raise FileIsUnreadable("no-rows")
    columns = tuple(one.column(name, name) for one, name in zip(gatherers, head, strict=True))
    return Source("csv", encoding, separator, columns, rows)


def _blocks(reader: Any, width: int) -> Iterator[list[list[str]]]:
    """The lines of a file, some thousands at a time; empty ones are passed over."""
    block: list[list[str]] = []
    for line in reader:
        if not line:
            continue
        if len(line) != width:
            raise FileIsUnreadable("row-length", line=reader.line_num, count=len(line), expected=width)
        block.append(line)
        if len(block) >= 5_000:
            yield block
            block = []
    if block:
        yield block


def _separator(text: str) -> str:
    """What cuts the line of titles into the most columns; of a single one, what is nowhere in the file."""
    first = text.split("\n", 1)[0].rstrip("\r")
    found = {}
    for one in SEPARATORS:
        try:
            found[one] = len(next(csv.reader([first], delimiter=one), []))
        except csv.Error:
            found[one] = 0
    best = max(SEPARATORS, key=lambda one: found[one])
    return best if found[best] > 1 else next((one for one in SEPARATORS if one not in text), best)


def _head(names: Sequence[str]) -> list[str]:
    """The names of the columns. Raises FileIsUnreadable where one is empty, or written twice."""
    head = [clean(one) for one in names]
    _refuse_too_many(1, len(head))
    for place, name in enumerate(head, start=1):
        if not name:
            raise FileIsUnreadable("column-unnamed", place=place)
        if head.index(name) != place - 1:
            raise FileIsUnreadable("column-twice", name=name)
    return head


def clean(text: str | None) -> str:
    """A name or a label of a file: one line, no invisible character, not endless."""
    printable = "".join(one if one.isprintable() else " " for one in text or "")
    return " ".join(printable.split())[:LONGEST_LABEL]


def _refuse_too_many(rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise FileIsUnreadable("too-many-columns", maximum=MAX_COLUMNS)
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise FileIsUnreadable("too-many-rows", maximum=min(MAX_ROWS, MAX_CELLS // max(columns, 1)))


def _read_spss(content: bytes) -> Source:
    """Through a private file, because the library reads paths; gone when this returns, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="impact-import-") as folder:
        path = Path(folder) / "file.sav"
        path.write_bytes(content)
        try:
            return _read_spss_file(path)
        except FileIsUnreadable:
            raise
        except Exception as error:  # the library has one error of its own and lets any other through
            raise FileIsUnreadable(MANGLED) from error


def _read_spss_file(path: Path) -> Source:
    _, about = pyreadstat.read_sav(path, metadataonly=True, output_format="dict")
    names = _head(about.column_names)
    if names != list(about.column_names):
        raise FileIsUnreadable(MANGLED)
    gatherers, rows = {name: _Gatherer() for name in names}, 0
    width = sum(max(8, int(about.variable_storage_width.get(name) or 8)) for name in names)
    step = max(1_000, CHUNK_BYTES // max(width, 1))
    while True:
        data, about = pyreadstat.read_sav(
            path,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
            row_offset=rows,
            row_limit=step,
        )
        count = len(data[names[0]]) if names else 0
        _refuse_too_many(rows + count, len(names))
        for name, gatherer in gatherers.items():
            is_day = _is_day(about.original_variable_types.get(name) or "")
            gatherer.take([_spss_text(one, is_day) for one in data[name]])
        rows += count
        if count < step:
            break
    if not rows:
        raise FileIsUnreadable("no-rows")
    columns = tuple(_spss_column(gatherers[name], name, about) for name in names)
    return Source("sav", str(about.file_encoding or ""), "", columns, rows)


def _spss_column(gatherer: _Gatherer, name: str, about: Any) -> SourceColumn:
    labels = {_spss_text(value, False): clean(str(said)) for value, said in _labels(about, name).items()}
    missing = {value for value in gatherer.known if value and _is_missing(value, about, name)}
    missing |= {value for value in labels if _is_missing(value, about, name)}
    label = clean(about.column_names_to_labels.get(name)) or name
    return gatherer.column(name, label, labels, frozenset(missing))


def _labels(about: Any, name: str) -> Mapping[Any, Any]:
    found: Mapping[Any, Any] = about.variable_value_labels.get(name) or {}
    return found


def _is_missing(value: str, about: Any, name: str) -> bool:
    """Whether the file declares a value missing: alone, or within a range."""
    for bounds in about.missing_ranges.get(name) or ():
        low, high = bounds["lo"], bounds["hi"]
        if isinstance(low, str) or isinstance(high, str):
            if value == str(low).strip():
                return True
            continue
        try:
            if float(low) <= float(value) <= float(high):
                return True
        except ValueError:
            continue
    return False


def _is_day(kind: str) -> bool:
    return kind.rstrip("0123456789.").upper() in _SPSS_DAYS


def _spss_text(value: Any, is_day: bool) -> str:
    """A value as a text: whole numbers without decimals, days as 2022-03-01, nothing for system-missing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    number = float(value)
    if not math.isfinite(number):
        return ""
    if is_day:
        try:
            return (_SPSS_START + dt.timedelta(seconds=number)).date().isoformat()
        except OverflowError:
            return repr(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
