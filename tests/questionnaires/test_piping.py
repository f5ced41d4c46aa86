"""Texts that hold answers: « Vous citez 3 partenaires à Rennes », in the grammar of the language."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from questionnaires import piping
from questionnaires.expressions import Absence, Kind, VariableType, parse
from questionnaires.model import (
    Choice,
    Computed,
    ContextVariable,
    Date,
    Duration,
    Experiment,
    LocalText,
    Month,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Row,
    ScoreGrid,
    Section,
    SingleChoice,
    Suggester,
    Text,
    Year,
    variable_types,
)
from questionnaires.piping import language as writing

NARROW = "\u202f"


def both(french: str, english: str = "") -> LocalText:
    return LocalText({"fr": french, "en": english or french})


SEXES = (Choice(1, "femme", both("Une femme", "A woman")), Choice(2, "homme", both("Un homme", "A man")))
LEVERS = (
    Choice(1, "argent", both("l’argent", "money")),
    Choice(2, "temps", both("le temps", "time")),
    Choice(3, "autre", both("autre chose", "something else")),
)
QUESTIONS: tuple[Question, ...] = (
    SingleChoice(name="sexe", text=both("Sexe"), choices=SEXES),
    MultipleChoice(name="leviers", text=both("Leviers"), choices=LEVERS),
    Ranking(name="rangs", text=both("Rangs"), choices=LEVERS),
    Number(name="enfants", text=both("Enfants")),
    Number(name="budget", text=both("Budget"), decimals=1),
    Year(name="annee", text=both("Année")),
    Date(name="naissance", text=both("Naissance")),
    Month(name="debut", text=both("Début")),
    Duration(name="trajet", text=both("Trajet"), units=("hours", "minutes")),
    Text(name="prenom", text=both("Prénom")),
    Suggester(name="commune", text=both("Commune")),
    ScoreGrid(name="avis", text=both("Avis"), rows=(Row("maire", both("Le maire")),), low=both("0"), high=both("10")),
    Roster(name="partenaires", text=both("Partenaires"), item=both("Partenaire")),
    Roster(name="communes", text=both("Communes"), item=both("Commune")),
)
IMPACT = Questionnaire(
    name="essai",
    version="1",
    population="citoyens",
    languages=("fr", "en"),
    title=both("Essai"),
    sections=(
        Section("tout", both("Tout"), pages=(Page("tout", both("Tout"), questions=QUESTIONS),)),
        Section(
            "par_partenaire",
            both("Par partenaire"),
            repeat="partenaires",
            pages=(Page("p", both("P"), questions=(Number(name="cout", text=both("Coût")),)),),
        ),
        Section(
            "par_levier",
            both("Par levier"),
            repeat="leviers",
            pages=(Page("l", both("L"), questions=(Text(name="usage", text=both("Usage")),)),),
        ),
    ),
    computed=(Computed("total", both("Total"), parse("sum(cout)")),),
    context=(ContextVariable("origine", "choice", both("Origine"), SEXES),),
    experiments=(Experiment("ton", both("Ton"), (Choice(1, "court", both("court")), Choice(2, "long", both("long")))),),
)
TYPES = variable_types(IMPACT)


def said(text: str, language: str = "fr", item: int | None = None, scope: str | None = None, **known: Any) -> str:
    """The text as a respondent reads it; `partenaires__2` is the words of item 2."""
    answers = {f"{name}]".replace("__", "[") if "__" in name else name: value for name, value in known.items()}
    return piping.render(both(text), language, IMPACT, answers, item, scope)


def problems(text: str, scope: str | None = None, types: dict[str, VariableType] | None = None) -> list[str]:
    return [one.code for one in piping.check_text(LocalText({"fr": text}), types or TYPES, scope)]


# --- What is shown


def test_a_text_without_braces_is_itself() -> None:
    plain = both("Bonjour", "Hello")
    assert not piping.is_piped(plain)
    assert piping.render(plain, "en", IMPACT, {}) == "Hello"


def test_doubled_braces_are_braces() -> None:
    assert piping.is_piped(both("{{x}}"))
    assert said("un {{ensemble}} vide : {{}}") == "un {ensemble} vide : {}"
    assert said("{{{enfants}}}", enfants=3) == "{3}"


@pytest.mark.parametrize(
    ("text", "known", "french", "english"),
    [
        ("{sexe}", {"sexe": 1}, "Une femme", "A woman"),
        ("{origine}", {"origine": 2}, "Un homme", "A man"),
        ("{ton}", {"ton": 2}, "long", "long"),
        ("{enfants}", {"enfants": 1234567}, f"1{NARROW}234{NARROW}567", "1,234,567"),
        ("{budget}", {"budget": 12345}, f"1{NARROW}234,5", "1,234.5"),
        ("{budget}", {"budget": 12340}, f"1{NARROW}234", "1,234"),
        ("{avis_maire}", {"avis_maire": 7}, "7", "7"),
        ("{annee}", {"annee": 2022}, "2022", "2022"),
        ("{commune_cog}", {"commune_cog": 2022}, "2022", "2022"),
        ("{naissance}", {"naissance": datetime.date(2022, 3, 1).toordinal()}, "1er mars 2022", "1 March 2022"),
        ("{naissance}", {"naissance": datetime.date(2022, 8, 12).toordinal()}, "12 août 2022", "12 August 2022"),
        ("{debut}", {"debut": 12 * 2022 + 11}, "décembre 2022", "December 2022"),
        ("{trajet}", {"trajet": 150}, "2 heures et 30 minutes", "2 hours and 30 minutes"),
        ("{trajet}", {"trajet": 60}, "1 heure", "1 hour"),
        ("{trajet}", {"trajet": 0}, "0 minute", "0 minutes"),
        ("{prenom}", {"prenom": "Zoé {x} & <b>"}, "Zoé {x} & <b>", "Zoé {x} & <b>"),
        ("{commune}", {"commune": "35238", "commune_name": "Rennes"}, "Rennes", "Rennes"),
        ("{commune_region}", {"commune_region": 53}, "Bretagne", "Bretagne"),
        ("{leviers}", {"leviers": (1,)}, "l’argent", "money"),
        ("{leviers}", {"leviers": (1, 2)}, "l’argent et le temps", "money and time"),
        ("{leviers}", {"leviers": (1, 2, 3)}, "l’argent, le temps et autre chose", "money, time and something else"),
        ("{rangs}", {"rangs": (3, 1)}, "autre chose et l’argent", "something else and money"),
        ("{total}", {"total": 1000}, f"1{NARROW}000", "1,000"),
    ],
)
def test_a_value_is_written_as_the_language_does(text: str, known: dict[str, Any], french: str, english: str) -> None:
    assert said(text, "fr", **known) == french
    assert said(text, "en", **known) == english


@pytest.mark.parametrize("absent", [None, Absence.NO_OPINION, Absence.NOT_ROUTED, ""])
def test_without_a_value_there_are_other_words(absent: Any) -> None:
    known = {} if absent is None else {"prenom": absent}
    assert said("Bonjour {prenom} !", **known) == "Bonjour … !"
    assert said("Bonjour {prenom, or {à vous}} !", **known) == "Bonjour à vous !"
    assert said("Bonjour {prenom, or {à vous}} !", prenom="Zoé") == "Bonjour Zoé !"


def test_words_for_want_of_a_value_may_be_piped_in_their_turn() -> None:
    text = "{prenom, or {{commune_name, or {vous}}}}"
    assert said(text) == "vous"
    assert said(text, commune_name="Rennes") == "Rennes"


# --- Plurals


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0 enfant", "0 children"),
        (1, "1 enfant", "1 child"),
        (2, "2 enfants", "2 children"),
        (1500, f"1{NARROW}500 enfants", "1,500 children"),
    ],
)
def test_zero_is_singular_in_french_and_plural_in_english(count: int, french: str, english: str) -> None:
    assert said("{enfants, plural, one {# enfant} other {# enfants}}", "fr", enfants=count) == french
    assert said("{enfants, plural, one {# child} other {# children}}", "en", enfants=count) == english


def test_one_and_a_half_is_singular_in_french_only() -> None:
    text = "{budget, plural, one {# (un)} other {# (plusieurs)}}"
    assert said(text, "fr", budget=15) == "1,5 (un)"
    assert said(text, "en", budget=15) == "1.5 (plusieurs)"
    assert said(text, "en", budget=10) == "1 (un)"


def test_an_exact_case_comes_before_the_category() -> None:
    text = "{enfants, plural, =0 {aucun enfant} =2 {deux enfants} one {# enfant} other {# enfants}}"
    assert [said(text, enfants=count) for count in (0, 1, 2, 3)] == [
        "aucun enfant",
        "1 enfant",
        "deux enfants",
        "3 enfants",
    ]


def test_an_exact_case_is_the_number_itself_not_its_scaled_form() -> None:
    text = "{budget, plural, =1 {juste un} other {#}}"
    assert said(text, budget=10) == "juste un"
    assert said(text, budget=1) == "0,1"
    assert said(text, budget=11) == "1,1"


def test_french_has_a_plural_for_millions() -> None:
    text = "# : {enfants, plural, one {# euro} many {# d’euros} other {# euros}}"
    assert said(text, enfants=2_000_000) == f"# : 2{NARROW}000{NARROW}000 d’euros"
    assert said(text, enfants=2_000_001) == f"# : 2{NARROW}000{NARROW}001 euros"


def test_what_is_chosen_listed_or_ranked_is_counted() -> None:
    assert said("{leviers, plural, one {un levier} other {# leviers}}", leviers=(1, 2)) == "2 leviers"
    assert said("{rangs, plural, one {un rang} other {# rangs}}", rangs=(3,)) == "un rang"
    assert said("{partenaires, plural, =0 {personne} other {#}}", partenaires=()) == "personne"


def test_a_plural_without_a_value_is_the_other_case() -> None:
    assert said("{enfants, plural, =0 {aucun} one {un seul} other {# enfants}}") == "… enfants"


# --- Genders


@pytest.mark.parametrize(("value", "words"), [(1, "Élue"), (2, "Élu"), (None, "Élu·e"), (Absence.REFUSED, "Élu·e")])
def test_a_choice_selects_the_gender(value: Any, words: str) -> None:
    known = {} if value is None else {"sexe": value}
    assert said("{sexe, select, femme {Élue} homme {Élu} other {Élu·e}}", **known) == words


def test_cases_hold_placeholders_and_the_number_around_them() -> None:
    text = (
        "{enfants, plural, one {{sexe, select, femme {mère} other {père}} d’un enfant}"
        " other {{sexe, select, femme {mère} other {père}} de # enfants, {prenom}}}"
    )
    assert said(text, enfants=1, sexe=1) == "mère d’un enfant"
    assert said(text, enfants=3, sexe=2, prenom="Max") == "père de 3 enfants, Max"
    assert said("{sexe, select, femme {{enfants, plural, other {#{prenom}}}} other {#}}", enfants=2, sexe=1) == "2…"


def test_a_hash_outside_of_a_plural_is_a_hash() -> None:
    assert said("# {sexe, select, femme {#1} other {#2}}", sexe=2) == "# #2"


# --- De and à


@pytest.mark.parametrize(
    ("name", "of", "at"),
    [
        ("Rennes", "de Rennes", "à Rennes"),
        ("Angers", "d’Angers", "à Angers"),
        ("Évreux", "d’Évreux", "à Évreux"),
        ("Œting", "d’Œting", "à Œting"),
        ("Le Mans", "du Mans", "au Mans"),
        ("Les Ulis", "des Ulis", "aux Ulis"),
        ("La Rochelle", "de La Rochelle", "à La Rochelle"),
        ("L’Haÿ-les-Roses", "de L’Haÿ-les-Roses", "à L’Haÿ-les-Roses"),
        ("Lens", "de Lens", "à Lens"),
        ("Lespinasse", "de Lespinasse", "à Lespinasse"),
        ("Hyères", "d’Hyères", "à Hyères"),
        ("Hérouville-Saint-Clair", "d’Hérouville-Saint-Clair", "à Hérouville-Saint-Clair"),
        ("Haguenau", "de Haguenau", "à Haguenau"),
        ("Haute-Goulaine", "de Haute-Goulaine", "à Haute-Goulaine"),
        ("Yvetot", "d’Yvetot", "à Yvetot"),
        ("Yutz", "de Yutz", "à Yutz"),
        ("Yerres", "d’Yerres", "à Yerres"),
        ("Y", "d’Y", "à Y"),
        ("Onzain", "d’Onzain", "à Onzain"),
        ("2A", "de 2A", "à 2A"),
        ("onze amis", "de onze amis", "à onze amis"),
        ("le maire", "du maire", "au maire"),
        ("les élus", "des élus", "aux élus"),
        ("l’État", "de l’État", "à l’État"),
        ("Hauts-de-France", "des Hauts-de-France", "dans les Hauts-de-France"),
        ("Grand Est", "du Grand Est", "dans le Grand Est"),
        ("Île-de-France", "d’Île-de-France", "en Île-de-France"),
    ],
)
def test_french_elides_and_contracts(name: str, of: str, at: str) -> None:
    assert said("{commune_name, de}", commune_name=name) == of
    assert said("{commune_name, à}", commune_name=name) == at
    assert said("{commune_name, de}{commune_name, à}", "en", commune_name=name) == name + name


def test_the_preposition_is_said_before_each_of_a_list() -> None:
    assert said("{leviers, de}", leviers=(1, 2, 3)) == "de l’argent, du temps et d’autre chose"


def test_a_day_takes_its_article_and_a_month_does_not() -> None:
    day = datetime.date(2022, 4, 11).toordinal()
    assert said("{naissance, de} {naissance, à}", naissance=day) == "du 11 avril 2022 au 11 avril 2022"
    assert said("{naissance, de}", "en", naissance=day) == "11 April 2022"
    assert said("{debut, de}", debut=12 * 2022 + 3) == "d’avril 2022"


def test_the_preposition_goes_with_the_want_of_a_value() -> None:
    assert said("{commune_name, de}") == "de …"
    assert said("le maire {commune_name, de, or {de votre commune}}") == "le maire de votre commune"
    assert said("{naissance, de}") == "de …"


def test_accents_written_apart_are_the_same_form() -> None:
    assert said("{commune_name, a\u0300}", commune_name="Rennes") == "à Rennes"


# --- Lists


def test_a_list_is_its_words_outside_and_its_item_inside() -> None:
    known: dict[str, Any] = {"partenaires": (1, 3, 4), "partenaires__1": "la mairie", "partenaires__3": "Emmaüs"}
    known["partenaires__4"] = "les écoles"
    assert said("{partenaires}", **known) == "la mairie, Emmaüs et les écoles"
    assert said("{partenaires}", item=3, **known) == "Emmaüs"
    assert said("{partenaires, de}", item=4, **known) == "des écoles"
    assert said("{partenaires, plural, other {#}}", item=3, **known) == "3"


def test_choices_that_are_gone_through_are_each_the_item() -> None:
    text = "{leviers} : {leviers, select, temps {combien d’heures} other {combien}}"
    assert said(text, item=2, scope="leviers", leviers=(1, 2)) == "le temps : combien d’heures"
    assert said(text, item=1, scope="leviers", leviers=(1, 2)) == "l’argent : combien"


def test_the_scope_tells_one_list_from_another() -> None:
    known: dict[str, Any] = {"partenaires": (1, 2), "partenaires__1": "A", "partenaires__2": "B", "leviers": (1, 2)}
    assert said("{partenaires} / {leviers}", item=2, scope="partenaires", **known) == "B / l’argent et le temps"
    assert said("{partenaires} / {leviers}", item=2, scope="leviers", **known) == "A et B / le temps"


def test_an_item_without_words_is_left_out() -> None:
    known: dict[str, Any] = {"partenaires": (1, 2), "partenaires__1": "A", "partenaires__2": Absence.SKIPPED}
    assert said("{partenaires}", **known) == "A"
    assert said("{partenaires, or {ce partenaire}}", item=2, **known) == "ce partenaire"


def test_the_label_of_a_choice_may_be_piped() -> None:
    again = (Choice(1, "meme", both("{commune_name, de}")), Choice(2, "cercle", both("{suite}")))
    page = Page("p", both("P"), questions=(*QUESTIONS, SingleChoice(name="suite", text=both("?"), choices=again)))
    version = Questionnaire(
        "e", "1", "citoyens", ("fr",), both("E"), sections=(Section("s", both("S"), pages=(page,)),)
    )
    assert (
        piping.render(both("maire {suite}"), "fr", version, {"suite": 1, "commune_name": "Le Mans"}) == "maire du Mans"
    )
    assert piping.render(both("{suite}"), "fr", version, {"suite": 2}) == "…", "a circle ends"


def test_a_draft_that_cannot_be_read_is_shown_as_it_is_written() -> None:
    assert said("Bonjour {prenom") == "Bonjour {prenom"


# --- What is wrong


@pytest.mark.parametrize(
    "text",
    [
        "{sexe} {enfants} {partenaires} {leviers} {naissance} {total}",
        "{enfants, plural, one {x} other {y}}",
        "{ enfants , plural , =0 {x}\n  other { {prenom} } }",
        "{sexe, select, femme {x} other {y}}",
        "{commune_name, de} {commune_name, à, or {x}} {naissance, de} {leviers, à}",
        "{{accolades}}",
    ],
)
def test_nothing_is_wrong(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "position", "expected", "found"),
    [
        ("{", 1, "variable", ""),
        ("{}", 1, "variable", "}"),
        ("a } b", 2, "}}", "}"),
        ("{prenom", 7, ",", ""),
        ("{Prenom}", 1, "variable", "Prenom"),
        ("{prenom, }", 9, "plural, select, de, à, or", "}"),
        ("{prenom, plain}", 9, "plural, select, de, à, or", "plain"),
        ("{enfants, plural}", 16, ",", "}"),
        ("{enfants, plural, one {un}}", 26, "other", "}"),
        ("{enfants, plural, un {un} other {x}}", 18, "=0, one, other", "un"),
        ("{enfants, plural, one {un} one {x} other {y}}", 27, "=0, one, other", "one"),
        ("{enfants, plural, =x {un} other {y}}", 18, "=0, one, other", "=x"),
        ("{sexe, select, femme x other {y}}", 21, "{", "x"),
        ("{sexe, select, femme {x}}", 24, "other", "}"),
        ("{sexe, select, Femme {x} other {y}}", 15, "other", "Femme"),
        ("{prenom, or {x}", 15, "}", ""),
        ("{prenom, or {x", 14, "}", ""),
        ("{prenom, de, x {y}}", 13, "or", "x"),
    ],
)
def test_a_broken_text_says_where_and_what_was_expected(text: str, position: int, expected: str, found: str) -> None:
    (problem,) = piping.check_text(LocalText({"fr": text}), TYPES)
    assert problem.code == "pipe-syntax"
    assert problem.data == {"position": position, "expected": expected, "found": found}


def test_nesting_has_a_limit() -> None:
    deep = "{prenom, or {" * 200 + "x" + "}}" * 200
    assert problems(deep) == ["pipe-syntax"]


@pytest.mark.parametrize(
    ("text", "code", "data"),
    [
        ("{inconnue}", "pipe-variable-unknown", {"variable": "inconnue"}),
        ("{cout}", "pipe-item-variable", {"variable": "cout", "roster": "partenaires"}),
        (
            "{sexe, select, autre {x} other {y}}",
            "pipe-choice-unknown",
            {"choice": "autre", "variable": "sexe", "known": ("femme", "homme")},
        ),
        ("{prenom, plural, other {x}}", "pipe-type", {"variable": "prenom", "form": "plural", "found": "text"}),
        ("{sexe, plural, other {x}}", "pipe-type", {"variable": "sexe", "form": "plural", "found": "choice"}),
        ("{enfants, select, other {x}}", "pipe-type", {"variable": "enfants", "form": "select", "found": "number"}),
        ("{leviers, select, other {x}}", "pipe-type", {"variable": "leviers", "form": "select", "found": "choices"}),
        ("{enfants, de}", "pipe-type", {"variable": "enfants", "form": "de", "found": "number"}),
        ("{enfants, à}", "pipe-type", {"variable": "enfants", "form": "à", "found": "number"}),
    ],
)
def test_a_placeholder_fits_its_variable(text: str, code: str, data: dict[str, Any]) -> None:
    (problem,) = piping.check_text(LocalText({"fr": text}), TYPES)
    assert (problem.code, dict(problem.data)) == (code, data)


def test_inside_of_the_repeated_section_the_item_may_be_read() -> None:
    assert problems("{cout} {partenaires}", "partenaires") == []
    assert problems("{usage}", "partenaires") == ["pipe-item-variable"]
    assert problems("{leviers, select, temps {x} other {y}}", "leviers") == []
    assert problems("{leviers, select, vent {x} other {y}}", "leviers") == ["pipe-choice-unknown"]


def test_cases_and_want_of_a_value_are_checked_too() -> None:
    assert problems("{enfants, plural, one {{absente}} other {{prenom, or {{perdue}}}}}") == [
        "pipe-variable-unknown",
        "pipe-variable-unknown",
    ]


def test_the_same_problem_in_two_languages_is_said_once() -> None:
    found = piping.check_text(both("{inconnue} et {inconnue}", "{inconnue}, {lost}"), TYPES)
    assert [dict(one.data) for one in found] == [{"variable": "inconnue"}, {"variable": "lost"}]


def test_references_are_those_of_every_language_and_case() -> None:
    text = both("{sexe, select, femme {{prenom}} other {{{commune_name, de, or {{usage}}}}}", "{enfants}")
    assert piping.references(both("{{sexe}}")) == set()
    assert piping.references(text) == {"enfants"}, "a text that cannot be read has none"
    text = both("{sexe, select, femme {{prenom}} other {{commune_name, de, or {{usage}}}}}", "{enfants}")
    assert piping.references(text) == {"sexe", "prenom", "commune_name", "usage", "enfants"}


def test_a_reader_of_the_questionnaire_sees_where_answers_come() -> None:
    text = "{prenom}, {enfants, plural, one {un enfant} other {# enfants}} {commune_name, de} {{x}}"
    assert piping.outline(text) == "[…], [un enfant / … enfants] [de …] {x}"
    assert piping.outline(text, named=True) == "[prenom], [enfants: un enfant / # enfants] [de commune_name] {x}"


def test_other_languages_write_as_english_does() -> None:
    german = LocalText({"de": "{budget} {leviers} {commune_name, de}"})
    known = {"budget": 12345, "leviers": (1, 2), "commune_name": "Le Mans"}
    assert piping.render(german, "de", IMPACT, known) == "1,234.5 l’argent and le temps Le Mans"


def test_types_that_rules_never_give_do_not_break_checks() -> None:
    assert problems("{x}", types={"x": VariableType(Kind.BOOLEAN)}) == []


def test_a_number_below_zero_has_the_sign_of_typography() -> None:
    assert writing.number(-12345, 1, "fr") == f"−1{NARROW}234,5"


@pytest.mark.parametrize(
    ("region", "where"),
    [
        ("Bretagne", "en Bretagne"),
        ("Hauts-de-France", "dans les Hauts-de-France"),
        ("Grand Est", "dans le Grand Est"),
        ("La Réunion", "à La Réunion"),
        ("Mayotte", "à Mayotte"),
    ],
)
def test_where_a_region_is(region: str, where: str) -> None:
    assert writing.at(region, "fr") == where
    assert writing.at(region, "en") == region
