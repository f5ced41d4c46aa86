"""The mapping of a file of microdata to a version: the document that a person reads, edits and approves.

It is YAML (or JSON, which is YAML too). Every value of the file is a text, as `reading` gives it; what it becomes
is a code of the version or a cause of absence, −1 to −9.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

FORMAT = 1
MODES = ("web", "telephone", "paper")
RULES = ("refuse", "skipped")
"""What becomes of a value that the mapping does not know: the import is refused, or it is an absence (skipped)."""
HOW = ("number", "text", "date", "month")
_EMPTY_KEY = re.compile(r"\? ''\n *: ")
"""How the library writes an empty key, which people would not."""
HEAD = """\
# Correspondance d’un fichier de microdonnées avec une version d’un questionnaire. À relire avant l’import.
# codes : valeur du fichier -> code de la version. absences : valeur du fichier -> cause d’absence ("" : case vide) :
#   -1 page non atteinte, -2 question non posée, -3 absente de cette version, -4 laissée sans réponse,
#   -5 ne se prononce pas, -6 refus, -7 hors du champ, -8 abandon, -9 réponse retirée.
# unknown_codes : refuse (une valeur inconnue arrête l’import) ou skipped (elle devient une absence, -4).
# Une variable de la version qui n’est pas citée devient l’absence -3 ; une colonne qui ne l’est pas est ignorée.
"""


@dataclass(frozen=True, slots=True)
class WavePart:
    """The wave that the import makes: closed, of the days on which people were really asked."""

    key: str
    name: str
    began_on: dt.date
    ended_on: dt.date
    mode: str
    language: str


@dataclass(frozen=True, slots=True)
class Take:
    """What a variable takes from its column.

    `how`: "codes" by the table of codes; "contains" for a choice of a multiple question that is written among
    others in one cell; else one of HOW, where `codes` come first. `others`: what may stand in such a cell beside the
    choices of the version.
    """

    column: str
    how: str
    codes: Mapping[str, int] = field(default_factory=dict)
    absences: Mapping[str, int] = field(default_factory=dict)
    contains: tuple[str, ...] = ()
    separator: str = ""
    others: tuple[str, ...] = ()
    confidence: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MicrodataMapping:
    """A whole mapping. `file_hash`: the SHA-256 of the file that it was written for."""

    file_name: str
    file_hash: str
    questionnaire: str
    version: str
    wave: WavePart
    unknown_codes: str
    weight: str | None
    variables: Mapping[str, Take]

    def to_document(self) -> dict[str, Any]:
        """As JSON, and as YAML shows it; what is empty is left out."""
        wave = self.wave
        return {
            "format": FORMAT,
            "file": {"name": self.file_name, "sha256": self.file_hash},
            "questionnaire": self.questionnaire,
            "version": self.version,
            "wave": {
                "key": wave.key,
                "name": wave.name,
                "began_on": wave.began_on.isoformat(),
                "ended_on": wave.ended_on.isoformat(),
                "mode": wave.mode,
                "language": wave.language,
            },
            "unknown_codes": self.unknown_codes,
            **({"weight": {"column": self.weight}} if self.weight is not None else {}),
            "variables": {name: _take(one) for name, one in self.variables.items()},
        }

    @property
    def digest(self) -> str:
        """What stands for this mapping in a review: its SHA-256."""
        return digest_of(self.to_document())


def digest_of(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a mapping kept as JSON."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _take(one: Take) -> dict[str, Any]:
    document: dict[str, Any] = {"column": one.column}
    if one.how in HOW:
        document["as"] = one.how
    for name in ("contains", "separator", "others", "codes", "absences", "confidence", "reasons"):
        value = getattr(one, name)
        if isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, tuple):
            value = list(value)
        if value or (name == "codes" and one.how == "codes"):
            document[name] = value
    return document


def write_mapping(document: Mapping[str, Any]) -> str:
    """A mapping kept as JSON, as the YAML that people read and edit."""
    text = yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=110)
    return HEAD + _EMPTY_KEY.sub("'': ", text)
