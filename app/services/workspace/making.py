"""Making the tables of a request: read, count, weigh, estimate, test, protect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.estimation.additivity import adds_up
from app.estimation.disclosure import Cell, Mask, Policy, ProtectedTable
from app.estimation.estimates import Estimates
from app.estimation.linearization import Statistic
from app.estimation.tables import Item, Reading, Table, combine, distribution_table
from app.models import Wave
from app.services import fieldwork, ledgers, tallies
from app.services.method.sampling import interval_sentence
from app.services.wording import base_in_words, rule_in_words
from app.services.workspace import testing
from app.services.workspace.counting import (
    NO_VALUE,
    ROWS,
    Block,
    Counted,
    Rows,
    choose_weighting,
    count_block,
    counted_name,
    make_block,
    read_rows,
)
from app.services.workspace.filters import Filter, FilterIsInvalid, FilterNotCounted, read_filter
from app.services.workspace.protecting import protect_block
from app.services.workspace.requests import RequestIsInvalid, RequestProblem, TableRequest, problems_of
from app.services.workspace.subjects import Subject, groups_of, subjects
from app.services.workspace.testing import Association, Gaps
from app.services.workspace.words import words
from app.storage import FileIsMissing, Storage
from questionnaires.comparison import Join
from questionnaires.expressions import Absence
from questionnaires.model import Questionnaire
from questionnaires.piping import outline


@dataclass(frozen=True, slots=True)
class MadeBlock:
    """One block of rows, ready to be shown. `label`: the variables of its rows, empty for the whole alone.

    `association`: the test of independence, when asked for. `gaps`: the differences with the compared wave.
    `adds_up`: the rows, those that are hidden included, make up the whole.
    """

    label: str
    table: ProtectedTable
    association: Association | None = None
    gaps: Gaps | None = None
    adds_up: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """The answer to a request. `responses`: people in the tally; `problem`: why it is not weighted."""

    request: TableRequest
    subject: Subject
    blocks: tuple[MadeBlock, ...]
    responses: int
    problem: str | None


def make_tables(session: Session, storage: Storage, request: TableRequest, language: str) -> Made:
    """The protected tables of a request; raises RequestIsInvalid with every problem found."""
    problems = problems_of(request)
    asked = _prepare(session, storage, request, language, problems)
    compared = _compared(session, storage, asked, language) if request.compared else None
    noted = () if compared is None else _allowed(session, asked, compared, language)
    blocks, reasons = [], []
    for block in asked.blocks:
        made = asked.block(block)
        other = None if compared is None else compared.block(block)
        blocks.append(asked.finish(made, other, compared, noted))
        reasons.append(made[1].problem)
    return Made(request, asked.subject, agree_on_whole(blocks), asked.rows.size, reasons[0])


def agree_on_whole(blocks: Sequence[MadeBlock]) -> tuple[MadeBlock, ...]:
    """The whole is the same in every block: what one of them hides of it, none shows."""
    wholes = [one.table.rows[0] for one in blocks]
    hidden = {place: cell for row in wholes for place, cell in enumerate(row.cells) if cell.is_hidden}
    is_base_shown = all(row.base is not None for row in wholes)
    return tuple(_without_whole(one, hidden, is_base_shown) for one in blocks)


def _without_whole(block: MadeBlock, hidden: Mapping[int, Cell], is_base_shown: bool) -> MadeBlock:
    """A block without these cells of its whole, nor what would tell them: the indices, and the rows that add up."""
    whole, *others = block.table.rows
    added = {place: cell for place, cell in hidden.items() if not whole.cells[place].is_hidden}
    rows = [replace(whole, cells=_put(whole.cells, hidden))]
    for row in others:
        cells = tuple(replace(cell, index=None) if place in hidden else cell for place, cell in enumerate(row.cells))
        cells = _put(cells, added)
        rows.append(replace(row, cells=cells, is_hidden=all(cell.is_hidden for cell in cells)))
    if not is_base_shown:
        rows = [replace(row, base=None, weighted_base=None, effective_base=None, is_fragile=False) for row in rows]
    gaps = block.gaps
    if gaps is not None:
        without = {code: hidden if code is None else added for code in gaps.rows}
        gaps = replace(
            gaps,
            rows={
                code: tuple(None if place in without[code] else gap for place, gap in enumerate(line))
                for code, line in gaps.rows.items()
            },
        )
    # The statistic of the test is a function of every count.
    association = block.association if is_base_shown and not added else None
    return replace(block, table=replace(block.table, rows=tuple(rows)), gaps=gaps, association=association)


def _put(cells: tuple[Cell, ...], others: Mapping[int, Cell]) -> tuple[Cell, ...]:
    """The cells of a row, with others at some places."""
    return tuple(others.get(place, cell) for place, cell in enumerate(cells))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request against one wave: its variables found, its filter read, its rows in memory."""

    request: TableRequest
    wave: Wave
    questionnaire: Questionnaire
    subject: Subject
    blocks: tuple[Block, ...]
    filter: Filter | None
    rows: Rows
    reading: Reading
    policy: Policy
    language: str

    def block(self, block: Block) -> tuple[Block, Counted, list[Estimates]]:
        """A block counted, and the estimates of its columns."""
        counted = count_block(self.rows, self.subject, block, self.request.interval)
        return block, counted, self._estimates(counted, block)

    def finish(
        self,
        made: tuple[Block, Counted, list[Estimates]],
        other: tuple[Block, Counted, list[Estimates]] | None,
        compared: Prepared | None,
        reasons: tuple[str, ...] = (),
    ) -> MadeBlock:
        """A block tested and protected, with its differences to the same block of another wave."""
        block, counted, estimates = made
        table = self.shown(made)
        association = None
        if self.request.has_association:
            association = testing.association(counted, self.subject, table)
        gaps = None
        if other is not None and compared is not None:
            theirs = compared.shown(other)
            gaps = replace(testing.gaps(table, estimates, theirs, other[2], compared.wave.name), reasons=reasons)
        label = self._words["and"].join(one.label for one in block.subjects)
        whole = all(adds_up(one) for one in estimates)
        return MadeBlock(label, self._asked_for(table), association, self._gaps_asked_for(table, gaps), whole)

    @property
    def _words(self) -> Mapping[str, str]:
        return words(self.language)

    def _estimates(self, counted: Counted, block: Block) -> list[Estimates]:
        """Estimates in the order of the columns: shares, then what a value has."""
        names = [one.name for one in self.subject.measures]
        if self.subject.is_several:
            asked = [Statistic(counted_name(name)) for name in names]
        elif self.subject.is_number:
            asked = [Statistic(counted_name(names[0]), "mean"), Statistic(counted_name(names[0]), "deviation")]
        else:
            name = counted_name(names[0])
            asked = [Statistic(name, "share", groups_of(self.subject))]
            if self.subject.has_order:
                asked += [Statistic(name, "mean"), Statistic(name, "deviation"), Statistic(name, "median")]
        found = counted.estimator.estimate_each(asked, None if block.is_whole else ROWS)
        return [_named(one, names[min(place, len(names) - 1)]) for place, one in enumerate(found)]

    def _table(self, block: Block, counted: Counted, estimates: list[Estimates]) -> Table:
        said, labels = self._words, self._row_labels(block)
        reading = self._reading_of(counted)
        if self.subject.is_several:
            items = [
                Item(outline(variable.label.in_(self.language)), one)
                for variable, one in zip(self.subject.variables, estimates, strict=True)
            ]
            table = combine(items, reading, labels, shares=True)
        else:
            answers: dict[int | str, str] = dict(self.subject.labels(self.language, said["no_opinion"]).items())
            answers |= {one.name: outline(one.label.in_(self.language)) for one in self.subject.subtotals}
            first, *others = estimates
            if self.subject.is_number:
                answers[0] = said["mean"]
            spread = [(one, said[one.answers[0].kind]) for one in others]
            table = distribution_table(first, reading, answers, labels, spread=spread, shares=True)
        if self.request.has_signs and not block.is_whole:
            sign = testing.signs(counted, self.subject, self.policy.minimum_base, self.request.correction)
            table = replace(table, sign=sign)
        return table

    def shown(self, made: tuple[Block, Counted, list[Estimates]]) -> ProtectedTable:
        """The protected table of a block."""
        block, counted, estimates = made
        return protect_block(
            self._table(block, counted, estimates), self.policy, self.rows, self.subject, block, counted
        )

    def _asked_for(self, table: ProtectedTable) -> ProtectedTable:
        """The columns and the figures that were asked for: the others were there to protect them.

        A row of nobody, as that of those whom the first page leaves out, is not shown.
        """
        places = self._places(table)
        statistics = self.request.statistics
        rows = tuple(
            replace(
                row,
                cells=tuple(
                    replace(
                        row.cells[place],
                        index=row.cells[place].index if "index" in statistics else None,
                        weighted=row.cells[place].weighted if "weighted" in statistics else None,
                    )
                    for place in places
                ),
            )
            for row in table.rows
            if row.is_total or not all(cell.mask is Mask.NO_ANSWER for cell in row.cells)
        )
        return replace(table, columns=tuple(table.columns[place] for place in places), rows=rows)

    def _gaps_asked_for(self, table: ProtectedTable, gaps: Gaps | None) -> Gaps | None:
        if gaps is None:
            return None
        places = self._places(table)
        return replace(gaps, rows={code: tuple(row[place] for place in places) for code, row in gaps.rows.items()})

    def _places(self, table: ProtectedTable) -> list[int]:
        statistics = set(self.request.statistics)
        shares = not self.subject.has_order or statistics & {"percent", "counts", "weighted", "index"}
        places = [
            place
            for place, column in enumerate(table.columns)
            if (column.kind in ("percent", "subtotal") and shares) or column.kind in statistics
        ]
        # A number has nothing but its mean: asked for percentages, it still says something.
        return places or [place for place, column in enumerate(table.columns) if column.kind in ("percent", "mean")]

    def _row_labels(self, block: Block) -> dict[int | None, str]:
        said = self._words
        labels: dict[int | None, str] = {None: said["whole"], NO_VALUE: said["no_value"]}
        found = [one.labels(self.language, said["no_opinion"]) for one in block.subjects]
        if len(found) == 1:
            return labels | {code: found[0][code] for code in block.codes}
        pairs = [
            f"{found[0][first]} · {found[1][second]}"
            for first in (block.subjects[0].measures[0].counted_codes if found else ())
            for second in block.subjects[1].measures[0].counted_codes
        ]
        return labels | dict(zip(block.codes, pairs, strict=True))

    def _reading_of(self, counted: Counted) -> Reading:
        said, notes = self._words, list(self.reading.notes)
        if self.filter is not None:
            notes.insert(0, said["domain"])
        if self.subject.is_several:
            notes.insert(0, said["above"])
        base = self.rows.inputs.base_weights
        if base is not None and base.part is None:
            notes.append(said["free"])
        if self.subject.has_order and Absence.NO_OPINION in self.subject.variable.absences:
            notes.insert(0, said["values"])
        if "index" in self.request.statistics:
            notes.append(said["index"])
        if "weighted" in self.request.statistics:
            notes.append(said["weighted_note"])
        if self.request.interval != "auto":
            notes.append(said[f"interval-{self.request.interval}"])
        weighting = said["impossible"] if counted.problem and self.rows.inputs.weighting else self.reading.weighting
        test = ""
        if self.request.has_signs and counted.codes:
            level = said["unadjusted" if self.request.correction == "none" else self.request.correction]
            test = f"{said['signs'].format(base=self.policy.minimum_base)} {level}"
        return replace(self.reading, notes=tuple(notes), weighting=weighting, test=test)


