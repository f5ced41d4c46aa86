"""Answering: a response is started, saved page by page, sent, withdrawn.

A save locks the row, merges in Python and writes with revision + 1; of two conflicting answers the second is
told and nothing is silently replaced. Sending writes one immutable submission; respondents touch no shared row.
"""

from app.services.responding.codes import LONGEST_CODE, read_code, response_code, response_token
from app.services.responding.correcting import (
    CorrectionIsRefused,
    as_sent,
    can_correct,
    cancel_correction,
    start_correction,
)
from app.services.responding.merging import Earlier, merge
from app.services.responding.responses import (
    Entry,
    ResponseIsSent,
    ResponseNotFound,
    ResponseState,
    WaveIsClosed,
    WaveIsNotOpen,
    WaveIsPaused,
    find_response,
    open_entry,
)
from app.services.responding.resuming import Found, code_of, find_by_code
from app.services.responding.saving import (
    Saved,
    Weighed,
    is_put,
    keep_page,
    problem_key,
    save_page,
    set_language,
    weigh_page,
)
from app.services.responding.sending import (
    ENGINE,
    Incomplete,
    Submitted,
    erase_response,
    submit_response,
    withdraw_response,
)
from app.services.responding.starting import Started, new_start, read_external, start_response

__all__ = [
    "ENGINE",
    "LONGEST_CODE",
    "CorrectionIsRefused",
    "Earlier",
    "Entry",
    "Found",
    "Incomplete",
    "ResponseIsSent",
    "ResponseNotFound",
    "ResponseState",
    "Saved",
    "Started",
    "Submitted",
    "WaveIsClosed",
    "WaveIsNotOpen",
    "WaveIsPaused",
    "Weighed",
    "as_sent",
    "can_correct",
    "cancel_correction",
    "code_of",
    "erase_response",
    "find_by_code",
    "find_response",
    "is_put",
    "keep_page",
    "merge",
    "new_start",
    "open_entry",
    "problem_key",
    "read_code",
    "read_external",
    "response_code",
    "response_token",
    "save_page",
    "set_language",
    "start_correction",
    "start_response",
    "submit_response",
    "weigh_page",
    "withdraw_response",
]
