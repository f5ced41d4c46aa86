"""Questionnaires and versions: read, previewed, published."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask_security import current_user

from app.services import authoring, rights
from app.services.authoring import VersionNotFound, VersionSummary
from app.web import formats, pages
from app.web.design.outline import outline
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
    VERSION + "/show": "preview.show",
    VERSION + "/try/<public_id>/": "preview.try_on",
    VERSION + "/try/<public_id>/again": "preview.try_again",
    VERSION + "/try/<public_id>/<page>": "preview.tried",
    VERSION + "/try/<public_id>/<page>/state": "preview.tried_state",
    VERSION + "/print.pdf": "printing.printed",
    VERSION + "/studio": "studio.studio",
    VERSION + "/studio/edit": "studio.studio_edit",
    VERSION + "/studio/pulse": "studio.studio_pulse",
    VERSION + "/studio/paste": "studio.studio_paste",
    VERSION + "/studio/find": "studio.studio_find",
    VERSION + "/studio/languages": "studio.studio_languages",
    VERSION + "/studio/history": "studio.studio_history",
    VERSION + "/studio/bank": "bank.bank",
    VERSION + "/studio/rule/<int(max=2147483647):element>/<key>": "rules.rule",
    VERSION + "/publish": "publishing.publish",
    VERSION + "/retire": "publishing.retire",
    VERSION + "/review": "reviews.review",
    VERSION + "/derive": "making.derive",
    VERSION + "/file.yaml": "making.file",
    "/new": "making.new_questionnaire",
    "/import": "making.import_file",
    "/<key>/": "versions.questionnaire",
    "/<key>/compare": "versions.choose_versions",
    "/<key>/codebook": "versions.codebook",
    "/<key>/codebook.csv": "versions.codebook_csv",
}
"""Rule -> module and function of `app.web.design`, imported when first asked for; the function names the endpoint."""
POSTED = frozenset(
    (
        "proofs.proof",
        "proofs.waive",
        "comparisons.compare",
        "comparisons.confirm",
        "publishing.publish",
        "publishing.retire",
        "reviews.review",
        "making.derive",
        "making.new_questionnaire",
        "making.import_file",
        "preview.show",
        "preview.try_again",
        "studio.studio_edit",
        "rules.rule",
        "bank.bank",
        "studio.studio_pulse",
        "studio.studio_paste",
        "studio.studio_languages",
    )
)


def find_version(version_id: int) -> tuple[VersionSummary, Questionnaire]:
    """A version and its model; 404 for none, 403 for who may not read the questionnaire."""
    try:
        found = authoring.get_version(pages.session(), version_id)
    except VersionNotFound:
        abort(404)
    rights.require(pages.session(), current_user, found[0].questionnaire_id, "read")
    return found


def reading_language(questionnaire: Questionnaire) -> str:
    """The language in which a questionnaire is read: the one asked for, else that of the pages, else its first."""
    for language in (request.args.get("lang", ""), formats.language()):
        if language in questionnaire.languages:
            return language
    return questionnaire.first_language


@blueprint.get("/")
@pages.requires("administrator", "designer")
def questionnaires() -> Response:
    """Every questionnaire that one may read, with its versions."""
    session = pages.session()
    every = authoring.list_questionnaires(session)
    found = [one for one in every if rights.may(session, current_user, one.id, "read")]
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


for rule, place in LATER.items():
    view = pages.requires("administrator", "designer")(pages.lazy(f"app.web.design.{place}"))
    methods = ["GET", "POST"] if place in POSTED else ["GET"]
    blueprint.add_url_rule(rule, place.rpartition(".")[2], view, methods=methods)