def _named(estimates: Estimates, name: str) -> Estimates:
    """Estimates under the name of the variable, whatever the measure was called in the tally."""
    return replace(estimates, measure=replace(estimates.measure, name=name))


def _prepare(
    session: Session,
    storage: Storage,
    request: TableRequest,
    language: str,
    problems: list[RequestProblem],
) -> Prepared:
    """Find what a request speaks of, and read it; raises RequestIsInvalid with what was found before and here."""
    try:
        wave = fieldwork.get_wave(session, request.wave)
    except fieldwork.WaveNotFound:
        raise RequestIsInvalid(RequestProblem("wave", "unknown", {"found": request.wave})) from None
    said = words(language)
    inputs = tallies.read_inputs(session, wave.id)
    questionnaire = inputs.questionnaire
    known = subjects(questionnaire, language, said)
    subject = known.get(request.question)
    problems += _unknown(request, known)
    kept_by = _read_filter(request.filter, questionnaire, problems)
    blocks: tuple[Block, ...] = ()
    try:
        inputs = choose_weighting(session, inputs, request.weighting)
        if not any(one.field == "by" for one in problems):
            blocks = tuple(
                make_block([known[name] for name in names])
                for group in request.blocks
                for names in _divided(group, known)
            )
    except RequestIsInvalid as error:
        problems += error.problems
    if problems or subject is None:
        raise RequestIsInvalid(*problems)
    if not inputs.segments:
        raise RequestIsInvalid(RequestProblem("wave", "nothing-counted"))
    names = [*(one.name for one in subject.variables), *(one.name for block in blocks for one in block.subjects)]
    try:
        rows = read_rows(storage, inputs, names, kept_by)
    except FileIsMissing:
        raise RequestIsInvalid(RequestProblem("wave", "busy")) from None
    policy = Policy(**wave.policy)
    _refuse_narrow(rows, policy)
    reading = _reading(wave, rows, subject, kept_by, language)
    return Prepared(request, wave, questionnaire, subject, blocks, kept_by, rows, reading, policy, language)


