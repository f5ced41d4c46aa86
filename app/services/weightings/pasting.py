"""Margins pasted from a spreadsheet or a report: a block of text becomes shares by category.

Columns are separated by tabs, semicolons, several spaces or commas; numbers are written as in French or in English;
categories are known by label, name or code, accents and case forgiven. A crossed margin comes as one line a
category (a column per variable, then the share) or as a matrix. What is not understood is told line by line.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from app.services.weightings.recipes import MarginVariable

_SPACES = "\u00a0\u202f\u2009"
_NUMBER = re.compile(rf"[-+\u2212]?(\d[\d {_SPACES}.,'’]*|[.,]\d+)[ {_SPACES}]*%?")
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3}){2,}")
_TOTALS = frozenset({"total", "totaux", "ensemble", "all", "somme", "sum"})

Choices = tuple[str, ...]


class NumberIsUnreadable(ValueError):
    """A text is not a number as one writes it."""


@dataclass(frozen=True, slots=True)
class PasteProblem:
    """What was not taken from a line: "unknown-category", "not-a-number", "category-twice" or "unreadable"."""

    line: int
    code: str
    text: str


@dataclass(slots=True)
class Pasted:
    """What a block says: the share of each category by the names of its choices, and what was not understood."""

    shares: dict[Choices, float] = field(default_factory=dict)
    problems: list[PasteProblem] = field(default_factory=list)


def read_number(text: str) -> float:
    """« 12,3 », « 12,3 % », « 1 234 567 », "1,234.5": the number; raises NumberIsUnreadable.

    With both marks the last one is that of decimals; a mark alone is that of decimals unless it comes twice.
    """
    written = text.strip()
    if not _NUMBER.fullmatch(written):
        raise NumberIsUnreadable(text)
    bare = re.sub(rf"[ {_SPACES}'’%]", "", written).replace("\u2212", "-")
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "." if comma > point else ","
        bare = bare.replace(thousands, "")
    elif _GROUPED.fullmatch(bare.lstrip("+-")):
        bare = bare.replace(",", "").replace(".", "")
    try:
        found = float(bare.replace(",", "."))
    except ValueError as error:
        raise NumberIsUnreadable(text) from error
    if not isfinite(found):  # hundreds of digits
        raise NumberIsUnreadable(text)
    return found


def parse_block(text: str, variables: Sequence[MarginVariable]) -> Pasted:
    """The shares of a margin over these variables, from what was pasted."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    names = [_Names(variable) for variable in variables]
    rows = _split(lines, names)
    if len(names) == 2 and rows:
        matrix = _find_matrix(rows, names)
        if matrix is not None:
            return matrix
    return _read_list(rows, names)


class _Names:
    """Every way in which a category of a variable may be written."""

    def __init__(self, variable: MarginVariable) -> None:
        self.variable = variable
        found: dict[str, set[str]] = {}
        for choice in variable.choices:
            for written in (choice.name, *choice.label.values()):
                found.setdefault(fold(written), set()).add(choice.name)
        for choice in variable.choices:
            found.setdefault(str(choice.code), {choice.name})
            found.setdefault(f"{choice.code:02d}", {choice.name})
        # A label that two choices share names neither.
        self._found = {written: next(iter(names)) for written, names in found.items() if len(names) == 1}

    def get(self, written: str) -> str | None:
        return self._found.get(fold(written))


