"""A page of a version as a respondent sees it, read only: the same controls, nothing posted, nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from app.web.controls.compiled import View, compiled_question
from questionnaires import piping
from questionnaires.model import Answer, LocalText, Questionnaire

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def preview_context(
    questionnaire: Questionnaire, name: str, language: str, given: Mapping[str, Answer] | None = None
) -> dict[str, Any]:
    """What the preview of a page shows, filled with what is given. Every question is there, whatever its filter."""
    names = [page.name for page in questionnaire.pages]
    place, page = names.index(name), questionnaire.page(name)
    section = questionnaire.section_of(name)

    def say(text: LocalText) -> str:
        """Nobody has answered: what stands for an answer says which."""
        return piping.outline(text.in_(language), named=True)

    view = View(say=say)
    filled = (
        compiled_question(questionnaire, one.name, language).fill(given or {}, view=view) for one in page.questions
    )
    return {
        "head": {
            "language": language,
            "languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in questionnaire.languages],
            "title": questionnaire.title.in_(language),
            "subject": questionnaire.title.in_(language),
        },
        "page": page,
        "page_title": say(page.title),
        "intro": say(page.intro) if page.intro else "",
        "section_title": say(section.title),
        # Made by the templates of the controls, which escape the texts of the questionnaire.
        "questions": [Markup("".join(pieces)) for pieces in filled],  # noqa: S704
        "position": place + 1,
        "total": len(names),
        "previous": names[place - 1] if place else None,
        "following": names[place + 1] if place + 1 < len(names) else None,
    }
