"""What a wave is counted from: its segments, what was replaced since, its weighting; and the tallies of them.

A tally is a pure function of (segments, superseded submissions, layout). That of each segment is kept under the
hashes of both, and they are added up; another layout, asked for once, is counted from the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app import microdata
from app.estimation.tally import Dimension, Layout, Measure, Tally, UnknownCategory
from app.models import Segment, Submission, Wave
from app.models import Weighting as WeightingRow
from app.services import folding, indicators
from app.services.authoring import get_version
from app.services.base_weights import FILE, FileWeights, count_rows, file_weights, payload_weights
from app.services.indicators import Indicator
from app.services.joined_versions import Joined, joined_versions
from app.services.weightings import recipes
from app.storage import FileIsMissing, Storage
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Questionnaire

ENGINE = 3
"""Number of the computation; another number makes other tallies and snapshots of the same inputs.

One more when a file format changes (`MAGIC` of snapshots, that of tallies): a wave would keep files nobody reads.
"""

ROWS_AT_ONCE = 5_000

Progress = Callable[[int], None]
"""Told how many rows are done so far."""
Columns = dict[str, NDArray[np.signedinteger[Any]]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a snapshot is made of, read in one state of the database."""

    wave_id: int
    questionnaire: Questionnaire
    segments: tuple[Segment, ...]
    superseded: Mapping[int, Sequence[int]]
    weighting: WeightingRow | None
    segments_seen: int
    file_weights: FileWeights | None = None
    joined: Mapping[int, Joined] = field(default_factory=dict)
    """The other versions that the wave was asked: see `joined_versions`."""

    @property
    def base_weights(self) -> FileWeights | None:
        """The base weights of the file that the wave was imported from, where the weighting uses them."""
        recipe = self.weighting.recipe if self.weighting else {}
        return self.file_weights if recipe.get("base") == FILE else None

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The composite scores of the version, computed whenever columns are read."""
        return indicators.indicators_of(self.questionnaire)

    @property
    def layout(self) -> Layout:
        """What is counted: the margins' variables make the cells, every closed question is a measure."""
        layout = make_layout(self.questionnaire, self.weighting.recipe if self.weighting else None)
        return layout if self.base_weights is None else replace(layout, base_weights=self.base_weights.part)

    @property
    def digest(self) -> str:
        """The hash that names the snapshot of these inputs."""
        live = {segment.id: segment.content_hash for segment in self.segments}
        document = {
            "engine": ENGINE,
            "segments": sorted(live.values()),
            "superseded": sorted(one for key, many in self.superseded.items() if key in live for one in many),
            "recipe": self.weighting.recipe if self.weighting else None,
            # Two weightings of one recipe are two: a table names the one it was made with.
            "weighting": self.weighting.number if self.weighting else None,
            "layout": counted_as(self.layout, self.indicators),
        }
        if self.joined:
            document["joined"] = [one.digest for one in self.joined.values()]
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def make_layout(questionnaire: Questionnaire, recipe: Mapping[str, Any] | None) -> Layout:
    """Margins' variables as dimensions (with the codes of the margins), closed variables and scores as measures."""
    found = (*codebook.variables(questionnaire), *indicators.variables_of(questionnaire))
    codes: dict[str, set[int]] = {}
    stratum: str | None = (recipe or {}).get("stratum") or None
    keeps_absences = (recipe or {}).get("absences") == "keep"
    if recipe is not None and recipe["margins"]:
        for margin in recipes.to_recipe(recipe, questionnaire).margins:
            for place, name in enumerate(margin.dimensions):
                codes.setdefault(name, set()).update(level[place] for level in margin.shares)
    # In the order of the questionnaire, which is that of the rows of tables; those without an answer come last.
    dimensions = tuple(
        Dimension(
            variable.name,
            tuple(code for code, _ in variable.codes if variable.name == stratum or code in codes[variable.name])
            + (tuple(int(one) for one in Absence) if keeps_absences and variable.name in codes else ()),
        )
        for variable in found
        if variable.name in codes or variable.name == stratum
    )
    measures = tuple(measure for variable in found if (measure := measure_of(variable)) is not None)
    return Layout(dimensions, measures, stratum=stratum)


def counted_as(layout: Layout, scores: Sequence[Indicator]) -> str:
    """The hash of what a layout counts, declarations of its scores included: what names a tally of a segment."""
    counted = {measure.name for measure in layout.measures}
    declared = indicators.digest([one for one in scores if one.name in counted])
    return layout.digest if declared is None else hashlib.sha256(f"{layout.digest} {declared}".encode()).hexdigest()


def measure_of(variable: Variable) -> Measure | None:
    """What is counted of a variable; None for words, dates and places."""
    no_opinion = (int(Absence.NO_OPINION),) if Absence.NO_OPINION in variable.absences else ()
    if variable.kind in (VariableKind.CATEGORY, VariableKind.RANK):
        return Measure(variable.name, "category", tuple(code for code, _ in variable.codes) + no_opinion)
    if variable.kind is VariableKind.SCORE:
        low, high = variable.minimum or 0, variable.maximum or 10
        return Measure(variable.name, "category", tuple(range(low, high + 1)) + no_opinion)
    if variable.kind is VariableKind.INDICATOR:
        return Measure(variable.name, "indicator")
    if variable.kind in (VariableKind.NUMBER, VariableKind.COMPUTED):
        return Measure(variable.name, "number", decimals=variable.decimals)
    return None


