"""Comparisons of two versions in words: classes, kinds of change, joins, and words that came or went."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.services.codebooks import in_language
from questionnaires.comparison import BaseStatus, ChangeKind, ComparabilityClass, Join

CLASS_WORDS: Mapping[ComparabilityClass, tuple[str, str]] = {
    ComparabilityClass.IDENTICAL: ("identique", "identical"),
    ComparabilityClass.COSMETIC: ("mise en forme", "cosmetic"),
    ComparabilityClass.WORDING: ("formulation", "wording"),
    ComparabilityClass.CHOICES_ADDED: ("choix ajoutés ou retirés", "choices added or removed"),
    ComparabilityClass.RECODED: ("recodée", "recoded"),
    ComparabilityClass.BASE_CHANGED: ("base modifiée", "base changed"),
    ComparabilityClass.BROKEN: ("rupture", "broken"),
    ComparabilityClass.NEW: ("nouvelle", "new"),
    ComparabilityClass.DROPPED: ("supprimée", "dropped"),
}
"""Class of comparability -> its words in French and in English."""

CLASS_MEANINGS: Mapping[ComparabilityClass, tuple[str, str]] = {
    ComparabilityClass.IDENTICAL: (
        "Rien n’a changé de ce qui est lu ni de ce qui est mesuré.",
        "Nothing that is read or measured has changed.",
    ),
    ComparabilityClass.COSMETIC: (
        "Seuls des espaces, la ponctuation, une traduction ou un titre ont changé.",
        "Only spaces, punctuation, a translation or a title have changed.",
    ),
    ComparabilityClass.WORDING: (
        "Ce qui est lu a changé, ou la manière de répondre.",
        "What is read has changed, or the way of answering.",
    ),
    ComparabilityClass.CHOICES_ADDED: (
        "Un choix de réponse est apparu ou a disparu.",
        "A choice of answer has appeared or disappeared.",
    ),
    ComparabilityClass.RECODED: (
        "Les mêmes réponses portent d’autres codes.",
        "The same answers have other codes.",
    ),
    ComparabilityClass.BASE_CHANGED: (
        "La question n’est plus posée aux mêmes personnes.",
        "The question is no longer asked of the same people.",
    ),
    ComparabilityClass.BROKEN: (
        "La variable ne mesure plus la même chose.",
        "The variable no longer measures the same thing.",
    ),
    ComparabilityClass.NEW: ("La variable n’existait pas.", "The variable did not exist."),
    ComparabilityClass.DROPPED: ("La variable n’existe plus.", "The variable no longer exists."),
}
"""Class of comparability -> what it says, in French and in English."""

JOIN_WORDS: Mapping[Join, tuple[str, str]] = {
    Join.JOINED: ("courbe continue", "joined curve"),
    Join.NOTED: ("courbe continue, avec une note", "joined curve, with a note"),
    Join.CUT: ("courbe coupée", "curve cut"),
}
"""What a trend does -> its words in French and in English."""

KIND_WORDS: Mapping[ChangeKind, tuple[str, str]] = {
    ChangeKind.NEW: ("Nouvelle", "New"),
    ChangeKind.DROPPED: ("Supprimée", "Dropped"),
    ChangeKind.RENAMED: ("Nom de la variable", "Name of the variable"),
    ChangeKind.PAGE: ("Page", "Page"),
    ChangeKind.MOVED: ("Place dans le questionnaire", "Place in the questionnaire"),
    ChangeKind.TEXT: ("Énoncé", "Question text"),
    ChangeKind.HELP: ("Aide", "Help"),
    ChangeKind.INSTRUCTION: ("Consigne", "Instruction"),
    ChangeKind.VARIANTS: ("Autres formulations", "Variants"),
    ChangeKind.INTRO: ("Introduction de la page", "Introduction of the page"),
    ChangeKind.TITLE: ("Titre", "Title"),
    ChangeKind.LABEL: ("Libellé", "Label"),
    ChangeKind.ENDS: ("Extrémités de l’échelle", "Ends of the scale"),
    ChangeKind.SCALE_REVERSED: ("Sens de l’échelle", "Direction of the scale"),
    ChangeKind.CODE_REUSED: ("Code donné à un autre choix", "Code given to another choice"),
    ChangeKind.CODE: ("Code", "Code"),
    ChangeKind.CHOICE_ADDED: ("Choix ajouté", "Choice added"),
    ChangeKind.CHOICE_DROPPED: ("Choix retiré", "Choice removed"),
    ChangeKind.CHOICE_ORDER: ("Ordre des choix", "Order of the choices"),
    ChangeKind.CHOICE_OPTIONS: ("Réglages d’un choix", "Settings of a choice"),
    ChangeKind.ROW_ADDED: ("Ligne ajoutée", "Row added"),
    ChangeKind.ROW_DROPPED: ("Ligne retirée", "Row removed"),
    ChangeKind.ROW_ORDER: ("Ordre des lignes", "Order of the rows"),
    ChangeKind.SUBTOTALS: ("Sous-totaux", "Subtotals"),
    ChangeKind.TYPE: ("Type de question", "Type of question"),
    ChangeKind.BOUNDS: ("Bornes", "Bounds"),
    ChangeKind.MOST: ("Nombre de choix permis", "Number of choices allowed"),
    ChangeKind.DECIMALS: ("Décimales", "Decimals"),
    ChangeKind.UNIT: ("Unité", "Unit"),
    ChangeKind.ABSENCES: ("Sans avis et refus", "No opinion and refusal"),
    ChangeKind.ORDER: ("Ordre de présentation", "Order of presentation"),
    ChangeKind.REQUIRED: ("Réponse nécessaire", "Required answer"),
    ChangeKind.SENSITIVE: ("Donnée sensible", "Sensitive data"),
    ChangeKind.PREFILL: ("Réponse préremplie", "Prefilled answer"),
    ChangeKind.CONCEPT: ("Concept suivi", "Concept"),
    ChangeKind.CHECK: ("Contrôle", "Check"),
    ChangeKind.CONDITION: ("Filtre", "Filter"),
    ChangeKind.BASE: ("Personnes interrogées", "People asked"),
    ChangeKind.REPEAT: ("Liste parcourue", "List gone through"),
    ChangeKind.RULE: ("Règle de calcul", "Rule of computation"),
    ChangeKind.SOURCE: ("Variable de calcul", "Source of the computation"),
    ChangeKind.PROVIDER: ("Origine de la valeur", "Origin of the value"),
}
"""Kind of change -> its words in French and in English."""

SETTINGS = frozenset(
    {
        *("required", "sensitive", "prefill", "concept", "order", "units", "neutral", "long", "pattern", "decimals"),
        *("minimum", "maximum", "top", "at_least", "at_most", "above", "below", "nomenclature", "total", "total_from"),
    }
)
"""The settings of a question, as changes name them."""

BASE_WORDS: Mapping[BaseStatus, tuple[str, str]] = {
    BaseStatus.UNCHANGED: ("Mêmes personnes, prouvé", "The same people, proven"),
    BaseStatus.CHANGED: ("D’autres personnes sont interrogées", "Other people are asked"),
    BaseStatus.UNDECIDED: ("Non tranché dans les limites du solveur", "Undecided within the limits of the solver"),
    BaseStatus.UNPROVEN: ("Non prouvé", "Not proven"),
}
"""Verdict on a base -> its words in French and in English."""

_WORDS = re.compile(r"\s+|[^\W_]+|[\W_]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text: `mark` is `same`, `ins` (only in the new one) or `del` (only in the old one)."""

    mark: str
    text: str


def class_in_words(class_: ComparabilityClass, language: str) -> str:
    """The words of a class."""
    return in_language(CLASS_WORDS[class_], language)


def marked(before: str | None, after: str | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The text before with the words that went, and the text after with those that came; empty where there is none.

    "dans votre ville" and "dans votre commune": (same "dans votre ", del "ville"), (same "dans votre ", ins "commune").
    """
    if before is None or after is None:
        return _whole(before), _whole(after)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    left = [(op != "equal", "".join(old[start:stop])) for op, start, stop, _, _ in steps]
    right = [(op != "equal", "".join(new[start:stop])) for op, _, _, start, stop in steps]
    return tuple(_pieces(left, "del")), tuple(_pieces(right, "ins"))


def _whole(text: str | None) -> tuple[Piece, ...]:
    return (Piece("same", text),) if text else ()


def _pieces(parts: list[tuple[bool, str]], mark: str) -> Iterator[Piece]:
    return (Piece(mark if is_changed else "same", text) for is_changed, text in parts if text)
