"""Questionnaires and versions: read, previewed, published."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import authoring
from app.services.authoring import VersionNotFound, VersionSummary
from app.web import formats, pages
from app.web.design.outline import outline
from app.web.design.preview import preview_context
from questionnaires import piping
from questionnaires.model import Questionnaire

blueprint = Blueprint("design", __name__, url_prefix="/design", template_folder="templates")


def _version(version_id: int) -> tuple[VersionSummary, Questionnaire]:
    try:
        return authoring.get_version(pages.session(), version_id)
    except VersionNotFound:
        abort(404)


def _language(questionnaire: Questionnaire) -> str:
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


@blueprint.get("/<key>/")
@pages.requires("administrator", "designer")
def questionnaire(key: str) -> Response:
    """The versions of one questionnaire."""
    found = {one.key: one for one in authoring.list_questionnaires(pages.session())}
    if key not in found:
        abort(404)
    return pages.render("design/questionnaire.html", questionnaire=found[key])


@blueprint.get("/versions/<int(max=2147483647):version_id>")
@pages.requires("administrator", "designer")
def version(version_id: int) -> Response:
    """One version, whole: what is asked, to whom, in which words."""
    summary, model = _version(version_id)
    language = _language(model)
    return pages.render(
        "design/version.html",
        version=summary,
        questionnaire=model,
        language=language,
        sections=outline(model, language),
        say=lambda text: piping.outline(text.in_(language), named=True),
    )


@blueprint.route("/versions/<int(max=2147483647):version_id>/publish", methods=["GET", "POST"])
@pages.requires("administrator", "designer")
def publish(version_id: int) -> Response | Redirect:
    """Say what publishing does, then freeze the draft."""
    summary, model = _version(version_id)
    if request.method == "POST":
        authoring.publish_version(pages.session(), version_id, current_user)
        flash(_("La version est publiée. Elle ne change plus."), "done")
        return redirect(url_for("design.version", version_id=version_id), 303)
    return pages.render("design/publish.html", version=summary, questionnaire=model)


@blueprint.get("/versions/<int(max=2147483647):version_id>/preview/<page>")
@pages.requires("administrator", "designer")
def preview(version_id: int, page: str) -> Response:
    """One page as a respondent sees it, in a language; nothing is kept."""
    summary, model = _version(version_id)
    if page not in {one.name for one in model.pages}:
        abort(404)
    language = _language(model)
    # The words around the questions are in the language of the questions, as for a respondent.
    with force_locale(language if language == "fr" else "en"):
        return pages.render("design/preview.html", version=summary, **preview_context(model, page, language))
