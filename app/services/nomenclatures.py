"""Official lists that questions search by typing: the communes of France.

The shipped list is partial. `import_communes` makes the whole one from the files of Insee and La Poste; once it
is in the storage folder it is used instead, by every process, without a restart.
"""

from __future__ import annotations

import contextlib
import csv
import heapq
import io
import json
import os
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.config import ROOT

SHIPPED = ROOT / "questionnaires" / "nomenclatures" / "communes.csv"
FOLDER, FILE = "nomenclatures", "communes.csv"
"""Where, below the storage folder, the whole list is."""
COLUMNS = ("code", "name", "department", "region", "postcodes")
SOURCE = "Insee, Code officiel géographique ; La Poste, base des codes postaux"
LICENCE = "Licence Ouverte 2.0"

_SHORT = {"st": "saint", "ste": "sainte"}
_NOISE = frozenset({"arr", "arrondissement", "cedex"})
_ORDINAL = re.compile(r"([0-9]{1,2})(?:er|e|eme)")
_DEPARTMENT = re.compile(r"[0-9]{2,3}|2[ab]")
_LONGEST_QUERY, _MOST_WORDS = 200, 12
_LAST = "\uffff"


class NomenclatureIsInvalid(Exception):
    """A file is not what it should be; the message says which, and what is missing."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of the official geographic code; `region` is the code of its region."""

    code: str
    name: str
    department: str
    region: int
    postcodes: tuple[str, ...]

    @property
    def label(self) -> str:
        """What is shown, and is read back: `Rennes (35)`."""
        return commune_label(self.name, self.department)


def commune_label(name: str, department: str) -> str:
    """A commune as it is shown, from what is stored of it."""
    return f"{name} ({department})"


class Communes:
    """A list of communes in memory, of one year, in the order of their names."""

    def __init__(self, communes: Iterable[Commune], year: int, *, is_complete: bool = True) -> None:
        named = sorted(((_folded(one.name), one) for one in communes), key=lambda pair: (pair[0], pair[1].department))
        self.year, self.is_complete = year, is_complete
        self._communes = [one for _, one in named]
        self._names = [name for name, _ in named]
        self._by_code = {one.code: one for one in self._communes}
        self._words = _Prefixes((word, row) for row, name in enumerate(self._names) for word in name.split())
        self._postcodes = _Prefixes((code, row) for row, one in enumerate(self._communes) for code in one.postcodes)
        self._departments = _Prefixes((one.department.lower(), row) for row, one in enumerate(self._communes))

    def __len__(self) -> int:
        return len(self._communes)

    def find(self, code: str) -> Commune | None:
        """The commune of an official code."""
        return self._by_code.get(code)

    def search(self, words: str, limit: int = 20) -> list[Commune]:
        """The communes that these words may mean: beginnings of words of the name, a postcode, a department.

        Accents, capitals and hyphens do not count; `St` is `Saint`. Names that begin with the words come first.
        """
        names, figures = _read_query(words)
        rows = self._rows(names, figures)
        if not rows and names and figures:
            rows = self._rows(names, [])  # `Paris 12e`, `Rennes Cedex 35042`
        query = " ".join(names)
        first = bisect_left(self._names, query)
        last = bisect_left(self._names, query + _LAST) if query else first
        found = [row for row in range(first, last) if row in rows][:limit]
        if len(found) < limit:
            found += heapq.nsmallest(limit - len(found), rows.difference(range(first, last)))
        return [self._communes[row] for row in found]

    def recognise(self, words: str, limit: int = 20) -> list[Commune]:
        """`search`, but one commune alone when the words are exactly the name, or the label, of one only."""
        found = self.search(words, limit)
        folded = _folded(words)
        exact = [one for one in found if folded in (_folded(one.name), _folded(one.label))]
        return exact if len(exact) == 1 else found

    def _rows(self, names: Sequence[str], figures: Sequence[str]) -> set[int]:
        """The rows in which every word is found; none when there is no word."""
        found = [self._words.rows(word) for word in names]
        for figure in figures:
            if _DEPARTMENT.fullmatch(figure):
                found.append(self._departments.rows(figure, is_whole=True))
            elif figure.isdigit() and len(figure) in (4, 5):
                # Four figures begin a postcode, or are one whose zero was left out.
                padded = self._postcodes.rows(figure.zfill(5)) if len(figure) == 4 else []
                found.append(self._postcodes.rows(figure) + padded)
            else:
                return set()
        found.sort(key=len)
        return set(found[0]).intersection(*found[1:]) if found else set()