def read_inputs(session: Session, wave_id: int) -> Inputs:
    """The present inputs of a wave's snapshot."""
    wave = session.get_one(Wave, wave_id)
    _, questionnaire = get_version(session, wave.version_id)
    weighting = session.scalar(select(WeightingRow).where(WeightingRow.wave_id == wave_id, WeightingRow.in_use))
    seen = session.scalar(select(func.count()).select_from(Segment).where(Segment.wave_id == wave_id)) or 0
    segments = tuple(folding.live_segments(session, wave_id))
    return Inputs(
        wave_id=wave_id,
        questionnaire=questionnaire,
        segments=segments,
        superseded=folding.superseded_submissions(session, wave_id),
        weighting=weighting,
        segments_seen=seen,
        file_weights=file_weights(session, wave_id),
        joined=joined_versions(session, wave.version_id, (one.version_id for one in segments)),
    )


def count_countable(storage: Storage, inputs: Inputs) -> tuple[Tally, str | None]:
    """The tally of a wave; without the cells of its margins, and why, when people are in none of them."""
    try:
        return count_wave(storage, inputs), None
    except UnknownCategory as error:
        return count_wave(storage, replace(inputs, weighting=None)), type(error).__name__


def count_wave(storage: Storage, inputs: Inputs) -> Tally:
    """The tally of the wave: that of its segments, less the superseded rows.

    Each is cached by its content, that of all full segments as one besides, since these stay as they are: a refresh
    reads it and the tallies of a few small segments, however many responses there are.
    """
    layout = inputs.layout
    full = [segment for segment in inputs.segments if segment.row_count >= folding.SMALL_ROWS]
    small = [segment for segment in inputs.segments if segment.row_count < folding.SMALL_ROWS]
    parts = [_count_segment(storage, inputs, layout, segment) for segment in small]
    if full:
        parts.append(_count_full(storage, inputs, layout, full))
    for segment in inputs.segments:
        gone = inputs.superseded.get(segment.id)
        if gone:
            parts.append(-_count_gone(storage, inputs, layout, segment, gone))
    return Tally.total(layout, parts)


def _count_segment(storage: Storage, inputs: Inputs, layout: Layout, segment: Segment) -> Tally:
    return _cached(
        storage,
        f"{_digest(inputs, layout)}-{segment.content_hash}",
        lambda: count_rows(layout, read_layout_columns(storage, inputs, segment, layout)),
    )


def _count_full(storage: Storage, inputs: Inputs, layout: Layout, full: Sequence[Segment]) -> Tally:
    """The tally of these segments together. No segment has the name of that file: a sweep takes it now and then."""
    together = hashlib.sha256(" ".join(sorted(segment.content_hash for segment in full)).encode()).hexdigest()
    return _cached(
        storage,
        f"{_digest(inputs, layout)}-{together}",
        lambda: Tally.total(layout, [_count_segment(storage, inputs, layout, segment) for segment in full]),
    )


def _count_gone(storage: Storage, inputs: Inputs, layout: Layout, segment: Segment, gone: Sequence[int]) -> Tally:
    """The tally of the rows of a segment that were replaced or withdrawn since."""

    def make() -> Tally:
        columns = read_layout_columns(storage, inputs, segment, layout)
        is_gone = np.isin(columns[microdata.SUBMISSION], np.asarray(gone, np.int64))
        return count_rows(layout, {key: column[is_gone] for key, column in columns.items()})

    which = hashlib.sha256(json.dumps(sorted(gone)).encode()).hexdigest()[:24]
    return _cached(storage, f"{_digest(inputs, layout)}-{which}-{segment.content_hash}", make)


def _cached(storage: Storage, name: str, make: Callable[[], Tally]) -> Tally:
    try:
        return Tally.from_bytes(storage.get(folding.TALLIES, name))
    except FileIsMissing:
        tally = make()
        storage.put_as(folding.TALLIES, name, tally.to_bytes())
        return tally


def _digest(inputs: Inputs, layout: Layout) -> str:
    """What a cached tally counts: free base weights are no part of a layout, and make another tally."""
    is_free = inputs.base_weights is not None and inputs.base_weights.part is None
    # What an earlier version joins to depends on the one asked now, and on what was confirmed since.
    joined = hashlib.sha256(" ".join(one.digest for one in inputs.joined.values()).encode()).hexdigest()[:8]
    counted = counted_as(layout, inputs.indicators)[:24]
    return f"{ENGINE}{counted}{'free' if is_free else ''}{joined if inputs.joined else ''}"


def read_layout_columns(storage: Storage, inputs: Inputs, segment: Segment, layout: Layout) -> dict[str, Any]:
    """The columns of a segment that a layout counts, its base weights included, and the submission of each row."""
    content = storage.get(folding.SEGMENTS, segment.content_hash)
    return _read(content, inputs, _names(layout), segment.version_id)


