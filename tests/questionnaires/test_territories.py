"""Regions by year: a figure published for a former region is never that of a region of today."""

import datetime as dt

import pytest

from questionnaires.model import REGION_CODES
from questionnaires.model.territories import (
    FORMER_REGIONS,
    METROPOLITAN,
    OVERSEAS,
    REGIONS,
    Territory,
    TerritoryIsUnknown,
    Worth,
    codes_on,
    parts_of,
    read_code,
    read_name,
    region_of_choice,
    worth_today,
)


def test_there_are_13_metropolitan_regions_since_2016_and_22_before() -> None:
    assert len(METROPOLITAN) == 13
    assert len(FORMER_REGIONS) == 22
    for day, count in ((dt.date(2015, 12, 31), 22), (dt.date(2016, 1, 1), 13), (dt.date(2026, 1, 1), 13)):
        assert len(set(codes_on(day)) - set(OVERSEAS)) == count


def test_the_former_regions_are_a_partition_of_those_of_today() -> None:
    parts = [part for code in METROPOLITAN for part in parts_of(code)]
    assert sorted(parts) == sorted(FORMER_REGIONS)
    assert parts_of(84) == (82, 83)
    assert parts_of(44) == (21, 41, 42)
    assert parts_of(75) == (54, 72, 74)
    merged = [code for code in METROPOLITAN if len(parts_of(code)) > 1]
    assert sorted(merged) == [27, 28, 32, 44, 75, 76, 84]


def test_no_code_was_used_again() -> None:
    unmerged = {code for code in METROPOLITAN if parts_of(code) == (code,)}
    assert set(FORMER_REGIONS) & set(REGIONS) == unmerged


@pytest.mark.parametrize(
    ("day", "code", "name"),
    [
        (dt.date(2015, 1, 16), 24, "Centre"),
        (dt.date(2015, 1, 17), 24, "Centre-Val de Loire"),
        (dt.date(2015, 12, 31), 82, "Rhône-Alpes"),
        (dt.date(2016, 1, 1), 44, "Alsace-Champagne-Ardenne-Lorraine"),
        (dt.date(2016, 9, 29), 32, "Nord-Pas-de-Calais-Picardie"),
        (dt.date(2016, 9, 30), 32, "Hauts-de-France"),
        (dt.date(2016, 9, 29), 28, "Normandie"),
        (dt.date(2016, 9, 30), 76, "Occitanie"),
    ],
)
def test_a_region_bears_the_name_of_the_day(day: dt.date, code: int, name: str) -> None:
    assert codes_on(day)[code] == name


@pytest.mark.parametrize("name", ["Rhône-Alpes", "rhone alpes", "RHÔNE‑ALPES"])
def test_rhone_alpes_is_a_part_of_a_region_and_never_that_region(name: str) -> None:
    found = worth_today(read_name(name, 2015))
    assert (found.worth, found.regions, found.missing) == (Worth.PART, (84,), (83,))
    assert not found.is_comparable


def test_paca_and_corse_are_a_union_of_two_whole_regions() -> None:
    found = worth_today(read_name("PACA et Corse", 2015))
    assert (found.worth, found.regions, found.is_comparable) == (Worth.UNION, (93, 94), True)


@pytest.mark.parametrize(
    ("name", "year", "worth", "regions", "missing"),
    [
        ("Auvergne et Rhône-Alpes", 2015, Worth.EXACT, (84,), ()),
        ("Haute-Normandie, Basse-Normandie", 2014, Worth.EXACT, (28,), ()),
        ("Bretagne", 2012, Worth.EXACT, (53,), ()),
        ("Centre", 2012, Worth.EXACT, (24,), ()),
        ("Alsace et Lorraine", 2015, Worth.PART, (44,), (21,)),
        ("Bretagne et Limousin", 2015, Worth.MIXED, (53, 75), (54, 72)),
        ("Guadeloupe", 2012, Worth.EXACT, (1,), ()),
        ("La Réunion et Rhône-Alpes", 2012, Worth.MIXED, (4, 84), (83,)),
        ("Aquitaine-Limousin-Poitou-Charentes", 2016, Worth.EXACT, (75,), ()),
        ("Nouvelle Aquitaine", 2016, Worth.EXACT, (75,), ()),
        ("Bourgogne-Franche-Comté", 2020, Worth.EXACT, (27,), ()),
    ],
)
def test_what_a_territory_is_worth_today(
    name: str, year: int, worth: Worth, regions: tuple[int, ...], missing: tuple[int, ...]
) -> None:
    found = worth_today(read_name(name, year))
    assert (found.worth, found.regions, found.missing) == (worth, regions, missing)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Occitanie", 2015),
        ("Normandie", 2015),
        ("Rhône-Alpes", 2016),
        ("Alsace-Champagne-Ardenne-Lorraine", 2017),
        ("Savoie", 2020),
        ("Bretagne et Savoie", 2020),
        (" et ", 2020),
        ("", 2020),
    ],
)
def test_a_name_that_no_region_bore_that_year_is_refused(name: str, year: int) -> None:
    with pytest.raises(TerritoryIsUnknown):
        read_name(name, year)


def test_a_code_is_read_in_the_edition_of_its_year() -> None:
    assert read_code(82, 2015) == Territory("Rhône-Alpes", (82,), True)
    assert read_code(84, 2016).name == "Auvergne-Rhône-Alpes"
    for code, year in ((84, 2015), (82, 2016), (99, 2020)):
        with pytest.raises(TerritoryIsUnknown):
            read_code(code, year)


def test_a_choice_is_a_region_when_its_code_and_its_name_agree() -> None:
    for name, code in REGION_CODES.items():
        found = region_of_choice(code, [name])
        assert found is not None
        assert (found.codes, found.is_former) == ((code,), False)
    assert region_of_choice(82, ["Rhône-Alpes"]) == Territory("Rhône-Alpes", (82,), True)
    assert region_of_choice(1, ["nord"]) is None
    assert region_of_choice(99, ["hors_metropole"]) is None
    assert region_of_choice(28, ["bretagne"]) is None
