"""Proofs of long lists, of other modes than the web, and of the files that show each feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from questionnaires.definition import read
from questionnaires.model import Page, Question, Questionnaire
from questionnaires.proofs import Proof, prove
from questionnaires.routing import path
from questionnaires.validation import check_response
from tests.questionnaires.builders import (
    context_variable,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    roster,
    section,
    single,
)

HERE = Path(__file__).parent
SHOWN = sorted([*HERE.glob("features/*.yaml"), HERE / "everything.yaml"])


def repeated(items: Question, bound: str = "n") -> Questionnaire:
    """Three pages asked for each item; after them, questions that take many items to be asked."""
    pages: tuple[Page, ...] = (
        page("i1", number("n", minimum=0, maximum=9), single("b", "x", "y", "z", when="n > 3")),
        page(
            "i2",
            number("k", minimum=0, maximum=9, at_most=bound),
            multiple("m", "un", "deux", when="b = 'x' or k > 2"),
            checks=(must_hold("c", "k + n < 18"),),
        ),
        page("i3", single("d", when="a = 'oui' and m has 'un'"), single("e", when="d = 'oui' and b = 'z'")),
    )
    return questionnaire(
        sections=(
            section("debut", page("p1", items, single("a"))),
            section("items", *pages, repeat=items.name),
            section("fin", page("f1", single("g", when="sum(n) > 100"), single("h", when="count(l) > 12"))),
        )
    )


def blocking(proof: Proof) -> list[tuple[str, str | None]]:
    return [(one.code, one.place.page) for one in proof.problems if one.is_blocking]


@pytest.mark.parametrize("items", [roster("l", maximum=50), multiple("l", *(f"c{order}" for order in range(20)))])
def test_what_is_asked_of_many_items_is_proven(items: Question) -> None:
    proof = prove(repeated(items))
    assert blocking(proof) == []
    assert proof.undecided == 0


@pytest.mark.parametrize("items", [roster("l", maximum=50), multiple("l", *(f"c{order}" for order in range(20)))])
def test_the_trap_of_an_item_is_found_with_somebody_in_it(items: Question) -> None:
    version = repeated(items, bound="n - 1")
    proof = prove(version)
    assert blocking(proof) == [("bounds-may-cross", "i2")]
    witness = next(one.witness for one in proof.findings if one.problem.code == "bounds-may-cross")
    assert witness is not None
    assert witness.until is not None
    found = path(version, witness.context, witness.given)
    assert found.first_incomplete == witness.until
    item = witness.until.removeprefix("i2.")
    assert witness.given[f"n[{item}]"] == 0


def test_who_answers_in_another_mode_is_replayed_in_that_mode() -> None:
    version = questionnaire(
        page("p1", single("a"), number("n", minimum=0, maximum=3)),
        page("p2", single("b", when='moyen = "telephone" and no_opinion(a)')),
        page("p3", single("c", when='moyen = "paper" and not answered(n)')),
        context=(context_variable("moyen", "text", provider="mode"),),
    )
    proof = prove(version)
    assert (blocking(proof), proof.undecided) == ([], 0)
    asked = set()
    for one in proof.covering:
        so = version.for_mode(one.context.mode)
        found = path(so, one.context, one.given)
        assert not any(problem.is_blocking for problem in check_response(so, one.context, one.given, found))
        asked |= {(page_, one.context.mode) for page_ in found.pages}
    assert {("p2", "telephone"), ("p3", "paper"), ("p1", "web")} <= asked


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: str(file.stem))
def test_the_files_of_features_prove_without_a_doubt(file: Path) -> None:
    proof = prove(read(file.read_bytes()))
    assert (blocking(proof), proof.undecided) == ([], 0)


def test_the_words_of_a_place_may_be_wanting_where_a_text_shows_them() -> None:
    proof = prove(read((HERE / "features" / "suggester.yaml").read_bytes()))
    (found,) = (one for one in proof.findings if one.problem.code == "pipe-may-be-empty")
    assert found.problem.place.variable == "commune_name"
    assert found.witness is not None
    assert "bretagne" in path(read((HERE / "features" / "suggester.yaml").read_bytes()), found.witness.context,
                              found.witness.given).pages  # fmt: skip
