"""Ten defects of routing, each refused with its reason, by the door that a designer uses: read, then prove."""

from __future__ import annotations

import pytest

from app.services.problem_messages import message
from questionnaires.definition import read
from questionnaires.model import Questionnaire
from questionnaires.problems import DefinitionIsInvalid, Problem
from questionnaires.proofs import Finding, Limits, prove
from questionnaires.routing import path
from questionnaires.validation import check_page
from tests.questionnaires.test_problem_catalogue import NUMBER, PROVEN, SINGLE, asked, exits, file

AGE = asked("age", "number", "minimum: 18, maximum: 99")
FIN = asked("fin", "text")


def pages(*written: str) -> bytes:
    return file(sections=f"  - {{name: s, title: {{fr: S}}, pages: [{', '.join(written)}]}}\n")


def page(name: str, question: str, keys: str = "") -> str:
    return f"{{name: {name}, title: {{fr: P}}, {keys + ', ' if keys else ''}questions: [{question}]}}"


def refused(data: bytes) -> list[Problem]:
    """Why a file is refused: by its reader, or else by the proof of what was read."""
    try:
        questionnaire = read(data)
    except DefinitionIsInvalid as error:
        return list(error.problems)
    return [one.problem for one in blocking(questionnaire)]


def blocking(questionnaire: Questionnaire) -> list[Finding]:
    return [one for one in prove(questionnaire).findings if one.problem.is_blocking]


def only(data: bytes) -> Problem:
    found = refused(data)
    assert len(found) == 1, found
    assert message(found[0], "fr") != message(found[0], "en")
    return found[0]


def data(problem: Problem) -> dict[str, object]:
    return dict(problem.data)


GOES_ON = "exits: [{name: dehors, when: \"q = 'oui' or q = 'non'\", keep: true, title: {fr: T}, text: {fr: T}}]"


def test_a_page_no_rule_can_reach_names_the_exit_that_everybody_takes() -> None:
    found = only(pages(page("filtre", SINGLE, GOES_ON), page("apres", FIN)))
    assert (found.code, found.place.page) == ("never-met", "apres")
    assert data(found) == {"owner": "page", "name": "apres", "cause": "dehors"}
    assert found.place.path == "sections[0].pages[1]"


def test_rules_that_route_back_for_ever() -> None:
    found = only(pages(page("un", SINGLE), page("deux", NUMBER, "goto: un")))
    assert (found.code, data(found)) == ("route-backward", {"key": "goto", "target": "un"})
    assert found.place.line


def test_a_contradiction_is_told_without_anybody() -> None:
    found = only(pages(page("un", AGE), page("deux", FIN, 'when: "age > 50 and age < 30"')))
    assert (found.code, found.place.path) == ("rule-contradiction", "sections[0].pages[1].when")


def test_a_rule_beyond_the_maximum_gives_the_range() -> None:
    found = only(pages(page("un", AGE), page("deux", FIN, 'when: "age > 120"')))
    assert found.code == "rule-out-of-range"
    assert data(found) == {"owner": "page", "name": "deux", "part": "age > 120", "minimum": "18", "maximum": "99"}
    assert "18" in message(found, "fr")
    assert "99" in message(found, "fr")


def test_a_page_skipped_on_its_own_answer() -> None:
    found = only(pages(page("un", SINGLE, "when: \"q = 'oui'\""), page("deux", FIN)))
    assert (found.code, found.place.page, data(found)) == ("rule-variable-later", "un", {"variable": "q"})


VARIANTS = 'variants: [{{name: a, when: "{}", text: {{fr: A}}}}, {{name: b, when: "{}", text: {{fr: B}}}}]'


def worded(first: str, second: str) -> bytes:
    return pages(page("un", f"{SINGLE}, {AGE}"), page("deux", asked("fin", "text", VARIANTS.format(first, second))))


def test_a_rule_identical_to_an_earlier_one_names_it() -> None:
    found = only(worded("q = 'oui'", "q = 'oui'"))
    assert (found.code, data(found)) == ("rule-identical", {"owner": "variant", "name": "b", "earlier": "a"})
    assert found.place.path == "sections[0].pages[1].questions[0].variants[1].when"


def test_a_catch_all_placed_first_is_named_by_what_it_hides() -> None:
    found = only(worded("age >= 20 or age < 20", "q = 'oui'"))
    assert (found.code, data(found)) == ("rule-shadowed", {"owner": "variant", "name": "b", "earlier": "a"})


def test_the_minimum_above_the_maximum() -> None:
    found = only(file(asked("n", "number", "minimum: 10, maximum: 5")))
    assert (found.code, data(found)) == ("bounds-crossed", {"minimum": 10, "maximum": 5})


def test_a_route_to_a_missing_page_names_it() -> None:
    found = only(pages(page("un", SINGLE, "routes: [{when: \"q = 'oui'\", goto: trois}]"), page("deux", FIN)))
    assert (found.code, data(found)) == ("route-unknown", {"key": "routes", "target": "trois"})


def test_a_rule_on_an_undefined_question_names_it() -> None:
    found = only(pages(page("un", SINGLE), page("deux", FIN, 'when: "revenu > 1"')))
    assert (found.code, data(found)) == ("rule-variable-unknown", {"variable": "revenu"})


