"""What a new element is made of: the least that its part of the format asks for, with words to replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .documents import Tree

Words = Mapping[str, str]
_TEXTS: Mapping[str, Words] = {
    "section": {"fr": "Nouvelle partie", "en": "New part"},
    "page": {"fr": "Nouvelle page", "en": "New page"},
    "question": {"fr": "Nouvelle question", "en": "New question"},
    "information": {"fr": "Texte à lire", "en": "Text to read"},
    "choice": {"fr": "Choix {}", "en": "Choice {}"},
    "row": {"fr": "Ligne {}", "en": "Row {}"},
    "arm": {"fr": "Groupe {}", "en": "Group {}"},
    "cell": {"fr": "Cellule {}", "en": "Cell {}"},
    "low": {"fr": "Pas du tout", "en": "Not at all"},
    "high": {"fr": "Tout à fait", "en": "Completely"},
    "item": {"fr": "Nom", "en": "Name"},
    "check": {"fr": "Vérifiez vos réponses.", "en": "Check your answers."},
    "exit": {"fr": "Fin du questionnaire", "en": "End of the questionnaire"},
    "exit-text": {"fr": "Merci de votre participation.", "en": "Thank you for taking part."},
    "variant": {"fr": "Autre formulation", "en": "Another wording"},
    "subtotal": {"fr": "Sous-total", "en": "Subtotal"},
    "computed": {"fr": "Nouvelle variable calculée", "en": "New computed variable"},
    "context": {"fr": "Nouvelle variable connue à l’avance", "en": "New variable known beforehand"},
    "experiment": {"fr": "Nouveau tirage au sort", "en": "New experiment"},
    "quota": {"fr": "Nouveau quota", "en": "New quota"},
}
_LIKERT: Sequence[tuple[str, Words]] = (
    ("tout_a_fait", {"fr": "Tout à fait d’accord", "en": "Strongly agree"}),
    ("plutot", {"fr": "Plutôt d’accord", "en": "Somewhat agree"}),
    ("plutot_pas", {"fr": "Plutôt pas d’accord", "en": "Somewhat disagree"}),
    ("pas_du_tout", {"fr": "Pas du tout d’accord", "en": "Strongly disagree"}),
)
_WITH_CHOICES = frozenset(("single", "multiple", "ranking", "choice-grid", "multiple-grid"))
_WITH_ROWS = frozenset(("score-grid", "choice-grid", "multiple-grid", "number-grid", "allocation"))
_WITH_ENDS = frozenset(("score", "score-grid"))


def words(key: str, languages: Sequence[str], number: int = 0) -> dict[str, str]:
    """Words to replace, in the languages that have some; the first language always."""
    known = _TEXTS[key]
    first = languages[0]
    found = {one: known[one].format(number) for one in languages if one in known}
    return found or {first: known["en"].format(number)}


def choice(number: int, languages: Sequence[str], key: str = "choice") -> dict[str, Tree]:
    """A choice, or an arm, numbered."""
    return {"code": str(number), "name": f"{key}_{number}", "label": words(key, languages, number)}


def row(number: int, languages: Sequence[str]) -> dict[str, Tree]:
    """A row of a grid, numbered."""
    return {"name": f"ligne_{number}", "label": words("row", languages, number)}


def question(type_: str, name: str, languages: Sequence[str]) -> dict[str, Tree]:
    """A question of a type that can be asked as it is."""
    text = words("information" if type_ == "information" else "question", languages)
    made: dict[str, Tree] = {"name": name, "type": type_, "text": text}
    if type_ == "likert":
        made["choices"] = [
            {
                "code": str(code),
                "name": known,
                "label": {one: label[one] for one in languages if one in label} or {languages[0]: label["en"]},
            }
            for code, (known, label) in enumerate(_LIKERT, 1)
        ]
    if type_ in _WITH_CHOICES:
        made["choices"] = [choice(number, languages) for number in (1, 2)]
    if type_ in _WITH_ROWS:
        made["rows"] = [row(number, languages) for number in (1, 2)]
    if type_ in _WITH_ENDS:
        made |= {"low": words("low", languages), "high": words("high", languages)}
    if type_ == "allocation":
        made["total"] = "100"
    if type_ == "duration":
        made["units"] = ["hours", "minutes"]
    if type_ == "roster":
        made["item"] = words("item", languages)
    return made


def element(kind: str, name: str, languages: Sequence[str], number: int, code: int) -> dict[str, Tree]:
    """An element of a kind, but a question. A rule to be written is `true` until somebody writes it."""
    match kind:
        case "section":
            return {"name": name, "title": words("section", languages), "pages": []}
        case "page":
            return {"name": name, "title": words("page", languages)}
        case "choice" | "arm":
            return {**choice(number, languages, kind), "code": str(code), "name": name}
        case "row":
            return {**row(number, languages), "name": name}
        case "variant":
            return {"name": name, "when": "true", "text": words("variant", languages)}
        case "subtotal":
            return {"name": name, "label": words("subtotal", languages), "choices": []}
        case "check":
            return {"name": name, "severity": "warning", "rule": "true", "message": words("check", languages)}
        case "exit":
            texts = {"title": words("exit", languages), "text": words("exit-text", languages)}
            return {"name": name, "when": "false", "keep": "true", **texts}
        case "computed":
            return {"name": name, "label": words("computed", languages), "rule": "0"}
        case "context":
            return {"name": name, "type": "text", "label": words("context", languages)}
        case "experiment":
            arms = [choice(one, languages, "arm") for one in (1, 2)]
            return {"name": name, "label": words("experiment", languages), "arms": arms}
        case "quota":
            cells = [{"name": "cellule-1", "label": words("cell", languages, 1), "when": "true"}]
            return {"name": name, "label": words("quota", languages), "cells": cells}
        case _:
            return {"name": name, "label": words("cell", languages, number), "when": "true"}