def _unknown(request: TableRequest, known: Mapping[str, Subject]) -> list[RequestProblem]:
    """Variables that are not there, or that do not do what they are asked to."""
    found = []
    subject = known.get(request.question)
    if not request.question:
        found.append(RequestProblem("question", "missing"))
    elif subject is None:
        found.append(RequestProblem("question", "unknown", {"found": request.question}))
    for name in request.by:
        if name not in known:
            found.append(RequestProblem("by", "unknown", {"found": name}))
        elif not known[name].is_divisible and (request.crossed or not known[name].is_several):
            found.append(RequestProblem("by", "not-divisible", {"found": name}))
    if subject is not None and request.has_association and (subject.is_several or subject.is_number):
        found.append(RequestProblem("test", "needs-shares"))
    return found


def _divided(names: tuple[str, ...], known: Mapping[str, Subject]) -> list[tuple[str, ...]]:
    """The blocks of these variables: each choice of a multiple question is one, since people choose several."""
    if len(names) == 1 and known[names[0]].is_several:
        return [(one.name,) for one in known[names[0]].variables]
    return [names]


def _read_filter(text: str, questionnaire: Questionnaire, problems: list[RequestProblem]) -> Filter | None:
    if not text or any(one.field == "filter" for one in problems):
        return None
    try:
        return read_filter(text, questionnaire)
    except FilterIsInvalid as error:
        problems.append(RequestProblem("filter", "rule", {"problems": error.problems}))
    except FilterNotCounted as error:
        problems.append(RequestProblem("filter", "words", {"variable": error.variable}))
    return None