def test_a_trap_has_a_witness_who_reaches_the_page_and_cannot_leave() -> None:
    check = 'checks: [{name: majeur, severity: blocking, rule: "age >= 30", message: {fr: Non}}]'
    questionnaire = read(pages(page("un", AGE), page("deux", FIN, check)))
    (found,) = blocking(questionnaire)
    assert (found.problem.code, found.problem.place.page) == ("check-traps", "deux")
    assert found.witness is not None
    given = {**found.witness.given, "fin": "mot"}
    assert "deux" in path(questionnaire, found.witness.context, given).pages
    assert any(one.is_blocking for one in check_page(questionnaire, found.witness.context, given, "deux"))


def bounded(most: str) -> bytes:
    return pages(page("un", AGE), page("deux", asked("n", "number", f'minimum: 30, at_most: "{most}"')))


CHECK = 'checks: [{{name: c, severity: blocking, rule: "{}", message: {{fr: Non}}, at: [age]}}]'
SHARES = "rows: [{name: a, label: {fr: A}}, {name: b, label: {fr: B}}], maximum: 40"


def larger_than_age(bound: str) -> bytes:
    check = 'checks: [{name: c, severity: blocking, rule: "n > age", message: {fr: Non}}]'
    return pages(page("un", AGE), page("deux", asked("n", "number", bound), check))


def shared_out(total: str) -> bytes:
    return pages(page("un", AGE), page("deux", asked("r", "allocation", f"{SHARES}, {total}")))


FREE = asked("age", "number", "minimum: 18, maximum: 99, required: no")
# code -> (a file whose proof finds it, one near it whose proof does not).
PAIRS: dict[str, tuple[bytes, bytes]] = {
    "never-met": (
        pages(page("filtre", SINGLE, GOES_ON), page("apres", FIN)),
        pages(page("filtre", SINGLE, exits("q = 'oui'")), page("apres", FIN)),
    ),
    "rule-contradiction": (
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 50 and age < 30"')),
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 50 or age < 30"')),
    ),
    "rule-out-of-range": (
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 99"')),
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 98"')),
    ),
    "rule-prevented": (
        pages(page("un", AGE, exits("age < 30")), page("deux", FIN, 'when: "age < 25"')),
        pages(page("un", AGE, exits("age < 20")), page("deux", FIN, 'when: "age < 25"')),
    ),
    "rule-always-true": (
        pages(page("un", SINGLE), page("deux", FIN, "when: \"q = 'oui' or q = 'non'\"")),
        pages(page("un", SINGLE), page("deux", FIN, "when: \"q = 'oui'\"")),
    ),
    "rule-identical": (worded("q = 'oui'", "q = 'oui'"), worded("q = 'oui'", "q = 'non'")),
    "rule-shadowed": (worded("age < 50", "age < 40"), worded("age < 40", "age < 50")),
    "part-never-true": (
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 120 or age < 30"')),
        pages(page("un", AGE), page("deux", FIN, 'when: "age > 80 or age < 30"')),
    ),
    "part-always-true": (
        pages(page("un", f"{SINGLE}, {AGE}"), page("deux", FIN, "when: \"age >= 18 and q = 'oui'\"")),
        pages(page("un", f"{SINGLE}, {AGE}"), page("deux", FIN, "when: \"age >= 19 and q = 'oui'\"")),
    ),
    "check-never-passed": (
        pages(page("un", AGE, CHECK.format("age > 99"))),
        pages(page("un", AGE, CHECK.format("age > 98"))),
    ),
    "check-never-violated": (
        pages(page("un", AGE, CHECK.format("age < 100"))),
        pages(page("un", AGE, CHECK.format("age < 99"))),
    ),
    "check-traps": (
        pages(page("un", AGE), page("deux", FIN, CHECK.format("age > 30").replace(", at: [age]", ""))),
        pages(page("un", AGE, CHECK.format("age > 30")), page("deux", FIN)),
    ),
    "page-trap": (larger_than_age("maximum: 30"), larger_than_age("maximum: 100")),
    "bounds-may-cross": (bounded("age"), bounded("age + 12")),
    "total-out-of-reach": (shared_out("total_from: age"), shared_out("total: 80")),
    "bound-never-reached": (
        pages(page("un", AGE, CHECK.format("age < 90"))),
        pages(page("un", AGE, CHECK.format("age != 90"))),
    ),
    "pipe-may-be-empty": (
        pages(page("un", FREE), page("deux", asked("fin", "text").replace("Q", '"Et {age} ?"'))),
        pages(page("un", FREE), page("deux", asked("fin", "text").replace("Q", '"Et {age, or {rien}} ?"'))),
    ),
}


@pytest.mark.parametrize("code", PAIRS)
def test_of_two_versions_one_has_the_finding(code: str) -> None:
    wrong, right = (prove(read(one)).problems for one in PAIRS[code])
    found = [one for one in wrong if one.code == code]
    assert found, [one.code for one in wrong]
    assert found[0].place.path
    assert message(found[0], "fr") != message(found[0], "en")
    assert code not in {one.code for one in right}


def test_what_the_solver_gives_up_is_named_and_blocks() -> None:
    rule = "age > 50 and age < 30"
    proof = prove(read(pages(page("un", AGE), page("deux", FIN, f'when: "{rule}"'))), limits=Limits(steps=1))
    assert {one.code for one in proof.problems} == {"proof-undecided"}
    assert proof.undecided
    assert not proof.is_clean


def test_every_finding_has_its_pair() -> None:
    assert {*PAIRS, "proof-undecided"} == PROVEN
