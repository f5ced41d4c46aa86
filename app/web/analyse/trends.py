"""Trends: the series that waves and publications make, each with its chart, its table and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from app.models.fieldwork import ORIGINS
from app.services import analysis, published_trends, trends
from app.services.csv_files import csv_file, safe_cell
from app.services.trends import Gap, NoSuchSeries, Point, Series, Step
from app.web import formats, pages
from app.web.charts import rendering
from app.web.charts import trends as drawing
from app.web.charts.axes import Axis, round_axis
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.comparison.ledger import Doubt

POPULATIONS = ("citoyens", "elus", "entreprises", "associations", "fondations", "academiques")


@dataclass(frozen=True, slots=True)
class Row:
    """A point as the table shows it, with the step that leads to it (None for the first)."""

    point: Point
    date: str
    value: str
    interval: str
    base: str
    step: Step | None
    class_words: str
    reasons: tuple[str, ...]
    gap: str
    verdict: str


def trends_list() -> Response:
    """Every series that can be read: published ones, then questionnaires and their variables."""
    found = trends.offered(pages.session(), formats.language())
    groups = [
        (title, origin, [(section, list(of)) for section, of in groupby(own, key=lambda one: one.section)])
        for (title, origin), rows in groupby(found, key=lambda one: (one.questionnaire_title, one.origin))
        for own in [list(rows)]
    ]
    return pages.render(
        "analyse/trends.html", groups=groups, published=published_trends.published_list(formats.language())
    )


def trend(questionnaire: str, variable: str) -> Response:
    """The series of a variable over the waves of a questionnaire."""
    return series_page(_own(questionnaire, variable), {"questionnaire": questionnaire, "variable": variable}, "trend")


def published_trend(series: str) -> Response:
    """A series of published figures."""
    return series_page(_published(series), {"series": series}, "published_trend")


def trend_csv(questionnaire: str, variable: str) -> Response:
    """The points of a series as CSV."""
    return series_csv(_own(questionnaire, variable), f"{questionnaire}-{variable}")


def published_trend_csv(series: str) -> Response:
    """The points of a published series as CSV."""
    return series_csv(_published(series), series)


def trend_image(questionnaire: str, variable: str) -> Response:
    """The chart of a series, as SVG."""
    return series_image(_own(questionnaire, variable), f"{questionnaire}-{variable}")


def published_trend_image(series: str) -> Response:
    """The chart of a published series, as SVG."""
    return series_image(_published(series), series)


def _own(questionnaire: str, variable: str) -> Series:
    args = request.args
    domain = args.get("domain", "")
    try:
        return trends.read_series(
            pages.session(),
            pages.platform().storage,
            questionnaire,
            variable,
            formats.language(),
            answer=args.get("answer", ""),
            by=args.get("by", "") or analysis.WHOLE,
            domain=int(domain) if domain.isdecimal() and len(domain) < 10 else None,
            origin=read_origin(),
        )
    except NoSuchSeries:
        abort(404)


def read_origin() -> str:
    origin = request.args.get("origin", trends.RESPONDENT)
    return origin if origin in ORIGINS else abort(404)


def _published(key: str) -> Series:
    try:
        return published_trends.published_series(key, formats.language())
    except NoSuchSeries:
        abort(404)


def series_page(
    series: Series,
    place: Mapping[str, str],
    endpoint: str,
    template: str = "analyse/trend.html",
    **others: Any,
) -> Response:
    """The page of a series; its image and its file are at the endpoints `endpoint`_image and `endpoint`_csv."""
    asked = ("answer", "by", "domain", "part", "origin")
    query = {name: value for name, value in request.args.items() if name in asked and value}
    return pages.render(
        template,
        series=series,
        rows=_rows(series),
        lines=_lines(series),
        endpoint=endpoint,
        address={**place, **query},
        by=request.args.get("by", ""),
        has_chart=any(point.value is not None for point in series.points),
        axis_words=_axis_words(_axis(series), series),
        description=_description(series),
        cuts=sum(step.join is Join.CUT for step in series.steps),
        is_mixed=_is_mixed(series),
        **others,
    )


def _is_mixed(series: Series) -> bool:
    """Whether published figures and waves stand on one chart."""
    return len({bool(point.wave_key) for point in series.points}) > 1


def _written(value: float | None, series: Series) -> str:
    if value is None:
        return "c"
    return formats.mean(value, formats.language()) if series.is_mean else formats.percent(value, formats.language())


def _rows(series: Series) -> list[Row]:
    return [
        _row(point, series.steps[place - 1] if place else None, series) for place, point in enumerate(series.points)
    ]


def _row(point: Point, step: Step | None, series: Series) -> Row:
    language = formats.language()
    interval = _("non calculable")
    if point.value is None:
        interval = _("masqué")
    elif point.low is not None and point.high is not None:
        interval = formats.interval(point.low, point.high, language, "mean" if series.is_mean else "percent")
    base = _("non publiée") if not point.wave_key else "c"
    return Row(
        point,
        point.date_words or formats.short_date(point.on, language),
        _written(point.value, series),
        str(interval),
        formats.number(point.base, language) if point.base is not None else str(base),
        step,
        _class_words(step) if step else "",
        _reasons(step) if step else (),
        _gap_words(step.gap, series) if step and step.gap else "",
        _verdict(step) if step else "",
    )


def _class_words(step: Step) -> str:
    words = {
        ComparabilityClass.IDENTICAL: _("Identique"),
        ComparabilityClass.COSMETIC: _("Retouche de forme"),
        ComparabilityClass.WORDING: _("Libellé modifié"),
        ComparabilityClass.CHOICES_ADDED: _("Réponses ajoutées ou retirées"),
        ComparabilityClass.RECODED: _("Codes modifiés"),
        ComparabilityClass.BASE_CHANGED: _("Base modifiée"),
        ComparabilityClass.BROKEN: _("Autre mesure"),
        ComparabilityClass.NEW: _("Question nouvelle"),
        ComparabilityClass.DROPPED: _("Question retirée"),
    }
    return str(words[step.class_]) if step.class_ is not None else ""


def _reasons(step: Step) -> tuple[str, ...]:
    doubts = {
        Doubt.UNKNOWN: _("Le registre de comparabilité ne dit rien de ce passage d’une version à l’autre."),
        Doubt.UNCONFIRMED: _("La classe proposée n’est pas confirmée."),
        Doubt.STALE: _("La confirmation porte sur un autre changement : elle est à refaire."),
    }
    return (*step.reasons, *(str(doubts[one]) for one in step.doubts))


def _gap_words(gap: Gap, series: Series) -> str:
    """« +5 points (de +2 à +8) »."""
    value, low, high = (_signed(one, series) for one in (gap.value, gap.low, gap.high))
    if series.is_mean:
        return str(_("%(gap)s (de %(low)s à %(high)s)", gap=value, low=low, high=high))
    return str(_("%(gap)s points (de %(low)s à %(high)s)", gap=value, low=low, high=high))


def _signed(value: float, series: Series) -> str:
    language = formats.language()
    text = formats.mean(value, language) if series.is_mean else formats.points(value, language)
    if not text.strip("0,.−"):
        return text.lstrip("−")
    return f"+{text}" if value > 0 else text


def _verdict(step: Step) -> str:
    if step.join is Join.CUT:
        return str(_("Aucun écart ne se lit à travers une rupture."))
    if step.gap is None:
        return str(_("Aucun test possible : un intervalle manque, ou les bases sont trop petites."))
    return str(_("Écart significatif à 95 %.") if step.gap.is_significant else _("Écart non significatif à 95 %."))


def _lines(series: Series) -> list[tuple[str, list[str]]]:
    """Every answer with its texts, one a wave."""
    found = []
    for line in series.lines:
        texts = []
        for cell in line.cells:
            if cell is None:
                texts.append("–")
            elif cell.value is None:
                texts.append("c")
            elif line.kind == "mean":
                texts.append(formats.mean(cell.value, formats.language()))
            else:
                texts.append(formats.points(cell.value, formats.language()))
        found.append((line.label, texts))
    return found


def _axis(series: Series) -> Axis:
    values = [one for point in series.points for one in (point.low, point.high, point.value) if one is not None]
    if series.is_mean:
        return round_axis(values, min([0.0, *values]), max([10.0, *values]))
    return round_axis(values, 0.0, 1.0)


def _axis_words(axis: Axis, series: Series) -> str:
    if axis.cut_at is None:
        return ""
    return str(_("Axe coupé à %(start)s.", start=_written(axis.cut_at, series)))


def _spec(series: Series, width: int) -> rendering.Spec:
    axis = _axis(series)
    marks = [_written(value, series) for value in axis.marks]
    short = [text.removesuffix(f"{formats.NO_BREAK}%").removesuffix("%") for text in marks[:-1]]
    words = drawing.TrendWords(_description(series), str(_("Rupture")), [*short, marks[-1]], _names(series))
    ink = f"pop-{series.population}" if series.population in POPULATIONS else "accent"
    return drawing.trend(_drawn(series), axis, words, ink=ink, width=width)


def _drawn(series: Series) -> list[drawing.TrendPoint]:
    """The points that have a value; past one that has none, nothing is joined."""
    found: list[drawing.TrendPoint] = []
    join = drawing.Join.JOINED
    reason = ""
    is_mixed = _is_mixed(series)
    for place, point in enumerate(series.points):
        step = series.steps[place - 1] if place else None
        if step is not None and (step.join is Join.CUT or join is not drawing.Join.CUT):
            join, reason = drawing.Join(step.join.value), _short_reason(step, series.points[place - 1], point)
        if point.value is None:
            join, reason = drawing.Join.CUT, str(_("valeur masquée"))
            continue
        text = _written(point.value, series).removesuffix(f"{formats.NO_BREAK}%").removesuffix("%")
        label = str(point.on.year)
        if sum(one.on.year == point.on.year for one in series.points) > 1:
            label = formats.short_date(point.on, formats.language()).partition(formats.NO_BREAK)[2]
        when = point.on.year + (point.on.timetuple().tm_yday - 1) / 366
        shape = drawing.Shape(point.base is None, is_mixed and bool(point.wave_key))
        reach = (point.low, point.high)
        found.append(drawing.TrendPoint(when, label, point.value, text, *reach, shape, join, reason))
        join = drawing.Join.JOINED
    return found


def _short_reason(step: Step, before: Point, after: Point) -> str:
    """Why a line breaks, in the words that a chart has room for."""
    if step.join is not Join.CUT:
        return ""
    if step.class_ is not None:
        return _class_words(step).lower()
    if step.doubts:
        return str(_("non confirmé"))
    if bool(before.wave_key) is not bool(after.wave_key):
        return str(_("autre enquête"))
    is_same = not after.wave_key and before.name == after.name
    return str(_("non comparables") if is_same else _("question nouvelle"))


def _names(series: Series) -> list[str]:
    """The question of each run, where it changes from one to the next."""
    names = [run[0].name for run in series.runs]
    return names if any(names) else []


def _description(series: Series) -> str:
    """What the chart shows, in sentences: the runs and the breaks between them."""
    runs = []
    for run in series.runs:
        values = ", ".join(
            str(_("%(value)s en %(year)s", value=_written(point.value, series), year=point.on.year))
            for point in run
            if point.value is not None
        )
        name = run[0].name
        if values:
            runs.append(str(_("%(name)s : %(values)s", name=name, values=values)) if name else values)
    broken = f". {_('Rupture')}. "
    label = _("%(title)s : %(label)s", title=series.title, label=series.answer_label)
    title = series.title if series.answer_label == series.title else str(label)
    return f"{title}. {broken.join(runs)}."


def series_image(series: Series, name: str) -> Response:
    """The chart of a series as SVG, narrow for phones; not found without a value."""
    if all(point.value is None for point in series.points):
        abort(404)
    width = drawing.NARROW if request.args.get("narrow") else drawing.WIDE
    return rendering.svg_response(_spec(series, width), name, download=bool(request.args.get("download")))


def series_csv(series: Series, name: str) -> Response:
    """One line a point, unrounded, with what joins it to the one before. French: semicolons and decimal commas."""
    is_french = formats.language() == "fr"
    lines: list[list[str]] = []
    for note in (_description(series), *([str(_origin_note(series))] if series.origin != trends.RESPONDENT else [])):
        lines.append([f"# {note}"])
    head = (_("Vague"), _("Date"), _("Version"), _("Base"), _("Effectif"), _("Valeur"), _("Borne basse"))
    joined = (_("Lien"), _("Classe"), _("Raison"), _("Écart"), _("Écart significatif"), _("Source"), _("Réserves"))
    lines.append([*map(str, head), str(_("Borne haute")), str(_("Pondération")), *map(str, joined)])
    for row in _rows(series):
        point, step = row.point, row.step
        gap = step.gap if step else None
        cells = (
            *(point.wave, point.on.isoformat(), point.version, point.base_words, point.base),
            *(point.value, point.low, point.high, point.weighting),
            *(_join_words(step) if step else "", row.class_words, " ".join(row.reasons)),
            *(gap.value if gap else None, (str(_("oui")) if gap.is_significant else str(_("non"))) if gap else ""),
            *(" ; ".join(point.source), " ".join(point.caveats)),
        )
        lines.append([_in_csv(one, is_french) for one in cells])
    return pages.attachment(csv_file(lines, formats.language()), pages.CSV, f"{name}.csv")


def _join_words(step: Step) -> str:
    words = {Join.JOINED: _("reliés"), Join.NOTED: _("reliés avec une note"), Join.CUT: _("rupture")}
    return str(words[step.join])


def _origin_note(series: Series) -> str:
    if series.origin == "simulated":
        return str(_("Données simulées : ces chiffres ne disent rien de personnes réelles."))
    return str(_("Enquête d’essai : ces chiffres ne se publient pas."))


def _in_csv(value: str | float | int | None, is_french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return str(safe_cell(value))
    return repr(value).replace(".", ",") if is_french else repr(value)