def _refuse_narrow(rows: Rows, policy: Policy) -> None:
    """A filter that keeps or leaves out so few people tells who they are by difference: nothing of it is shown."""
    if rows.kept is None:
        return
    kept = int(rows.kept.sum())
    most = policy.minimum_count - 1
    if kept == 0:
        raise RequestIsInvalid(RequestProblem("filter", "keeps-nobody"))
    if kept <= most:
        raise RequestIsInvalid(RequestProblem("filter", "keeps-few", {"most": most}))
    if 0 < rows.size - kept <= most:
        raise RequestIsInvalid(RequestProblem("filter", "leaves-few", {"most": most}))


def _reading(wave: Wave, rows: Rows, subject: Subject, kept_by: Filter | None, language: str) -> Reading:
    said, questionnaire, inputs = words(language), rows.inputs.questionnaire, rows.inputs
    base = base_in_words(subject.variable.universe, questionnaire, language)
    if (subject.is_several or subject.is_number) and Absence.NO_OPINION in subject.variable.absences:
        base += said["opinion"]
    weighting = said["raw"]
    if inputs.weighting is not None:
        label = f" ({inputs.weighting.label})" if inputs.weighting.label else ""
        weighting = said["weighted"].format(number=inputs.weighting.number) + label
    return Reading(
        question=subject.question,
        base=base,
        population=questionnaire.population,
        questionnaire=outline(questionnaire.title.in_(language)),
        version=questionnaire.version,
        wave=wave.name,
        weighting=weighting,
        snapshot=said["live"].format(state=_state(rows)),
        origin=said[wave.origin],
        # The moment of the last segment, not of the request: the same state gives the same bytes.
        produced_at=max(segment.created_at for segment in inputs.segments).isoformat(timespec="seconds"),
        notes=((said["partial"],) if wave.counts_partial else ())
        + (interval_sentence(wave.method, language, None, None),),
        language=language,
        filter="" if kept_by is None else rule_in_words(kept_by.expression, questionnaire, language),
    )


