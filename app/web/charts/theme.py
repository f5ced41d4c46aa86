"""The colours and the type of every chart. Colours come from the tokens of the style sheet alone."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from app.web import pages

SHEET = pages.WEB / "static" / "staff.css"
DARK = "@media screen and (prefers-color-scheme: dark)"
FONT = "Liberation Sans, Arial, sans-serif"
"""The renderer brings Liberation Sans with it: widths are the same on every server, whatever fonts it has."""

SIZE = 14
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})\b")

USED = (
    *("surface", "ink", "soft", "faint", "line", "edge", "accent"),
    *(f"pop-{one}" for one in ("citoyens", "elus", "entreprises", "associations", "fondations", "academiques")),
    *(f"seq-{one}" for one in range(1, 6)),
)
"""Tokens that charts draw with. Two that are the same by day are the same by night: the first of them decides."""


@cache
def tokens() -> dict[str, str]:
    """The colours by day: name of the token -> #RRGGBB."""
    return dict(_TOKEN.findall(SHEET.read_text("utf-8").partition(DARK)[0]))


@cache
def night() -> dict[str, str]:
    """What each colour used by day becomes by night: #RRGGBB -> #RRGGBB."""
    dark = dict(_TOKEN.findall(SHEET.read_text("utf-8").partition(DARK)[2].partition("\n}")[0]))
    found: dict[str, str] = {}
    for name in USED:
        if name in dark:
            found.setdefault(tokens()[name], dark[name])
    return found


def colour(name: str) -> str:
    """The colour of a token, by day. Raises KeyError for a name that the style sheet does not have."""
    return tokens()[name]


@cache
def night_style() -> str:
    """The rules that turn an image to the colours of night, for who asks the system for it.

    They read the attributes of the drawing, which keep the colours of day: other programs, and print, see those.
    """
    rules = "".join(
        f'[{kind}="{day}"]{{{kind}:{other}}}' for day, other in sorted(night().items()) for kind in ("fill", "stroke")
    )
    return f"{DARK}{{{rules}}}"


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of the house."""
    return {
        "font": FONT,
        "background": colour("surface"),
        "view": {"stroke": None},
        "text": {"fontSize": SIZE, "color": colour("ink")},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": True,
            "gridColor": colour("line"),
            "labelColor": colour("soft"),
            "labelFontSize": SIZE - 1,
            "labelPadding": 8,
            "title": None,
        },
    }
