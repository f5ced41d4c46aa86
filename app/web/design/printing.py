"""A version on paper: the PDF that is printed, archived, reviewed."""

from __future__ import annotations

from flask import Response, abort, request

from app.services.printing import print_questionnaire
from app.web import pages
from app.web.design.views import find_version, reading_language

PDF = "application/pdf"


def printed(version_id: int) -> Response:
    """The printable questionnaire of a version, in one of its languages."""
    summary, model = find_version(version_id)
    language = request.args.get("lang") or reading_language(model)
    if language not in model.languages:
        abort(404)
    content = print_questionnaire(model, language, summary.content_hash)
    return pages.attachment(content, PDF, f"{summary.questionnaire_key}-{summary.name}-{language}.pdf")
