"""One tiny questionnaire for each feature, in `features`; what comes of answering it, in `features/answers`.

Each response says whose it is (`who`) and what is given; then come its pages in order, its effective answers, why
every other variable is absent, its problems, and the words and orders that it asks about. Days and months are
written as in files; `*nsp*`, `*refus*` and `*blank*` are no opinion, a refusal and a blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from questionnaires.definition import read, write
from questionnaires.expressions import day_text, month_text
from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Date,
    LocalText,
    Month,
    Question,
    Questionnaire,
    split_item,
    variable_types,
)
from questionnaires.piping import render
from questionnaires.routing import known_answers, known_at, part_order, path, prefilled, quota_cells, wording
from questionnaires.validation import check_response, read_date, read_month
from tests.questionnaires.builders import ONLINE

FOLDER = Path(__file__).parent / "features"
FEATURES = {file.stem: file.read_bytes() for file in sorted(FOLDER.glob("*.yaml"))}
ACCOUNTS = {file.stem: yaml.safe_load(file.read_bytes()) for file in sorted((FOLDER / "answers").glob("*.yaml"))}
RESPONSES = [(feature, account) for feature, accounts in ACCOUNTS.items() for account in accounts]

_SAID = {"*nsp*": Absence.NO_OPINION, "*refus*": Absence.REFUSED, "*blank*": Absence.SKIPPED}


def _answer(question: Question | None, said: Any) -> Answer:
    """The value of an answer from how an account says it."""
    if isinstance(said, list):
        return tuple(said)
    if isinstance(said, str) and said in _SAID:
        return _SAID[said]
    if isinstance(said, str) and isinstance(question, Date):
        return read_date(said) or 0
    if isinstance(said, str) and isinstance(question, Month):
        return read_month(said) or 0
    assert isinstance(said, int | str)
    return said


def _said(question: Question | None, answer: Answer) -> object:
    if isinstance(answer, tuple):
        return list(answer)
    if isinstance(question, Date) and isinstance(answer, int):
        return day_text(answer)
    return month_text(answer) if isinstance(question, Month) and isinstance(answer, int) else answer


def _question(version: Questionnaire, name: str) -> Question | None:
    """The question of a main answer."""
    static = split_item(name)[0]
    return next((one for one in version.questions if static in one.answers), None)


def _context(said: Mapping[str, Any]) -> Context:
    return replace(ONLINE, **said)


def outcome(version: Questionnaire, account: Mapping[str, Any]) -> dict[str, object]:
    """What comes of a response, as an account says it; what has nothing to say is left out."""
    context = _context(account.get("context", {}))
    given = {name: _answer(_question(version, name), one) for name, one in account["given"].items()}
    found = path(version, context, given)
    known = known_answers(version, context, found)
    everything: dict[str, object] = {
        "pages": list(found.pages),
        "exit": found.exit.name if found.exit else None,
        "effective": {name: _said(_question(version, name), one) for name, one in found.effective.items()},
        "absent": {name: cause.name.lower() for name, cause in found.causes.items()},
        "not_offered": {name: sorted(parts) for name, parts in found.hidden.items()},
        "passed": list(found.confirmed),
        "quotas": {name: cell for name, cell in quota_cells(version, known).items() if cell},
        "prefilled": dict(prefilled(version, context)),
        "problems": [
            f"{one.place.page}: {one.code} {one.place.variable}" for one in check_response(version, context, given)
        ],
        "order": {name: _order(version, name, context) for name in account.get("order", {})},
        "says": {name: _says(version, name, known) for name in account.get("says", {})},
    }
    return {key: value for key, value in everything.items() if value or key in ("pages", "effective")}


def _order(version: Questionnaire, name: str, context: Context) -> list[str]:
    question: Any = version.question(name)
    parts = getattr(question, "rows", None) or question.choices
    return [parts[index].name for index in part_order(question, context)]


def _says(version: Questionnaire, name: str, known: Mapping[str, Answer]) -> str:
    """The words of a question, or of the title of a page."""
    pages = {page.name for page in version.pages}
    static, item = split_item(name)
    page = name if static in pages else version.page_of(name).name
    here = known_at(version, known, page)
    text: LocalText = version.page(page).title if static in pages else wording(version, name, here).text
    return render(text, "fr", version, here, item)


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_is_a_canonical_file_without_a_problem(feature: str) -> None:
    version = read(FEATURES[feature])
    assert write(version) == FEATURES[feature]


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_answered(feature: str) -> None:
    assert ACCOUNTS.get(feature), f"no response to {feature}"


@pytest.mark.parametrize(("feature", "account"), RESPONSES, ids=lambda one: one if isinstance(one, str) else one["who"])
def test_a_response_has_its_path_its_answers_and_its_problems(feature: str, account: Mapping[str, Any]) -> None:
    expected = {key: value for key, value in account.items() if key not in ("who", "context", "given")}
    assert outcome(read(FEATURES[feature]), account) == expected


@pytest.mark.parametrize(("feature", "account"), RESPONSES, ids=lambda one: one if isinstance(one, str) else one["who"])
def test_every_variable_has_a_value_or_a_cause(feature: str, account: Mapping[str, Any]) -> None:
    version = read(FEATURES[feature])
    asked = {name for name, one in variable_types(version).items() if one.roster is None}
    known = {one.name for one in version.context} | {one.name for one in version.experiments}
    found = outcome(version, account)
    told = {*found["effective"], *found.get("absent", ())}  # type: ignore[misc]
    assert asked - known <= told
    assert not set(found["effective"]) & set(found.get("absent", ()))  # type: ignore[call-overload]
