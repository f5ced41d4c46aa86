"""Paper forms: entered twice, by two people who do not see each other's entry; sent when both agree.

    first_entry      someone types the form for the first time
    to_enter_again   it waits for somebody else
    second_entry     somebody else types it, blind to the first
    differs          both are finished and differ: somebody settles each question, the paper at hand
    done             sent, once; the second entry is gone

An entry is a response in the mode `paper`, answered on the pages of every respondent; it stays in progress until the
form is done. The form is locked before the first entry, and the response that a request writes before the form.
"""

from app.services.paper.comparing import Reading, differing_questions, read_entry
from app.services.paper.entering import (
    EntryIsOver,
    FormHasBothEntries,
    FormIsTaken,
    FormNeedsSomebodyElse,
    FormNotFound,
    OpenEntry,
    discard_entry,
    entry_of,
    finish_entry,
    open_form,
    require_entry,
)
from app.services.paper.overview import (
    FORM_STATUSES,
    FormRow,
    OperatorQuality,
    count_forms,
    list_forms,
    rate_operators,
)
from app.services.paper.settling import Choice, Settling, Unsettled, find_settling, settle_form

__all__ = [
    "FORM_STATUSES",
    "Choice",
    "EntryIsOver",
    "FormHasBothEntries",
    "FormIsTaken",
    "FormNeedsSomebodyElse",
    "FormNotFound",
    "FormRow",
    "OpenEntry",
    "OperatorQuality",
    "Reading",
    "Settling",
    "Unsettled",
    "count_forms",
    "differing_questions",
    "discard_entry",
    "entry_of",
    "find_settling",
    "finish_entry",
    "list_forms",
    "open_form",
    "rate_operators",
    "read_entry",
    "require_entry",
    "settle_form",
]
