"""The sentences of problems: one table, French and English, for every code of the catalogue.

`message` says what is wrong and what to do. A code may have variants, `code/variant`, for what a respondent was
asked (`answer-required/number`), for which bound was crossed, or for the form that a text should have.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from questionnaires import piping
from questionnaires.expressions import Absence
from questionnaires.model import Question, Questionnaire, Score, ScoreGrid, split_item
from questionnaires.problems import Problem

from .answers import ANSWERS
from .files import FILES, RULES
from .proofs import PROOFS
from .versions import VERSIONS
from .words import ABSENCE_WORDS, KINDS, Say, Table, column, quoted, say

__all__ = ["ABSENCE_WORDS", "MESSAGES", "message"]

MESSAGES: Table = {**ANSWERS, **FILES, **RULES, **VERSIONS, **PROOFS}
"""Every sentence; a test holds it against the catalogue."""

_BUTTONS = frozenset({"choice", "choices", "score", "consent"})  # among which an absence is one more to choose


def message(
    problem: Problem, language: str, questionnaire: Questionnaire | None = None, text: Say | None = None
) -> str:
    """The sentence of a problem, as plain text. With the questionnaire, answers are named as they are read.

    That of a check is in its own words. `text` puts the texts of the version into words; by default, answers in
    them are left open.
    """
    question, text = _question(problem, questionnaire), text or (lambda one: piping.outline(one.in_(language)))
    if problem.code == "check-violated" and questionnaire is not None:
        return text(questionnaire.check(str(problem.data["check"])).message)
    found = next(one for one in _variants(problem, question) if one in MESSAGES)
    words = {name: say(name, value, problem, question, language, text) for name, value in problem.data.items()}
    if isinstance(question, Score | ScoreGrid):
        words |= {"low": str(question.minimum), "high": str(question.maximum)}
    sentence = MESSAGES[found][column(language)].format(**words) + _guess(problem, language)
    return _with_offer(sentence, question, language) if problem.code == "answer-required" and question else sentence


def _guess(problem: Problem, language: str) -> str:
    """What was probably meant, where something is not one of those that are known."""
    known = problem.data.get("known")
    written = next((str(problem.data[name]) for name in ("key", "found", "choice") if name in problem.data), "")
    names = [str(one) for one in known] if isinstance(known, tuple) else []
    close = get_close_matches(written, names, n=1, cutoff=0.7)
    if not close:
        return ""
    meant = quoted(close[0], language)
    return f" Vouliez-vous écrire {meant}\u202f?" if language == "fr" else f" Did you mean {meant}?"


def _question(problem: Problem, questionnaire: Questionnaire | None) -> Question | None:
    name = problem.place.question
    if questionnaire is None or name is None:
        return None
    static, _ = split_item(name)
    return next((one for one in questionnaire.questions if one.name == static), None)


def _variants(problem: Problem, question: Question | None) -> Iterator[str]:
    """The sentences that would do, the most exact first."""
    code, data = problem.code, problem.data
    kind = KINDS[type(question)] if question is not None else ""
    if code == "limit-crossed":
        yield f"{code}/{kind}-{data['limit']}"
        yield f"{code}/{data['limit']}"
    if code == "number-too-many-decimals" and data["decimals"] == 0:
        yield f"{code}/whole"
    if code in ("date-not-a-date", "month-not-a-month"):
        yield f"{code}/{data['part']}"
    if code == "text-pattern":
        yield f"{code}/{data['pattern']}"
    if code in ("date-out-of-bounds", "month-out-of-bounds") and "" in (data["minimum"], data["maximum"]):
        yield f"{code}/{'until' if data['minimum'] == '' else 'from'}"
    if code == "answer-recommended" and question is not None and _is_detail(problem, question):
        yield f"{code}/words"
    if data.get("cause") == "":
        yield f"{code}/together"
    if "minimum" in data and "maximum" in data and "" in (data["minimum"], data["maximum"]):
        yield f"{code}/open"
    yield f"{code}/{kind}"
    yield code


def _is_detail(problem: Problem, question: Question) -> bool:
    name, _ = split_item(problem.place.variable or "")
    return name in question.details


def _with_offer(sentence: str, question: Question, language: str) -> str:
    """The absences that are offered are ways to answer too."""
    posted = (("nsp", Absence.NO_OPINION), ("refus", Absence.REFUSED))
    names = [ABSENCE_WORDS[value][column(language)] for value, absence in posted if absence in question.offered]
    if not names:
        return sentence
    either = " ou " if language == "fr" else " or "
    tick = "" if KINDS[type(question)] in _BUTTONS else "cochez " if language == "fr" else "select "
    return f"{sentence.removesuffix('.')},{either}{tick}{either.join(quoted(name, language) for name in names)}."
