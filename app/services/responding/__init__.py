"""Answering: a response is started, saved page by page, sent, withdrawn.

A save locks the row, merges in Python and writes with revision + 1; of two conflicting answers the second is
told and nothing is silently replaced. Sending writes one immutable submission; respondents touch no shared row.
"""

from app.services.responding.merging import merge
from app.services.responding.responses import (
    Entry,
    ResponseIsSent,
    ResponseNotFound,
    ResponseState,
    WaveIsClosed,
    WaveIsNotOpen,
    find_response,
    open_entry,
)
from app.services.responding.saving import Saved, problem_key, save_page, set_language
from app.services.responding.sending import (
    ENGINE,
    Incomplete,
    Submitted,
    receipt_code,
    submit_response,
    withdraw_response,
)
from app.services.responding.starting import Started, read_external, start_response

__all__ = [
    "ENGINE",
    "Entry",
    "Incomplete",
    "ResponseIsSent",
    "ResponseNotFound",
    "ResponseState",
    "Saved",
    "Started",
    "Submitted",
    "WaveIsClosed",
    "WaveIsNotOpen",
    "find_response",
    "merge",
    "open_entry",
    "problem_key",
    "read_external",
    "receipt_code",
    "save_page",
    "set_language",
    "start_response",
    "submit_response",
    "withdraw_response",
]
