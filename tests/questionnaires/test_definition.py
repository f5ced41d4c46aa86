"""Files: what is read, every problem at once with its line, and a canonical writer."""

from __future__ import annotations

import hashlib
import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaires.checking import check
from questionnaires.definition import read, read_published, write
from questionnaires.model import (
    ContextVariable,
    LocalText,
    Page,
    Questionnaire,
    SingleChoice,
)
from questionnaires.problems import DefinitionIsInvalid, Problem
from tests.questionnaires.builders import (
    choice_grid,
    choices,
    page,
    questionnaire,
    section,
    single,
    text,
    words,
)
from tests.questionnaires.strategies import versions

# A version with one of everything, canonical.
EVERYTHING = (Path(__file__).parent / "everything.yaml").read_bytes()


def problems_of(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionIsInvalid) as caught:
        read(data)
    return caught.value.problems


def edited(old: str, new: str) -> bytes:
    """The file with its first occurrence of `old` replaced."""
    source = EVERYTHING.decode()
    assert old in source
    return source.replace(old, new, 1).encode()


def line_of(data: bytes, words_of_line: str) -> int:
    lines = data.decode().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words_of_line in line)


def test_a_canonical_file_is_written_back_byte_for_byte() -> None:
    assert write(read(EVERYTHING)) == EVERYTHING


@settings(deadline=None)
@given(versions())
def test_every_version_is_written_and_read_back(version: Questionnaire) -> None:
    written = write(version)
    assert read(written) == version
    assert write(read(written)) == written


# Whatever a text holds, it is one line of the file and comes back as it was.
_TEXTS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        [
            "no",
            "12",
            "1e3",
            "0o7",
            "2022-01-01",
            "~",
            "- a",
            "a: b",
            "a :",
            "a #b",
            "#",
            "'",
            '"',
            "[a]",
            "*x",
        ]
    ),
    st.sampled_from(["« Oui » !", "à\u00a0: b", "ligne\nautre", "\u2028", "\ufeffa", "\x85", "🙂", "a\\b", "%", "?"]),
).filter(lambda one: bool(one.strip()))


@settings(deadline=None)
@given(_TEXTS)
def test_any_text_is_one_line_and_comes_back(label: str) -> None:
    version = questionnaire(page("p", text("q")))
    doubled = label.replace("{", "{{").replace("}", "}}")  # a brace by itself would hold an answer
    question = SingleChoice(name="q", text=LocalText({"fr": doubled}), choices=choices("a", "b"))
    changed = questionnaire(page("p", question))
    data = write(changed)
    assert data.count(b"\n") == write(questionnaire(page("p", single("q", "a", "b")))).count(b"\n")
    assert read(data).question("q").text.in_("fr") == unicodedata.normalize("NFC", doubled)
    assert read(data) != version


def test_one_label_changed_changes_one_line() -> None:
    other = edited("fr: Pas du tout", 'fr: "Pas : du tout"')
    assert write(read(other)) == other
    before, after = EVERYTHING.splitlines(), other.splitlines()
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1


def test_the_order_of_keys_flow_style_and_comments_do_not_matter() -> None:
    loose = EVERYTHING.decode().replace("languages:\n  - fr\n  - en\n", "languages: [fr, en]  # both\n")
    head, tail = loose.split("minutes: 12\n")
    assert write(read(f"minutes: 12\n{head}{tail}".encode())) == EVERYTHING
    assert write(read(b"\xef\xbb\xbf" + EVERYTHING.replace(b"\n", b"\r\n"))) == EVERYTHING


def test_json_is_read_too() -> None:
    """YAML contains JSON, so that a file can come from a program."""
    texts = {"fr": "Essai"}
    question = {"name": "q", "type": "text", "text": texts}
    pages = [{"name": "p", "title": texts, "questions": [question]}]
    document = {
        "format": "1",
        "questionnaire": "essai",
        "version": "1",
        "population": "citoyens",
        "languages": ["fr"],
        "title": texts,
        "minutes": "1",
        "sections": [{"name": "s", "title": texts, "pages": pages}],
    }
    assert read(json.dumps(document).encode()).question("q").text.in_("fr") == "Essai"


def test_texts_are_in_the_order_of_the_languages() -> None:
    swapped = edited("  fr: Essai complet\n  en: Full trial\n", "  en: Full trial\n  fr: Essai complet\n")
    assert read(swapped).title.in_("de") == "Essai complet"
    assert write(read(swapped)) == EVERYTHING


def test_the_name_of_the_file_stands_where_its_problems_are_logged() -> None:
    with pytest.raises(DefinitionIsInvalid, match=r"essai/1\.yaml:14: integer-expected"):
        read(edited("minutes: 12", "minutes: douze"), "essai/1.yaml")


