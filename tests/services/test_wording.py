"""Rules read aloud: who was asked a question, as the base of a table says it."""

from __future__ import annotations

import pytest

from app.services.wording import base_in_words, roster_in_words, rule_in_words
from questionnaires.expressions import parse
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
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Row,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
    Suggester,
    Text,
    Year,
    YesNo,
)


def both(french: str, english: str) -> LocalText:
    return LocalText({"fr": french, "en": english})


SEXES = (Choice(1, "femme", both("Femme", "Woman")), Choice(2, "homme", both("Homme", "Man")))
LEVERS = (
    Choice(1, "argent", both("L’argent", "Money")),
    Choice(2, "temps", both("Le temps", "Time")),
    Choice(9, "autre", both("Autre", "Other"), specify=both("Précisez", "Say which")),
)
ROWS = (Row("maire", both("Le maire", "The mayor")), Row("etat", both("L’État", "The state")))
ENDS = {"low": both("bas", "low"), "high": both("haut", "high")}
QUESTIONS: tuple[Question, ...] = (
    SingleChoice(name="sexe", text=both("Votre sexe ?", "Your sex?"), choices=SEXES),
    YesNo(name="elu", text=both("Élu ?", "Elected?")),
    MultipleChoice(name="leviers", text=both("Quels leviers ?", "Which levers?"), choices=LEVERS),
    Ranking(name="rangs", text=both("Par ordre ?", "In order?"), choices=LEVERS),
    Score(name="utile", text=both("Utile ?", "Useful?"), **ENDS),
    ScoreGrid(name="avis", text=both("Confiance ?", "Trust?"), rows=ROWS, **ENDS),
    NumberGrid(name="parts", text=both("Parts ?", "Shares?"), rows=ROWS, unit=both("%", "%")),
    MultipleGrid(name="usages", text=both("Usages ?", "Uses?"), rows=ROWS, choices=LEVERS),
    Number(name="budget", text=both("Budget ?", "Budget?"), decimals=1, unit=both("euros", "euros")),
    Number(name="enfants", text=both("Enfants ?", "Children?")),
    Year(name="annee", text=both("Année ?", "Year?")),
    Date(name="debut", text=both("Début ?", "Start?")),
    Date(name="fin", text=both("Fin ?", "End?")),
    Month(name="mois", text=both("Mois ?", "Month?")),
    Duration(name="trajet", text=both("Trajet ?", "Journey?"), units=("hours", "minutes")),
    Text(name="metier", text=both("Métier ?", "Job?")),
    Suggester(name="commune", text=both("Commune ?", "Town?")),
    Roster(name="partenaires", text=both("Partenaires ?", "Partners?"), item=both("Partenaire", "Partner")),
)


def repeated(over: str, question: Question) -> Section:
    text = both(f"Par {over}", f"By {over}")
    return Section(f"par_{over}", text, repeat=over, pages=(Page(f"p_{over}", text, questions=(question,)),))


COST = Number(name="cout", text=both("Coût de {partenaires} ?", "Cost of {partenaires}?"), unit=both("euros", "euros"))
IMPACT = Questionnaire(
    name="essai",
    version="1",
    population="citoyens",
    languages=("fr", "en"),
    title=both("Essai", "Trial"),
    sections=(
        Section("tout", both("Tout", "All"), pages=(Page("tout", both("Tout", "All"), questions=QUESTIONS),)),
        repeated("partenaires", COST),
        repeated("leviers", Number(name="temps_levier", text=both("Heures ?", "Hours?"))),
    ),
    computed=(
        Computed("jeune", both("Est jeune", "Is young"), parse("annee > 1990")),
        Computed("total", both("Coût total", "Total cost"), parse("sum(cout)")),
    ),
    context=(ContextVariable("origine", "choice", both("Fichier", "List"), SEXES),),
    experiments=(
        Experiment(
            "ton",
            both("Ton", "Tone"),
            (Choice(1, "court", both("Court", "Short")), Choice(2, "long", both("Long", "Long"))),
        ),
    ),
)


