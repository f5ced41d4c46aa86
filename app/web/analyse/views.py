"""Waves, questions and tables, the weighting behind them, and their files."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request

from app.estimation.disclosure import ProtectedTable
from app.jobs import REBUILD_WAVE
from app.models import Wave
from app.services import analysis, authoring, exports, fieldwork, jobs, snapshots
from app.services.analysis import DomainNotAvailable, NothingFolded, QuestionNotAnalysed, WaveTables
from app.services.fieldwork import WaveNotFound
from app.web import formats, pages
from app.web.analyse.dots import dot_chart
from app.web.analyse.presentation import default_column, reading_sentence, scale_of, shown_answers, shown_rows
from app.web.analyse.weighting import problem_sentence, variable_label
from questionnaires.model import Questionnaire, SingleChoice

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key)
    except WaveNotFound:
        abort(404)


def _tables(wave: Wave) -> WaveTables:
    return WaveTables(pages.session(), pages.platform().storage, wave, formats.language())


def _table(tables: WaveTables, question: str) -> ProtectedTable:
    try:
        return tables.table(question, request.args.get("by", analysis.WHOLE))
    except (QuestionNotAnalysed, DomainNotAvailable):
        abort(404)


def _nothing(wave: Wave) -> Response:
    return pages.render("analyse/nothing.html", wave=wave)


def waves() -> Response:
    """Every wave, to choose one."""
    return pages.render("analyse/waves.html", waves=fieldwork.list_waves(pages.session()))


def wave(key: str) -> Response:
    """The questions of a wave, and where its snapshot stands."""
    found = _wave(key)
    version, questionnaire = authoring.get_version(pages.session(), found.version_id)
    snapshot = snapshots.latest_snapshot(pages.session(), found)
    return pages.render(
        "analyse/wave.html",
        wave=found,
        version=version,
        questionnaire=questionnaire,
        questions=analysis.question_list(questionnaire),
        snapshot=snapshot,
        has_regions=_has_regions(found),
        problem=problem_sentence(snapshot.problem) if snapshot else "",
        progress=fieldwork.wave_progress(pages.session(), found),
        recount=jobs.latest_job(pages.session(), REBUILD_WAVE, found.id),
    )


def _has_regions(wave: Wave) -> bool:
    try:
        return analysis.DEFAULT_DOMAIN in dict(_tables(wave).domains)
    except NothingFolded:
        return False


def table(key: str, question: str) -> Response:
    """One question, overall or by a variable, with its intervals."""
    found = _wave(key)
    try:
        tables = _tables(found)
    except NothingFolded:
        return _nothing(found)
    shown = _table(tables, question)
    context = _shown(tables.questionnaire, shown, question) | _around(tables, question)
    return pages.render("analyse/table.html", wave=found, **context)


def _shown(questionnaire: Questionnaire, table: ProtectedTable, question: str) -> dict[str, Any]:
    """A table and its chart; `?column=` chooses what the chart shows."""
    scale = scale_of(questionnaire, question)
    place = default_column(table.columns, request.args.get("column", ""))
    return {
        "table": table,
        "place": place,
        "rows": shown_rows(table, _order(questionnaire)),
        "answers": shown_answers(table, scale),
        "scale": scale,
        "chart": dot_chart(table, place, scale),
        "sentence": reading_sentence(table, place),
    }


def _order(questionnaire: Questionnaire) -> list[int]:
    """The codes of the variable that makes the rows, in the order of the questionnaire."""
    by = request.args.get("by", analysis.WHOLE)
    question = None if by == analysis.WHOLE else questionnaire.question_of(by)
    return [choice.code for choice in question.choices] if isinstance(question, SingleChoice) else []


def _around(tables: WaveTables, question: str) -> dict[str, Any]:
    """What stands around a table: its neighbours, the variables to cross it by, the state of the weighting."""
    names = [one.name for one in analysis.question_list(tables.questionnaire)]
    here, language = names.index(question), formats.language()
    domains = [(name, variable_label(name, tables.questionnaire, language)) for name, _text in tables.domains]
    return {
        "name": question,
        "by": request.args.get("by", analysis.WHOLE),
        "domains": [(name, label) for name, label in domains if name in tables.domains_of(question)],
        "previous": names[here - 1] if here else None,
        "following": names[here + 1] if here + 1 < len(names) else None,
        "snapshot": tables.snapshot,
        "questionnaire": tables.questionnaire,
        "problem": problem_sentence(tables.snapshot.problem),
    }


def csv(key: str, question: str) -> Response:
    """One table as CSV."""
    try:
        found = _table(_tables(_wave(key)), question)
    except NothingFolded:
        abort(404)
    return pages.attachment(exports.csv_file(found), pages.CSV, _file_name(key, question, "csv"))


def xlsx(key: str, question: str) -> Response:
    """One table as a workbook."""
    try:
        found = _table(_tables(_wave(key)), question)
    except NothingFolded:
        abort(404)
    return pages.attachment(exports.xlsx_file([found]), XLSX, _file_name(key, question, "xlsx"))


def workbook(key: str) -> Response:
    """Every table of a wave as one workbook."""
    try:
        tables = _tables(_wave(key))
    except NothingFolded:
        abort(404)
    return pages.attachment(exports.xlsx_file(list(tables.all_tables())), XLSX, f"{key}.xlsx")


def _file_name(key: str, question: str, suffix: str) -> str:
    by = request.args.get("by", analysis.WHOLE)
    parts = [key, question, *([] if by == analysis.WHOLE else [by])]
    return f"{'-'.join(parts)}.{suffix}"
