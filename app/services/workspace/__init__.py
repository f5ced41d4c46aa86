"""The table workspace: any table of a wave, counted on demand from its segments, tested and protected.

request = read_request(wave, values)                      from an address or a command
made = make_tables(session, storage, request, language)   raises RequestIsInvalid with its problems
made.blocks[0].table                                      a ProtectedTable, as every other one
"""

from app.services.workspace.making import Made, MadeBlock, make_tables
from app.services.workspace.requests import (
    CORRECTIONS,
    INTERVALS,
    STATISTICS,
    TESTS,
    RequestIsInvalid,
    RequestProblem,
    TableRequest,
    read_request,
)
from app.services.workspace.subjects import Subject, subjects
from app.services.workspace.testing import Association, Gap, Gaps
from app.services.workspace.words import association_sentence, gap_note, problem_sentence, words

__all__ = [
    "CORRECTIONS",
    "INTERVALS",
    "STATISTICS",
    "TESTS",
    "Association",
    "Gap",
    "Gaps",
    "Made",
    "MadeBlock",
    "RequestIsInvalid",
    "RequestProblem",
    "Subject",
    "TableRequest",
    "association_sentence",
    "gap_note",
    "make_tables",
    "problem_sentence",
    "read_request",
    "subjects",
    "words",
]
