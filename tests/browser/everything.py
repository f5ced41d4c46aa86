"""A questionnaire for each type of question, in both languages, with words as long as those of real surveys."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from questionnaires.model import Answer, LocalText, Page, Question, Questionnaire, Section
from tests.questionnaires.builders import text
from tests.web.controls.samples import EVERY

LONGER = {
    "text": (
        "D’après vous, et compte tenu de votre expérience, qu’en est-il de « {} » ?",
        "In your opinion, and given your own experience, what about “{}”?",
    ),
    "help": ("Pensez aux douze derniers mois.", "Think of the last twelve months."),
    "label": ("{}, plutôt localement", "{}, rather locally"),
    "cell": ("{} souvent", "{} often"),
    "specify": ("Précisez en quelques mots", "Say it in a few words"),
}
SHORT = {"low": ("Pas du tout", "Not at all"), "high": ("Tout à fait", "Entirely"), "unit": ("{}", "{}")}
TYPE, NEXT = "essai", "apres"
SAMPLES: dict[str, tuple[Question, dict[str, Answer]]] = {question.name: (question, given) for question, given in EVERY}


def bilingual(part: Any, cell: bool = False) -> Any:
    """A part of a questionnaire with its texts in both languages, longer."""
    if isinstance(part, tuple):
        return tuple(bilingual(one, cell) for one in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    is_grid = hasattr(part, "rows")
    changes: dict[str, Any] = {}
    for one in (one for one in fields(part) if one.init):
        value = getattr(part, one.name)
        if isinstance(value, LocalText):
            kind = "cell" if cell and one.name == "label" else one.name
            french, english = (LONGER | SHORT).get(kind, ("{}", "{}"))
            words = value.in_("fr")
            changes[one.name] = LocalText({"fr": french.format(words), "en": english.format(words)})
        elif isinstance(value, tuple) and one.name in ("choices", "rows"):
            changes[one.name] = bilingual(value, is_grid and one.name == "choices")
    return replace(part, **changes)


def asking(name: str) -> Questionnaire:
    """A questionnaire of two pages, of which the first asks one sample (see samples.EVERY)."""
    question = bilingual(replace(SAMPLES[name][0], help=LocalText({"fr": "?"})))
    after = bilingual(replace(text("suite", maximum=80)))
    pages = (
        Page(TYPE, LocalText({"fr": "Votre situation", "en": "Your situation"}), None, None, (question,), (), ()),
        Page(NEXT, LocalText({"fr": "Pour finir", "en": "To end"}), None, None, (after,), (), ()),
    )
    title = LocalText({"fr": "Essai d’un type de question", "en": "Trial of a type of question"})
    return Questionnaire(
        name=f"essai-{name.replace('_', '-')}",
        version="1",
        population="citoyens",
        languages=("fr", "en"),
        title=title,
        minutes=1,
        sections=(Section("partie", title, when=None, repeat=None, shuffle=None, pages=pages),),
    )
