"""The routes of whoever asks others: every module that adds some."""

from __future__ import annotations

from app.web.interview import paper_forms, views
from app.web.interview.desk import blueprint

__all__ = ["blueprint", "paper_forms", "views"]
