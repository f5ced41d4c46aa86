"""The editor of a rule without script: by menus, as text, saved like any edit, on whatever may have a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

import questionnaires
from app.services import authoring, drafting
from app.services.platform import Platform
from app.web.design import rule_menus
from app.web.design.rule_subjects import Subject, subjects
from questionnaires import definition, editing
from questionnaires.editing.menus import ALL, ANY, COMPARISONS, Condition, Group, from_menus, to_menus
from questionnaires.expressions import Literal, parse, to_text
from questionnaires.model import Questionnaire
from tests.questionnaires.builders import (
    asking_words,
    choice_grid,
    choices,
    computed,
    context_variable,
    date,
    experiment,
    leaves,
    likert,
    multiple,
    must_hold,
    number,
    offered_if,
    page,
    questionnaire,
    quota,
    ranking,
    roster,
    section,
    single,
    suggester,
    text,
    variant,
)
from tests.web.staff.members import Member, plain
from tests.web.studio.conftest import Studio
from tests.web.studio.rule_form import RuleForm


def everything() -> Questionnaire:
    """Every kind of thing that a rule may read, and every kind of element that may have one."""
    first = page(
        "avant",
        single("q1", "oui", "non", no_opinion=True),
        multiple("q2", "a", "b", "c", choices=asking_words(choices("a", "b", "c"), "c")),
        number("age", decimals=1),
        date("jour"),
        ranking("rangs"),
        suggester("commune"),
        roster("gens"),
        text("mots"),
        choice_grid("grille", "l1", "l2"),
        checks=(must_hold("commencer", "age < 99"),),
    )
    repeated = section("chacun", page("un", number("cout"), single("genre")), repeat="gens")
    asked = single("q3", "x", "y", choices=offered_if(choices("x", "y"), y="q1 = 'oui'"))
    last = page(
        "apres",
        replace(asked, variants=(variant("autre", "age > 30"),)),
        likert("q4", when="q1 = 'oui'"),
        checks=(must_hold("tenir", "age < 99", "q3"),),
        exits=(leaves("partir", "q1 = 'non'"),),
    )
    return questionnaire(
        sections=(section("debut", first), repeated, section("fin", last)),
        computed=(computed("majeur", "age >= 18"), computed("total", "sum(cout) + 1")),
        context=(context_variable("vague", "choice", "une", "deux"),),
        experiments=(experiment("tirage"),),
        quotas=(quota("ages", jeunes="age < 30", autres="age >= 30"),),
    )


@pytest.fixture
def rules(app: Flask, someone: Callable[..., Member]) -> Studio:
    """A draft with everything, in front of a designer."""
    platform: Platform = app.extensions["impact"]
    member = someone("designer")
    with platform.database.transaction() as session:
        version_id = authoring.import_version(session, definition.write(everything())).id
    return Studio(app, member, version_id)


def at(studio: Studio, kind: str, name: str) -> int:
    """The element of a kind with a name."""
    return next(one.element for one in studio.document.nodes.values() if (one.kind, one.name) == (kind, name))


def edit(studio: Studio, kind: str, name: str, key: str = "when") -> RuleForm:
    """The editor of the rule of an element."""
    return RuleForm(studio.member, f"{studio.path}/rule/{at(studio, kind, name)}/{key}")


def held(studio: Studio, kind: str, name: str, key: str = "when") -> object:
    """The rule of an element as the draft has it."""
    return editing.find(studio.document, at(studio, kind, name)).tree.get(key)


# -- by menus -------------------------------------------------------------------------------------


def test_a_filter_is_written_by_menus_and_undone(rules: Studio) -> None:
    form = edit(rules, "question", "q3")
    assert "La condition 1 reste à compléter." in form.text
    form.put(g_0_variable="q1").press("refresh")
    form.put(g_0_operator="=", g_0_value="oui").press("add:g")
    assert form.focused.endswith("g.1-variable")
    assert "Oui" not in form.focused
    assert "q1 = 'oui'" not in form.response.text  # the second condition lacks its question
    form.put(g_1_variable="q2").press("refresh")
    form.put(g_1_operator="has", g_1_value="b").press("refresh")
    assert "q1 = 'oui' and q2 has 'b'" in unescape(form.response.text)
    assert "« oui » à « q1 »" in form.text
    form.save()
    assert held(rules, "question", "q3") == "q1 = 'oui' and q2 has 'b'"
    question = at(rules, "question", "q3")
    assert form.response.location.endswith(f"at={question}&lang=fr#e{question}")
    assert "La règle est enregistrée." in rules.open(question)
    assert "q1 = &#39;oui&#39; and q2 has &#39;b&#39;" in rules.open(question)
    rules.act("undo", question)
    assert held(rules, "question", "q3") is None
    rules.act("redo", question)
    assert held(rules, "question", "q3") == "q1 = 'oui' and q2 has 'b'"


def test_a_group_is_added_changed_negated_moved_and_removed(rules: Studio) -> None:
    form = edit(rules, "question", "q4")
    form.press("group:g")
    assert form.focused.endswith("g.1.0-variable")
    assert form.fields["g.1.mode"] == "any"
    form.put(g_1_0_variable="age").press("refresh").put(g_1_0_operator=">=", g_1_0_value="17,5").press("add:g.1")
    form.put(g_1_1_variable="jour").press("refresh").put(g_1_1_operator="<", g_1_1_value="1/5/2026").press("refresh")
    first = "q1 = 'oui' and (age >= 17.5 or jour < \"2026-05-01\")"
    assert first in unescape(form.response.text)
    form.put(g_mode="any", g_1_mode="all", g_1_not="1").press("refresh")
    assert "q1 = 'oui' or not (age >= 17.5 and jour < \"2026-05-01\")" in unescape(form.response.text)
    form.press("up:g.1")
    assert form.focused.endswith("g.0-mode")
    form.press("remove:g.0.0")
    assert form.focused.endswith("g.0.0-variable")
    form.save()
    assert held(rules, "question", "q4") == "not jour < \"2026-05-01\" or q1 = 'oui'"
    rules.act("undo", at(rules, "question", "q4"))
    assert held(rules, "question", "q4") == "q1 = 'oui'"


def test_another_question_or_operator_keeps_what_fits(rules: Studio) -> None:
    form = edit(rules, "question", "q4").put(g_0_variable="grille_l1").press("refresh")
    assert form.focused.endswith("g.0-variable")
    assert form.fields["g.0.value"] == "oui"  # the same choices
    form.put(g_0_operator="in").press("refresh").put(g_0_value=["oui", "non"]).press("refresh")
    assert "grille_l1 in {'oui', 'non'}" in unescape(form.response.text)
    form.put(g_0_variable="q2").press("refresh")
    assert form.fields["g.0.operator"] == "has"
    assert form.fields["g.0.value"] == ""
    form.put(g_0_variable="rangs").press("refresh").put(g_0_operator="rank<=").press("refresh")
    form.put(g_0_choice="b", g_0_value="2").save()
    assert held(rules, "question", "q4") == "rank(rangs, 'b') <= 2"


def test_an_incomplete_condition_is_told_at_its_field(rules: Studio) -> None:
    form = edit(rules, "question", "q3").put(g_0_variable="age").press("refresh").put(g_0_value="douze ans")
    form.press("save", 422)
    assert "Cette condition est incomplète" in form.text
    assert form.fields["g.0.value"] == "douze ans"
    assert 'g.0-value" name="g.0.value" value="douze ans"' in form.response.text
    assert form.response.text.count('aria-invalid="true"') == 1
    form.press("text")
    assert "avant de passer au texte" in form.text
    assert form.fields["g.0.value"] == "douze ans"
    form.put(g_0_value="12").save()
    assert held(rules, "question", "q3") == "age = 12"


# -- as text --------------------------------------------------------------------------------------


def test_menus_become_text_and_text_menus(rules: Studio) -> None:
    form = edit(rules, "question", "q4").press("text")
    assert form.focused.endswith("-text")
    assert form.fields["text"] == "q1 = 'oui'"
    assert "Ce que la règle peut lire" in form.text
    form.put(text="q1 = 'oui' and (count(q2) >= 2 or q1 = 'non')").press("menus")
    assert form.fields["g.1.1.variable"] == "q1"
    assert (form.fields["g.1.0.operator"], form.fields["g.1.0.value"]) == ("count>=", "2")
    form.press("text").put(text="age + 1 > 18").press("menus")
    assert "Les menus ne savent pas dire cette règle" in form.text
    assert form.fields["text"] == "age + 1 > 18"
    form.save()
    assert held(rules, "question", "q4") == "age + 1 > 18"
    assert edit(rules, "question", "q4").fields["mode"] == "text"


@pytest.mark.parametrize("act", ["save", "menus"])
def test_a_wrong_text_is_told_at_the_field_and_kept(rules: Studio, act: str) -> None:
    form = edit(rules, "question", "q4").press("text")
    form.put(text="q1 = 'oui' and <b>").press(act, 422 if act == "save" else 200)
    assert form.fields["text"] == "q1 = 'oui' and <b>"
    assert 'aria-invalid="true" aria-describedby="' in form.response.text
    assert "<mark>&lt;b&gt;</mark>" in form.response.text
    assert held(rules, "question", "q4") == "q1 = 'oui'"


def test_what_a_rule_reads_wrongly_is_said_before_it_is_saved(rules: Studio) -> None:
    form = edit(rules, "question", "q4").press("text").put(text="q1 > 3 and q9 = 'oui'").press("menus")
    assert form.fields["mode"] == "menus"
    said = form.text.partition("En clair")[2]
    assert "« q9 »" in said
    assert "q1 > 3" in unescape(said)
    assert held(rules, "question", "q4") == "q1 = 'oui'"


def test_a_rule_is_taken_away(rules: Studio) -> None:
    edit(rules, "question", "q4").press("clear", 303)
    assert held(rules, "question", "q4") is None
    rules.act("undo", at(rules, "question", "q4"))
    form = edit(rules, "question", "q4").press("remove:g.0")
    assert form.focused.endswith("add-g")
    form.save()
    assert held(rules, "question", "q4") is None
    form = edit(rules, "check", "tenir", "rule")
    assert "clear" not in form.buttons
    form.press("remove:g.0").press("save", 422)
    assert "Ajoutez une condition." in form.text
    form = edit(rules, "check", "tenir", "rule").press("text").put(text=" ").press("save", 422)
    assert held(rules, "check", "tenir", "rule") == "age < 99"


# -- where, with whom -----------------------------------------------------------------------------

PLACES = (
    ("question", "q4", "when"),
    ("question", "gens", "when"),
    ("page", "apres", "when"),
    ("section", "fin", "when"),
    ("choice", "y", "when"),
    ("row", "l1", "when"),
    ("variant", "autre", "when"),
    ("check", "tenir", "rule"),
    ("exit", "partir", "when"),
    ("cell", "jeunes", "when"),
)


def test_a_rule_on_every_kind_of_element(rules: Studio) -> None:
    for kind, name, key in PLACES:
        form = edit(rules, kind, name, key)
        form.put(g_0_variable="vague").press("refresh").put(g_0_operator="not-in").press("refresh")
        form.put(g_0_value=["deux"]).save()
        assert held(rules, kind, name, key) == "not vague in {'deux'}"
        assert f"at={at(rules, kind, name)}&" in form.response.location
        assert rules.member.get(form.response.location.partition("#")[0]).status_code == 200


def test_a_bound_is_written_as_text(rules: Studio) -> None:
    for key in ("at_least", "at_most", "above", "below"):
        form = edit(rules, "question", "age", key)
        assert "menus" not in form.buttons
        form.put(text="2 * 3").save()
        assert held(rules, "question", "age", key) == "2 * 3"


def test_a_computed_variable_is_written_as_text(rules: Studio) -> None:
    form = edit(rules, "computed", "total", "rule").put(text="age * 2")
    form.save()
    assert held(rules, "computed", "total", "rule") == "age * 2"


def test_only_what_is_known_there_is_offered(rules: Studio) -> None:
    def offered(kind: str, name: str, key: str = "when") -> set[str]:
        return edit(rules, kind, name, key).options["g.0.variable"] - {""}

    always = {"majeur", "total", "vague", "tirage"}
    asked = {"q1", "q2", "q2_c_text", "age", "jour", "rangs", "gens", "mots", "grille_l1", "grille_l2"}
    asked |= {"commune", "commune_name", "commune_department", "commune_region"}
    assert offered("question", "q1") == always
    assert offered("question", "gens") == always | (asked - {"gens", "mots", "grille_l1", "grille_l2"})
    assert offered("choice", "y") == always | asked  # not what is asked for each one of the list
    assert offered("question", "genre") == always | asked | {"cout"}
    assert offered("page", "apres") == always | asked
    assert offered("check", "commencer", "rule") == always | asked
    assert offered("check", "tenir", "rule") == always | asked | {"q3", "q4"}


def test_what_is_asked_for_each_line_is_read_as_a_sum(rules: Studio) -> None:
    text = edit(rules, "check", "tenir", "rule").press("text").text
    assert "<code>cout</code>" in text.partition("par sum(…)")[2]
    inside = edit(rules, "question", "genre")
    inside.put(g_0_variable="cout").press("refresh").put(g_0_operator=">", g_0_value="3").press("refresh")
    said = "Pour chaque ligne de la liste « gens » : réponse à « cout » > 3"
    assert said in unescape(inside.text)
    inside.save()
    assert "« cout » > 3" in unescape(plain(rules.open(at(rules, "question", "genre"))))


def test_the_card_names_what_each_rule_decides(rules: Studio) -> None:
    card = plain(rules.open(at(rules, "question", "q4")))
    assert '<b>Poser si</b> <span lang="fr">« oui » à « q1 »' in card
    assert "<b>Doit être vrai</b>" in card
    assert "<b>Finir si</b>" in card
    assert "Proposer si" in edit(rules, "choice", "y").text


def test_two_people_who_change_one_rule_see_both(rules: Studio) -> None:
    form = edit(rules, "question", "q4").press("text")
    with rules.platform.database.transaction() as session:
        put = editing.Put(at(rules, "question", "q4"), "when", "age > 50")
        drafting.edit(session, None, None, rules.version_id, (put,), {"act": "rule"})
    form.put(text="age > 20").press("save", 409)
    assert "a enregistré entre-temps : « age > 50 »" in unescape(form.text)
    assert form.fields["text"] == "age > 20"
    assert held(rules, "question", "q4") == "age > 50"
    form.save()
    assert held(rules, "question", "q4") == "age > 20"


def test_what_has_no_rule_is_not_found(rules: Studio) -> None:
    for element, key in ((at(rules, "question", "q4"), "text"), (at(rules, "choice", "y"), "rule"), (99999, "when")):
        assert rules.member.get(f"{rules.path}/rule/{element}/{key}").status_code == 404


# -- nothing is lost ------------------------------------------------------------------------------

HELD = (
    "q1 = 'oui'",
    "not q1 = 'oui'",
    "q1 = 'parti'",
    "q1 in {'non', 'oui'}",
    "q1 in {'non', 'parti', 'oui'}",
    "not q1 in {'oui', 'oui'}",
    "q1 = vague",
    "q1 = 1",
    "q1 < 'oui'",
    "no_opinion(q1) or no_opinion(age)",
    "q2 has 'parti' and not q2 has 'a'",
    "count(q2) in {1, 2}",
    "count(q2) = 1.50",
    "age in {1, 2.5, -3}",
    "age > -3",
    "age > -(3)",
    "age > total",
    'age = "douze"',
    'jour >= "2026-05-31"',
    "jour = jour",
    'jour = "31/05/2026"',
    'jour in {"2026-05-31", "2026-06-01"}',
    'mots = ""',
    'mots = " a"',
    'mots = "il a dit \\"oui\\" \\\\ non"',
    'mots = "deux\\nlignes"',
    "mots = age",
    'mots in {"a", "b, c"}',
    "rank(rangs, 'b') <= 2 or rank(rangs, 'parti') = 1",
    "rank(rangs, 'b') >= age",
    "rangs has 'a'",
    "count(gens) > 2",
    "majeur = 1 and not majeur = 0",
    "majeur = 7",
    "majeur > 0",
    "majeur",
    "commune_region = 'bretagne'",
    "inconnue = 'oui' and inconnue in {'a', 'b'}",
    "inconnue has 'a' or rank(inconnue, 'a') = 1",
    "cout > 3",
    "q3 = 'x'",
    "tirage = 'courte' and vague != 'une'",
    "q1 = 'oui' and (age > 3 or not (age < 2 and (q2 has 'a' or (answered(jour) and majeur = 1))))",
    "q1 = 'oui' and (" * 8 + "age > 3" + " or age < 2)" * 8,
    " and ".join(f"age > {one}" for one in range(70)),
)
ONLY_TEXT = (
    "q1 = vague",
    "q1 = 1",
    "not q1 in {'oui', 'oui'}",
    "count(q2) in {1, 2}",
    'jour = "31/05/2026"',
    'mots = ""',
    'mots = " a"',
    'mots = "deux\\nlignes"',
    "mots = age",
    *HELD[-2:],
)


def test_a_rule_that_is_opened_and_saved_as_it_is_stays_the_same(rules: Studio) -> None:
    element, in_text = at(rules, "question", "q4"), set()
    for rule in HELD:
        with rules.platform.database.transaction() as session:
            put = editing.Put(element, "when", rule)
            drafting.edit(session, None, None, rules.version_id, (put,), {"act": "rule"})
        form = RuleForm(rules.member, f"{rules.path}/rule/{element}/when")
        if form.fields["mode"] == "text":
            in_text.add(rule)
        form.save()
        assert parse(str(held(rules, "question", "q4"))) == parse(rule)
    assert in_text == set(ONLY_TEXT)


SHIPPED = sorted((Path(questionnaires.__file__).parent / "definitions").glob("*/20*.yaml"))


def test_the_rules_of_the_shipped_questionnaires_open_as_menus(app: Flask) -> None:
    in_text, count = [], 0
    for path in SHIPPED:
        document = editing.open_document(path.read_bytes())
        for node in document.nodes.values():
            rule = node.tree.get("rule" if node.kind == "check" else "when")
            if isinstance(rule, str):
                with app.test_request_context():
                    known = {one.name: one for one in subjects(document, node.element, "fr")}
                    menus = to_menus(parse(rule))
                    if menus is None or not rule_menus.can_show(menus, known):
                        in_text.append(rule)
                count += 1
    assert count > 300
    assert [one.partition("sum(")[1] for one in in_text] == ["sum("] * 2


DOCUMENT = editing.open_document(definition.write(everything()))


def conditions_of(subject: Subject) -> st.SearchStrategy[Condition]:
    """Every condition that a person can choose about a subject."""
    names = [name for name, _label in subject.choices]
    numbers = st.integers(-20, 200).map(str) | st.just("17.5")
    words = st.text("aé '\"\\,{}", min_size=1).map(str.strip).filter(bool)
    values = {"date": st.just("2026-05-31"), "month": st.just("2026-05"), "text": words}

    def chosen(said: str) -> st.SearchStrategy[Condition]:
        measure, operator, _negated = rule_menus.operator_of(said)
        choice = st.sampled_from(names) if measure == "rank" else st.just("")
        found: st.SearchStrategy[tuple[str, ...]] = st.just(())
        is_choice = bool(names) and not measure and operator in ("=", "!=", "in", "has")
        if is_choice:
            found = st.lists(
                st.sampled_from(names), min_size=1, max_size=1 if operator != "in" else None, unique=True
            ).map(tuple)
        elif operator in COMPARISONS:
            plain = values.get(subject.family) if not measure else None
            found = (plain.map(Literal).map(to_text) if plain is not None else numbers).map(lambda one: (one,))
        by_name = is_choice and subject.family != "flag"
        made = partial(_condition, subject.name, said, by_name)
        return st.builds(made, found, choice)

    return st.sampled_from(rule_menus.operators_of(subject)).flatmap(chosen)


def _condition(name: str, said: str, by_name: bool, values: tuple[str, ...], choice: str) -> Condition:
    measure, operator, is_negated = rule_menus.operator_of(said)
    return Condition(name, operator, values, by_name, measure, choice, is_negated)


def test_the_form_holds_whatever_a_person_can_choose(app: Flask) -> None:
    element = next(one.element for one in DOCUMENT.nodes.values() if one.name == "q4")
    with app.test_request_context():
        known = {one.name: one for one in subjects(DOCUMENT, element, "fr")}

    def groups(parts: st.SearchStrategy[Condition | Group]) -> st.SearchStrategy[Group]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        return st.builds(Group, st.sampled_from([ALL, ANY]), several, st.booleans())

    one = st.sampled_from(sorted(known)).flatmap(lambda name: conditions_of(known[name]))

    @settings(max_examples=150)
    @given(groups(one | groups(one)))
    def holds(menus: Group) -> None:
        with app.test_request_context():
            sent = rule_menus.form_of(menus, known)
            assert from_menus(rule_menus.read_form(sent, known)) == from_menus(menus)

    holds()