def _state(rows: Rows) -> str:
    """Eight characters that name what was counted: the segments, and what was replaced since."""
    inputs = rows.inputs
    live = sorted(segment.content_hash for segment in inputs.segments)
    gone = sorted(one for many in inputs.superseded.values() for one in many)
    return hashlib.sha256(json.dumps([live, gone]).encode()).hexdigest()[:8]


def _compared(session: Session, storage: Storage, asked: Prepared, language: str) -> Prepared:
    """The same request against the other wave, under its own weighting; raises RequestIsInvalid at `compared`."""
    wave = asked.wave
    request = replace(asked.request, wave=asked.request.compared, compared="", weighting="", test="none")
    try:
        other = fieldwork.get_wave(session, request.wave)
    except fieldwork.WaveNotFound:
        raise RequestIsInvalid(RequestProblem("compared", "unknown", {"found": request.wave})) from None
    if other.origin != wave.origin:
        raise RequestIsInvalid(RequestProblem("compared", "origin"))
    if _shares_persons(wave, other) or _shares_persons(other, wave):
        raise RequestIsInvalid(RequestProblem("compared", "shares-persons"))
    try:
        prepared = _prepare(session, storage, request, language, [])
    except RequestIsInvalid as error:
        raise RequestIsInvalid(*(_at_compared(one, asked) for one in error.problems)) from None
    mine, theirs = (
        [one.measures for one in (each.subject, *(of for block in each.blocks for of in block.subjects))]
        for each in (asked, prepared)
    )
    if mine != theirs or len(asked.blocks) != len(prepared.blocks):
        raise RequestIsInvalid(RequestProblem("compared", "variable", {"variable": asked.subject.name}))
    return prepared


def _allowed(session: Session, asked: Prepared, compared: Prepared, language: str) -> tuple[str, ...]:
    """What the ledger of comparability says of reading the two waves together; RequestIsInvalid where it cuts them."""
    judge = ledgers.judge_of(session, asked.questionnaire.name)
    versions = [compared.questionnaire.version, asked.questionnaire.version]
    if compared.wave.version_id > asked.wave.version_id:
        versions.reverse()
    subjects_read = [asked.subject, *(one for block in asked.blocks for one in block.subjects)]
    names = dict.fromkeys(one.name for each in subjects_read for one in each.variables)
    verdicts = [judge(name, versions[0], versions[1]) for name in names]
    reasons = tuple(dict.fromkeys(reason.in_(language) for one in verdicts for reason in one.reasons))
    if any(one.join is Join.CUT for one in verdicts):
        data = {"old": versions[0], "new": versions[1], "reasons": " ".join(reasons)}
        raise RequestIsInvalid(RequestProblem("compared", "cut", data))
    return reasons


def _shares_persons(wave: Wave, other: Wave) -> bool:
    said = wave.method.get("shares_persons_with", ())
    return isinstance(said, list | tuple) and other.key in said


def _at_compared(problem: RequestProblem, asked: Prepared) -> RequestProblem:
    """A problem of the other wave, at the field that named it."""
    if problem.field == "filter":
        return RequestProblem("compared", "filter", {"problem": problem})
    if problem.field in ("question", "by"):
        return RequestProblem("compared", "variable", {"variable": problem.data.get("found", asked.subject.name)})
    if problem.code == "nothing-counted":
        return RequestProblem("compared", "nothing-counted")
    return replace(problem, field="wave")
