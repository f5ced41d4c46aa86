"""Crossed views and the register of concepts: what each population says of one subject, and how comparable it is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, request
from flask_babel import gettext as _

from app.services import crossed
from app.services.crossed import ActorLine, Comparison, ConceptNotFound, CrossedView, Gap, Measurement
from app.services.csv_files import csv_file, safe_cell
from app.web import formats, pages
from app.web.charts.actors import Actor, Measure, dots
from app.web.charts.axes import Axis, round_axis
from app.web.charts.rendering import Spec, svg_response
from app.web.charts.trends import NARROW
from questionnaires import concepts
from questionnaires.concepts import Concept, Register
from questionnaires.published import figures

ORIGINS = ("respondent", "trial", "simulated")


def population_names() -> dict[str, str]:
    """Populations as pages call them, in their order."""
    names = {
        "citoyens": _("Citoyens"),
        "elus": _("Maires et élus locaux"),
        "entreprises": _("Dirigeants d’entreprise"),
        "associations": _("Responsables associatifs"),
        "fondations": _("Fondations"),
        "academiques": _("Acteurs académiques"),
    }
    return {one: names[one] for one in Register.POPULATIONS}


def written(value: float | None, is_mean: bool) -> str:
    """A value as pages write it; a withheld one is « c »."""
    language = formats.language()
    if value is None:
        return "c"
    return formats.mean(value, language) if is_mean else formats.percent(value, language)


def concepts_register() -> Response:
    """Every concept: those that several populations answer first."""
    asked = [(one, asked_populations(one)) for one in concepts.register().concepts.values()]
    asked.sort(key=lambda pair: (-len(pair[1]), pair[0].label.in_(formats.language())))
    return pages.render("analyse/concepts.html", concepts=asked, names=population_names(), language=formats.language())


def asked_populations(concept: Concept) -> list[str]:
    """Who is asked about a concept, by shipped questionnaires or published surveys."""
    found = {one.questionnaire.removeprefix("impact-") for one in concept.ties}
    found |= {one.item.population for one in figures() if one.item.concept == concept.name}
    return [one for one in Register.POPULATIONS if one in found]


def one_concept(name: str) -> Response:
    """A concept: its definition, its scale, the questions tied to it and the published figures."""
    if name not in concepts.register():
        abort(404)
    concept = concepts.register()[name]
    told = {one.item.key: one.item for one in figures() if one.item.concept == name}
    return pages.render(
        "analyse/concept.html",
        concept=concept,
        texts=crossed.questions_of(concept, formats.language()),
        items=list(told.values()),
        populations=asked_populations(concept),
        names=population_names(),
        language=formats.language(),
    )


def crossed_view(name: str) -> Response:
    """The crossed view of a concept: chart, table, comparison of two populations."""
    view = _view(name)
    names = population_names()
    return pages.render(
        "analyse/crossed.html",
        view=view,
        names=names,
        language=formats.language(),
        written=written,
        gap_words=gap_words,
        in_points=in_points,
        compared=_compared(view, names),
        asked=(request.args.get("first", ""), request.args.get("second", "")),
        query={"part": view.part, "origin": view.origin},
        spec=_spec(view) if _has_chart(view) else None,
        axis_words=_axis_words(view) if _has_chart(view) else "",
    )


def _view(name: str) -> CrossedView:
    origin, part = request.args.get("origin", ORIGINS[0]), request.args.get("part")
    if origin not in ORIGINS:
        abort(404)
    try:
        return crossed.crossed_view(pages.session(), pages.platform().storage, name, formats.language(), part, origin)
    except ConceptNotFound:
        abort(404)


def gap_words(gap: Gap | None) -> str:
    """A change between two measures, in points or in units; a dash when there is none to tell."""
    if gap is None or gap.difference is None:
        return "–"
    return in_points(gap.difference)


def in_points(difference: float) -> str:
    """« +5 points »."""
    sign = "+" if difference > 0 else ""
    return str(_("%(change)s points", change=sign + formats.points(difference, formats.language())))


def _compared(view: CrossedView, names: dict[str, str]) -> Comparison | None:
    first, second = (view.line(request.args.get(one, "")) for one in ("first", "second"))
    if first is None or second is None or first is second:
        return None
    called = (names[first.population], names[second.population])
    return crossed.compare_actors(first.last, second.last, formats.language(), called)


def _has_chart(view: CrossedView) -> bool:
    return any(one.last.value is not None for one in view.lines)


def _axis(values: Sequence[float], is_mean: bool) -> Axis:
    if not is_mean:
        return round_axis(values, 0, 1)
    return round_axis(values, 0, max(10.0, *values))


def _axis_of(view: CrossedView) -> Axis:
    lines = [one for one in view.lines if one.last.value is not None]
    values = [one.value for line in lines for one in line.measures if one.value is not None]
    return _axis(values, lines[0].last.is_mean)


def _axis_words(view: CrossedView) -> str:
    """Where the axis starts, when it is not at its zero."""
    start = _axis_of(view).cut_at
    if start is None:
        return ""
    return str(_("Axe coupé à %(start)s.", start=written(start, view.lines[0].last.is_mean)))


def _spec(view: CrossedView, width: int = 720) -> Spec:
    lines = [one for one in view.lines if one.last.value is not None]
    is_mean = lines[0].last.is_mean
    axis = _axis_of(view)
    marks = [written(mark, is_mean) for mark in axis.marks]
    # The unit stands on the last mark only.
    marks = [*(one.removesuffix(f"{formats.NO_BREAK}%").removesuffix("%") for one in marks[:-1]), marks[-1]]
    names = population_names()
    actors = [_actor(line, names[line.population]) for line in lines]
    said = _("%(subject)s, première et dernière mesure par acteur", subject=view.concept.label.in_(formats.language()))
    return dots(actors, axis, said, marks, width=width)


def _actor(line: ActorLine, label: str) -> Actor:
    first = line.first if line.first is not None and line.first.value is not None else None
    gap = line.gap
    is_joined = gap is not None and gap.difference is not None
    return Actor(label, line.population, _measure(first) if first else None, _measure(line.last), is_joined)


def _measure(one: Measurement) -> Measure:
    return Measure(one.value or 0.0, written(one.value, one.is_mean), one.base is None)


def crossed_svg(name: str) -> Response:
    """The chart as an image; `?narrow` for phones."""
    view = _view(name)
    if not _has_chart(view):
        abort(404)
    spec = _spec(view, NARROW) if "narrow" in request.args else _spec(view)
    return svg_response(spec, f"regards-croises-{name}", download="download" in request.args)


def crossed_csv(name: str) -> Response:
    """Every measure of the view, those left aside included, with its source."""
    view = _view(name)
    names = population_names()
    head = [
        _("Acteur"),
        _("Vague"),
        _("Date"),
        _("Valeur"),
        _("Autre valeur publiée"),
        _("Borne basse"),
        _("Borne haute"),
        _("Intervalle indicatif"),
        _("Base"),
        _("Base en toutes lettres"),
        _("Degré"),
        _("Motif du degré"),
        _("Question"),
        _("Sources"),
        _("Réserves"),
        _("Nature"),
    ]
    taken = [one for line in view.lines for one in line.measures]
    rows = [[names[one.population], *_cells(one, view.origin)] for one in (*taken, *view.aside)]
    content = csv_file((map(safe_cell, row) for row in [head, *rows]), formats.language())
    return pages.attachment(content, pages.CSV, f"regards-croises-{name}.csv")


def _plain(value: float) -> str:
    """A number as the files of the language write it: shares between 0 and 1."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if formats.language() == "fr" else text


def _cells(one: Measurement, origin: str) -> list[str]:
    language = formats.language()
    numbers = [one.value, one.low, one.high]
    value, low, high = ("" if number is None else _plain(number) for number in numbers)
    sources = " ; ".join(f"{source.title} {source.address}".strip() for source in one.sources)
    others = " ; ".join(_plain(other) for other in one.others)
    return [
        one.wave,
        one.date,
        value,
        others,
        low,
        high,
        _("oui") if one.is_indicative else "",
        "" if one.base is None else str(one.base),
        one.base_words,
        one.grade.value,
        one.reason.in_(language),
        one.question,
        sources,
        " ".join(one.caveats),
        _("publié") if one.figure else origin,
    ]
