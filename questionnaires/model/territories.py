"""The regions of France by year: their codes in the official geographic code (Insee, COG) and their names.

Sources. Law no. 2015-29 of 16 January 2015 made 13 metropolitan regions of 22 on 1 January 2016. Codes and the
parts of each region: Insee, COG 2015 and COG 2016. Provisional names: the seven merged regions bore the names of
their former regions in alphabetical order (article 2 of the law), but Normandie, whose name the law itself gave.
Definitive names: decrees of 28 September 2016, in the Journal officiel of 29 September, in force on 30 September;
Auvergne-Rhône-Alpes, Bourgogne-Franche-Comté and Normandie kept theirs. Centre became Centre-Val de Loire on
17 January 2015 (the same law). Mayotte has had the code 06 since 2011 as a department and overseas community.

No metropolitan code has changed its meaning: those of regions that ended in 2015 were not used again, and a region
that was not merged kept its own. So a code alone tells the region, and whether it still exists.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

REGIONS: Mapping[int, tuple[str, str]] = {
    1: ("guadeloupe", "Guadeloupe"),
    2: ("martinique", "Martinique"),
    3: ("guyane", "Guyane"),
    4: ("la_reunion", "La Réunion"),
    6: ("mayotte", "Mayotte"),
    11: ("ile_de_france", "Île-de-France"),
    24: ("centre_val_de_loire", "Centre-Val de Loire"),
    27: ("bourgogne_franche_comte", "Bourgogne-Franche-Comté"),
    28: ("normandie", "Normandie"),
    32: ("hauts_de_france", "Hauts-de-France"),
    44: ("grand_est", "Grand Est"),
    52: ("pays_de_la_loire", "Pays de la Loire"),
    53: ("bretagne", "Bretagne"),
    75: ("nouvelle_aquitaine", "Nouvelle-Aquitaine"),
    76: ("occitanie", "Occitanie"),
    84: ("auvergne_rhone_alpes", "Auvergne-Rhône-Alpes"),
    93: ("provence_alpes_cote_d_azur", "Provence-Alpes-Côte d’Azur"),
    94: ("corse", "Corse"),
}
"""Code -> (name in rules, name on screen)."""

REGION_CODES: Mapping[str, int] = {name: code for code, (name, _) in REGIONS.items()}

OVERSEAS: tuple[int, ...] = (1, 2, 3, 4, 6)
METROPOLITAN: tuple[int, ...] = tuple(code for code in REGIONS if code not in OVERSEAS)
"""Codes of the 13 metropolitan regions since 2016."""

MERGED_ON = dt.date(2016, 1, 1)
RENAMED_ON = dt.date(2016, 9, 30)
CENTRE_RENAMED_ON = dt.date(2015, 1, 17)

FORMER_REGIONS: Mapping[int, tuple[str, int]] = {
    11: ("Île-de-France", 11),
    21: ("Champagne-Ardenne", 44),
    22: ("Picardie", 32),
    23: ("Haute-Normandie", 28),
    24: ("Centre-Val de Loire", 24),
    25: ("Basse-Normandie", 28),
    26: ("Bourgogne", 27),
    31: ("Nord-Pas-de-Calais", 32),
    41: ("Lorraine", 44),
    42: ("Alsace", 44),
    43: ("Franche-Comté", 27),
    52: ("Pays de la Loire", 52),
    53: ("Bretagne", 53),
    54: ("Poitou-Charentes", 75),
    72: ("Aquitaine", 75),
    73: ("Midi-Pyrénées", 76),
    74: ("Limousin", 75),
    82: ("Rhône-Alpes", 84),
    83: ("Auvergne", 84),
    91: ("Languedoc-Roussillon", 76),
    93: ("Provence-Alpes-Côte d’Azur", 93),
    94: ("Corse", 94),
}
"""The 22 metropolitan regions until 31 December 2015: code -> (name, code of the region that it belongs to since)."""

PROVISIONAL_NAMES: Mapping[int, str] = {
    27: "Bourgogne-Franche-Comté",
    28: "Normandie",
    32: "Nord-Pas-de-Calais-Picardie",
    44: "Alsace-Champagne-Ardenne-Lorraine",
    75: "Aquitaine-Limousin-Poitou-Charentes",
    76: "Languedoc-Roussillon-Midi-Pyrénées",
    84: "Auvergne-Rhône-Alpes",
}
"""Names of the merged regions from 1 January to 29 September 2016; three of them were kept."""


class TerritoryIsUnknown(KeyError):
    """No region had this name or code at that date."""


class Worth(StrEnum):
    """What a territory is in the regions of today: the same one, several whole ones, a part of one, or a mixture."""

    EXACT = "exact"
    UNION = "union"
    PART = "part"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Territory:
    """What a name or a code stood for: one or several regions of one edition of the code.

    `codes`: in that edition; `is_former`: it is the edition of the 22 regions.
    """

    name: str
    codes: tuple[int, ...]
    is_former: bool


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What a territory is worth today. `regions`: those of today that it touches.

    `is_comparable`: its figures may stand under the name of `regions`, alone or together: it covers them whole.
    `missing`: the former regions that it lacks to do so.
    """

    territory: Territory
    worth: Worth
    regions: tuple[int, ...]
    missing: tuple[int, ...] = ()

    @property
    def is_comparable(self) -> bool:
        """Whether nothing lacks, nor is too much."""
        return self.worth in (Worth.EXACT, Worth.UNION)


