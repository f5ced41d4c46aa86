"""The series of a concept for one population: what was published of it, and what waves asked here say."""

from __future__ import annotations

from flask import Response, abort, request
from flask_babel import gettext as _

from app.services import concept_trends, crossed
from app.services.concept_trends import ConceptSeries
from app.services.crossed import ConceptNotFound
from app.web import formats, pages
from app.web.analyse import trends
from app.web.analyse.crossed import asked_populations, population_names


def concept_trend(name: str, population: str) -> Response:
    """The page of the series."""
    found = _found(name, population)
    return trends.series_page(
        found.series,
        {"name": name, "population": population},
        "concept_trend",
        "analyse/concept_trend.html",
        found=found,
        names=population_names(),
        populations=asked_populations(found.concept),
        origins=(
            ("respondent", _("Répondants et chiffres publiés")),
            ("trial", _("Essai")),
            ("simulated", _("Réponses simulées")),
        ),
        texts=[one for one in crossed.questions_of(found.concept, formats.language()) if one.population == population],
        language=formats.language(),
    )


def concept_trend_csv(name: str, population: str) -> Response:
    """The points of the series as CSV."""
    return trends.series_csv(_found(name, population).series, f"{name}-{population}")


def concept_trend_image(name: str, population: str) -> Response:
    """The chart of the series, as SVG."""
    return trends.series_image(_found(name, population).series, f"{name}-{population}")


def _found(name: str, population: str) -> ConceptSeries:
    platform = pages.platform()
    try:
        return concept_trends.concept_series(
            pages.session(),
            platform.storage,
            name,
            population,
            formats.language(),
            part=request.args.get("part"),
            origin=trends.read_origin(),
        )
    except ConceptNotFound:
        abort(404)
