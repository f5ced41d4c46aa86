"""The file that a new questionnaire starts from: small, valid, and explained line by line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from questionnaires import definition

_FRENCH = """\
# Un questionnaire de départ, à compléter. Les lignes qui commencent par # sont des explications.
#   flask questionnaires check FICHIER     dit tout ce qui ne va pas, avec la ligne
#   flask questionnaires render FICHIER    en fait un document à relire
#   flask questionnaires schema            donne à un éditeur les clés et les valeurs admises
"""
_ENGLISH = """\
# A questionnaire to start from. The lines that begin with # explain.
#   flask questionnaires check FILE     says everything that is wrong, with its line
#   flask questionnaires render FILE    makes a document to review
#   flask questionnaires schema         gives an editor the keys and the values allowed
"""

_TEMPLATE = """\
{head}
format: {format}
questionnaire: {name}
version: {version}
population: {population}
{languages}
{title}
minutes: 5
sections:
{c:section}
  - name: profil
{t:section}
    pages:
{c:page}
      - name: profil
{t:page}
        questions:
{c:question}
          - name: age
            type: single
{t:age}
            choices:
{c:choice}
              - code: 1
                name: mineur
{t:minor}
              - code: 2
                name: majeur
{t:adult}
        exits:
{c:exit}
          - name: mineur
            when: "age = 'mineur'"
            keep: false
{t:thanks}
{t:only}
  - name: avis
{t:views}
    pages:
      - name: avis
{t:views_page}
        questions:
          - name: confiance
            type: score
{t:trust}
            no_opinion: true
            minimum: 0
            maximum: 10
{t:low}
{t:high}
          - name: raison
            type: text
{t:why}
{c:when}
            when: "confiance <= 4"
{c:required}
            required: "no"
            maximum: 500
"""

# Key -> (indentation, key of the file, French, English)
_TEXTS = {
    "section": (4, "title", "Votre profil", "About you"),
    "page": (8, "title", "Pour commencer", "To begin with"),
    "age": (12, "text", "Quel âge avez-vous ?", "How old are you?"),
    "minor": (16, "label", "Moins de 18 ans", "Under 18"),
    "adult": (16, "label", "18 ans ou plus", "18 or over"),
    "thanks": (12, "title", "Merci", "Thank you"),
    "only": (12, "text", "L’enquête s’adresse aux personnes majeures.", "The survey is for adults."),
    "views": (4, "title", "Votre avis", "Your views"),
    "views_page": (8, "title", "Agir ensemble", "Acting together"),
    "trust": (
        12,
        "text",
        "Quelle confiance avez-vous dans l’action collective sur votre territoire ?",
        "How much do you trust collective action in your area?",
    ),
    "low": (12, "low", "Aucune confiance", "No trust at all"),
    "high": (12, "high", "Une confiance totale", "Complete trust"),
    "why": (12, "text", "Pour quelle raison ?", "For what reason?"),
}
# Key -> (indentation, French, English)
_COMMENTS = {
    "section": (2, "Une partie ; ses pages se suivent.", "A part; its pages follow each other."),
    "page": (6, "Une page : ce qui est demandé et enregistré ensemble.", "A page: what is asked and saved together."),
    "question": (
        10,
        "Une question : name est le nom de sa variable, type en dit la forme (single, multiple, score, number, text…).",
        "A question: name is that of its variable, type says its form (single, multiple, score, number, text…).",
    ),
    "choice": (
        14,
        "Le code est dans tous les fichiers et ne change jamais ; le nom sert aux règles.",
        "The code is in every file and never changes; the name is for rules.",
    ),
    "exit": (
        10,
        "Une sortie met fin à la réponse ; keep: false n’en garde rien.",
        "An exit ends the response; keep: false keeps nothing of it.",
    ),
    "when": (12, "Une règle dit quand la question est posée.", "A rule says when the question is asked."),
    "required": (
        12,
        "hard (nécessaire, par défaut), soft (recommandée) ou no (facultative).",
        "hard (required, by default), soft (recommended) or no (optional).",
    ),
}


def starting_file(name: str, version: str, languages: Sequence[str], population: str) -> str:
    """A file that checks clean where the names are right. Of languages that are neither, the texts are English."""
    is_french = languages[0] == "fr"
    text = _TEMPLATE.replace("{head}", (_FRENCH if is_french else _ENGLISH).rstrip())
    known = {"format": str(definition.FORMAT), "name": name, "version": _quoted(version), "population": population}
    for key, value in known.items():
        text = text.replace(f"{{{key}}}", value)
    text = text.replace("{languages}", "languages:\n" + "\n".join(f"  - {one}" for one in languages))
    title = name.replace("-", " ").capitalize()
    text = text.replace("{title}", _local(0, "title", title, title, languages))
    for key, (indent, field, french, english) in _TEXTS.items():
        text = text.replace(f"{{t:{key}}}", _local(indent, field, french, english, languages))
    for key, (indent, french, english) in _COMMENTS.items():
        text = text.replace(f"{{c:{key}}}", f"{' ' * indent}# {french if is_french else english}")
    return text


def _local(indent: int, field: str, french: str, english: str, languages: Sequence[str]) -> str:
    margin = " " * indent
    lines = (f"{margin}  {one}: {_quoted(french if one == 'fr' else english)}" for one in languages)
    return "\n".join([f"{margin}{field}:", *lines])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