# One edit, one problem: (old, new, code, path, words of the line where it must be told).
QUESTIONS = "sections[0].pages[0].questions"
EDITS = [
    ("format: 1", "format: 2", "format-unknown", "format", "format: 2"),
    ("format: 1\n", "", "key-missing", "format", "questionnaire:"),
    ("minutes: 12", "minutes: douze", "integer-expected", "minutes", "douze"),
    ("minutes: 12", "minutes: 1_2", "integer-expected", "minutes", "1_2"),
    ("minutes: 12\n", "", "key-missing", "minutes", "format: 1"),
    ("minutes: 12", "minutes: 12\nduree: 3", "key-unknown", "duree", "duree"),
    ("minutes: 12", "minutes: 12\nminutes: 13", "key-duplicate", None, "minutes: 13"),
    ("minutes: 12", "minutes: !!int 12", "yaml-tag", None, "!!int"),
    ("minutes: 12", "minutes: &a 12", "yaml-anchor", None, "&a"),
    ("minutes: 12", "minutes: [12", "yaml-syntax", None, None),
    ("minutes: 12", "minutes: 1\x012", "yaml-syntax", None, "minutes"),
    ("minutes: 12", "minutes: 12\n---\nminutes: 3", "file-several-documents", None, "---"),
    (
        "title:\n  fr: Essai complet\n  en: Full trial",
        "title: Essai",
        "mapping-expected",
        "title",
        "title: Essai",
    ),
    ("fr: Essai complet", "fr: {}", "text-expected", "title.fr", "fr: {}"),
    ("fr: Essai complet", "fr:", "text-empty", "title.fr", "fr:"),
    ("  en: Full trial\n", "", "translation-missing", "title", "title:"),
    ("en: Full trial", "en: Full trial\n  de: Probe", "language-unknown", "title.de", "de: Probe"),
    ("en: Full trial", "en: Full trial\n  Deutsch: Probe", "language-unknown", "title", "title:"),
    ("languages:\n  - fr\n  - en", "languages: fr", "list-expected", "languages", "languages"),
    ("languages:\n  - fr\n  - en", "languages: []", "list-empty", "languages", "languages"),
    ("  - en\n", "  - en\n  - fr\n", "name-duplicate", "languages[2]", None),
    ("population: citoyens", "population: Les citoyens", "name-malformed", "population", "Les citoyens"),
    ("name: age", "name: and", "name-malformed", f"{QUESTIONS}[0].name", "name: and"),
    ("type: single", "type: seul", "question-type-unknown", f"{QUESTIONS}[0].type", "type: seul"),
    ("            type: single\n", "", "key-missing", f"{QUESTIONS}[0]", "name: age"),
    ('required: "no"', "required: peut-être", "value-unknown", f"{QUESTIONS}[1].required", "peut-être"),
    ("refusal: true", "refusal: yes", "boolean-expected", f"{QUESTIONS}[1].refusal", "refusal: yes"),
    ("code: 1", "code: 3", "code-duplicate", f"{QUESTIONS}[0].choices[1].code", None),
    ("code: 1", "code: -1", "code-out-of-bounds", f"{QUESTIONS}[0].choices[0].code", "code: -1"),
    ("name: moins_18", "name: a18_plus", "name-duplicate", f"{QUESTIONS}[0].choices[1].name", None),
    ("name: age", "name: commune", "name-duplicate", f"{QUESTIONS}[3].name", None),
    ("name: leviers", "name: leviers\n            nom: x", "key-unknown", f"{QUESTIONS}[1].nom", "nom: x"),
    ("name: profil", "name: fin", "name-reserved", "sections[0].pages[0].name", "- name: fin"),
    (
        "age = 'moins_18'",
        "age = 'moins_18",
        "rule-syntax",
        "sections[0].pages[0].exits[0].when",
        "'moins_18\"",
    ),
    (
        "age = 'moins_18'",
        "not " * 60 + "x",
        "rule-too-large",
        "sections[0].pages[0].exits[0].when",
        "not not",
    ),
    ("age = 'moins_18'", "ages = 'moins_18'", "rule-variable-unknown", None, "ages ="),
    ("age = 'moins_18'", "age = 'moins_19'", "rule-choice-unknown", None, "moins_19"),
    ("age = 'moins_18'", "enfants = 'moins_18'", "rule-choice-without-variable", None, "enfants = "),
    ("age = 'moins_18'", "age = 1", "rule-type-mismatch", None, "age = 1"),
    ("age = 'moins_18'", "enfants * enfants > 4", "rule-not-linear", None, "enfants * "),
    ("age = 'moins_18'", "enfants", "rule-result", None, 'when: "enfants"'),
    ("age = 'moins_18'", "utilite > 3", "rule-variable-later", None, "utilite > 3"),
    ("enfants > 0 and", "budget > 0 and", "rule-variable-later", f"{QUESTIONS}[4].when", "budget > 0"),
    ("enfants <= 10", "no_opinion(utilite)", "rule-variable-later", None, "no_opinion(utilite)"),
    ("impact_a + impact_b", "impact_a * 0.5", "rule-too-many-decimals", "computed[0].rule", "0.5"),
    ("impact_a + impact_b", "commune", "rule-result", "computed[0].rule", 'rule: "commune"'),
    ("impact_a + impact_b", "double * 2", "rule-variable-later", "computed[0].rule", "double * 2"),
    (
        "choices:\n                  - moins_18",
        "choices:\n                  - vieux",
        "subtotal-choice-unknown",
        None,
        "vieux",
    ),
    ("              - enfants\n", "              - utilite\n", "at-unknown", None, "- utilite"),
    ("maximum: 2", "maximum: 5", "bounds-out-of-reach", f"{QUESTIONS}[1].maximum", "maximum: 5"),
    ("minimum: 1\n", "minimum: 3\n", "bounds-crossed", f"{QUESTIONS}[1].maximum", "maximum: 2"),
    ("maximum: 20", "maximum: 20\n            minimum: -1", "bounds-negative", None, "minimum: -1"),
    ("maximum: 20", "maximum: 9007199254740992", "number-not-exact", None, "9007199254740992"),
    ("decimals: 1", "decimals: 7", "decimals-out-of-bounds", None, "decimals: 7"),
]


