"""The JSON Schema of the file format (draft 2020-12), with which editors complete and check files.

It says what a person writes: whole numbers as numbers, options as true or false. What only a reading of the whole
version can tell (names taken twice, rules, translations) stays with `read`.
"""

from __future__ import annotations

from typing import Any

from ..model import DURATIONS, MOST_ITEMS
from .schema import FORMAT, QUESTIONS, Part, QuestionnairePart, all_parts, keys

_DURATIONS = "; ".join(" + ".join(units) for units in DURATIONS)

DESCRIPTIONS: dict[str, str] = {
    "above": "Rule that gives a bound; the answer is greater than it.",
    "arms": "The arms of the experiment, drawn with equal chances.",
    "at": "The answers of the page beside which the check speaks.",
    "at_least": "Rule that gives a bound; the answer may be equal to it.",
    "at_most": "Rule that gives a bound; the answer may be equal to it.",
    "below": "Rule that gives a bound; the answer is smaller than it.",
    "cells": "The cells; a response is in the first whose rule is true.",
    "checks": "Rules on the answers of the page; each is violated only when definitely false.",
    "choices": "The choices, in the order in which they are shown.",
    "code": "The whole number that stands for the choice in every file; never used again for another.",
    "computed": "Variables that nobody is asked.",
    "concept": "What is measured, across versions and populations.",
    "contents": "Respondents may look at the list of the parts, and go back to one of them.",
    "context": "Variables known before the first page.",
    "decimals": "Digits after the decimal point; bounds are then times 10 to that power.",
    "description": "What the questionnaire is about.",
    "exclusive": "Chosen alone, as “none of these”.",
    "exits": "Where a response ends early.",
    "experiments": "Random allocations of responses to arms; rules read them as choices.",
    "fixed": "Keeps its place when the order is random or reversed.",
    "format": "The format of the file.",
    "formerly": "The name that it had in the version before; the comparison of versions follows it.",
    "help": "Explains.",
    "high": "The label of the upper end of the scale.",
    "instruction": "Says how to answer.",
    "intro": "Words at the top of the page.",
    "item": "The label of one line of the list.",
    "keep": "Whether the answers given before the exit are kept.",
    "label": "What is read.",
    "languages": "The languages of the questionnaire, the first one first.",
    "long": "Asks for several lines.",
    "low": "The label of the lower end of the scale.",
    "maximum": "The largest answer, or the most choices, lines or characters.",
    "message": "What is said when the check is violated.",
    "minimum": "The smallest answer, or the fewest choices, lines or characters.",
    "minutes": "How long it takes to answer.",
    "name": "The name that rules and files use; it stays when the words change.",
    "neutral": "The name of the middle level, if there is one.",
    "no": "Instead of “Non”.",
    "no_opinion": "Offers “Je ne me prononce pas”, apart from the answers.",
    "nomenclature": "The official list in which one searches.",
    "note": "For those who work on the questionnaire; never shown.",
    "order": "How choices or rows are shown: as written, in an order drawn for each response, or reversed for half.",
    "pages": "What is asked together and saved together.",
    "pattern": "The form that the text must have.",
    "population": "Who answers.",
    "prefill": "The context variable that is shown beforehand.",
    "provider": "Who gives the value: the invitation (external), or the response itself.",
    "questionnaire": "The name of the questionnaire, the same for all its versions.",
    "questions": "The questions of the page.",
    "quotas": "Parts of the population that are counted; their targets belong to the wave.",
    "refusal": "Offers “Je ne souhaite pas répondre”, apart from the answers.",
    "repeat": "The list, or the question with several answers, over whose items this is repeated.",
    "required": "hard: one cannot go on without; soft: recommended once; no: free.",
    "rows": "The rows, each answered by itself.",
    "rule": "A rule, such as age >= 18 and statut = 'actif'.",
    "sections": "The parts of the questionnaire.",
    "sensitive": "A sensitive datum (article 9 of the GDPR): never required, with a consent of its own.",
    "severity": "information is shown, warning can be passed, blocking cannot.",
    "shuffle": "Neighbouring sections of one shuffle come in an order drawn for each response.",
    "source": "Where this comes from.",
    "specify": "Asks for words when the choice is chosen.",
    "subtotals": "Sums of choices that are published beside them.",
    "text": "What is read; it may take up earlier answers in braces.",
    "title": "The title.",
    "top": "How many choices are to be ranked; all of them without it.",
    "total": "What the parts must add up to.",
    "total_from": "Rule that gives what the parts must add up to.",
    "type": "The type.",
    "unit": "The unit, shown beside the number.",
    "units": f"The unit or the two units of a duration: {_DURATIONS}.",
    "variants": "Other wordings; the first whose rule is true counts.",
    "version": "The name of this version, a text.",
    "when": "Rule; what stands here is there only when it is definitely true.",
    "yes": "Instead of “Oui”.",
}
"""What each key means, as an editor shows it."""


def json_schema() -> dict[str, Any]:
    """The schema as JSON, in an order of its own that is always the same."""
    schema = QuestionnairePart.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    parts = {part.__name__: part for part in all_parts()}
    for name, one in definitions.items():
        _describe(one, parts.get(name))
    _describe(schema, QuestionnairePart)
    _question(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Questionnaire, format {FORMAT}",
        "description": "One version of a questionnaire.",
        **{key: schema[key] for key in ("type", "properties", "required", "additionalProperties")},
        "$defs": definitions,
    }


def _describe(schema: dict[str, Any], part: type[Part] | None) -> None:
    """Words for each key, in the order of a canonical file, instead of what pydantic makes of the classes."""
    schema.pop("description", None)
    schema.pop("title", None)
    properties = schema["properties"]
    order = [key for key in keys(part).values() if key in properties] if part is not None else list(properties)
    schema["properties"] = {key: _property(key, properties[key]) for key in order}


def _property(key: str, found: dict[str, Any]) -> dict[str, Any]:
    # A key that may be left out has a null default for pydantic; nobody writes null.
    options = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: value for name, value in found.items() if name not in ("anyOf", "title", "default")}
    if options:
        rest |= options[0]
    if found.get("default") is not None and found["default"] != []:
        rest["default"] = found["default"]
    if rest.get("type") == "array" and key in _NEVER_EMPTY:
        rest["minItems"] = 1
    return {"description": DESCRIPTIONS[key], **rest}


_NEVER_EMPTY = frozenset({"choices", "rows", "languages", "sections", "pages", "arms", "cells"})


def _question(definitions: dict[str, Any]) -> None:
    """One of the types, told by its `type`: an editor completes the keys of that type only."""
    for kind, part in QUESTIONS.items():
        definitions[part.__name__]["properties"]["type"] = {"description": DESCRIPTIONS["type"], "const": kind}
    roster = definitions[QUESTIONS["roster"].__name__]["properties"]
    roster["maximum"]["maximum"] = MOST_ITEMS
    branches = [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/{part.__name__}"},
        }
        for kind, part in QUESTIONS.items()
    ]
    names = {"description": "The type of the question.", "enum": list(QUESTIONS)}
    definitions["Question"] = {
        "type": "object",
        "properties": {"type": names},
        "required": ["type"],
        "allOf": branches,
    }
    definitions["PagePart"]["properties"]["questions"] = {
        "description": DESCRIPTIONS["questions"],
        "type": "array",
        "items": {"$ref": "#/$defs/Question"},
    }