def plain(text: str) -> str:
    """With ordinary spaces, so that the sentences below can be read."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def said(rule: str, language: str = "fr", roster: str | None = None) -> str:
    return plain(rule_in_words(parse(rule), IMPACT, language, roster))


CASES = [
    # Choices
    ("sexe = 'femme'", "« Femme » à « Votre sexe ? »", "“Woman” to “Your sex?”"),
    ("'femme' = sexe", "« Femme » à « Votre sexe ? »", "“Woman” to “Your sex?”"),
    (
        "sexe != 'femme'",
        "réponse autre que « Femme » à « Votre sexe ? »",
        "an answer other than “Woman” to “Your sex?”",
    ),
    (
        "not sexe = 'femme'",
        "réponse autre que « Femme » à « Votre sexe ? »",
        "an answer other than “Woman” to “Your sex?”",
    ),
    ("sexe in {'femme', 'homme'}", "« Femme » ou « Homme » à « Votre sexe ? »", "“Woman” or “Man” to “Your sex?”"),
    (
        "not sexe in {'femme'}",
        "réponse autre que « Femme » à « Votre sexe ? »",
        "an answer other than “Woman” to “Your sex?”",
    ),
    ("elu = 'oui'", "« Oui » à « Élu ? »", "“Yes” to “Elected?”"),
    ("leviers has 'temps'", "« Le temps » cité à « Quels leviers ? »", "“Time” mentioned for “Which levers?”"),
    (
        "not leviers has 'temps'",
        "« Le temps » non cité à « Quels leviers ? »",
        "“Time” not mentioned for “Which levers?”",
    ),
    (
        "leviers has 'temps' or leviers has 'argent'",
        "« Le temps » ou « L’argent » cité à « Quels leviers ? »",
        "“Time” or “Money” mentioned for “Which levers?”",
    ),
    ("usages_maire has 'temps'", "« Le temps » cité à « Le maire »", "“Time” mentioned for “The mayor”"),
    ("rangs has 'temps'", "« Le temps » classé à « Par ordre ? »", "“Time” ranked for “In order?”"),
    ("commune_region = 'bretagne'", "« Bretagne » à « Commune ? » (région)", "“Bretagne” to “Town?” (region)"),
    ('commune_department = "2A"', "« 2A » à « Commune ? » (département)", "“2A” to “Town?” (department)"),
    ('metier != "maire"', "réponse autre que « maire » à « Métier ? »", "an answer other than “maire” to “Job?”"),
    # Counts and ranks
    ("count(leviers) >= 2", "nombre de réponses à « Quels leviers ? » ≥ 2", "number of answers to “Which levers?” ≥ 2"),
    (
        "count(rangs) = 3",
        "nombre de réponses classées à « Par ordre ? » = 3",
        "number of ranked answers to “In order?” = 3",
    ),
    (
        "count(partenaires) > 0",
        "nombre d’éléments de la liste « Partenaires ? » > 0",
        "number of items of the list “Partners?” > 0",
    ),
    (
        "rank(rangs, 'temps') = 1",
        "« Le temps » classé en premier à « Par ordre ? »",
        "“Time” ranked first for “In order?”",
    ),
    (
        "rank(rangs, 'temps') = 2",
        "« Le temps » classé au rang 2 à « Par ordre ? »",
        "“Time” ranked number 2 for “In order?”",
    ),
    (
        "rank(rangs, 'temps') <= 3",
        "« Le temps » classé parmi les 3 premiers à « Par ordre ? »",
        "“Time” ranked among the top 3 for “In order?”",
    ),
    (
        "rank(rangs, 'temps') < 2",
        "« Le temps » classé en premier à « Par ordre ? »",
        "“Time” ranked first for “In order?”",
    ),
    ("rank(rangs, 'temps') > 2", "rang de « Le temps » à « Par ordre ? » > 2", "rank of “Time” for “In order?” > 2"),
    # Quantities
    ("utile >= 7", "note à « Utile ? » ≥ 7", "score for “Useful?” ≥ 7"),
    ("not utile >= 7", "note à « Utile ? » < 7", "score for “Useful?” < 7"),
    ("utile in {0, 1, 10}", "note à « Utile ? » = 0, 1 ou 10", "score for “Useful?” = 0, 1 or 10"),
    ("avis_maire != 5", "note à « Le maire » ≠ 5", "score for “The mayor” ≠ 5"),
    ("parts_etat > 50", "réponse à « L’État » > 50 %", "answer to “The state” > 50 %"),
    ("budget < 1234.5", "réponse à « Budget ? » < 1 234,5 euros", "answer to “Budget?” < 1,234.5 euros"),
    ("1000 <= budget", "réponse à « Budget ? » ≥ 1 000 euros", "answer to “Budget?” ≥ 1,000 euros"),
    ("annee >= 1990", "réponse à « Année ? » ≥ 1990", "answer to “Year?” ≥ 1990"),
    ("trajet > 90", "réponse à « Trajet ? » > 1 heure et 30 minutes", "answer to “Journey?” > 1 hour and 30 minutes"),
    (
        "budget > enfants * 2",
        "réponse à « Budget ? » > réponse à « Enfants ? » × 2",
        "answer to “Budget?” > answer to “Children?” × 2",
    ),
    (
        "sum(parts_maire, parts_etat) = 100",
        "somme de « Le maire » et « L’État » = 100",
        "sum of “The mayor” and “The state” = 100",
    ),
    (
        "2 * (budget - enfants) > 1",
        "2 × (réponse à « Budget ? » − réponse à « Enfants ? ») > 1",
        "2 × (answer to “Budget?” − answer to “Children?”) > 1",
    ),
    ("2021 - annee > 5", "2021 − réponse à « Année ? » > 5", "2021 − answer to “Year?” > 5"),
    # Days and months
    ('debut < "2022-03-01"', "réponse à « Début ? » avant le 1er mars 2022", "answer to “Start?” before 1 March 2022"),
    (
        'debut <= "2022-03-02"',
        "réponse à « Début ? » au plus tard le 2 mars 2022",
        "answer to “Start?” on or before 2 March 2022",
    ),
    ('"2022-03-02" < debut', "réponse à « Début ? » après le 2 mars 2022", "answer to “Start?” after 2 March 2022"),
    (
        'debut >= "2022-03-02"',
        "réponse à « Début ? » à partir du 2 mars 2022",
        "answer to “Start?” on or after 2 March 2022",
    ),
    ('mois >= "2022-04"', "réponse à « Mois ? » à partir d’avril 2022", "answer to “Month?” in or after April 2022"),
    ('mois = "2022-03"', "réponse à « Mois ? » en mars 2022", "answer to “Month?” in March 2022"),
    ("debut < fin", "réponse à « Début ? » < réponse à « Fin ? »", "answer to “Start?” < answer to “End?”"),
    (
        "fin - debut > 30",
        "réponse à « Fin ? » − réponse à « Début ? » > 30 jours",
        "answer to “End?” − answer to “Start?” > 30 days",
    ),
    (
        'debut + 1 < "2022-03-02"',
        "réponse à « Début ? » + 1 jour avant le 2 mars 2022",
        "answer to “Start?” + 1 day before 2 March 2022",
    ),
    (
        'mois - 2 > "2022-03"',
        "réponse à « Mois ? » − 2 mois après mars 2022",
        "answer to “Month?” − 2 months after March 2022",
    ),
    ("budget - 1 > 1", "réponse à « Budget ? » − 1 euros > 1", "answer to “Budget?” − 1 euros > 1"),
    (
        'debut in {"2022-03-01", "2022-04-01"}',
        "réponse à « Début ? » le 1er mars 2022 ou réponse à « Début ? » le 1er avril 2022",
        "answer to “Start?” on 1 March 2022 or answer to “Start?” on 1 April 2022",
    ),
    # Having answered
    ("answered(metier)", "ont répondu à « Métier ? »", "answered “Job?”"),
    ("not answered(metier)", "n’ont pas répondu à « Métier ? »", "did not answer “Job?”"),
    ("no_opinion(utile)", "ne se prononcent pas à « Utile ? »", "no opinion on “Useful?”"),
    ("not no_opinion(utile)", "non (ne se prononcent pas à « Utile ? »)", "not (no opinion on “Useful?”)"),
    (
        "answered(leviers_autre_text)",
        "ont répondu à « Quels leviers ? » (précision de « Autre »)",
        "answered “Which levers?” (details of “Other”)",
    ),
    ("answered(origine)", "« Fichier » connu", "“List” known"),
    # What is not asked
    ("origine = 'homme'", "« Fichier » : « Homme »", "“List”: “Man”"),
    ("ton = 'court'", "groupe tiré au sort : « Court »", "randomly assigned group: “Short”"),
    ("ton != 'court'", "groupe tiré au sort autre que « Court »", "randomly assigned group other than “Short”"),
    ("jeune = 1", "« Est jeune » : oui", "“Is young”: yes"),
    ("not jeune = 1", "« Est jeune » : non", "“Is young”: no"),
    ("total > 1", "« Coût total » > 1", "“Total cost” > 1"),
    (
        "sum(cout) > 1",
        "total de « Coût de […] ? » sur la liste « Partenaires ? » > 1",
        "total of “Cost of […]?” over the list “Partners?” > 1",
    ),
    (
        "sum(temps_levier) > 1",
        "total de « Heures ? » sur les réponses à « Quels leviers ? » > 1",
        "total of “Hours?” over the answers to “Which levers?” > 1",
    ),
    # Together
    (
        "sexe = 'femme' and (utile > 5 or leviers has 'temps')",
        "« Femme » à « Votre sexe ? » et (note à « Utile ? » > 5 ou « Le temps » cité à « Quels leviers ? »)",
        "“Woman” to “Your sex?” and (score for “Useful?” > 5 or “Time” mentioned for “Which levers?”)",
    ),
    (
        "sexe in {'femme', 'homme'} and utile > 5",
        "(« Femme » ou « Homme ») à « Votre sexe ? » et note à « Utile ? » > 5",
        "(“Woman” or “Man”) to “Your sex?” and score for “Useful?” > 5",
    ),
    (
        "not (utile > 5 and elu = 'oui')",
        "non (note à « Utile ? » > 5 et « Oui » à « Élu ? »)",
        "not (score for “Useful?” > 5 and “Yes” to “Elected?”)",
    ),
    ("not not elu = 'oui'", "« Oui » à « Élu ? »", "“Yes” to “Elected?”"),
    ("true", "toujours", "always"),
    ("utile = null", "note à « Utile ? » = null", "score for “Useful?” = null"),
]


@pytest.mark.parametrize(("rule", "french", "english"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_is_read_aloud(rule: str, french: str, english: str) -> None:
    assert said(rule) == french
    assert said(rule, "en") == english


def test_a_base_is_everyone_or_those_of_the_rule() -> None:
    assert base_in_words(None, IMPACT, "fr") == "Ensemble des répondants"
    assert base_in_words(None, IMPACT, "en") == "All respondents"
    assert plain(base_in_words(parse("utile > 5"), IMPACT, "fr")) == "Répondants : note à « Utile ? » > 5"
    assert base_in_words(parse("utile > 5"), IMPACT, "en") == "Respondents: score for “Useful?” > 5"


def test_a_base_may_be_each_item_of_a_list() -> None:
    assert (
        plain(base_in_words(None, IMPACT, "fr", "partenaires"))
        == "Pour chaque partenaire de la liste « Partenaires ? »"
    )
    rule = parse("cout > 100")
    assert (
        plain(base_in_words(rule, IMPACT, "fr", "partenaires"))
        == "Pour chaque partenaire de la liste « Partenaires ? » : réponse à « Coût de […] ? » > 100 euros"
    )
    assert roster_in_words("leviers", IMPACT, "en") == "For each answer chosen for “Which levers?”"


def test_a_sum_over_a_list_is_that_of_the_item_inside_of_its_section() -> None:
    assert said("sum(cout) > 1", roster="partenaires") == "somme de « Coût de […] ? » > 1"


def test_french_signs_do_not_part_from_their_words() -> None:
    sentence = base_in_words(parse("sexe = 'femme'"), IMPACT, "fr")
    assert sentence == "Répondants\u00a0: «\u00a0Femme\u00a0» à «\u00a0Votre sexe ?\u00a0»"
