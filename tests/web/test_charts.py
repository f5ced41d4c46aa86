"""Charts: images made on the server, in the colours of the house, kept and never asked for again."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from flask import Flask

from app.web.charts import actors, axes, regions, rendering, theme, trends
from app.web.charts.trends import Join, Shape, TrendPoint, TrendWords

AXIS = axes.round_axis([0.6, 0.9], 0.0, 1.0)
MARKS = [str(round(100 * one)) for one in AXIS.marks]
WORDS = TrendWords("De 70 à 80 %", "Rupture", MARKS)
SERIES = (
    TrendPoint(2008.5, "2008", 0.86, "86", shape=Shape(is_hollow=True)),
    TrendPoint(2012.9, "2012", 0.84, "84", shape=Shape(is_hollow=True), join=Join.NOTED),
    TrendPoint(2015.7, "2015", 0.69, "69", 0.67, 0.71, join=Join.CUT, reason="question nouvelle"),
    TrendPoint(2019.7, "2019", 0.74, "74", 0.72, 0.76, join=Join.JOINED),
)


def layers(spec: rendering.Spec, **mark: object) -> list[rendering.Spec]:
    """The layers whose mark has these properties."""
    return [one for one in spec["layer"] if mark.items() <= one["mark"].items()]


def lines_of(spec: rendering.Spec) -> list[tuple[float, float]]:
    """The thick lines of a chart: (value they leave, value they reach)."""
    found = layers(spec, type="rule", strokeWidth=3)
    return [(row["y"], row["y2"]) for one in found for row in one["data"]["values"]]


def test_no_line_crosses_a_break() -> None:
    assert sorted(lines_of(trends.trend(SERIES, AXIS, WORDS))) == [(0.69, 0.74), (0.86, 0.84)]


def test_a_line_with_a_note_is_dotted_and_an_unknown_base_hollow() -> None:
    spec = trends.trend(SERIES, AXIS, WORDS)
    dotted = [row["y2"] for one in layers(spec, strokeDash=[2, 6]) for row in one["data"]["values"]]
    hollow = [row["y"] for one in layers(spec, fill=theme.colour("surface")) for row in one["data"]["values"]]
    assert (dotted, hollow) == ([0.84], [0.86, 0.84])


@pytest.mark.parametrize("width", [trends.WIDE, trends.NARROW])
def test_a_trend_writes_its_values_its_waves_and_why_it_breaks(width: int) -> None:
    drawn = rendering.svg(trends.trend(SERIES, AXIS, WORDS, width=width))
    texts = re.findall(r">([^<]+)</(?:text|title|tspan)>", drawn)
    assert {"86", "84", "69", "74", "2008", "2012", "2015", "2019", "De 70 à 80 %"} <= set(texts)
    assert "Rupture" in drawn
    assert "nouvelle" in drawn


def test_near_dates_are_set_apart_and_others_stay_in_proportion() -> None:
    near = [TrendPoint(when, str(when), 0.7, "70") for when in (2000.0, 2010.0, 2019.9, 2020.0)]
    spec = trends.trend(near, AXIS, WORDS)
    places = [row["x"] for one in layers(spec, type="point", size=130) for row in one["data"]["values"]]
    first, second, third = (after - before for before, after in pairwise(places))
    assert third == pytest.approx(trends.NEAREST)
    assert first / second == pytest.approx(10 / 9.9)


def test_an_image_keeps_to_the_tokens_by_day_and_by_night() -> None:
    drawn = rendering.svg(trends.trend(SERIES, AXIS, WORDS, ink="pop-citoyens"))
    style = re.search(r"<style>(.*?)</style>", drawn)
    assert style is not None
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', drawn))
    assert used <= set(theme.tokens().values())
    assert theme.colour("pop-citoyens") in used
    for day in used:
        assert f'[fill="{day}"]{{fill:{theme.night()[day]}}}' in style[1]


def test_an_actor_has_its_shape_and_its_line_is_full_only_when_comparable() -> None:
    measures = actors.Measure(0.69, "69"), actors.Measure(0.74, "74")
    both = [actors.Actor("Citoyens", "citoyens", *measures, True), actors.Actor("Maires", "elus", *measures)]
    spec = actors.dots(both, AXIS, "Deux acteurs", MARKS)
    dashes = [one["mark"].get("strokeDash") for one in layers(spec, type="rule", strokeWidth=3)]
    shapes = [one["mark"]["shape"] for one in layers(spec, type="point")]
    assert (dashes, shapes) == ([None, [2, 6]], ["circle", "circle", "square", "square"])
    assert "Maires" in rendering.svg(spec)


def test_every_population_and_every_region_has_its_mark() -> None:
    assert {f"pop-{one}" for one in actors.SHAPES} <= set(theme.tokens())
    assert len(regions.TILES) == 13


def test_a_fragile_region_is_hatched_and_takes_no_class() -> None:
    words = regions.TileWords("Treize régions", ["a", "b", "c", "d", "e"], "base fragile")
    fills = {}
    for is_fragile in (False, True):
        spec = regions.tiles([regions.Tile("94", 0.9, "90", is_fragile)], [0.2, 0.4, 0.6, 0.8], words)
        fills[is_fragile] = layers(spec, type="line")[0]["mark"]["fill"]
        assert ">90<" in rendering.svg(spec)
    assert fills == {False: theme.colour("seq-5"), True: theme.colour("surface")}


def test_a_map_for_a_phone_is_as_wide_as_its_screen_and_names_every_region() -> None:
    words = regions.TileWords("Treize régions", ["a", "b", "c", "d", "e"], "base fragile")
    all_of_them = [regions.Tile(code, 0.5, "50") for code in regions.TILES]
    spec = regions.tiles(all_of_them, [0.2, 0.4, 0.6, 0.8], words, is_narrow=True)
    assert spec["width"] <= 330
    drawn = rendering.svg(spec)
    for *_, name in regions.TILES.values():
        assert all(f">{part}<" in drawn for part in name)
    assert min(int(size) for size in re.findall(r'font-size="(\d+)px"', drawn)) >= 11


def test_a_wave_among_published_figures_is_a_square() -> None:
    both = [TrendPoint(2019.7, "2019", 0.74, "74"), TrendPoint(2022.4, "2022", 0.7, "70", shape=Shape(is_square=True))]
    squares = layers(trends.trend(both, AXIS, WORDS), type="point", shape="square")
    assert [row["y"] for one in squares for row in one["data"]["values"]] == [0.7]


@pytest.mark.parametrize(("values", "cut"), [([0.69, 0.97], 0.6), ([0.02, 0.4], None), ([0.5], 0.45)])
def test_an_axis_has_round_bounds_and_says_where_it_is_cut(values: list[float], cut: float | None) -> None:
    axis = axes.round_axis(values, 0.0, 1.0)
    assert axis.low <= min(values)
    assert max(values) <= axis.high <= 1
    assert (axis.cut_at is None) is (cut is None)
    assert axis.marks[0] == axis.low
    assert axis.marks[-1] == pytest.approx(axis.high)


def test_an_image_is_made_once_and_named_by_what_it_shows(app: Flask) -> None:
    spec = trends.trend(SERIES, AXIS, WORDS)
    made = rendering._draw.cache_info().misses
    rendering.svg(spec)
    with app.test_request_context():
        first = rendering.svg_response(spec, "essai")
        tag = first.headers["ETag"]
    with app.test_request_context(headers={"If-None-Match": tag}):
        assert rendering.svg_response(spec, "essai").status_code == 304
        other = trends.trend(SERIES[:2], AXIS, WORDS)
        assert rendering.svg_response(other, "essai").status_code == 200
    assert rendering._draw.cache_info().misses - made <= 2
    assert first.content_type == "image/svg+xml"
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    assert "unsafe" not in first.headers["Content-Security-Policy"]


def test_an_image_is_also_a_png() -> None:
    assert rendering.png(trends.trend(SERIES, AXIS, WORDS)).startswith(b"\x89PNG")
