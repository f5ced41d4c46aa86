"""Questionnaires and versions: read, previewed, published."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask_babel import force_locale
from werkzeug.utils import import_string

from app.services import authoring
from app.services.authoring import VersionNotFound, VersionSummary
from app.web import formats, pages
from app.web.design.outline import outline
from app.web.design.preview import preview_context
from questionnaires import piping
from questionnaires.model import Questionnaire

blueprint = Blueprint("design", __name__, url_prefix="/design", template_folder="templates")

VERSION = "/versions/<int(max=2147483647):version_id>"
OTHER = VERSION + "/compare/<int(max=2147483647):other_id>"
LATER = {
    VERSION + "/proof": "proofs.proof",
    VERSION + "/proof/part": "proofs.proof_part",
    VERSION + "/proof/waive/<finding>": "proofs.waive",
    OTHER: "comparisons.compare",
    OTHER + "/part": "comparisons.compare_part",
    OTHER + "/confirm/<variable>": "comparisons.confirm",
    VERSION + "/publish": "publishing.publish",
    "/<key>/": "versions.questionnaire",
    "/<key>/codebook": "versions.codebook",
    "/<key>/codebook.csv": "versions.codebook_csv",
}
"""Rule -> module and function of `app.web.design`, imported when first asked for; the function names the endpoint."""
POSTED = frozenset(("proofs.proof", "proofs.waive", "comparisons.compare", "comparisons.confirm", "publishing.publish"))


def find_version(version_id: int) -> tuple[VersionSummary, Questionnaire]:
    """A version and its model; 404 for none."""
    try:
        return authoring.get_version(pages.session(), version_id)
    except VersionNotFound:
        abort(404)


def reading_language(questionnaire: Questionnaire) -> str:
    """The language in which a questionnaire is read: the one asked for, else that of the pages, else its first."""
    for language in (request.args.get("lang", ""), formats.language()):
        if language in questionnaire.languages:
            return language
    return questionnaire.first_language


@blueprint.get("/")
@pages.requires("administrator", "designer")
def questionnaires() -> Response:
    """Every questionnaire with its versions."""
    found = authoring.list_questionnaires(pages.session())
    return pages.render("design/questionnaires.html", questionnaires=found)


@blueprint.get(VERSION)
@pages.requires("administrator", "designer")
def version(version_id: int) -> Response:
    """One version, whole: what is asked, to whom, in which words."""
    summary, model = find_version(version_id)
    language = reading_language(model)
    return pages.render(
        "design/version.html",
        version=summary,
        questionnaire=model,
        language=language,
        sections=outline(model, language),
        say=lambda text: piping.outline(text.in_(language), named=True),
    )


@blueprint.get(VERSION + "/preview/<page>")
@pages.requires("administrator", "designer")
def preview(version_id: int, page: str) -> Response:
    """One page as a respondent sees it, in a language; nothing is kept.

    With `finding=KEY` or `person=NUMBER`, as somebody whom the proof found fills it.
    """
    summary, model = find_version(version_id)
    if page not in {one.name for one in model.pages}:
        abort(404)
    language = reading_language(model)
    given = {}
    if "finding" in request.args or "person" in request.args:
        given = import_string("app.web.design.proofs.answers_shown")(version_id, model, page)
    # The words around the questions are in the language of the questions, as for a respondent.
    with force_locale(language if language == "fr" else "en"):
        return pages.render("design/preview.html", version=summary, **preview_context(model, page, language, given))


for rule, place in LATER.items():
    view = pages.requires("administrator", "designer")(pages.lazy(f"app.web.design.{place}"))
    methods = ["GET", "POST"] if place in POSTED else ["GET"]
    blueprint.add_url_rule(rule, place.rpartition(".")[2], view, methods=methods)
