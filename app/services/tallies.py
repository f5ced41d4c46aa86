"""What a wave is counted from: its segments, what was replaced since, its weighting; and the tallies of them.

A tally is a pure function of (segments, superseded submissions, layout). That of each segment is kept under the
hashes of both, and they are added up; another layout, asked for once, is counted from the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import microdata
from app.estimation.tally import Dimension, Layout, Measure, Tally, UnknownCategory, count
from app.models import Segment, Submission, Wave
from app.models import Weighting as WeightingRow
from app.services import folding, recipes
from app.services.authoring import get_version
from app.storage import FileIsMissing, Storage
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Questionnaire

ENGINE = 2
"""Number of the computation; another number makes other snapshots of the same inputs."""

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

    @property
    def layout(self) -> Layout:
        """What is counted: the margins' variables make the cells, every closed question is a measure."""
        return make_layout(self.questionnaire, self.weighting.recipe if self.weighting else None)

    @property
    def digest(self) -> str:
        """The hash that names the snapshot of these inputs."""
        live = {segment.id: segment.content_hash for segment in self.segments}
        document = {
            "engine": ENGINE,
            "segments": sorted(live.values()),
            "superseded": sorted(one for key, many in self.superseded.items() if key in live for one in many),
            "recipe": self.weighting.recipe if self.weighting else None,
            "layout": self.layout.digest,
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def make_layout(questionnaire: Questionnaire, recipe: Mapping[str, Any] | None) -> Layout:
    """Margins' variables as dimensions (their codes are those of the margins), closed variables as measures."""
    found = codebook.variables(questionnaire)
    codes: dict[str, set[int]] = {}
    if recipe is not None:
        for margin in recipes.to_recipe(recipe, questionnaire).margins:
            for place, name in enumerate(margin.dimensions):
                codes.setdefault(name, set()).update(level[place] for level in margin.shares)
    # In the order of the questionnaire, which is that of the rows of tables.
    dimensions = tuple(
        Dimension(variable.name, tuple(code for code, _ in variable.codes if code in codes[variable.name]))
        for variable in found
        if variable.name in codes
    )
    measures = tuple(measure for variable in found if (measure := measure_of(variable)) is not None)
    return Layout(dimensions, measures)


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
    return Inputs(
        wave_id=wave_id,
        questionnaire=questionnaire,
        segments=tuple(folding.live_segments(session, wave_id)),
        superseded=folding.superseded_submissions(session, wave_id),
        weighting=weighting,
        segments_seen=seen,
    )


def count_countable(storage: Storage, inputs: Inputs) -> tuple[Tally, str | None]:
    """The tally of a wave; without the cells of its margins, and why, when people are in none of them."""
    try:
        return count_wave(storage, inputs), None
    except UnknownCategory as error:
        return count_wave(storage, replace(inputs, weighting=None)), type(error).__name__


def count_wave(storage: Storage, inputs: Inputs) -> Tally:
    """The tally of the wave: that of each segment, cached by its content, less the superseded rows."""
    layout = inputs.layout
    parts = []
    for segment in inputs.segments:
        name = f"{layout.digest[:24]}-{segment.content_hash}"
        try:
            part = Tally.from_bytes(storage.get(folding.TALLIES, name))
        except FileIsMissing:
            part = count(layout, read_layout_columns(storage, segment, layout))
            storage.put_as(folding.TALLIES, name, part.to_bytes())
        gone = inputs.superseded.get(segment.id)
        if gone:
            columns = read_layout_columns(storage, segment, layout)
            is_gone = np.isin(columns[microdata.SUBMISSION], np.asarray(gone, np.int64))
            part = part - count(layout, {key: column[is_gone] for key, column in columns.items()})
        parts.append(part)
    return Tally.total(layout, parts)


def read_layout_columns(storage: Storage, segment: Segment, layout: Layout) -> dict[str, Any]:
    """The columns of a segment that a layout counts, and the submission of each row."""
    content = storage.get(folding.SEGMENTS, segment.content_hash)
    return microdata.read_columns(content, (microdata.SUBMISSION, *_names(layout)))


def read_wave_columns(storage: Storage, inputs: Inputs, names: Iterable[str]) -> Columns:
    """The columns of every row that counts now, one array a name: for a table that no layout foresaw.

    Raises FileIsMissing when the segments were merged meanwhile (read the inputs again), KeyError on an unknown name.
    """
    wanted = list(dict.fromkeys(names))
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in wanted}
    for segment in inputs.segments:
        content = storage.get(folding.SEGMENTS, segment.content_hash)
        columns = microdata.read_columns(content, (microdata.SUBMISSION, *wanted))
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


def folded_payloads(session: Session, wave_id: int) -> list[Mapping[str, Any]]:
    """The latest folded submission of each response; of a withdrawn one, nothing is left."""
    rows = session.execute(
        select(Submission.response_id, Submission.payload)
        .where(Submission.wave_id == wave_id, Submission.segment_id.is_not(None))
        .order_by(Submission.response_id, Submission.number)
    )
    latest: dict[int, Mapping[str, Any]] = {}
    for response_id, payload in rows:
        latest[response_id] = payload
    return [payload for payload in latest.values() if payload]


def recount_rows(session: Session, inputs: Inputs) -> Tally:
    """The tally of what is folded, from the submissions themselves, without segments."""
    return recount(inputs.layout, folded_payloads(session, inputs.wave_id))


def recount(layout: Layout, payloads: Sequence[Mapping[str, Any]]) -> Tally:
    """The tally of these payloads, row by row: what the nightly check compares with that of the segments."""
    columns = {
        name: np.asarray([one["values"].get(name, one["absences"].get(name)) for one in payloads], dtype=np.int64)
        for name in _names(layout)
    }
    return count(layout, columns)