def codes_on(day: dt.date) -> Mapping[int, str]:
    """The regions of France that existed on a day, code -> name of that day; the overseas ones as now."""
    overseas = {code: REGIONS[code][1] for code in OVERSEAS}
    if day < MERGED_ON:
        former = {code: name for code, (name, _) in FORMER_REGIONS.items()}
        if day < CENTRE_RENAMED_ON:
            former[24] = "Centre"
        return overseas | former
    names = {code: name for code, (_, name) in REGIONS.items()}
    if day < RENAMED_ON:
        names.update(PROVISIONAL_NAMES)
    return names


def parts_of(code: int) -> tuple[int, ...]:
    """The former regions that make a metropolitan region of today. TerritoryIsUnknown when it is none."""
    if code not in METROPOLITAN:
        raise TerritoryIsUnknown(code)
    return tuple(former for former, (_, today) in FORMER_REGIONS.items() if today == code)


def read_code(code: int, year: int) -> Territory:
    """The region that a code stood for in the official geographic code of a year. TerritoryIsUnknown without one."""
    found = codes_on(dt.date(year, 12, 31))
    if code not in found:
        raise TerritoryIsUnknown(code)
    return Territory(found[code], (code,), year < MERGED_ON.year and code not in OVERSEAS)


def read_name(name: str, year: int) -> Territory:
    """The territory that a name stood for in a year, several regions joined by « et » or a comma included.

    Case, accents, hyphens and apostrophes do not matter, PACA is known. A name of 2016 is read in its two forms. A
    name that did not exist that year is refused: TerritoryIsUnknown.
    """
    known = _names_of(year)
    is_former = year < MERGED_ON.year
    # A whole name first: it may hold « et », as that of no region does, but of a list to come.
    if (code := known.get(_plain(name))) is not None:
        return Territory(name, (code,), is_former and code not in OVERSEAS)
    parts = [part for one in name.replace("&", " et ").split(",") for part in one.split(" et ") if part.strip()]
    codes = [known.get(_plain(part)) for part in parts]
    if not codes or None in codes:
        raise TerritoryIsUnknown(name)
    found = tuple(dict.fromkeys(code for code in codes if code is not None))
    return Territory(name, found, is_former and not set(found) <= set(OVERSEAS))


def worth_today(territory: Territory) -> Correspondence:
    """What a territory is in the regions of today.

    « Rhône-Alpes » is a part of Auvergne-Rhône-Alpes: nothing published for it may be shown under that name. « PACA
    et Corse » is a union of two whole regions: comparable with both together, with neither alone.
    """
    if not territory.is_former:
        worth = Worth.EXACT if len(territory.codes) == 1 else Worth.UNION
        return Correspondence(territory, worth, territory.codes)
    regions = tuple(dict.fromkeys(_today(code) for code in territory.codes))
    whole = [code for code in regions if set(_parts(code)) <= set(territory.codes)]
    missing = tuple(part for code in regions for part in _parts(code) if part not in territory.codes)
    if len(whole) == len(regions):
        return Correspondence(territory, Worth.EXACT if len(regions) == 1 else Worth.UNION, regions)
    is_part = len(regions) == 1
    return Correspondence(territory, Worth.PART if is_part else Worth.MIXED, regions, missing)


def region_of_choice(code: int, names: Iterable[str]) -> Territory | None:
    """The region that a choice of a questionnaire stands for, in any edition; None when it is no region.

    Its code and one of its names must say the same region: a code alone may be a number in a list.
    """
    plain = {_plain(name) for name in names}
    for year in (MERGED_ON.year + 1, MERGED_ON.year, MERGED_ON.year - 1, CENTRE_RENAMED_ON.year - 1):
        known = _names_of(year)
        if any(known.get(name) == code for name in plain):
            return read_code(code, year)
    return None


def _today(code: int) -> int:
    return code if code in OVERSEAS else FORMER_REGIONS[code][1]


def _parts(code: int) -> tuple[int, ...]:
    return (code,) if code in OVERSEAS else parts_of(code)


_SHORT_NAMES: Mapping[str, int] = {"paca": 93, "reunion": 4, "centre": 24}


def _names_of(year: int) -> dict[str, int]:
    """Plain name -> code, for every name that a region bore during a year."""
    if year == MERGED_ON.year:
        days = [MERGED_ON, dt.date(year, 12, 31)]
    else:
        days = [dt.date(year, 1, 1), dt.date(year, 12, 31)]
    found = {_plain(name): code for day in days for code, name in codes_on(day).items()}
    return found | {name: code for name, code in _SHORT_NAMES.items() if name not in found}


def _plain(name: str) -> str:
    """A name without case, accents, nor what joins its words."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("œ", "oe"))
    kept = "".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))
    return " ".join(kept.split())
