"""The ledger: read with every problem, written one way, obeyed; and the one that is shipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from questionnaires.comparison import ComparabilityClass, Comparison, Join
from questionnaires.comparison.comparing import compare
from questionnaires.comparison.ledger import Doubt, Entry, Ledger, Transition, proposed, unconfirmed, updated
from questionnaires.comparison.ledger_file import read_ledger, write_ledger
from questionnaires.definition import read
from questionnaires.model import LocalText, Questionnaire, Required
from questionnaires.problems import DefinitionIsInvalid
from tests.questionnaires.builders import number, page, questionnaire, text, words, yes_no

SHIPPED = Path("questionnaires/definitions/impact-citoyens")
WHY = LocalText({"fr": "Parce que", "en": "Because"})
WORKS = replace(yes_no("travaille"), formerly="actif", text=words("actif"))
OLD = questionnaire(page("p", yes_no("actif"), number("age", maximum=99), text("mot")))
NEW = replace(
    questionnaire(page("p", WORKS, replace(number("age", maximum=99), help=words("h")))),
    version="2",
)
LAST = replace(questionnaire(page("p", replace(WORKS, formerly=None, required=Required.SOFT))), version="3")


def confirmed(comparison: Comparison, **classes: ComparabilityClass) -> Transition:
    """What is proposed, confirmed as it is but for the classes given."""
    transition = proposed(comparison)
    entries = tuple(
        replace(one, confirmed=classes.get(one.variables[0], one.proposed), reason=WHY, by="équipe", on="2026-11-23")
        for one in transition.entries
    )
    return replace(transition, entries=entries)


@pytest.fixture(scope="module")
def steps() -> dict[tuple[str, str], Comparison]:
    pairs = ((OLD, NEW), (NEW, LAST))
    return {(old.version, new.version): compare(old, new) for old, new in pairs}


def test_what_is_proposed_is_unconfirmed_until_a_person_says_so(steps: dict[tuple[str, str], Comparison]) -> None:
    first = steps["1", "2"]
    asked = ("travaille", "age", "mot")
    assert unconfirmed(first, Ledger("essai")) == asked
    assert unconfirmed(first, Ledger("essai", (proposed(first),))) == asked
    assert unconfirmed(first, Ledger("essai", (confirmed(first),))) == ()


def test_what_was_confirmed_of_another_change_is_stale(steps: dict[tuple[str, str], Comparison]) -> None:
    ledger = Ledger("essai", (confirmed(steps["1", "2"]),))
    question = replace(NEW.question("age"), help=words("une tout autre aide"))
    changed = replace(questionnaire(page("p", NEW.question("travaille"), question)), version="2")
    comparison = compare(OLD, changed)
    assert unconfirmed(comparison, ledger) == ("age",)
    verdict = ledger.class_between("age", ("1", "2"), {comparison.pair: comparison})
    assert (verdict.join, verdict.doubts) == (Join.CUT, (Doubt.STALE,))
    assert ledger.class_between("age", ("1", "2"), steps).join is Join.NOTED


def test_a_chain_is_worth_its_worst_step_and_follows_renames(steps: dict[tuple[str, str], Comparison]) -> None:
    ledger = Ledger("essai", (confirmed(steps["1", "2"]), confirmed(steps["2", "3"])))
    verdict = ledger.class_between("travaille", ("1", "2", "3"), steps)
    assert [(one.variable, one.class_) for one in verdict.steps] == [
        ("travaille", ComparabilityClass.COSMETIC),
        ("travaille", ComparabilityClass.WORDING),
    ]
    assert (verdict.class_, verdict.join, verdict.reasons) == (ComparabilityClass.WORDING, Join.NOTED, (WHY,))
    broken = confirmed(steps["1", "2"], travaille=ComparabilityClass.BROKEN)
    strict = Ledger("essai", (broken, confirmed(steps["2", "3"])))
    assert strict.class_between("travaille", ("1", "2", "3"), steps).join is Join.CUT
    assert ledger.class_between("travaille", ("2",)).join is Join.JOINED


def test_what_the_ledger_does_not_know_is_cut(steps: dict[tuple[str, str], Comparison]) -> None:
    ledger = Ledger("essai", (confirmed(steps["1", "2"]),))
    for variable, versions in (("age", ("1", "9")), ("age", ("1", "2", "3")), ("inconnue", ("1", "2"))):
        verdict = ledger.class_between(variable, versions)
        assert (verdict.join, verdict.class_, verdict.doubts) == (Join.CUT, None, (Doubt.UNKNOWN,))


def test_a_transition_straight_between_two_versions_counts_alone() -> None:
    cut = Entry(("q",), ComparabilityClass.BROKEN, "0" * 16, ComparabilityClass.BROKEN, WHY, "équipe", "2026-11-23")
    chain = Ledger("essai", (Transition("1", "2", (), (cut,)), Transition("2", "3", ("q",))))
    assert chain.class_between("q", ("1", "2", "3")).join is Join.CUT
    straight = replace(chain, transitions=(*chain.transitions, Transition("1", "3", ("q",))))
    assert straight.class_between("q", ("1", "2", "3")).join is Join.JOINED
    assert straight.class_between("q", ("1", "2")).join is Join.CUT


def test_updating_keeps_what_was_confirmed_of_the_same_change(steps: dict[tuple[str, str], Comparison]) -> None:
    first = steps["1", "2"]
    ledger = Ledger("essai", (confirmed(first), confirmed(steps["2", "3"])))
    assert updated(ledger, first) == ledger
    assert updated(Ledger("essai"), first).transitions == (proposed(first),)


def test_another_ledger_adds_to_this_one_and_counts_where_both_speak(steps: dict[tuple[str, str], Comparison]) -> None:
    first = steps["1", "2"]
    one = replace(confirmed(first).entries[0], confirmed=ComparabilityClass.BROKEN)
    merged = Ledger("essai", (proposed(first),)).merged(Ledger("essai", (Transition("1", "2", (), (one,)),)))
    assert merged.class_between(one.variables[0], ("1", "2")).class_ is ComparabilityClass.BROKEN
    assert unconfirmed(first, merged) == ("age", "mot")


def test_a_ledger_comes_back_from_its_file_as_it_was(steps: dict[tuple[str, str], Comparison]) -> None:
    tricky = LocalText({"fr": 'Un « mot » : "a\\b"\nsuite', "en": "x"})
    transition = confirmed(steps["1", "2"])
    transition = replace(transition, entries=tuple(replace(one, reason=tricky) for one in transition.entries))
    ledger = Ledger("essai", (transition, proposed(steps["2", "3"])))
    data = write_ledger(ledger)
    assert read_ledger(data) == ledger
    assert write_ledger(read_ledger(data)) == data


FILE = """format: 1
questionnaire: essai
transitions:
  - from: "1"
    to: "2"
    identical:
      - a
    entries:
      - variables:
          - b
        proposed: wording
        confirmed: wording
        digest: "0123456789abcdef"
        reason:
          fr: "Pourquoi"
          en: "Why"
        by: "équipe"
        on: "2026-11-23"
