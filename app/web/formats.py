"""Numbers, dates and durations as French and English readers expect them: pure functions, and Jinja filters.

Every function takes its language; the filters of `install` take that of the page. Moments are stored in UTC
and shown in the time of Paris.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.dates import format_date, get_timezone
from flask import Flask
from flask_babel import get_locale

NO_BREAK = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"
SOFT_HYPHEN = "\u00ad"
ZONE = "Europe/Paris"

_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"
_LONG_WORD = re.compile(r"[^\W\d_]{11,}")
# After a vowel or between two consonants, before a consonant (or one followed by l, r, h, n) and its vowel.
_SYLLABLE = re.compile(
    rf"(?<=\w{{4}})(?:(?<=[{_VOWELS}])|(?<=[{_VOWELS}][^\W{_VOWELS}]))"
    r"(?!(?<=[bcdfgkptv])[lr]|(?<=[cpt])h|(?<=g)n)"
    rf"(?=(?:[bcdfgkptv][lr]|[cpt]h|gn|[^\W{_VOWELS}])[{_VOWELS}]\w{{2}})",
    re.IGNORECASE,
)


def number(value: float | Decimal, language: str, decimals: int = 0) -> str:
    """2400 -> "2 400" (narrow no-break space) in French, "2,400" in English. Halves go away from zero."""
    exact = _exact(value)
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if language == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    return MINUS + text if rounded < 0 else text


def _exact(value: float | Decimal) -> Decimal:
    """A float as the decimal that it prints as: 0.285 is 28.5 %, not a little less."""
    return Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)


def percent(share: float, language: str, decimals: int = 0) -> str:
    """0.873 -> "87 %" in French, "87%" in English."""
    return points(share, language, decimals) + (f"{NO_BREAK}%" if language == "fr" else "%")


def points(share: float, language: str, decimals: int = 0) -> str:
    """0.873 -> "87": a percentage whose sign is said elsewhere, as in a column of a table."""
    return number(_exact(share) * 100, language, decimals)


def mean(value: float, language: str) -> str:
    """6.42 -> "6,4" in French, "6.4" in English."""
    return number(value, language, 1)


def interval(low: float, high: float, language: str, kind: str = "percent") -> str:
    """(0.72, 0.76) -> "de 72 à 76 %"; of means: "de 6,1 à 6,5"."""
    middle = "{} à {}" if language == "fr" else "{} to {}"
    first = "de " if language == "fr" else ""
    if kind == "mean":
        return first + middle.format(mean(low, language), mean(high, language))
    return first + middle.format(points(low, language), percent(high, language))


def local(moment: dt.datetime) -> dt.datetime:
    """A moment in the time of Paris; one without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(get_timezone(ZONE))


def date(day: dt.date, language: str) -> str:
    """14 octobre 2026, 1er novembre 2026; 14 October 2026."""
    return _date(day, language, "MMMM")


def short_date(day: dt.date, language: str) -> str:
    """14 oct. 2026; 14 Oct 2026."""
    return _date(day, language, "MMM")


def day_of_month(day: dt.date, language: str) -> str:
    """14 oct., for the axis of a chart."""
    return format_date(_day(day), "d MMM", locale=language).replace(" ", NO_BREAK)


def _day(day: dt.date) -> dt.date:
    return local(day).date() if isinstance(day, dt.datetime) else day


def _date(day: dt.date, language: str, month: str) -> str:
    plain = _day(day)
    text = format_date(plain, f"d {month} y", locale=language).replace(" ", NO_BREAK)
    return text.replace("1", "1er", 1) if language == "fr" and plain.day == 1 else text


def time(moment: dt.datetime, language: str) -> str:
    """14 h 32 in French, 14:32 in English."""
    here = local(moment)
    if language == "fr":
        return f"{here.hour}{NO_BREAK}h{NO_BREAK}{here.minute:02d}"
    return f"{here.hour:02d}:{here.minute:02d}"


def moment(value: dt.datetime, language: str) -> str:
    """14 octobre 2026, 14 h 32."""
    return f"{date(value, language)}, {time(value, language)}"


def duration(seconds: float, language: str) -> str:
    """700 -> "11 min 40 s"; 4000 -> "1 h 06 min" (the same in both languages but for the spaces' width)."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        parts = [number(hours, language), "h", f"{minutes:02d}", "min"]
    elif minutes:
        parts = [str(minutes), "min", *([f"{rest:02d}", "s"] if rest else [])]
    else:
        parts = [str(rest), "s"]
    return NO_BREAK.join(parts)


def soft_hyphens(text: str, language: str) -> str:
    """Where a long French word of a narrow column may be cut: once, at the syllable nearest to its middle.

    A browser has no French dictionary everywhere. English is left to it.
    """
    return _LONG_WORD.sub(lambda word: _cut(word[0]), text) if language == "fr" else text


def _cut(word: str) -> str:
    places = [found.start() for found in _SYLLABLE.finditer(word)]
    if not places:
        return word
    place = min(places, key=lambda one: abs(2 * one - len(word)))
    return word[:place] + SOFT_HYPHEN + word[place:]


def language() -> str:
    """The language of the page that is being made."""
    locale = get_locale()
    return str(locale.language) if locale is not None else "fr"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "percent": percent,
    "points": points,
    "mean": mean,
    "date": date,
    "short_date": short_date,
    "day_of_month": day_of_month,
    "time": time,
    "moment": moment,
    "duration": duration,
    "soft_hyphens": soft_hyphens,
}


def install(app: Flask) -> None:
    """Give templates each format as a filter, in the language of the page."""
    for name, format_value in FILTERS.items():
        app.jinja_env.filters[name] = _in_page_language(format_value)


def _in_page_language(format_value: Callable[..., str]) -> Callable[..., str]:
    def filtered(value: Any, *options: Any) -> str:
        return format_value(value, language(), *options)

    return filtered
