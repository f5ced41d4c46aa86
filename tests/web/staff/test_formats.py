"""Numbers, dates and durations on screen, in French and in English."""

import datetime as dt

import pytest

from app.web import formats


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        (2400, 0, "2\u202f400", "2,400"),
        (-211, 0, "−211", "−211"),
        (1234567.891, 2, "1\u202f234\u202f567,89", "1,234,567.89"),
        (0.5, 0, "1", "1"),
        (2.5, 0, "3", "3"),
        (1.005, 2, "1,01", "1.01"),
        (-0.2, 0, "0", "0"),
    ],
)
def test_numbers_have_the_signs_of_the_language(value: float, decimals: int, french: str, english: str) -> None:
    assert formats.number(value, "fr", decimals) == french
    assert formats.number(value, "en", decimals) == english


def test_a_percentage_is_rounded_once_from_the_share() -> None:
    # 0.285 is 28.499999999999996 when it is multiplied by 100 in binary.
    assert formats.percent(0.285, "fr") == "29\u00a0%"
    assert formats.percent(0.285, "en") == "29%"
    assert formats.percent(0.0449, "fr") == "4\u00a0%"


def test_a_mean_has_one_decimal() -> None:
    assert formats.mean(6.25, "fr") == "6,3"
    assert formats.mean(6.25, "en") == "6.3"


def test_an_interval_says_its_unit_once() -> None:
    assert formats.interval(0.724, 0.758, "fr") == "de 72 à 76\u00a0%"
    assert formats.interval(0.724, 0.758, "en") == "72 to 76%"
    assert formats.interval(6.08, 6.51, "fr", "mean") == "de 6,1 à 6,5"


def test_the_first_day_of_a_month_is_ordinal_in_french_only() -> None:
    first = dt.date(2026, 11, 1)
    assert formats.date(first, "fr") == "1er\u00a0novembre\u00a02026"
    assert formats.date(first, "en") == "1\u00a0November\u00a02026"
    assert formats.date(dt.date(2026, 11, 11), "fr") == "11\u00a0novembre\u00a02026"
    assert formats.short_date(dt.date(2026, 10, 14), "fr") == "14\u00a0oct.\u00a02026"


@pytest.mark.parametrize(
    ("stored", "french", "english"),
    [
        (dt.datetime(2026, 7, 14, 12, 32, tzinfo=dt.UTC), "14\u00a0h\u00a032", "14:32"),
        (dt.datetime(2026, 1, 14, 6, 5, tzinfo=dt.UTC), "7\u00a0h\u00a005", "07:05"),
        (dt.datetime(2026, 1, 14, 6, 5), "7\u00a0h\u00a005", "07:05"),
    ],
)
def test_moments_are_shown_in_the_time_of_paris(stored: dt.datetime, french: str, english: str) -> None:
    assert formats.time(stored, "fr") == french
    assert formats.time(stored, "en") == english


def test_a_moment_just_before_midnight_in_utc_is_the_next_day_in_paris() -> None:
    stored = dt.datetime(2026, 10, 14, 22, 30, tzinfo=dt.UTC)
    assert formats.moment(stored, "fr") == "15\u00a0octobre\u00a02026, 0\u00a0h\u00a030"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(700, "11 min 40 s"), (660, "11 min"), (45, "45 s"), (4000, "1 h 06 min"), (59.7, "1 min")]
)
def test_durations_are_read_as_one_says_them(seconds: float, shown: str) -> None:
    assert formats.duration(seconds, "fr").replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("Incontournable", "Incon|tournable"),
        ("Accompagnement", "Accompa|gnement"),
        ("Établissements publics", "Établis|sements publics"),
        ("Secondaire", "Secondaire"),
    ],
)
def test_long_french_words_may_be_cut_at_one_syllable(word: str, cut: str) -> None:
    assert formats.soft_hyphens(word, "fr").replace("\u00ad", "|") == cut
    assert formats.soft_hyphens(word, "en") == word
