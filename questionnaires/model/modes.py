"""The same questions in another mode: read aloud by an interviewer, or copied from a paper form.

Both ask no less and no more than the version: names, codes and types stay, so that the answers of every mode are
columns of the one codebook.
"""

from __future__ import annotations

from dataclasses import replace

from .parts import Required
from .questions import Information, MultipleChoice, MultipleGrid, Question, Roster, Text


def by_telephone(question: Question) -> Question:
    """The question as it is read aloud: whoever answers may always not know, or refuse."""
    return question if isinstance(question, Information) else replace(question, no_opinion=True, refusal=True)


def on_paper(question: Question) -> Question:
    """The question as it is copied: what was left blank stays blank, what is too little is all there is."""
    copied = replace(question, required=Required.NO)
    if isinstance(copied, MultipleChoice | MultipleGrid | Roster | Text):
        return replace(copied, minimum=None)
    return copied
