"""What the studio calls things: kinds, types of questions, properties, their values, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

KIND_LABELS: Mapping[str, str] = {
    "questionnaire": _("Questionnaire"),
    "section": _("Partie"),
    "page": _("Page"),
    "question": _("Question"),
    "choice": _("Choix"),
    "row": _("Ligne"),
    "variant": _("Autre formulation"),
    "subtotal": _("Sous-total"),
    "check": _("Contrôle"),
    "exit": _("Fin de l’entretien"),
    "computed": _("Variable calculée"),
    "context": _("Variable connue à l’avance"),
    "experiment": _("Tirage au sort"),
    "arm": _("Groupe"),
    "quota": _("Quota"),
    "cell": _("Cellule"),
}
LIST_LABELS: Mapping[str, str] = {
    "sections": _("Parties"),
    "pages": _("Pages"),
    "questions": _("Questions"),
    "choices": _("Choix"),
    "rows": _("Lignes"),
    "variants": _("Autres formulations"),
    "subtotals": _("Sous-totaux"),
    "checks": _("Contrôles"),
    "exits": _("Fins de l’entretien"),
    "computed": _("Variables calculées"),
    "context": _("Variables connues à l’avance"),
    "experiments": _("Tirages au sort"),
    "arms": _("Groupes"),
    "quotas": _("Quotas"),
    "cells": _("Cellules"),
}
TYPES: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        _("Choisir"),
        (
            ("single", _("Choix unique"), _("une réponse dans une liste")),
            ("multiple", _("Choix multiple"), _("plusieurs réponses dans une liste")),
            ("yes-no", _("Oui ou non"), _("deux réponses possibles")),
            ("ranking", _("Classement"), _("les choix, du premier au dernier")),
            ("consent", _("Accord demandé"), _("accepter ou refuser")),
        ),
    ),
    (
        _("Évaluer"),
        (
            ("likert", _("Échelle de réponses"), _("d’accord, pas d’accord")),
            ("score", _("Note"), _("de 0 à 10 par exemple")),
            ("score-grid", _("Grille de notes"), _("une note par ligne")),
        ),
    ),
    (
        _("Tableaux"),
        (
            ("choice-grid", _("Grille de choix"), _("un choix par ligne")),
            ("multiple-grid", _("Grille à plusieurs choix"), _("plusieurs choix par ligne")),
            ("number-grid", _("Grille de nombres"), _("un nombre par ligne")),
            ("allocation", _("Répartition"), _("un total partagé entre des lignes")),
        ),
    ),
    (
        _("Nombres et dates"),
        (
            ("number", _("Nombre"), _("entier ou décimal, avec bornes")),
            ("year", _("Année"), _("quatre chiffres")),
            ("month", _("Mois"), _("mois et année")),
            ("date", _("Date"), _("jour, mois, année")),
            ("duration", _("Durée"), _("en heures, en jours, en années")),
        ),
    ),
    (
        _("Texte et autres"),
        (
            ("text", _("Texte libre"), _("court, long, ou d’une forme donnée")),
            ("suggester", _("Commune"), _("cherchée par nom ou code postal")),
            ("roster", _("Liste de personnes ou d’objets"), _("pour une partie répétée")),
            ("information", _("Texte à lire"), _("sans réponse")),
        ),
    ),
)
"""Group -> its types: name in the file, label, explanation in one line."""
TYPE_LABELS: Mapping[str, str] = {type_: label for _group, types in TYPES for type_, label, _line in types}

FIELD_LABELS: Mapping[str, str] = {
    "name": _("Nom"),
    "formerly": _("Ancien nom"),
    "text": _("Libellé"),
    "title": _("Titre"),
    "label": _("Libellé"),
    "message": _("Message"),
    "description": _("Présentation"),
    "intro": _("Introduction"),
    "help": _("Aide"),
    "instruction": _("Consigne"),
    "questionnaire": _("Identifiant du questionnaire"),
    "version": _("Version"),
    "population": _("Population"),
    "languages": _("Langues"),
    "minutes": _("Durée annoncée, en minutes"),
    "contents": _("Montrer la liste des parties à qui répond"),
    "source": _("Source"),
    "note": _("Remarque"),
    "concept": _("Concept suivi"),
    "when": _("Poser si"),
    "rule": _("Règle"),
    "repeat": _("Répéter pour chaque ligne de"),
    "shuffle": _("Groupe dont l’ordre est tiré au sort"),
    "required": _("Réponse"),
    "no_opinion": _("Proposer « Je ne me prononce pas »"),
    "refusal": _("Proposer « Je ne souhaite pas répondre »"),
    "sensitive": _("Donnée sensible"),
    "prefill": _("Remplie d’avance par"),
    "order": _("Ordre"),
    "neutral": _("Choix neutre"),
    "minimum": _("Minimum"),
    "maximum": _("Maximum"),
    "decimals": _("Décimales"),
    "unit": _("Unité"),
    "low": _("Libellé du bas de l’échelle"),
    "high": _("Libellé du haut de l’échelle"),
    "yes": _("Libellé de « oui »"),
    "no": _("Libellé de « non »"),
    "top": _("Nombre de rangs demandés"),
    "total": _("Total à répartir"),
    "total_from": _("Total donné par une règle"),
    "at_least": _("Au moins (règle)"),
    "at_most": _("Au plus (règle)"),
    "above": _("Plus grand que (règle)"),
    "below": _("Plus petit que (règle)"),
    "units": _("Unités"),
    "long": _("Sur plusieurs lignes"),
    "pattern": _("Forme attendue"),
    "nomenclature": _("Liste officielle"),
    "item": _("Nom d’une ligne"),
    "code": _("Code"),
    "exclusive": _("Exclut les autres choix"),
    "specify": _("Précision demandée"),
    "fixed": _("Garde sa place quand l’ordre est tiré au sort"),
    "severity": _("Gravité"),
    "at": _("Questions concernées"),
    "keep": _("Garder les réponses déjà données"),
    "type": _("Type"),
    "provider": _("Origine de la valeur"),
    "choices": _("Choix"),
}
FIELDS_OF_KINDS: Mapping[tuple[str, str], str] = {
    ("choice", "when"): _("Proposer si"),
    ("row", "when"): _("Proposer si"),
    ("variant", "when"): _("Employer si"),
    ("exit", "when"): _("Finir si"),
    ("cell", "when"): _("Compter si"),
    ("check", "rule"): _("Doit être vrai"),
    ("computed", "rule"): _("Calcul"),
    ("exit", "text"): _("Message"),
}
"""Kind of element, key -> what the key is called there, where that is another name than elsewhere."""
FIELD_HELP: Mapping[str, str] = {
    "name": _("Sert dans les règles et les fichiers. Lettres sans accent, chiffres."),
    "formerly": _("Le nom dans la version précédente, pour que les séries se suivent."),
    "concept": _("Ce que la question mesure, d’une enquête à l’autre."),
    "prefill": _("La réponse est proposée ; elle reste modifiable."),
    "sensitive": _("La réponse devient facultative et demande une protection particulière."),
    "shuffle": _("Les parties qui se suivent et portent le même mot sont mélangées."),
    "decimals": _("Les bornes s’écrivent avec ces décimales."),
    "specify": _("Une zone de texte s’ouvre quand ce choix est coché."),
    "exclusive": _("Comme « Aucun de ceux-ci »."),
    "keep": _("Sinon rien n’est conservé, et l’entretien compte comme hors champ."),
}
VALUE_LABELS: Mapping[str, Mapping[str, str]] = {
    "required": {"hard": _("nécessaire"), "soft": _("recommandée"), "no": _("facultative")},
    "severity": {"information": _("information"), "warning": _("avertissement"), "blocking": _("bloquant")},
    "order": {
        "fixed": _("tel qu’il est écrit"),
        "random": _("tiré au sort"),
        "reversed": _("inversé une fois sur deux"),
    },
    "pattern": {
        "email": _("adresse électronique"),
        "phone": _("numéro de téléphone"),
        "postcode": _("code postal"),
        "siren": _("numéro SIREN"),
        "siret": _("numéro SIRET"),
        "url": _("adresse d’un site"),
    },
    "units": {
        "years": _("années"),
        "months": _("mois"),
        "weeks": _("semaines"),
        "days": _("jours"),
        "hours": _("heures"),
        "minutes": _("minutes"),
        "years months": _("années et mois"),
        "days hours": _("jours et heures"),
        "hours minutes": _("heures et minutes"),
    },
    "type": {
        "number": _("nombre"),
        "text": _("texte"),
        "choice": _("choix"),
        "date": _("date"),
        "month": _("mois"),
    },
    "provider": {
        "external": _("fichier de l’échantillon"),
        "language": _("langue de la réponse"),
        "mode": _("mode de réponse"),
        "started_on": _("jour du début"),
    },
    "nomenclature": {"communes": _("communes")},
    "population": {
        "citoyens": _("Citoyens"),
        "elus": _("Élus"),
        "entreprises": _("Entreprises"),
        "associations": _("Associations"),
        "fondations": _("Fondations"),
        "academiques": _("Académiques"),
    },
}
ADVANCED = frozenset(
    (
        "formerly",
        "source",
        "note",
        "prefill",
        "shuffle",
        "at_least",
        "at_most",
        "above",
        "below",
        "total_from",
        "sensitive",
        "refusal",
        "neutral",
        "fixed",
        "decimals",
    )
)
"""Properties that stand behind « Autres réglages »."""
ACT_LABELS: Mapping[str, str] = {
    "save": _("Modifier un texte ou un réglage"),
    "add": _("Ajouter un élément"),
    "bank": _("Reprendre une question publiée"),
    "rule": _("Modifier une règle"),
    "duplicate": _("Dupliquer un élément"),
    "delete": _("Supprimer un élément"),
    "move-up": _("Monter un élément"),
    "move-down": _("Descendre un élément"),
    "move-to": _("Déplacer un élément"),
    "rename": _("Renommer un élément"),
    "change-type": _("Changer le type d’une question"),
    "paste": _("Coller une liste"),
    "add-language": _("Ajouter une langue"),
    "remove-language": _("Retirer une langue"),
}


def field_label(kind: str, key: str) -> str:
    """What a key of an element of a kind is called."""
    return str(FIELDS_OF_KINDS.get((kind, key)) or FIELD_LABELS.get(key, key))