class _Prefixes:
    """Rows by the beginning of a word."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(pairs)
        self._keys = [key for key, _ in ordered]
        self._rows = [row for _, row in ordered]

    def rows(self, word: str, *, is_whole: bool = False) -> list[int]:
        """The rows of the keys that begin with a word, or are it; a row may be there twice."""
        first = bisect_left(self._keys, word)
        return self._rows[first : bisect_left(self._keys, word + ("\0" if is_whole else _LAST), first)]


def _folded(text: str) -> str:
    """A name without accents, capitals and marks: `St-Étienne` is `saint etienne`."""
    plain = unicodedata.normalize("NFD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    kept = "".join(mark if mark.isalnum() else " " for mark in plain if not unicodedata.combining(mark))
    return " ".join(_SHORT.get(word, word) for word in kept.split())


def _read_query(words: str) -> tuple[list[str], list[str]]:
    """The words of names and the figures (postcodes, departments) of what was typed."""
    names, figures = [], []
    for word in _folded(words[:_LONGEST_QUERY]).split()[:_MOST_WORDS]:
        ordinal = _ORDINAL.fullmatch(word)
        if ordinal or word[0].isdigit():
            figures.append(ordinal[1] if ordinal else word)
        elif word not in _NOISE:
            names.append(word)
    return names, figures


# -- the list in use ------------------------------------------------------------------------------


def communes() -> Communes:
    """The list in use: the imported one, else the shipped one; read at its first use and when it has changed."""
    for imported in _places:
        with contextlib.suppress(OSError):
            return _read_once(imported, imported.stat().st_mtime_ns)
    return _read_once(SHIPPED, 0)


def search(words: str, limit: int = 20) -> list[Commune]:
    """`Communes.search` in the list in use."""
    return communes().search(words, limit)


def find(code: str) -> Commune | None:
    """`Communes.find` in the list in use."""
    return communes().find(code)


def look_in(storage: Path | None) -> None:
    """Say, when a process opens the platform, in which storage folder an imported list would be; None: nowhere."""
    _places[:] = [] if storage is None else [storage / FOLDER / FILE]


_places: list[Path] = []
_read: dict[Path, tuple[int, Communes]] = {}


def _read_once(path: Path, changed: int) -> Communes:
    kept = _read.get(path)
    if kept is None or kept[0] != changed:
        kept = _read[path] = changed, read_communes(path)
    return kept[1]


def read_communes(path: Path) -> Communes:
    """Read a list of ours; raises NomenclatureIsInvalid."""
    head, _, table = path.read_text(encoding="utf-8").partition("\n")
    try:
        about = json.loads(head.removeprefix("#"))
        rows = [
            Commune(row["code"], row["name"], row["department"], int(row["region"]), tuple(row["postcodes"].split()))
            for row in csv.DictReader(io.StringIO(table))
        ]
        return Communes(rows, about["year"], is_complete=about["complete"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NomenclatureIsInvalid(f"{path.name} is not a list of communes: {error!r}") from error


# -- the official files ---------------------------------------------------------------------------


def import_communes(cog: bytes, postcodes: bytes, year: int, storage: Path) -> Communes:
    """Make the whole list from the file of communes of Insee and that of postcodes of La Poste, and use it.

    Raises NomenclatureIsInvalid when a file is not what it should be, or when the two do not go together.
    """
    rows = list(_table(cog, "COG", ("TYPECOM", "COM", "REG", "DEP", "LIBELLE", "COMPARENT")))
    named = [row for row in rows if row["TYPECOM"] == "COM"]
    # Arrondissements and former communes have postcodes of their own, which are those of the commune.
    parents = {row["COM"]: row["COMPARENT"] for row in rows if row["TYPECOM"] != "COM" and row["COMPARENT"]}
    found: dict[str, set[str]] = {row["COM"]: set() for row in named}
    for row in _table(postcodes, "La Poste", ("CODE_COMMUNE_INSEE", "CODE_POSTAL")):
        code = row["CODE_COMMUNE_INSEE"].zfill(5)
        own = code if code in found else parents.get(code, "")
        if own in found and row["CODE_POSTAL"]:
            found[own].add(row["CODE_POSTAL"].zfill(5))
    with_postcode = sum(1 for one in found.values() if one)
    if not named or with_postcode * 10 < len(named) * 9:
        raise NomenclatureIsInvalid(f"{with_postcode} of {len(named)} communes have a postcode: are these the files?")
    made = [
        Commune(
            code=row["COM"],
            name=row["LIBELLE"].replace("'", "’"),
            department=row["DEP"],
            region=_region(row),
            postcodes=tuple(sorted(found[row["COM"]])),
        )
        for row in named
    ]
    _write(made, year, storage / FOLDER / FILE)
    return Communes(made, year)


def _region(row: Mapping[str, str]) -> int:
    try:
        return int(row["REG"])
    except ValueError as error:
        raise NomenclatureIsInvalid(f"COG: the region of {row['COM']} is {row['REG']!r}") from error


def _table(data: bytes, name: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of an official file, whatever its encoding, its separator and the accents of its heads."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    heads = [_folded(one).replace(" ", "_").upper() for one in next(reader, [])]
    missing = [one for one in columns if one not in heads]
    if missing:
        raise NomenclatureIsInvalid(f"{name}: no column {', '.join(missing)}")
    for cells in reader:
        row = dict(zip(heads, cells, strict=False))
        yield {one: row.get(one, "").strip() for one in columns}


def _write(rows: Iterable[Commune], year: int, path: Path) -> None:
    """Write a list whole, or not at all: a process may be reading it."""
    about = {"year": year, "complete": True, "source": SOURCE, "licence": LICENCE}
    text = io.StringIO()
    text.write(f"# {json.dumps(about, ensure_ascii=False)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in rows:
        writer.writerow((one.code, one.name, one.department, one.region, " ".join(one.postcodes)))
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{path.name}.{os.getpid()}")
    own.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    own.replace(path)
