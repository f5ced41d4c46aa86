"""Figures by region: the map of the 13 regions with its table, one region against the country, and their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug import Response as Redirect

from app.estimation.disclosure import Policy
from app.estimation.tables import Column
from app.models import Wave
from app.services import authoring, fieldwork
from app.services import territories as regions
from app.services.analysis import NothingFolded, WaveTables
from app.services.fieldwork import WaveNotFound
from app.services.territories import NoRegions, RegionFigure, RegionIsUnknown, RegionTable, Where
from app.services.workspace import RequestIsInvalid, Subject
from app.services.workspace.files import csv_of
from app.web import formats, pages
from app.web.analyse.dots import dot_chart
from app.web.analyse.presentation import ShownCell, default_column, scale_of, shown_cell
from app.web.analyse.tiles import region_map
from app.web.analyse.weighting import problem_sentence
from app.web.analyse.worktable import SIGNS, sign_words
from app.web.charts.rendering import Spec, svg_response
from questionnaires.model import Questionnaire
from questionnaires.model.territories import FORMER_REGIONS, REGIONS, Worth


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A region in the table: its figure and interval, its bases (None when hidden), its sign, its marks in words."""

    code: int | None
    label: str
    cell: ShownCell
    base: str | None
    weighted_base: str | None
    sign: str
    sign_words: str
    is_fragile: bool
    has_page: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgainstFrance:
    """A figure of the page of a region: the question, the answer, the region and the country."""

    subject: Subject
    column: Column
    line: RegionLine
    france: ShownCell


def _wave(key: str) -> Wave:
    try:
        return fieldwork.get_wave(pages.session(), key)
    except WaveNotFound:
        abort(404)


def _questionnaire(wave: Wave) -> Questionnaire:
    return authoring.get_version(pages.session(), wave.version_id)[1]


def _table(wave: Wave, question: str) -> RegionTable:
    """Raises RequestIsInvalid while nothing is counted; a question that is not there is no page."""
    try:
        return regions.region_table(
            pages.session(), pages.platform().storage, wave, question, formats.language(), request.args.get("by", "")
        )
    except RequestIsInvalid as error:
        if any(one.field != "wave" for one in error.problems):
            abort(404)
        raise


def _place(table: RegionTable) -> int:
    return default_column(table.columns, request.args.get("column", ""))


def territories() -> Response | Redirect:
    """Choose a wave, then a question."""
    waves = [one for one in fieldwork.list_waves(pages.session()) if _has_regions(one.key)]
    key = request.args.get("wave", "")
    chosen = next((one for one in waves if one.key == key), None)
    known: Mapping[str, Subject] = {}
    if chosen is not None:
        known = regions.mapped_subjects(_questionnaire(_wave(key)), formats.language())
        question = request.args.get("question", "")
        if question in known:
            return redirect(url_for(".territory_map", key=key, question=question))
    return pages.render("analyse/territories.html", waves=waves, chosen=chosen, groups=_grouped(known))


def _has_regions(key: str) -> bool:
    return bool(regions.region_variables(_questionnaire(_wave(key))))


def _grouped(known: Mapping[str, Subject]) -> list[tuple[str, list[Subject]]]:
    """Subjects by the section that they stand in, for the groups of a menu."""
    return [(group, list(of)) for group, of in groupby(known.values(), key=lambda one: one.group)]


def territory_map(key: str) -> Response:
    """One figure of a wave on the map, as dots, and in a table."""
    wave = _wave(key)
    questionnaire, language = _questionnaire(wave), formats.language()
    try:
        question = request.args.get("question", "") or _first(questionnaire)
        found = _table(wave, question)
    except NoRegions:
        return pages.render("analyse/territory_none.html", wave=wave)
    except RequestIsInvalid:
        return pages.render("analyse/nothing.html", wave=wave)
    place = _place(found)
    figures = found.figures(place)
    column, policy = found.columns[place], found.table.policy
    variables = regions.region_variables(questionnaire)
    return pages.render(
        "analyse/territory_map.html",
        wave=wave,
        found=found,
        question=question,
        place=place,
        column=column,
        variables=[one.name for one in variables],
        groups=_grouped(regions.mapped_subjects(questionnaire, language)),
        chart=dot_chart(found.table, place, _scale(questionnaire, found.made.subject)),
        france=_line(_country(found, place), column, policy),
        lines=[_line(one, column, policy) for one in figures if one.where is Where.TILE],
        others=[_line(one, column, policy) for one in figures if one.where is not Where.TILE],
        hidden=[one.label for one in figures if one.is_hidden],
        problem=problem_sentence(found.made.problem) if found.made.problem else "",
        query=_query(question, column),
    )


def _first(questionnaire: Questionnaire) -> str:
    """The question shown when none is asked for; raises NoRegions."""
    regions.region_variable(questionnaire)
    language = formats.language()
    known = regions.main_figures(questionnaire, language) or [
        *regions.mapped_subjects(questionnaire, language).values()
    ]
    return known[0].name if known else abort(404)


def _country(found: RegionTable, place: int) -> RegionFigure:
    row = found.france
    return RegionFigure(None, str(_("France")), Where.OUTSIDE, None, row, row.cells[place])


