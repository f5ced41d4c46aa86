"""A specification made into an image on this server: SVG and PNG, and the answers that carry them.

Making one takes 30 to 50 ms, the first of a process half a second: it is asked for by an address of its own, kept for
the process, and not made again for a browser that has it. Nothing that serves respondents loads this module.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

import vl_convert
from flask import Response, request

from app.web.charts import theme

Spec = dict[str, Any]
"""A Vega-Lite specification: plain JSON values, all its data inside."""

KEPT = 64
"""Images kept by a process, the last asked for: some 20 kB each."""
VEGA_LITE = "6.4"
PNG_SCALE = 2.0


def digest(spec: Spec) -> str:
    """What names the image of a specification, the theme included."""
    return hashlib.sha256((_text(spec) + theme.night_style()).encode()).hexdigest()[:32]


def svg(spec: Spec) -> str:
    """The image as SVG, readable by day and by night. The specification's `description` is its title.

    Raises ValueError for a specification that cannot be drawn.
    """
    drawn = _draw(_text(spec))
    title = f"<title>{escape(str(spec.get('description', '')))}</title>"
    head, _, rest = drawn.partition(">")
    return f"{head}>{title}<style>{theme.night_style()}</style>{rest}"


def png(spec: Spec) -> bytes:
    """The image as PNG, twice its size in pixels, in the colours of day."""
    return _paint(_text(spec))


def svg_response(spec: Spec, name: str, *, download: bool = False) -> Response:
    """The SVG of a specification as a file called `name`.svg, for this reader's browser to keep and ask again."""
    return _response(spec, f"{name}.svg", "image/svg+xml", download)


def png_response(spec: Spec, name: str, *, download: bool = False) -> Response:
    """The PNG of a specification as a file called `name`.png."""
    return _response(spec, f"{name}.png", "image/png", download)


def _response(spec: Spec, name: str, kind: str, download: bool) -> Response:
    is_svg = kind == "image/svg+xml"
    tag = f"{digest(spec)}-{'svg' if is_svg else 'png'}"
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(svg(spec) if is_svg else png(spec), content_type=kind)
        response.headers["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{name}"'
    response.set_etag(tag)
    # Opened by itself, the image may do nothing: no script, no request, its one style sheet.
    style = base64.b64encode(hashlib.sha256(theme.night_style().encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _text(spec: Spec) -> str:
    return json.dumps(spec, ensure_ascii=False, sort_keys=True, allow_nan=False)


@lru_cache(maxsize=KEPT)
def _draw(text: str) -> str:
    drawn: str = vl_convert.vegalite_to_svg(
        text,
        vl_version=VEGA_LITE,
        config=theme.config(),
        format_locale="fr-FR",
        time_format_locale="fr-FR",
        allowed_base_urls=[],
    )
    return drawn


@lru_cache(maxsize=KEPT)
def _paint(text: str) -> bytes:
    painted: bytes = vl_convert.svg_to_png(_draw(text), scale=PNG_SCALE)
    return painted