def _edit_id(edit: tuple[str, str, str, str | None, str | None]) -> str:
    return f"{edit[2]}: {edit[1][:30]!r}"


@pytest.mark.parametrize("edit", EDITS, ids=_edit_id)
def test_one_problem_is_told_at_its_line(edit: tuple[str, str, str, str | None, str | None]) -> None:
    old, new, code, path, at_line = edit
    data = edited(old, new)
    found = [one for one in problems_of(data) if one.code == code]
    assert len(found) == 1
    if path is not None:
        assert found[0].place.path == path
    if at_line is not None:
        assert found[0].place.line == line_of(data, at_line)


def test_problems_that_only_a_version_made_in_memory_can_have() -> None:
    assert [one.code for one in check(questionnaire(page("p", choice_grid("q"))))] == ["rows-missing"]


def test_all_problems_at_once_in_the_order_of_lines() -> None:
    data = (
        EVERYTHING.replace(b"minutes: 12", b"minutes: 12\nduree: 3")
        .replace(b"version: ", b"version: &v ")
        .replace(b"refusal: true", b"refusal: *v")
        .replace(b"decimals: 1", b"decimals: un")
        .replace(b"name: commune", b"name: enfants")
        .replace(b"age = 'a18_plus'", b"age = 'a19'", 1)
        .replace(b"name: vu", b"name: vu\n            type: text")
    )
    found = problems_of(data)
    assert [one.code for one in found] == [
        "yaml-anchor",
        "key-unknown",
        "yaml-alias",
        "name-duplicate",
        "integer-expected",
        "rule-choice-unknown",
        "key-duplicate",
        "key-unknown",
        "key-unknown",
        "integer-expected",
    ]
    lines = [one.place.line or 0 for one in found]
    assert lines == sorted(lines)
    assert all(lines)


def test_what_is_missing_or_wrong_in_one_place_does_not_hide_the_rest() -> None:
    """A question without words, one of an unknown type and a page that is a text are each told once, with the rest."""
    data = (
        EVERYTHING.replace(b"minutes: 12\n", b"")
        .replace(b"            text:\n              fr: Enfants\n              en: Children\n", b"")
        .replace(b"type: multiple\n", b"type: plusieurs\n", 1)
        .replace(b"fr: Merci\n", b"fr: []\n", 1)
        .replace(b"impact_a + impact_b", b"impact_a + impact_c")
        .replace(b"decimals: 2\n", b"decimals: 9\n")
    )
    assert [(one.code, one.place.path) for one in problems_of(data)] == [
        ("key-missing", "minutes"),
        ("question-type-unknown", f"{QUESTIONS}[1].type"),
        ("key-missing", f"{QUESTIONS}[2].text"),
        ("text-expected", "sections[0].pages[0].exits[0].title.fr"),
        ("decimals-out-of-bounds", "sections[2].pages[1].questions[7].decimals"),
        ("rule-variable-unknown", "computed[0].rule"),
    ]


