"""What a tab sent before and never heard of is its own: no conflict with oneself, none hidden with another."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.responding.merging import known_after, merge_page, without_new_items
from questionnaires.model import Absence
from tests.questionnaires.builders import page, questionnaire, roster, single, text

ASKED = questionnaire(page("liste", single("sexe", "femme", "homme"), text("mot"), roster("noms")))
Document = dict[str, Any]


def merged(stored: Document, answers: Document, base: Document, *earlier: Document) -> tuple[Document, Document]:
    return merge_page(ASKED, "liste", stored, answers, base, earlier)


CASES: dict[str, tuple[Any, Any, Any, list[Any], Any, bool]] = {
    # stored, mine, base, earlier -> stored then, told
    "saved and changed": ("a", "b", None, ["a"], "b", False),
    "saved and changed back": ("a", "c", "c", ["a"], "c", False),
    "saved and cleared": ("a", None, None, ["a"], Absence.SKIPPED, False),
    "never arrived": ("c", "b", "c", ["a"], "b", False),
    "the one before was saved": ("a", "d", None, ["a", "b"], "d", False),
    "cleared before, then written": (Absence.SKIPPED, "b", "c", [None], "b", False),
    "another tab was faster": ("x", "b", None, ["a"], "x", True),
    "another tab, this one untouched": ("x", "c", "c", ["a"], "x", False),
}


@pytest.mark.parametrize("case", CASES)
def test_a_tab_is_in_conflict_with_others_only(case: str) -> None:
    stored, mine, base, earlier, expected, is_told = CASES[case]
    found, told = merged({"mot": stored}, {"mot": mine}, {"mot": base}, *({"mot": one} for one in earlier))
    assert found["mot"] == expected
    assert bool(told) == is_told


BEFORE: Document = {"noms": (1,), "noms[1]": "Mairie"}


def replace(words: str) -> Document:
    """What the page posts when other words are written over its one line."""
    return {"noms": (1,), "noms[1]": words}


def test_a_line_written_over_is_replaced_once_however_often_it_is_sent() -> None:
    once, _ = merged(BEFORE, replace("Région"), BEFORE)
    assert once == {"noms": (2,), "noms[1]": "Mairie", "noms[2]": "Région"}
    again, told = merged(once, replace("Région"), BEFORE)
    assert (again, told) == (once, {})
    changed, told = merged(once, replace("Club"), BEFORE, replace("Région"))
    assert changed == {"noms": (2,), "noms[1]": "Mairie", "noms[2]": "Club"}
    assert not told
    _, told = merged(once, replace("Club"), BEFORE)
    assert told, "that line is another tab's"


def test_a_line_added_and_taken_off_before_the_network_came_back() -> None:
    added: Document = {"noms": (1, 2), "noms[1]": "Mairie", "noms[2]": "Club"}
    saved, _ = merged(BEFORE, added, BEFORE)
    found, told = merged(saved, {"noms": (1,), "noms[1]": "Mairie"}, BEFORE, added)
    assert found["noms"] == (1,)
    assert not told


def test_a_page_that_stays_open_does_not_replace_lines() -> None:
    assert without_new_items(ASKED, "liste", BEFORE, replace("Région") | {"mot": "a"}, BEFORE) == {"mot": "a"}
    corrected = replace("Mairie de Lyon")
    assert without_new_items(ASKED, "liste", BEFORE, corrected, BEFORE) is corrected


def test_a_page_takes_as_its_base_only_what_it_posted_itself() -> None:
    stored = {"mot": "b", "sexe": 1}
    assert known_after(stored, {"mot": "b", "sexe": 2}, {"mot": None, "sexe": None}) == {"mot": "b", "sexe": None}
