"""How a language writes values: numbers, dates, durations, lists, plurals; and how French writes de and à."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

Written = TypeVar("Written")

MISSING = "…"
"""Said in place of a value that is not known."""

_GROUP, _MARK = {"fr": "\u202f", "en": ","}, {"fr": ",", "en": "."}
_AND = {"fr": "et", "en": "and"}
_MONTHS = {
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fr": {
        "years": ("an", "ans"),
        "months": ("mois", "mois"),
        "weeks": ("semaine", "semaines"),
        "days": ("jour", "jours"),
        "hours": ("heure", "heures"),
        "minutes": ("minute", "minutes"),
    },
    "en": {
        "years": ("year", "years"),
        "months": ("month", "months"),
        "weeks": ("week", "weeks"),
        "days": ("day", "days"),
        "hours": ("hour", "hours"),
        "minutes": ("minute", "minutes"),
    },
}

_VOWELS = "aàâäeéèêëiîïoôöuùûüœæ"
# First words whose h is aspirated, so that nothing is elided before them: « de Haute-Goulaine », « du Hainaut ».
# Of the towns, those that say so themselves.
_ASPIRATED = re.compile(
    r"""haies? | haine | hall | halles? | halte | hamac | hameaux? | hand | handball | handicap | handicapée?s?
      | hangars? | harcèlement | hareng | haricots? | harpe | hasard | hausses? | haute?s? | hauteurs? | hérisson
      | héron | héros | hêtres? | hibou | hiérarchies? | hobby | hockey | honte | hors | hotte | houblon | houille
      | housse | houx | hublot | huit | huitième | hurlement | hutte
      | hague | hainaut | hambourg | hanoï | hanovre | harlem | havre | hawaï | haye | hesse | hollande
      | hollandaise?s? | honduras | hong | hongrie | hongroise?s?
      | haguenau | ham | hayange | hem | hochfelden | hœnheim | hoenheim | honfleur | houdan | houilles | huningue
    """,
    re.VERBOSE,
)
# Vowels that nothing is elided before; and the y before which it is, though a vowel follows.
_NOT_ELIDED = frozenset({"onze", "onzième", "ouate", "oui", "ouistiti", "uhlan", "uhlans"})
_ELIDED_Y = frozenset({"yerres", "yeu", "yeuse", "yeux", "yonne", "yèvre", "yèvres"})
# Names of regions that take an article which they do not show.
_MASCULINE = ("Centre-Val de Loire", "Grand Est")
_PLURAL = ("Hauts-de-France", "Pays de la Loire")
_ARTICLE = re.compile(r"(les?)\s+(?=\S)", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def number(value: int, decimals: int, language: str, *, grouped: bool = True) -> str:
    """A scaled integer: 12345 with one decimal is « 1 234,5 » or “1,234.5”; nothing but zeros after the mark is cut."""
    sign = "\u2212" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    text = f"{whole:,}".replace(",", _of(_GROUP, language)) if grouped else str(whole)
    return sign + text + (f"{_of(_MARK, language)}{fraction:0{decimals}}" if fraction else "")


def category(value: int, decimals: int, language: str) -> str:
    """The category of the plural of a scaled integer (Unicode CLDR 48): French has one for 0 to 1.9."""
    whole, fraction = divmod(abs(value), 10**decimals)
    if language == "fr":
        if whole in (0, 1):
            return "one"
        return "many" if not fraction and whole % 1_000_000 == 0 else "other"
    return "one" if whole == 1 and not fraction else "other"


def day(ordinal: int, language: str) -> str:
    """A day by its number: « 1er mars 2022 », “1 March 2022”; MISSING for no day of the calendar."""
    try:
        date = datetime.date.fromordinal(ordinal)
    except (ValueError, OverflowError):
        return MISSING
    first = "1er" if language == "fr" and date.day == 1 else str(date.day)
    return f"{first} {_of(_MONTHS, language)[date.month - 1]} {date.year}"


def month(value: int, language: str) -> str:
    """A month kept as 12 * year + month - 1: « mars 2022 », “March 2022”."""
    year, index = divmod(value, 12)
    return f"{_of(_MONTHS, language)[index]} {year}"


def unit(name: str, language: str) -> str:
    """A unit of time in the plural, by its name in the model: « heures », “hours”."""
    return _of(_UNITS, language)[name][1]


def duration(value: int, units: Sequence[str], worth: Sequence[int], language: str) -> str:
    """A length of time in its units, without those of which there is none: « 2 heures et 30 minutes »."""
    words = _of(_UNITS, language)
    parts: list[str] = []
    for index, (unit, size) in enumerate(zip(units, worth, strict=True)):
        amount, value = divmod(value, size)
        if amount or (index == len(units) - 1 and not parts):
            name = words[unit][category(amount, 0, language) != "one"]
            parts.append(f"{number(amount, 0, language)} {name}")
    return enumeration(parts, language)


def enumeration(parts: Sequence[str], language: str) -> str:
    """« a, b et c », “a, b and c”."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {_of(_AND, language)} {parts[-1]}"


def with_unit(number: str, unit: str, language: str) -> str:
    """A number and its unit: « 40 % », “40%”, « 12 euros »."""
    return f"{number}%" if unit == "%" and language != "fr" else f"{number}\u00a0{unit}"


def of(name: str, language: str) -> str:
    """French: a name after « de » (« de Rennes », « d’Angers », « du Mans », « des Ulis »); else the name alone."""
    if language != "fr" or not name:
        return name
    article = _article(name)
    if article is not None:
        return f"{'du' if article[0] == 'le' else 'des'} {article[1]}"
    return f"d’{name}" if _is_elided(name) else f"de {name}"


def at(name: str, language: str) -> str:
    """French: a name after « à » (« à Rennes », « au Mans », « aux Ulis »); in other languages the name alone."""
    if language != "fr" or not name:
        return name
    if name in _REGIONS:
        return f"{_REGIONS[name]} {name}"
    article = _article(name)
    if article is not None:
        return f"{'au' if article[0] == 'le' else 'aux'} {article[1]}"
    return f"à {name}"


# The preposition that says where, before the name of a region.
_REGIONS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "Auvergne-Rhône-Alpes",
            "Bourgogne-Franche-Comté",
            "Bretagne",
            "Centre-Val de Loire",
            "Corse",
            "Guadeloupe",
            "Guyane",
            "Île-de-France",
            "Martinique",
            "Normandie",
            "Nouvelle-Aquitaine",
            "Occitanie",
            "Provence-Alpes-Côte d’Azur",
        ),
        "en",
    ),
    "Grand Est": "dans le",
    "Hauts-de-France": "dans les",
    "Pays de la Loire": "dans les",
}


def _article(name: str) -> tuple[str, str] | None:
    """The article that contracts with the preposition, `le` or `les`, and the name without it."""
    if name in _MASCULINE:
        return "le", name
    if name in _PLURAL:
        return "les", name
    found = _ARTICLE.match(name)
    return (found[1].lower(), name[found.end() :]) if found else None


def _is_elided(name: str) -> bool:
    first = _FIRST_WORD.match(name)
    if first is None:
        return False
    word = first[0].lower()
    if word in _NOT_ELIDED or _ASPIRATED.fullmatch(word):
        return False
    if word[0] == "y":
        return word in _ELIDED_Y or word[1:2] not in tuple(_VOWELS)
    return word[0] in f"{_VOWELS}h"


def _of(table: Mapping[str, Written], language: str) -> Written:
    return table.get(language, table["en"])