@pytest.mark.parametrize(
    ("beside", "path", "known"),
    [
        ("code: 1", f"{QUESTIONS}[0].choices[0]", "specify"),
        ("severity: warning", "sections[0].pages[0].checks[0]", "message"),
        ('minimum: "1900-01-01"', "sections[2].pages[1].questions[0]", "at_least"),
        ("repeat: partenaires", "sections[3]", "shuffle"),
        ("provider: language", "context[2]", "choices"),
    ],
)
def test_an_unknown_key_is_told_with_those_that_are_known_there(beside: str, path: str, known: str) -> None:
    before = EVERYTHING.decode().partition(beside)[0]
    indent = " " * len(before.rpartition("\n")[2])
    (found,) = problems_of(edited(beside, f"{beside}\n{indent}nom: x"))
    assert (found.code, found.place.path) == ("key-unknown", f"{path}.nom")
    assert known in str(found.data["known"])


def test_a_bomb_of_aliases_is_only_a_list_of_problems() -> None:
    bomb = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    found = problems_of(("format: 1\n" + "\n".join(bomb)).encode())
    assert sum(one.code == "yaml-alias" for one in found) == 29 * 9


def test_sections_variables_of_context_and_conditions_at_every_level() -> None:
    known = ContextVariable("taille", "number", words("taille"), decimals=1)
    first = section("un", page("p", single("q")), when="taille > 1.5")
    second = section("deux", Page("r", words("r"), words("intro")))
    version = questionnaire(sections=(first, second), context=(known,))
    assert read(write(version)) == version


# What read, wrote and hashed files did before the types of questions that came later.
OF_BEFORE = (Path(__file__).parent / "features" / "format_1.yaml").read_bytes()


def test_the_list_of_the_sections_is_shown_only_where_a_version_asks_for_it() -> None:
    shown = read(EVERYTHING)
    assert shown.contents
    hidden = read(EVERYTHING.replace(b"contents: true\n", b""))
    assert not hidden.contents
    assert b"contents" not in write(hidden), "what is left out is not written"
    assert read(EVERYTHING.replace(b"contents: true", b"contents: false")) == hidden
    with pytest.raises(DefinitionIsInvalid):
        read(EVERYTHING.replace(b"contents: true", b"contents: perhaps"))


def test_a_file_of_before_is_read_and_written_back_byte_for_byte() -> None:
    assert hashlib.sha256(OF_BEFORE).hexdigest() == "427233946561568e997e7ee8868a1453c1c35f10921c5b69d2bd4315b91095e7"
    assert write(read(OF_BEFORE)) == OF_BEFORE


_HEAD = b"format: 1\n"
_BEFORE_CHECKS = EVERYTHING.split(b"        checks:")[0]
HUGE = {
    "keys": _HEAD + b"".join(b"k%d: 1\n" % number for number in range(900_000)),
    "items": _HEAD + b"a: [" + b"x," * 5_000_000 + b"]",
    "aliases": _HEAD + b"a: &a [1]\nb: [" + b"*a," * 3_000_000 + b"]",
    "comments": _HEAD + b"# c'est long\n" * 700_000,
    "levels": b"[" * 10_000_000,
    "sections": EVERYTHING.split(b"computed:")[0] + b"  - {}\n" * 1_400_000,
    "one text": EVERYTHING.replace(b"Essai complet", b"a" * 10_000_000),
    "placeholders": EVERYTHING.replace(b"Essai complet", b'"' + b"{a}" * 16_000 + b'"') + b"#" * 9_000_000,
    "questions": _BEFORE_CHECKS
    + b"".join(
        b'          - {name: q%d, type: number, text: {fr: a, en: b}, when: "q%d = 1"}\n' % (number, number - 1)
        for number in range(120_000)
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_ten_megabytes_are_judged_within_two_seconds(name: str) -> None:
    data = HUGE[name][: 10 * 1024 * 1024]
    started = time.process_time()
    assert problems_of(data)
    assert time.process_time() - started < 2


def test_of_a_file_that_is_all_wrong_the_first_thousand_problems_are_told() -> None:
    found = problems_of(EVERYTHING.split(b"computed:")[0] + b"  - {}\n" * 5_000)
    assert len(found) == 1000
    assert {one.code for one in found} == {"key-missing"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("fr: Merci\n", "fr: Merci {sans nom}\n", "pipe-syntax"),
        ('rule: "impact_a + impact_b"', 'rule: "impact_a - impact_b"', "computed-negative"),
    ],
)
def test_what_was_published_stays_readable_whatever_later_checks_refuse(old: str, new: str, code: str) -> None:
    data = edited(old, new)
    assert code in {one.code for one in problems_of(data)}
    assert read_published(data).name == read(EVERYTHING).name


def test_a_published_file_without_the_shape_of_a_version_is_refused() -> None:
    with pytest.raises(DefinitionIsInvalid):
        read_published(EVERYTHING.replace(b"population:", b"peuple:"))
