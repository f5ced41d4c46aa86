"""A version on paper: whole, accessible, the same bytes, and no text of a questionnaire read as markup."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.services.printing import print_questionnaire
from app.services.printing.content import content_of
from app.services.printing.jumps import find_jumps
from app.services.trial import shipped_files
from questionnaires import definition, routing
from questionnaires.expressions import Absence
from questionnaires.model import Context, Information, LocalText, Questionnaire, SingleChoice

EVERYTHING = Path(__file__).parents[1] / "questionnaires" / "everything.yaml"
HASH = "0123456789abcdef" * 4
HOSTILE = '#panic() *gras* $x$ `y` <etiquette> @nom \\ // [crochet] #{import "x"} " \' é'


def read(path: Path) -> Questionnaire:
    return definition.read(path.read_bytes())


def streams(pdf: bytes) -> Iterator[bytes]:
    """What a file holds, once its compressed parts are opened."""
    yield pdf
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            continue


def questions_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one
        for section in content["sections"]
        for copy in section["copies"]
        for page in copy["pages"]
        for one in page["questions"]
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_file_is_tagged_titled_in_its_language_and_the_same_twice(language: str) -> None:
    model = read(EVERYTHING)
    made = print_questionnaire(model, language, HASH)
    whole = b"\n".join(streams(made))
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in whole
    assert f"/Lang({language})".encode() in whole.replace(b"/Lang (", b"/Lang(")
    assert b"/Title" in whole
    assert b"pdfuaid" in whole
    assert b"/TH" in whole  # the columns of a grid are headers
    assert made == print_questionnaire(model, language, HASH)


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_question_of_a_shipped_version_is_printed(path: Path) -> None:
    model = read(path)
    told = questions_of(content_of(model, "fr", HASH))
    assert {one["name"] for one in told} == {one.name for one in model.questions}
    numbers = [one["number"].partition(".")[0] for one in told if one["number"]]
    assert list(dict.fromkeys(numbers)) == [str(one) for one in range(1, len(set(numbers)) + 1)]
    assert print_questionnaire(model, "fr", HASH).startswith(b"%PDF-")


def test_texts_are_never_markup() -> None:
    model = read(EVERYTHING)
    first, *rest = model.sections
    page = first.pages[0]
    question = replace(page.questions[0], text=LocalText({"fr": HOSTILE}))
    model = replace(
        model,
        title=LocalText({"fr": HOSTILE}),
        sections=(
            replace(first, pages=(replace(page, questions=(question, *page.questions[1:])), *first.pages[1:])),
            *rest,
        ),
    )
    assert content_of(model, "fr", HASH)["title"] == HOSTILE
    assert print_questionnaire(model, "fr", HASH).startswith(b"%PDF-")


def test_an_answer_that_decides_alone_says_where_to_go() -> None:
    citizens = next(one for one in shipped_files("impact-citoyens", "2022"))
    content = content_of(read(citizens), "fr", HASH)
    by_name = {one["name"]: one for one in questions_of(content)}
    jumps = {one["code"]: one["jump"] for one in by_name["engagement"]["choices"]}
    assert jumps["3"] == f"passez à la question {by_name['partenaires']['number']}"
    assert jumps["1"] == ""
    ends = {one["code"]: one["jump"] for one in by_name["region"]["choices"]}
    assert ends["99"] == "le questionnaire s’arrête ici"


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nobody_is_asked_what_an_arrow_passes_over(path: Path) -> None:
    """Whatever else is answered: here, everything that can open a question is unknown or known at random."""
    model = read(path)
    order = [one.name for one in model.questions if not isinstance(one, Information)]
    for (name, code), target in find_jumps(model).items():
        over = order[order.index(name) + 1 : order.index(target) if target in order else None]
        for pick in (0, -1):
            given: dict[str, Any] = {
                one.name: one.choices[pick].code if isinstance(one, SingleChoice) else Absence.SKIPPED
                for one in model.questions
                if not isinstance(one, Information)
            }
            path_ = routing.path(model, Context(), {**given, name: code})
            shown = {one for names in path_.shown.values() for one in names}
            assert name not in shown or not shown & set(over)


def test_conditions_call_questions_by_their_numbers() -> None:
    told = questions_of(content_of(read(EVERYTHING), "fr", HASH))
    budget = next(one for one in told if one["name"] == "budget")
    assert budget["filter"].startswith("À remplir si\u00a0: ")
    assert "la question 3" in budget["filter"]


def test_a_repeated_part_is_printed_for_its_first_items() -> None:
    content = content_of(read(EVERYTHING), "fr", HASH)
    repeated = next(one for one in content["sections"] if one["each"])
    assert [one["heading"] for one in repeated["copies"]] == ["Partenaire n° 1", "Partenaire n° 2", "Partenaire n° 3"]
    assert repeated["each"] == "Pour chaque partenaire de la liste de la question 15\u00a0: remplissez ces questions."