def _read(content: bytes, inputs: Inputs, names: Iterable[str], version_id: int) -> dict[str, NDArray[Any]]:
    """The submission of each row and these columns; that of base weights where the wave uses some (classes or not)."""
    wanted = [microdata.SUBMISSION, *(one for one in names if one != microdata.BASE_WEIGHT)]
    stored = _stored(content, inputs.joined.get(version_id), indicators.needed(inputs.indicators, wanted))
    columns = indicators.with_scores(inputs.indicators, stored, wanted)
    if inputs.base_weights is not None:
        columns[microdata.BASE_WEIGHT] = inputs.base_weights.column(microdata.read_weights(content))
    return columns


def _stored(content: bytes, joined: Joined | None, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns of a segment under the names of the version asked now; of what does not join, nobody was asked it."""
    if joined is None:
        return microdata.read_columns(content, names)
    own = {name: joined.names.get(name) for name in names if name != microdata.SUBMISSION}
    held = microdata.read_columns(content, [microdata.SUBMISSION, *filter(None, own.values())])
    rows = held[microdata.SUBMISSION]
    nobody = np.full(len(rows), int(Absence.NOT_IN_VERSION), np.int8)
    return {microdata.SUBMISSION: rows} | {name: nobody if one is None else held[one] for name, one in own.items()}


def read_wave_columns(storage: Storage, inputs: Inputs, names: Iterable[str]) -> Columns:
    """The columns of every row that counts now, one array a name: for a table that no layout foresaw.

    `microdata.BASE_WEIGHT` among the names, where `inputs.base_weights` has some: classes, or floats.

    Raises FileIsMissing when the segments were merged meanwhile (read the inputs again), KeyError on an unknown name.
    """
    wanted = list(dict.fromkeys(names))
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in wanted}
    for segment in inputs.segments:
        content = storage.get(folding.SEGMENTS, segment.content_hash)
        columns = _read(content, inputs, wanted, segment.version_id)
        gone = inputs.superseded.get(segment.id)
        if gone:
            kept = ~np.isin(columns[microdata.SUBMISSION], np.asarray(gone, np.int64))
            columns = {name: column[kept] for name, column in columns.items()}
        for name in wanted:
            parts[name].append(columns[name])
    return {name: np.concatenate(arrays) if arrays else np.zeros(0, np.int8) for name, arrays in parts.items()}


def _names(layout: Layout) -> list[str]:
    """The columns that a layout counts, each once."""
    dimensions = [dimension.name for dimension in layout.dimensions]
    return list(dict.fromkeys(dimensions + [measure.name for measure in layout.measures]))


def folded_payloads(
    session: Session, wave_id: int, joined: Mapping[int, Joined] | None = None
) -> Iterator[list[Mapping[str, Any]]]:
    """The latest folded submission of each response, some thousands at a time; of a withdrawn one, nothing is left.

    `joined`: see `Inputs.joined`; what was sent to another version is read as the version asked now has it. Asked for
    piece by piece in the order of responses, so that no wave is too large for memory.
    """
    later, known = aliased(Submission), joined or {}
    is_replaced = exists().where(
        later.response_id == Submission.response_id,
        later.number > Submission.number,
        later.segment_id.is_not(None),
    )
    statement = (
        select(Submission.response_id, Submission.version_id, Submission.payload)
        .where(Submission.wave_id == wave_id, Submission.segment_id.is_not(None), ~is_replaced)
        .order_by(Submission.response_id)
        .limit(ROWS_AT_ONCE)
    )
    last = 0
    while rows := session.execute(statement.where(Submission.response_id > last)).all():
        last = rows[-1].response_id
        sent = ((known.get(row.version_id), row.payload) for row in rows if row.payload)
        yield [payload if one is None else one.payload(payload) for one, payload in sent]


def recount_rows(session: Session, inputs: Inputs) -> Tally:
    """The tally of what is folded, from the submissions themselves, without segments."""
    pieces = folded_payloads(session, inputs.wave_id, inputs.joined)
    return recount(inputs.layout, pieces, base=inputs.base_weights, scores=inputs.indicators)


def recount(
    layout: Layout,
    pieces: Iterable[Sequence[Mapping[str, Any]]],
    progress: Progress | None = None,
    base: FileWeights | None = None,
    scores: Sequence[Indicator] = (),
) -> Tally:
    """The tally of these payloads, row by row: what the nightly check compares with that of the segments.

    `scores`: the composite scores among what the layout counts. `progress` is told after each piece how many rows
    were read.
    """
    whole, done = Tally.total(layout, ()), 0
    for payloads in pieces:
        stored = {
            name: np.asarray([one["values"].get(name, one["absences"].get(name)) for one in payloads], dtype=np.int64)
            for name in indicators.needed(scores, _names(layout))
        }
        columns = indicators.with_scores(scores, stored, _names(layout))
        if base is not None:
            columns[microdata.BASE_WEIGHT] = base.column(payload_weights(payloads))
        whole, done = Tally.total(layout, (whole, count_rows(layout, columns))), done + len(payloads)
        if progress is not None:
            progress(done)
    return whole
