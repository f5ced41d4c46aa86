"""Reads the file of published figures; every problem is told at once, with its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import Field

from ..comparison.changes import Join
from ..concepts import Grade
from ..definition.shapes import Shape, ShapeIsInvalid, read_shape
from ..model import LocalText
from .types import (
    OtherReading,
    PublishedFigure,
    PublishedItem,
    PublishedJoin,
    PublishedSeries,
    PublishedWave,
    Source,
    Statistic,
)

_Pair = tuple[str, str]


class PublishedIsInvalid(Exception):
    """The file of published figures cannot be used; the message has one problem a line."""


class _Figure(Shape):
    entry: int
    wave: str
    value: Decimal
    sources: tuple[str, ...] = Field(min_length=1)
    part: str = ""
    statistic: Statistic = Statistic.SHARE
    base: str = "all"
    n: int | None = None
    subgroup: str | None = None
    caveats: tuple[str, ...] = ()
    others: tuple[tuple[Decimal, str], ...] = ()
    derived: bool = False
    bound: str | None = None


class _Join(Shape):
    """Of two waves of the file, or of one of them and a version of a questionnaire of ours, as `name/version`."""

    between: _Pair
    join: Join
    reason: dict[str, str]


class _Item(Shape):
    key: str
    concept: str
    population: str
    text: dict[str, str]
    scale: dict[str, str]
    multiple: bool = False
    grade: Grade
    reason: dict[str, str]
    figures: tuple[_Figure, ...] = Field(min_length=1)
    joins: tuple[_Join, ...] = ()


class _Series(Shape):
    key: str
    label: dict[str, str]
    population: str
    items: tuple[str, ...]


class _Break(Shape):
    between: _Pair
    reason: dict[str, str]


_Wave = tuple[str, dt.date, Literal["fieldwork", "publication", "deduction"], int | None, str, str, str, str, str, str]


class _File(Shape):
    format: Literal[1]
    sources: dict[str, _Pair]
    waves: dict[str, _Wave]
    caveats: dict[str, dict[str, str]]
    parts: dict[str, _Pair]
    bases: dict[str, _Pair]
    subgroups: dict[str, _Pair]
    bounds: dict[str, _Pair]
    items: tuple[_Item, ...]
    series: tuple[_Series, ...]
    breaks: tuple[_Break, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """All that is published: figures in the order of the file, what joins them, and the series they make.

    `joins`: by item and waves, or a wave and a version of a questionnaire (`name/version`); `breaks`: reasons, by
    two items.
    """

    figures: tuple[PublishedFigure, ...]
    items: Mapping[str, PublishedItem]
    joins: Mapping[tuple[str, str, str], PublishedJoin]
    breaks: Mapping[frozenset[str], LocalText]
    series: tuple[PublishedSeries, ...]


def read_published(content: bytes) -> Published:
    """The figures of a file. Raises PublishedIsInvalid."""
    try:
        file = read_shape(_File, content)
    except ShapeIsInvalid as error:
        raise PublishedIsInvalid(str(error)) from error
    if problems := [*_problems(file)]:
        raise PublishedIsInvalid("\n".join(problems))
    return _Builder(file).build()


def _problems(file: _File) -> list[str]:
    """Every name that is not declared, and every figure or join told twice or about nothing."""
    known: dict[str, set[str]] = {
        "source": {*file.sources},
        "caveat": {*file.caveats},
        "part": {*file.parts},
        "base": {*file.bases},
    }
    found: list[str] = []
    seen: set[str] = set()
    for item in file.items:
        for one in item.figures:
            place = _key(item, one)
            asked = [("source", key) for key in (*one.sources, *(key for _, key in one.others))]
            asked += [("caveat", key) for key in one.caveats]
            asked += [("base", one.base)] + ([("part", one.part)] if one.part else [])
            found += [f"{place}: no {kind} “{key}”" for kind, key in asked if key not in known[kind]]
            found += [f"{place}: no wave “{one.wave}”"] if one.wave not in file.waves else []
            found += [f"{place}: no subgroup “{one.subgroup}”"] if one.subgroup not in {None, *file.subgroups} else []
            found += [f"{place}: no bound “{one.bound}”"] if one.bound not in {None, *file.bounds} else []
            found += [f"{place}: told twice"] if place in seen else []
            seen.add(place)
            if one.wave in file.waves and file.waves[one.wave][0] != item.population:
                found.append(f"{place}: the wave is of another population")
        waves = {one.wave for one in item.figures}
        joined = (one.between for one in item.joins)
        found += [f"{item.key}: joins what has no figure" for pair in joined if not waves >= _published_ends(pair)]
    items = {one.key for one in file.items}
    named = [
        name for group in (*(one.items for one in file.series), *(one.between for one in file.breaks)) for name in group
    ]
    return found + [f"no item “{name}”" for name in named if name not in items]


def _published_ends(pair: _Pair) -> set[str]:
    return {pair[0]} if "/" in pair[1] else set(pair)


def _key(item: _Item, figure: _Figure) -> str:
    return ".".join(one for one in (item.key, figure.wave, figure.part, figure.subgroup) if one)


def _pair(texts: _Pair) -> LocalText:
    return LocalText({"fr": texts[0], "en": texts[1]})


class _Builder:
    """From the shapes of a file whose names are all declared, to the types."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._sources = {key: Source(key, *pair) for key, pair in file.sources.items()}
        self._waves = {key: self._wave(key, one) for key, one in file.waves.items()}

    def build(self) -> Published:
        """Everything of the file."""
        items = {one.key: self._item(one) for one in self._file.items}
        return Published(
            tuple(self._figure(items[item.key], item, one) for item in self._file.items for one in item.figures),
            items,
            {
                (item.key, *one.between): PublishedJoin(one.join, LocalText(one.reason))
                for item in self._file.items
                for one in item.joins
            },
            {frozenset(one.between): LocalText(one.reason) for one in self._file.breaks},
            tuple(
                PublishedSeries(one.key, LocalText(one.label), one.population, one.items) for one in self._file.series
            ),
        )

    @staticmethod
    def _wave(key: str, one: _Wave) -> PublishedWave:
        population, on, dated_by, n, *words = one
        name, date, size = (_pair((words[place], words[place + 1])) for place in (0, 2, 4))
        return PublishedWave(key, name, population, on, date, dated_by, n, size)

    @staticmethod
    def _item(one: _Item) -> PublishedItem:
        text, scale, reason = LocalText(one.text), LocalText(one.scale), LocalText(one.reason)
        return PublishedItem(one.key, one.concept, one.population, text, scale, one.multiple, one.grade, reason)

    def _figure(self, item: PublishedItem, declared: _Item, one: _Figure) -> PublishedFigure:
        file, wave = self._file, self._waves[one.wave]
        # The size of a whole survey is the base of a figure about everyone only.
        whole = wave.n if one.base == "all" and one.subgroup is None else None
        return PublishedFigure(
            key=_key(declared, one),
            item=item,
            wave=wave,
            value=one.value,
            statistic=one.statistic,
            base=_pair(file.bases[one.base]),
            n=one.n if one.n is not None else whole,
            sources=tuple(self._sources[key] for key in one.sources),
            entry=one.entry,
            part=one.part,
            label=_pair(file.parts[one.part]) if one.part else None,
            subgroup=_pair(file.subgroups[one.subgroup]) if one.subgroup else None,
            caveats=tuple(LocalText(file.caveats[key]) for key in one.caveats),
            others=tuple(OtherReading(value, (self._sources[key],)) for value, key in one.others),
            is_derived=one.derived,
            bound=_pair(file.bounds[one.bound]) if one.bound else None,
        )