def fold(text: str) -> str:
    """A text without its accents, its case, and the signs between its words."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    bare = "".join(one for one in plain if not unicodedata.combining(one)).casefold()
    words = " ".join(re.sub(r"[^0-9a-z<>+]+", " ", bare).split())
    # 18-24 ans, 18 à 24 ans, 18 to 24.
    return re.sub(r"(?<=\d) (?:a|to) (?=\d)", " ", words)


Row = tuple[int, str, list[str]]


def _split(lines: Sequence[tuple[int, str]], names: Sequence[_Names]) -> list[Row]:
    """The cells of each line, by the mark that separates most lines."""
    for pattern in (r"\t", r";", rf"[ {_SPACES}]{{2,}}"):
        rows = [(number, line, _cells(line, pattern)) for number, line in lines]
        if sum(len(cells) > 1 for _, _, cells in rows) * 2 > len(rows):
            return rows
    return [(number, line, _split_loosely(line, names)) for number, line in lines]


def _cells(line: str, pattern: str) -> list[str]:
    # A line that begins with a separator has an empty first cell: a merged one of the spreadsheet.
    kept = line.rstrip("\r\n") if pattern == r"\t" else line.strip()
    return [cell.strip().strip('"').strip() for cell in re.split(pattern, kept)]


def _split_loosely(line: str, names: Sequence[_Names]) -> list[str]:
    """Commas or single spaces: the cut where what stands before is a known category, else before the last number."""
    rest, cells = line.strip(), list[str]()
    for one in names:
        cuts = list(re.finditer(rf"[ {_SPACES},]+", rest))
        cut = next((found for found in cuts if one.get(rest[: found.start()])), None)
        if cut is None and len(names) == 1:
            cut = next((found for found in cuts if _NUMBER.fullmatch(rest[found.end() :].strip().strip('"'))), None)
        if cut is None:
            return [*cells, rest]
        cells.append(rest[: cut.start()].strip().strip('"'))
        rest = rest[cut.end() :]
    return [*cells, rest.strip().strip('"')]


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text.strip()))


def _is_total(cells: Sequence[str]) -> bool:
    return any(fold(cell) in _TOTALS for cell in cells)


def _read_list(rows: Sequence[Row], names: Sequence[_Names]) -> Pasted:
    """One line a category."""
    pasted, order = Pasted(), _column_order(rows, names)
    width = len(names)
    above: list[str] = [""] * width
    for place, (number, line, cells) in enumerate(rows):
        wanted = [cell for cell in cells if cell] if len(cells) > width + 1 else cells
        if len(wanted) <= width or not _is_number(wanted[width]):
            # The head of the columns says no number, and names no category.
            is_head = place == 0 and not any(one.get(cell) for one in names for cell in wanted)
            if not is_head:
                _refuse(pasted, number, line, "not-a-number" if len(wanted) > width else "unreadable", wanted)
            continue
        written = [cell or above[at] for at, cell in enumerate(wanted[:width])]
        above = written
        found = [names[order[at]].get(cell) for at, cell in enumerate(written)]
        if None in found:
            _refuse(pasted, number, line, "unknown-category", written)
            continue
        choices = [""] * width
        for at, name in enumerate(found):
            choices[order[at]] = name or ""
        _keep(pasted, number, line, tuple(choices), wanted[width])
    return pasted


def _column_order(rows: Sequence[Row], names: Sequence[_Names]) -> list[int]:
    """Which variable each column speaks of: the columns may come in another order than the variables."""
    order: list[int] = []
    for column in range(len(names)):
        known = Counter(
            {
                place: sum(bool(one.get(cells[column])) for _, _, cells in rows if len(cells) > column)
                for place, one in enumerate(names)
                if place not in order
            }
        )
        # Where nothing tells them apart, in the order of the margin.
        order.append(min(known, key=lambda place: (-known[place], place)))
    return order


def _find_matrix(rows: Sequence[Row], names: Sequence[_Names]) -> Pasted | None:
    """A crossed margin as a table: one variable in the first line, the other in the first column."""
    head = rows[0][2]
    for across in (1, 0):
        columns = {place: name for place, cell in enumerate(head) if (name := names[across].get(cell)) and place}
        if len(columns) >= 2:
            return _read_matrix(rows, names[1 - across], across, columns)
        # Without a cell above the first column, the head is one shorter than the lines.
        columns = {place + 1: name for place, cell in enumerate(head) if (name := names[across].get(cell))}
        if len(columns) >= 2 and len(rows) > 1 and len(rows[1][2]) == len(head) + 1:
            return _read_matrix(rows, names[1 - across], across, columns)
    return None


def _read_matrix(rows: Sequence[Row], down: _Names, across: int, columns: Mapping[int, str]) -> Pasted:
    pasted = Pasted()
    first, _, head = rows[0]
    for place, cell in enumerate(head):
        is_known = place in columns or place + 1 in columns
        if place and cell and not is_known and fold(cell) not in _TOTALS:
            pasted.problems.append(PasteProblem(first, "unknown-category", cell))
    for number, line, cells in rows[1:]:
        name = down.get(cells[0])
        if name is None:
            _refuse(pasted, number, line, "unknown-category", cells[:1])
            continue
        for place, other in columns.items():
            if place < len(cells) and cells[place]:
                choices = (name, other) if across == 1 else (other, name)
                _keep(pasted, number, line, choices, cells[place])
    return pasted


def _refuse(pasted: Pasted, number: int, line: str, code: str, cells: Sequence[str]) -> None:
    """Tell what was not taken; a total is nobody's share."""
    if not _is_total(cells):
        pasted.problems.append(PasteProblem(number, code, line.strip()))


def _keep(pasted: Pasted, number: int, line: str, choices: Choices, written: str) -> None:
    try:
        share = read_number(written)
    except NumberIsUnreadable:
        pasted.problems.append(PasteProblem(number, "not-a-number", written))
        return
    if choices in pasted.shares:
        pasted.problems.append(PasteProblem(number, "category-twice", line.strip()))
        return
    pasted.shares[choices] = share
