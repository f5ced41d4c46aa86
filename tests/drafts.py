"""A draft as large as they get: what the speed of the studio is measured on."""

from __future__ import annotations

from dataclasses import replace

from questionnaires.model import Questionnaire
from tests.questionnaires.builders import page, questionnaire, section, single

QUESTIONS, ON_PAGE, PAGES = 300, 5, 4


def large(name: str) -> Questionnaire:
    """300 questions, one in three asked by an answer two questions before; four pages of five to a part."""
    made = []
    for number in range(QUESTIONS):
        when = f"q{number - 2} = 'oui'" if number % 3 == 2 else None
        made.append(single(f"q{number}", "oui", "non", "parfois", when=when))
    pages = [page(f"p{at}", *made[at : at + ON_PAGE]) for at in range(0, QUESTIONS, ON_PAGE)]
    parts = [section(f"s{at}", *pages[at : at + PAGES]) for at in range(0, len(pages), PAGES)]
    return replace(questionnaire(sections=tuple(parts)), name=name)
