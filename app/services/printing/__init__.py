"""A version on paper: an accessible PDF (PDF/UA-1), the same bytes for the same content.

typst is loaded here, and only by whoever prints. Texts go to the template as data: they are never read as markup.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Final

import typst

from app.services.printing.content import content_of
from questionnaires.model import Questionnaire

TEMPLATE = Path(__file__).with_name("questionnaire.typ")
STANDARD: Final = "ua-1"
NO_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""A file of the same content has the same bytes, whenever it is made."""


def print_questionnaire(questionnaire: Questionnaire, language: str, content_hash: str) -> bytes:
    """The printable questionnaire, in a language of the version: a PDF/UA-1 file that prints well in grey."""
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        ignore_system_fonts=True,
        sys_inputs=_inputs(questionnaire, language, content_hash),
        pdf_standards=[STANDARD],
        timestamp=NO_MOMENT,
    )
    assert isinstance(made, bytes)
    return made


def draw_pages(questionnaire: Questionnaire, language: str, content_hash: str, ppi: float = 72) -> list[bytes]:
    """Its pages as PNG images, to be looked at."""
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        ignore_system_fonts=True,
        sys_inputs=_inputs(questionnaire, language, content_hash),
        format="png",
        ppi=ppi,
    )
    return [made] if isinstance(made, bytes) else [page for page in made if page is not None]


def _inputs(questionnaire: Questionnaire, language: str, content_hash: str) -> dict[str, str]:
    return {"data": json.dumps(content_of(questionnaire, language, content_hash), ensure_ascii=False, sort_keys=True)}
