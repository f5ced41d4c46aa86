"""The JSON Schema for editors: it takes every file that is right, and shows typical mistakes while one types."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from questionnaires.definition import json_schema
from questionnaires.model import (
    DURATIONS,
    NOMENCLATURES,
    PATTERNS,
    ContextVariable,
    Order,
    Required,
    Severity,
)

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything.yaml"
SHIPPED = sorted((HERE.parents[1] / "questionnaires" / "definitions").glob("*/*.yaml"))
FEATURES = sorted((HERE / "features").glob("*.yaml"))
FILES = [EVERYTHING, *SHIPPED, *FEATURES]

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_bytes())


def test_it_is_a_schema_of_its_draft_that_json_can_hold() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert json_schema() == SCHEMA


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_that_is_right_is_right_for_editors(path: Path) -> None:
    assert [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(loaded(path))] == []


def test_every_key_is_explained() -> None:
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    described = [(key, one.get("description")) for part in parts for key, one in part["properties"].items()]
    assert [key for key, words in described if not words] == []
    assert len(described) > 300


@pytest.mark.parametrize(
    ("part", "key", "expected"),
    [
        ("TextPart", "required", [one.value for one in Required]),
        ("TextPart", "pattern", list(PATTERNS)),
        ("SingleChoicePart", "order", [one.value for one in Order]),
        ("SuggesterPart", "nomenclature", list(NOMENCLATURES)),
        ("DurationPart", "units", [list(units) for units in DURATIONS]),
        ("CheckPart", "severity", [one.value for one in Severity]),
        ("ContextVariablePart", "type", list(ContextVariable.TYPES)),
        ("ContextVariablePart", "provider", list(ContextVariable.PROVIDERS)),
    ],
)
def test_an_editor_completes_words_that_are_one_of_a_few(part: str, key: str, expected: list[object]) -> None:
    assert SCHEMA["$defs"][part]["properties"][key]["enum"] == expected


def test_keys_are_completed_in_the_order_of_a_canonical_file() -> None:
    keys = list(SCHEMA["$defs"]["NumberPart"]["properties"])
    assert keys[:5] == ["name", "type", "formerly", "text", "help"]
    assert keys[-3:] == ["concept", "source", "note"]


PAGE = ("sections", 0, "pages", 0)
QUESTION = (*PAGE, "questions", 0)

MISTAKES: list[tuple[tuple[str | int, ...], object]] = [
    (("version",), 2022),
    (("format",), 2),
    (("minutes",), "12"),
    (("minutes",), None),
    (("title",), "Essai"),
    (("title",), {}),
    (("title",), {"fr": ""}),
    (("title",), {"fr": 18}),
    (("title",), {"Deutsch": "Probe"}),
    (("languages",), []),
    (("languages",), "fr"),
    (("population",), "Les citoyens"),
    (("sections",), []),
    (("durée",), 12),
    ((*PAGE, "Question"), []),
    ((*QUESTION, "type"), "seul"),
    ((*QUESTION, "type"), "number"),
    ((*QUESTION, "name"), "Âge"),
    ((*QUESTION, "name"), "and"),
    ((*QUESTION, "required"), False),
    ((*QUESTION, "no_opinion"), "true"),
    ((*QUESTION, "when"), True),
    ((*QUESTION, "decimals"), 1),
    ((*QUESTION, "choices"), []),
    ((*QUESTION, "choices", 0, "code"), "1"),
    ((*QUESTION, "choices", 0, "code"), 1.5),
    ((*QUESTION, "choices", 0, "value"), 1),
    ((*PAGE, "checks", 0, "severity"), "error"),
    ((*PAGE, "exits", 0, "keep"), "no"),
    (("sections", 2, "pages", 1, "questions", 0, "minimum"), 2022),
    (("sections", 2, "pages", 1, "questions", 0, "minimum"), "31/12/2022"),
    (("sections", 2, "pages", 1, "questions", 1, "minimum"), "2022-13"),
    (("sections", 2, "pages", 1, "questions", 3, "units"), ["weeks", "hours"]),
    (("sections", 2, "pages", 0, "questions", 5, "maximum"), 51),
    (("context", 0, "provider"), "cookie"),
    (("context", 0, "choices", 0, "when"), "age = 'a18_plus'"),
]


@pytest.mark.parametrize(("where", "value"), MISTAKES, ids=lambda one: str(one)[:60])
def test_a_mistake_is_shown_where_it_is(where: tuple[str | int, ...], value: object) -> None:
    document = copy.deepcopy(loaded(EVERYTHING))
    holder = document
    for step in where[:-1]:
        holder = holder[step]
    holder[where[-1]] = value
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("key", ["format", "questionnaire", "version", "languages", "sections"])
def test_what_a_file_must_have_is_asked_for(key: str) -> None:
    document = {name: value for name, value in loaded(EVERYTHING).items() if name != key}
    assert not VALIDATOR.is_valid(document)
