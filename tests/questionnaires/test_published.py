"""What the Observatory has published since 2008: values, bases, sources, conflicts, and the breaks of each series."""

import itertools
from decimal import Decimal

import pytest

from questionnaires import concepts, published
from questionnaires.comparison import Join
from questionnaires.published import PublishedFigure, PublishedIsInvalid, Statistic, read_published

INVENTORY = set(range(1, 72))
TOLD_ELSEWHERE = {9}
"""The line 74, 84, 97, 92: another reading of line 8, kept with it."""


def figure(key: str) -> PublishedFigure:
    return next(one for one in published.figures() if one.key == key)


def test_every_line_of_the_inventory_is_loaded_with_its_source() -> None:
    assert {one.entry for one in published.figures()} == INVENTORY - TOLD_ELSEWHERE
    for one in published.figures():
        assert one.sources
        assert one.item.concept in concepts.register()
        assert set(one.wave.name) == set(one.base) == set(one.item.reason) == {"fr", "en"}
        if one.statistic in (Statistic.SHARE, Statistic.TOP_TWO):
            assert 0 <= one.value <= 100


def test_the_opinion_of_citizens_is_three_questions_with_two_breaks() -> None:
    (series,) = (one for one in published.series() if one.key == "opinion_citoyens")
    found = [one for item in series.items for one in published.figures() if one.item.key == item and not one.part]
    assert [(one.wave.on.year, int(one.value)) for one in found] == [
        (2008, 86), (2012, 84), (2015, 69), (2019, 74), (2020, 81),
    ]  # fmt: skip
    steps = [published.join_between(*pair) for pair in itertools.pairwise(found)]
    assert [one.join for one in steps] == [Join.JOINED, Join.CUT, Join.JOINED, Join.CUT]
    assert all("Rupture" in steps[place].reason["fr"] for place in (1, 3))
    assert published.join_between(found[0], found[4]).join is Join.CUT


@pytest.mark.parametrize(
    ("first", "second", "join"),
    [
        ("innovation_e.phare_e_2015", "innovation_e.impact_e_2022", Join.CUT),
        ("innovation_a.phare_a_2015", "innovation_a.impact_a_2021", Join.CUT),
        ("innovation_m.phare_m_2016", "innovation_m.impact_m_2020", Join.CUT),
        ("partnership_e.arpea_e_2011", "partnership_e.phare_e_2015", Join.CUT),
        ("companies_a.arpea_a_2009", "companies_a.phare_a_2015", Join.NOTED),
        ("intensity_c.phare_c_2015.emploi", "intensity_c.impact_c_2019.emploi", Join.NOTED),
        ("intensity_c.phare_c_2015.emploi", "intensity_c.impact_c_2019.securite", Join.CUT),
        ("innovation_c.phare_c_2015", "innovation_e.phare_e_2015", Join.CUT),
    ],
)
def test_points_join_only_where_the_register_says_so(first: str, second: str, join: Join) -> None:
    found = published.join_between(figure(first), figure(second))
    assert found.join is join
    assert found == published.join_between(figure(second), figure(first))
    assert found.reason["fr"]


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        ("innovation_e.impact_e_2022", "83", "84"),
        ("intensity_c.phare_c_2015.securite", "6.6", "7.0"),
        ("type_a.impact_a_2021.mecenat", "75", "59"),
        ("reach_a.impact_a_2021.regional", "47", "43"),
    ],
)
def test_sources_that_disagree_are_both_kept(key: str, value: str, other: str) -> None:
    found = figure(key)
    assert found.is_disputed
    assert (found.value, found.others[0].value) == (Decimal(value), Decimal(other))
    assert found.others[0].sources != found.sources
    assert found.caveats


def test_a_mean_read_as_a_share_stays_a_mean_and_a_derived_value_says_so() -> None:
    assert figure("intensity_c.impact_c_2019.emploi").statistic is Statistic.MEAN
    assert any("prise pour une part" in one["fr"] for one in figure("intensity_c.impact_c_2019.emploi").caveats)
    assert [one.value for one in published.figures() if one.is_derived] == [Decimal(48), Decimal("28.5")]


def test_a_base_is_known_only_where_it_was_published() -> None:
    assert figure("innovation_c.impact_c_2019").n == 2400
    assert not figure("innovation_m.impact_m_2020").has_known_base
    assert figure("priority_c.phare_c_2015.niveau_vie.paca").n is None


def test_a_name_that_is_not_declared_is_told_with_its_place() -> None:
    content = (
        b"format: 1\nsources: {}\nwaves: {}\ncaveats: {}\nparts: {}\nbases: {}\nsubgroups: {}\nbounds: {}\n"
        b"series: []\nbreaks: []\nitems: [{key: a, concept: b, population: citoyens, text: {fr: t}, scale: {fr: s}, "
        b"grade: A, reason: {fr: r}, figures: [{entry: 1, wave: w, value: 1, sources: [S1]}]}]"
    )
    with pytest.raises(PublishedIsInvalid, match=r"a\.w: no source “S1”"):
        read_published(content)