def _scale(questionnaire: Questionnaire, subject: Subject) -> tuple[float, float] | None:
    try:
        return scale_of(questionnaire, subject.name)
    except KeyError:
        return None  # one choice of a multiple question has no table of its own


def _query(question: str, column: Column) -> dict[str, str]:
    """The address of what is seen."""
    by = request.args.get("by", "")
    return {"question": question, "column": column.code} | ({"by": by} if by else {})


def _line(figure: RegionFigure, column: Column, policy: Policy) -> RegionLine:
    language, row = formats.language(), figure.row
    sign = SIGNS[figure.cell.sign]
    # A row too small for any figure has no weighted base either: it would read as a count of a few people.
    is_small = row.base is not None and row.base < policy.minimum_base
    found = (row.base, None if is_small else row.weighted_base)
    bases = [None if one is None else formats.number(one, language) for one in found]
    return RegionLine(
        figure.code,
        figure.label,
        shown_cell(figure.cell, column),
        bases[0],
        bases[1],
        sign,
        sign_words(figure.cell.sign) if sign else "",
        figure.cell.is_fragile or (row.is_fragile and row.base is not None),
        figure.region is not None,
        _notes(figure),
    )


def _notes(figure: RegionFigure) -> tuple[str, ...]:
    """What a row that has no tile is, in words."""
    worth = figure.worth
    if figure.where is Where.OVERSEAS:
        return (str(_("Région d’outre-mer, hors de la carte.")),)
    if figure.where is not Where.FORMER or worth is None:
        return ()
    today = " + ".join(REGIONS[code][1] for code in worth.regions)
    if worth.worth is Worth.UNION:
        return (str(_("Réunion de régions entières : %(regions)s.", regions=today)),)
    missing = ", ".join(FORMER_REGIONS[code][0] for code in worth.missing)
    return (
        str(_("Région d’avant 2016, partie de %(region)s (sans %(missing)s).", region=today, missing=missing)),
        str(_("Son chiffre n’est pas celui de la région actuelle.")),
    )


def territory(key: str, region: int) -> Response:
    """One region: its main figures against the country."""
    wave = _wave(key)
    questionnaire, language = _questionnaire(wave), formats.language()
    try:
        variable = regions.region_variable(questionnaire, request.args.get("by", ""))
        label = REGIONS[region][1]
        if variable.territories.get(region) is None:
            abort(404)
        found = [(one, _table(wave, one.name)) for one in regions.main_figures(questionnaire, language)]
    except (NoRegions, KeyError):
        abort(404)
    except RequestIsInvalid:
        return pages.render("analyse/nothing.html", wave=wave)
    if not found:
        abort(404)
    figures = [one for subject, table in found if (one := _against(subject, table, region)) is not None]
    table = found[0][1]
    return pages.render(
        "analyse/territory.html",
        wave=wave,
        label=label,
        region=region,
        by=variable.name,
        questionnaire=questionnaire.name,
        has_trend=_has_trend(wave, variable.name),
        figures=figures,
        hidden=sum(one.line.cell.is_hidden for one in figures),
        row=next((row for row in table.table.rows if row.code == region), None),
        reading=table.table.reading,
        policy=table.table.policy,
        problem=problem_sentence(table.made.problem) if table.made.problem else "",
    )


def _has_trend(wave: Wave, by: str) -> bool:
    """Whether series of this wave are read by the variable: where it makes the cells of its tally."""
    try:
        tables = WaveTables(pages.session(), pages.platform().storage, wave, formats.language())
    except NothingFolded:
        return False
    return by in dict(tables.domains)


def _against(subject: Subject, table: RegionTable, region: int) -> AgainstFrance | None:
    """None when nobody of the region was asked."""
    place = default_column(table.columns)
    try:
        figure = table.figure(region, place)
    except RegionIsUnknown:
        return None
    column = table.columns[place]
    return AgainstFrance(
        subject, column, _line(figure, column, table.table.policy), shown_cell(table.france.cells[place], column)
    )


def territory_csv(key: str) -> Response:
    """The table of the page as CSV, every answer of the question in it."""
    found = _asked(key)
    return pages.attachment(csv_of(found.made), pages.CSV, f"{key}-{found.made.subject.name}-regions.csv")


def territory_svg(key: str) -> Response:
    """The map of the page as an image: in the page, and to be kept; `?narrow` for phones."""
    found = _asked(key)
    name = f"{key}-{found.made.subject.name}-regions"
    spec = _map(found, _place(found), is_narrow="narrow" in request.args)
    return svg_response(spec, name, download="download" in request.args)


def _map(found: RegionTable, place: int, *, is_narrow: bool) -> Spec:
    column = found.columns[place]
    said = f"{found.table.reading.question} – {column.label}"
    return region_map(found.figures(place), column.kind == "mean", said, is_narrow=is_narrow)


def _asked(key: str) -> RegionTable:
    """What a file holds; nothing to hold is no file."""
    wave = _wave(key)
    try:
        return _table(wave, request.args.get("question", "") or _first(_questionnaire(wave)))
    except (NoRegions, RequestIsInvalid):
        abort(404)
