"""Every problem of the catalogue: one tiny file or answer that has it, and one near it that has not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app.services.problem_messages import message
from app.services.responding import merge
from app.web.controls.fields import read_page
from questionnaires.checking import check
from questionnaires.definition import read
from questionnaires.model import Absence, Answer, Questionnaire
from questionnaires.problems import CATALOGUE, DefinitionIsInvalid, Problem
from questionnaires.validation import check_response
from tests.questionnaires import builders
from tests.questionnaires.builders import ONLINE, choice_grid, questionnaire

HEAD = """format: 1
questionnaire: essai
version: "1"
population: citoyens
languages: [fr]
title: {fr: Essai}
minutes: 1
"""
TEXT = "{name: q, type: text, text: {fr: Q}}"
CHOICES = "choices: [{code: 1, name: oui, label: {fr: Oui}}, {code: 2, name: non, label: {fr: Non}}]"
ROWS = "rows: [{name: a, label: {fr: A}}, {name: b, label: {fr: B}}]"
_LETTERS = (f"{{code: {code}, name: {name}, label: {{fr: {name.upper()}}}}}" for code, name in enumerate("abc", 1))
THREE = f"choices: [{', '.join(_LETTERS)}]"
ALONE = "choices: [{code: 1, name: a, label: {fr: A}}, {code: 9, name: rien, label: {fr: Rien}, exclusive: true}]"


def asked(name: str, kind: str, keys: str = "") -> str:
    return f"{{name: {name}, type: {kind}, text: {{fr: Q}}, {keys}}}"


SINGLE = asked("q", "single", CHOICES)
NUMBER = asked("n", "number")
END = asked("fin", "text")
ROSTER = asked("liste", "roster", "item: {fr: L}")


def section(name: str, *questions: str, keys: str = "") -> str:
    """A section of one page, named like it."""
    pages = f"[{{name: {name}, title: {{fr: P}}, questions: [{', '.join(questions)}]}}]"
    return f"  - {{name: {name}, title: {{fr: S}}, {keys + ', ' if keys else ''}pages: {pages}}}\n"


def file(*questions: str, of_page: str = "", more: str = "", head: str = HEAD, sections: str = "") -> bytes:
    """A file with these questions on one page; `of_page` adds to the page, `more` to the end of the file."""
    page = f"{{name: p, title: {{fr: P}}, questions: [{', '.join(questions or [TEXT])}], {of_page}}}"
    one = f"  - {{name: s, title: {{fr: S}}, pages: [{page}]}}\n"
    return f"{head}sections:\n{sections or one}{more}".encode()


def head(old: str, new: str) -> bytes:
    """The simplest file with a change in what stands before its sections."""
    assert old in HEAD
    return file(head=HEAD.replace(old, new))


def exits(rule: str) -> str:
    return f'exits: [{{name: dehors, when: "{rule}", keep: true, title: {{fr: T}}, text: {{fr: T}}}}]'


def computes(rule: str, keys: str = "") -> str:
    return f'computed: [{{name: c, label: {{fr: C}}, rule: "{rule}", {keys}}}]\n'


def knows(kind: str, keys: str = "") -> str:
    return f"context: [{{name: su, type: {kind}, label: {{fr: Su}}, {keys}}}]\n"


def says(text: str, *before: str, keys: str = "") -> bytes:
    """A text on the second page, after these questions on the first."""
    return file(
        sections=section("un", *before) + section("deux", asked("fin", "text").replace("Q", f'"{text}"'), keys=keys)
    )


def routed(keys: str) -> bytes:
    """Three pages, with these keys on the second."""
    second = f"{{name: deux, title: {{fr: P}}, questions: [{NUMBER}], {keys}}}"
    others = (
        f"{{name: {name}, title: {{fr: P}}, questions: [{one}]}}" for name, one in (("un", SINGLE), ("trois", END))
    )
    first, last = others
    return file(sections=f"  - {{name: s, title: {{fr: S}}, pages: [{first}, {second}, {last}]}}\n")


PLAIN = file()

# code -> (a file that has the problem, one that has not).
FILES: dict[str, tuple[bytes, bytes]] = {
    "file-too-large": (PLAIN + b"#" * 10 * 1024 * 1024, PLAIN + b"#" * 1024),
    "file-not-utf8": (PLAIN + b"# caf\xe9", PLAIN + "# café".encode()),
    "file-empty": (b"# rien\n", PLAIN),
    "file-too-deep": (b"[" * 50 + b"]" * 50, PLAIN),
    "file-several-documents": (PLAIN + b"---\nautre: 1\n", b"---\n" + PLAIN),
    "yaml-syntax": (head("minutes: 1", "minutes: [1"), PLAIN),
    "yaml-alias": (head("minutes: 1", "minutes: *a"), head("{fr: Essai}", '{fr: "*a"}')),
    "yaml-anchor": (head("minutes: 1", "minutes: &a 1"), head("{fr: Essai}", '{fr: "&a"}')),
    "yaml-tag": (head("minutes: 1", "minutes: !!int 1"), head("{fr: Essai}", '{fr: "!!int"}')),
    "key-duplicate": (head("minutes: 1", "minutes: 1\nminutes: 2"), PLAIN),
    "key-unknown": (head("minutes: 1", "minutes: 1\nduree: 2"), head("minutes: 1", "minutes: 1\nsource: ici")),
    "key-missing": (head("minutes: 1\n", ""), PLAIN),
    "format-unknown": (head("format: 1", "format: 2"), head("format: 1", 'format: "1"')),
    "question-type-unknown": (file(asked("q", "texte")), PLAIN),
    "mapping-expected": (head("{fr: Essai}", "Essai"), PLAIN),
    "list-expected": (head("[fr]", "fr"), PLAIN),
    "list-empty": (head("[fr]", "[]"), PLAIN),
    "text-expected": (head("{fr: Essai}", "{fr: [Essai]}"), PLAIN),
    "text-empty": (head("{fr: Essai}", '{fr: " "}'), head("{fr: Essai}", "{fr: no}")),
    "integer-expected": (head("minutes: 1", "minutes: 1.5"), head("minutes: 1", 'minutes: "1"')),
    "boolean-expected": (file(asked("q", "text", "long: yes")), file(asked("q", "text", "long: true"))),
    "value-unknown": (file(asked("q", "text", "required: oui")), file(asked("q", "text", "required: no"))),
    "name-malformed": (file(asked("Âge", "text")), file(asked("age", "text"))),
    "date-malformed": (
        file(asked("q", "date", "minimum: 2022-02-30")),
        file(asked("q", "date", "minimum: 2022-02-28")),
    ),
    "rule-syntax": (file(SINGLE, of_page=exits("q = ")), file(SINGLE, of_page=exits("q = 'oui'"))),
    "rule-too-large": (
        file(SINGLE, of_page=exits("not " * 60 + "q = 'oui'")),
        file(SINGLE, of_page=exits("not " * 6 + "(q = 'oui')")),
    ),
    "rule-variable-unknown": (file(SINGLE, of_page=exits("r = 'oui'")), file(SINGLE, of_page=exits("q = 'oui'"))),
    "rule-variable-later": (
        file(SINGLE, asked("n", "number", 'when: "m > 1"'), asked("m", "number")),
        file(SINGLE, asked("m", "number"), asked("n", "number", 'when: "m > 1"')),
    ),
    "rule-choice-unknown": (file(SINGLE, of_page=exits("q = 'oui_da'")), file(SINGLE, of_page=exits("q = 'non'"))),
    "rule-choice-without-variable": (
        file(SINGLE, NUMBER, of_page=exits("n = 'oui'")),
        file(SINGLE, NUMBER, of_page=exits("q = 'oui' and n = 1")),
    ),
    "rule-type-mismatch": (file(SINGLE, of_page=exits("q > 1")), file(NUMBER, of_page=exits("n > 1"))),
    "rule-not-linear": (file(NUMBER, of_page=exits("n * n > 4")), file(NUMBER, of_page=exits("n * 2 > 4"))),
    "rule-result": (file(NUMBER, of_page=exits("n + 1")), file(NUMBER, of_page=exits("n + 1 > 2"))),
    "rule-too-many-decimals": (
        file(NUMBER, more=computes("n * 0.5")),
        file(NUMBER, more=computes("n * 0.5", "decimals: 1")),
    ),
    "rule-date-malformed": (
        file(asked("d", "date"), of_page=exits('d > \\"2022-13-01\\"')),
        file(asked("d", "date"), of_page=exits('d > \\"2022-12-01\\"')),
    ),
    "rule-item-variable": (
        file(sections=section("un", ROSTER) + section("deux", NUMBER, keys="repeat: liste"), more=computes("n")),
        file(sections=section("un", ROSTER) + section("deux", NUMBER, keys="repeat: liste"), more=computes("sum(n)")),
    ),
    "name-duplicate": (file(TEXT, SINGLE), file(TEXT, NUMBER)),
    "name-reserved": (
        file(sections=section("fin", TEXT)),
        file(sections=section("la_fin", TEXT)),
    ),
    "formerly-taken": (
        file(TEXT, asked("n", "number", "formerly: q")),
        file(TEXT, asked("n", "number", "formerly: ancien")),
    ),
    "code-duplicate": (file(SINGLE.replace("code: 2", "code: 1")), file(SINGLE)),
    "code-out-of-bounds": (file(SINGLE.replace("code: 2", "code: -2")), file(SINGLE.replace("code: 2", "code: 0"))),
    "choices-too-few": (
        file(asked("q", "single", "choices: [{code: 1, name: oui, label: {fr: Oui}}]")),
        file(SINGLE),
    ),
    "page-empty": (
        file(sections="  - {name: s, title: {fr: S}, pages: [{name: p, title: {fr: P}}]}\n"),
        file(sections="  - {name: s, title: {fr: S}, pages: [{name: p, title: {fr: P}, intro: {fr: I}}]}\n"),
    ),
    "subtotal-choice-unknown": (
        file(asked("q", "single", f"{CHOICES}, subtotals: [{{name: st, label: {{fr: ST}}, choices: [peut_etre]}}]")),
        file(asked("q", "single", f"{CHOICES}, subtotals: [{{name: st, label: {{fr: ST}}, choices: [oui]}}]")),
    ),
    "at-unknown": (
        file(NUMBER, of_page='checks: [{name: c, severity: warning, rule: "n > 1", message: {fr: M}, at: [m]}]'),
        file(NUMBER, of_page='checks: [{name: c, severity: warning, rule: "n > 1", message: {fr: M}, at: [n]}]'),
    ),
    "language-unknown": (
        head("{fr: Essai}", "{fr: Essai, en: Trial}"),
        file(asked("q", "yes-no", "help: {fr: Aide}")),
    ),
    "translation-missing": (
        file(asked("q", "yes-no").replace("{fr: Q}", "{fr: Q, br: K}"), head=HEAD.replace("[fr]", "[fr, br]")),
        file(asked("q", "yes-no")),
    ),
    "exclusive-alone": (
        file(asked("q", "multiple", CHOICES.replace("}}", "}, exclusive: true}"))),
        file(asked("q", "multiple", ALONE)),
    ),
    "exclusive-misplaced": (file(asked("q", "single", ALONE)), file(asked("q", "multiple", ALONE))),
    "bounds-crossed": (
        file(asked("n", "number", "minimum: 3, maximum: 2")),
        file(asked("n", "number", "minimum: 2, maximum: 2")),
    ),
    "bounds-negative": (
        file(asked("n", "number", "minimum: -1")),
        file(asked("n", "number", "minimum: 0")),
    ),
    "bounds-out-of-reach": (
        file(asked("q", "ranking", f"{THREE}, top: 4")),
        file(asked("q", "ranking", f"{THREE}, top: 3")),
    ),
    "decimals-out-of-bounds": (
        file(asked("n", "number", "decimals: 7")),
        file(asked("n", "number", "decimals: 6")),
    ),
    "number-not-exact": (
        file(asked("n", "number", "maximum: 9007199254740992")),
        file(asked("n", "number", "maximum: 9007199254740991")),
    ),
    "sensitive-required": (
        file(asked("q", "text", "sensitive: true, required: soft")),
        file(asked("q", "text", "sensitive: true, required: no")),
    ),
    "computed-negative": (
        file(NUMBER, more=computes("n - 1")),
        file(asked("n", "number", "minimum: 1"), more=computes("n - 1")),
    ),
    "specify-misplaced": (
        file(asked("q", "ranking", THREE.replace("{fr: C}", "{fr: C}, specify: {fr: Laquelle ?}"))),
        file(asked("q", "multiple", THREE.replace("{fr: C}", "{fr: C}, specify: {fr: Laquelle ?}"))),
    ),
    "neutral-unknown": (
        file(asked("q", "likert", f"{THREE}, neutral: d")),
        file(asked("q", "likert", f"{THREE}, neutral: b")),
    ),
    "total-missing": (file(asked("q", "allocation", ROWS)), file(asked("q", "allocation", f"{ROWS}, total: 100"))),
    "total-twice": (
        file(NUMBER, asked("q", "allocation", f"{ROWS}, total: 100, total_from: n")),
        file(NUMBER, asked("q", "allocation", f"{ROWS}, total_from: n")),
    ),
    "arms-too-few": (
        file(more="experiments: [{name: e, label: {fr: E}, arms: [{code: 1, name: a, label: {fr: A}}]}]\n"),
        file(more=f"experiments: [{{name: e, label: {{fr: E}}, {CHOICES.replace('choices', 'arms')}}}]\n"),
    ),
    "provider-type": (
        file(more=knows("text", "provider: started_on")),
        file(more=knows("date", "provider: started_on")),
    ),
    "prefill-unknown": (
        file(asked("q", "text", "prefill: su")),
        file(asked("q", "text", "prefill: su"), more=knows("text")),
    ),
    "prefill-type": (
        file(asked("q", "text", "prefill: su"), more=knows("number")),
        file(asked("q", "number", "prefill: su"), more=knows("number")),
    ),
    "repeat-unknown": (
        file(sections=section("un", TEXT) + section("deux", NUMBER, keys="repeat: q")),
        file(sections=section("un", ROSTER) + section("deux", NUMBER, keys="repeat: liste")),
    ),
    "repeat-later": (
        file(sections=section("un", NUMBER, keys="repeat: liste") + section("deux", ROSTER)),
        file(sections=section("un", ROSTER) + section("deux", NUMBER, keys="repeat: liste")),
    ),
    "repeat-nested": (
        file(sections=section("un", asked("m", "multiple", THREE)) + section("deux", ROSTER, keys="repeat: m")),
        file(sections=section("un", asked("m", "multiple", THREE)) + section("deux", NUMBER, keys="repeat: m")),
    ),
    "shuffle-apart": (
        file(
            sections=section("un", TEXT, keys="shuffle: m")
            + section("deux", NUMBER)
            + section("trois", asked("r", "text"), keys="shuffle: m")
        ),
        file(
            sections=section("un", TEXT, keys="shuffle: m")
            + section("deux", NUMBER, keys="shuffle: m")
            + section("trois", asked("r", "text"))
        ),
    ),
    "pipe-syntax": (says("Et {n ?", NUMBER), says("Et {n} ?", NUMBER)),
    "pipe-variable-unknown": (says("Et {m} ?", NUMBER), says("Et {{m}} ?", NUMBER)),
    "pipe-variable-later": (says("Et {fin} ?", NUMBER), says("Et {n} ?", NUMBER)),
    "pipe-item-variable": (
        file(
            sections=section("un", ROSTER)
            + section("deux", NUMBER, keys="repeat: liste")
            + section("trois", TEXT.replace("Q", '"{n}"'))
        ),
        file(
            sections=section("un", ROSTER)
            + section("deux", NUMBER, keys="repeat: liste")
            + section("trois", TEXT.replace("Q", '"{liste}"'))
        ),
    ),
    "pipe-choice-unknown": (
        says("{q, select, peut_etre {A} other {B}}", SINGLE),
        says("{q, select, oui {A} other {B}}", SINGLE),
    ),
    "route-written": (routed("goto: trois"), routed("when: \"q = 'oui'\"")),
    "route-backward": (routed("skip_to: un"), routed("when: \"q = 'oui'\"")),
    "route-unknown": (routed("next: quatre"), routed("when: \"q = 'oui'\"")),
    "pipe-type": (says("{q, plural, one {A} other {B}}", SINGLE), says("{n, plural, one {A} other {B}}", NUMBER)),
}

OUI, NON = 1, 2
NO_CHOICE = {"q": Absence.SKIPPED}
LATER = asked("f", "date", "at_least: d")
A_DAY = 738_156  # 2022-01-01

# code -> (the questions of a page, answers that have the problem, answers that have not).
ANSWERS: dict[str, tuple[str | list[str], Mapping[str, Answer], Mapping[str, Answer]]] = {
    "answer-required": (SINGLE, {}, {"q": OUI}),
    "answer-recommended": (asked("q", "text", "required: soft"), NO_CHOICE, {"q": "mot"}),
    "answer-malformed": (asked("q", "multiple", THREE), {"q": (2, 1)}, {"q": (1, 2)}),
    "choice-unknown": (SINGLE, {"q": 3}, {"q": NON}),
    "choice-exclusive": (asked("q", "multiple", ALONE), {"q": (1, 9)}, {"q": (9,)}),
    "too-many-choices": (asked("q", "multiple", f"{THREE}, maximum: 2"), {"q": (1, 2, 3)}, {"q": (1, 2)}),
    "too-few-choices": (asked("q", "multiple", f"{THREE}, minimum: 2"), {"q": (1,)}, {"q": (1, 2)}),
    "number-not-a-number": (NUMBER, {"n": "douze"}, {"n": 12}),
    "number-out-of-bounds": (asked("n", "number", "minimum: 2, maximum: 4"), {"n": 5}, {"n": 4}),
    "number-too-small": (asked("n", "number", "minimum: 2"), {"n": 1}, {"n": 2}),
    "text-too-long": (asked("q", "text", "maximum: 3"), {"q": "abcd"}, {"q": "abc"}),
    "text-too-short": (asked("q", "text", "minimum: 3"), {"q": "ab"}, {"q": "abc"}),
    "text-pattern": (asked("q", "text", "pattern: postcode"), {"q": "3500"}, {"q": "35000"}),
    "score-unknown": (asked("q", "score", "low: {fr: L}, high: {fr: H}"), {"q": 11}, {"q": 10}),
    "no-opinion-not-offered": (
        asked("q", "text", "refusal: true"),
        {"q": Absence.NO_OPINION},
        {"q": Absence.REFUSED},
    ),
    "refusal-not-offered": (
        asked("q", "text", "no_opinion: true"),
        {"q": Absence.REFUSED},
        {"q": Absence.NO_OPINION},
    ),
    "limit-crossed": ([asked("d", "date"), LATER], {"d": A_DAY, "f": A_DAY - 1}, {"d": A_DAY, "f": A_DAY}),
    "date-not-a-date": (asked("d", "date"), {"d": 0}, {"d": 1}),
    "date-out-of-bounds": (asked("d", "date", "minimum: 2022-01-01"), {"d": A_DAY - 1}, {"d": A_DAY}),
    "month-not-a-month": (asked("m", "month"), {"m": 11}, {"m": 12}),
    "month-out-of-bounds": (asked("m", "month", "maximum: 2022-01"), {"m": 12 * 2022 + 1}, {"m": 12 * 2022}),
    "ranking-incomplete": (asked("q", "ranking", f"{THREE}, top: 2"), {"q": (3,)}, {"q": (3, 1)}),
    "sum-not-total": (
        asked("q", "allocation", f"{ROWS}, total: 100"),
        {"q_a": 60, "q_b": 30},
        {"q_a": 100, "q_b": Absence.SKIPPED},
    ),
    "items-too-few": (
        asked("liste", "roster", "item: {fr: L}, minimum: 2"),
        {"liste": (1,), "liste[1]": "un"},
        {"liste": (1, 2), "liste[1]": "un", "liste[2]": "deux"},
    ),
    "items-too-many": (
        asked("liste", "roster", "item: {fr: L}, maximum: 1"),
        {"liste": (1, 2), "liste[1]": "un", "liste[2]": "deux"},
        {"liste": (2,), "liste[2]": "deux"},
    ),
    "items-alike": (
        asked("liste", "roster", "item: {fr: L}"),
        {"liste": (1, 2), "liste[1]": "Mairie", "liste[2]": "MAIRIE"},
        {"liste": (1, 2), "liste[1]": "Mairie", "liste[2]": "Région"},
    ),
    "consent-missing": (
        asked("q", "text", "sensitive: true, required: no"),
        {"q": "mot"},
        {"q": "mot", "q_consent": 1},
    ),
}

# code -> (a question, what a browser posts with the problem, what it posts without it). No stored answer has them.
POSTS: dict[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "number-too-many-decimals": (asked("n", "number", "decimals: 1"), {"n": "1,25"}, {"n": "1,50"}),
    "duration-not-a-duration": (asked("t", "duration", "units: [hours]"), {"t.hours": "une"}, {"t.hours": "1"}),
    "ranking-duplicate": (asked("q", "ranking", THREE), {"q": ["1:1", "2:1"]}, {"q": ["1:1", "2:2", "3:3"]}),
    "suggestion-unknown": (asked("v", "suggester"), {"v": "Atlantide"}, {"v": "Rennes"}),
    "suggestion-ambiguous": (asked("v", "suggester"), {"v": "saint-denis"}, {"v": "Saint-Denis (974)"}),
}

# What only a proof finds: their pairs are in `test_ten_defects`.
PROVEN = frozenset(
    {
        "never-met",
        "rule-contradiction",
        "rule-out-of-range",
        "rule-prevented",
        "rule-always-true",
        "rule-identical",
        "rule-shadowed",
        "part-never-true",
        "part-always-true",
        "check-never-passed",
        "check-never-violated",
        "check-traps",
        "page-trap",
        "bounds-may-cross",
        "total-out-of-reach",
        "bound-never-reached",
        "pipe-may-be-empty",
        "proof-undecided",
    }
)

CHECKED = 'checks: [{name: ordre, severity: warning, rule: "n <= 10", message: {fr: Vraiment ?}, at: [n]}]'


def problems_of(data: bytes) -> tuple[Problem, ...]:
    try:
        read(data)
    except DefinitionIsInvalid as error:
        return error.problems
    return ()


def codes(problems: tuple[Problem, ...] | list[Problem]) -> set[str]:
    return {one.code for one in problems}


def version(questions: str | list[str]) -> Questionnaire:
    return read(file(*([questions] if isinstance(questions, str) else questions)))


@pytest.mark.parametrize("code", FILES)
def test_of_two_files_one_has_the_problem(code: str) -> None:
    wrong, right = FILES[code]
    found = [one for one in problems_of(wrong) if one.code == code]
    assert found, f"{code} is not found: {problems_of(wrong)}"
    assert found[0].place.line
    assert message(found[0], "fr") != message(found[0], "en")
    assert problems_of(right) == ()


@pytest.mark.parametrize("code", ANSWERS)
def test_of_two_answers_one_has_the_problem(code: str) -> None:
    questions, wrong, right = ANSWERS[code]
    asked_here = version(questions)
    found = check_response(asked_here, ONLINE, wrong)
    assert codes(found) == {code}
    assert all(one.place.page == "p" and one.place.question and one.place.variable for one in found)
    assert message(found[0], "fr", asked_here) != message(found[0], "en", asked_here)
    assert check_response(asked_here, ONLINE, right) == []


@pytest.mark.parametrize("code", POSTS)
def test_of_two_posts_one_has_the_problem(code: str) -> None:
    question, wrong, right = POSTS[code]
    asked_here = version(question)
    assert codes(read_page(asked_here, "p", None, MultiDict(wrong)).problems) == {code}
    assert read_page(asked_here, "p", None, MultiDict(right)).problems == []


def test_a_check_is_violated_when_it_is_definitely_false() -> None:
    asked_here = read(file(NUMBER, of_page=CHECKED))
    assert codes(check_response(asked_here, ONLINE, {"n": 11})) == {"check-violated"}
    assert check_response(asked_here, ONLINE, {"n": 10}) == []


def test_a_grid_without_rows_can_only_be_made_in_memory() -> None:
    assert codes(check(questionnaire(builders.page("p", choice_grid("q"))))) == {"rows-missing"}
    assert check(questionnaire(builders.page("p", choice_grid("q", "a")))) == []


def test_a_conflict_is_two_answers_to_one_question() -> None:
    """The problem is told by the page; that there is one is found when the page is saved."""
    assert merge({"q": OUI}, {"q": NON}, {})[1] == {"q": OUI}
    assert merge({"q": OUI}, {"q": OUI}, {})[1] == {}


def test_every_problem_of_the_catalogue_has_its_pair() -> None:
    elsewhere = {"check-violated", "rows-missing", "answer-conflict", *PROVEN}
    assert {*FILES, *ANSWERS, *POSTS, *elsewhere} == set(CATALOGUE)