"""


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("format: 1", "format: 2", "format-unknown", 1),
        ("questionnaire: essai\n", "", "key-missing", 1),
        ("proposed: wording", "proposed: pareil", "value-unknown", 11),
        ("confirmed: wording", "confirmed: pareil", "value-unknown", 12),
        ("confirmed: wording", "confirme: wording", "key-unknown", 12),
        ("0123456789abcdef", "0123", "name-malformed", 13),
        ('        by: "équipe"\n', "", "key-missing", 9),
        ("          fr: ", "          de: ", "key-unknown", 15),
        ("2026-11-23", "2026-11-31", "date-malformed", 18),
        ("          - b", "          - a", "name-duplicate", 9),
        ("      - a\n", "      a: b\n", "list-expected", 7),
        ('fr: "Pourquoi"', 'fr: ""', "text-empty", 15),
    ],
)
def test_every_problem_of_a_ledger_has_its_line(before: str, after: str, code: str, line: int) -> None:
    read_ledger(FILE.encode())
    assert before in FILE
    with pytest.raises(DefinitionIsInvalid) as refused:
        read_ledger(FILE.replace(before, after, 1).encode())
    assert (code, line) in {(one.code, one.place.line) for one in refused.value.problems}


# -- what is shipped ------------------------------------------------------------------------------


def version(name: str) -> Questionnaire:
    return read((SHIPPED / f"{name}.yaml").read_bytes())


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return read_ledger((SHIPPED / "comparability" / "ledger.yaml").read_bytes())


def test_the_shipped_ledger_is_canonical_and_confirms_every_change(shipped: Ledger) -> None:
    assert write_ledger(shipped) == (SHIPPED / "comparability" / "ledger.yaml").read_bytes()
    for one in shipped.transitions:
        comparison = compare(version(one.old), version(one.new))
        assert unconfirmed(comparison, shipped) == ()
        assert updated(shipped, comparison) == shipped
        for entry in one.entries:
            assert entry.reason.keys() == {"fr", "en"}


@pytest.mark.parametrize(
    ("variable", "versions", "expected"),
    [
        ("age", ("2019", "2020", "2022"), Join.JOINED),
        ("csp_plus", ("2019", "2020"), Join.JOINED),
        ("territoire_reference", ("2019", "2020"), Join.NOTED),
        ("levier", ("2020", "2022"), Join.JOINED),
        ("utilite", ("2020", "2022"), Join.NOTED),
        ("impact_innovation", ("2019", "2020"), Join.CUT),
        ("impact_innovation", ("2019", "2020", "2022"), Join.JOINED),
        ("priorite_emploi", ("2019", "2020", "2022"), Join.NOTED),
        ("priorite_education", ("2019", "2020", "2022"), Join.CUT),
        ("priorites_sortie_emploi", ("2019", "2020"), Join.CUT),
    ],
)
def test_the_shipped_ledger_says_what_may_be_joined(
    shipped: Ledger, variable: str, versions: tuple[str, ...], expected: Join
) -> None:
    assert shipped.class_between(variable, versions).join is expected
