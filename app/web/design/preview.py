"""A page of a version as a respondent sees it, read only: the same controls, nothing posted, nothing kept."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from app.web.controls.compiled import compiled_question
from questionnaires.model import Questionnaire

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def preview_context(questionnaire: Questionnaire, name: str, language: str) -> dict[str, Any]:
    """What the preview of a page shows. Every question of the page is there, whatever its filter."""
    names = [page.name for page in questionnaire.pages]
    place, page = names.index(name), questionnaire.page(name)
    section = next(one for one in questionnaire.sections if page in one.pages)
    filled = (compiled_question(questionnaire, one.name, language).fill({}) for one in page.questions)
    return {
        "head": {
            "language": language,
            "languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in questionnaire.languages],
            "title": questionnaire.title.in_(language),
            "subject": questionnaire.title.in_(language),
        },
        "page": page,
        "section_title": section.title.in_(language),
        # Made by the templates of the controls, which escape the texts of the questionnaire.
        "questions": [Markup("".join(pieces)) for pieces in filled],  # noqa: S704
        "position": place + 1,
        "total": len(names),
        "previous": names[place - 1] if place else None,
        "following": names[place + 1] if place + 1 < len(names) else None,
    }
