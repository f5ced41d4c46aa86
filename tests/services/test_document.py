"""A version as a document to review, and its codebook in words."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import replace
from pathlib import Path

import pytest

from app.services import codebooks
from app.services.document import document
from questionnaires import definition
from questionnaires.codebook import VariableKind
from questionnaires.expressions import Absence, parse
from questionnaires.model import (
    Allocation,
    Choice,
    ChoiceGrid,
    Consent,
    ContextVariable,
    Date,
    Duration,
    Experiment,
    Information,
    Likert,
    Month,
    MultipleChoice,
    MultipleGrid,
    NumberGrid,
    Order,
    Question,
    Questionnaire,
    Quota,
    QuotaCell,
    Ranking,
    Required,
    Roster,
    Row,
    Section,
    Severity,
    SingleChoice,
    Subtotal,
    Suggester,
    Text,
    Variant,
    Year,
    YesNo,
)
from tests.questionnaires.builders import (
    choices,
    computed,
    leaves,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    rows,
    rule,
    score,
    score_grid,
    single,
    text,
    words,
)

DEFINITIONS = Path(__file__).parents[2] / "questionnaires" / "definitions"
SHIPPED = sorted(DEFINITIONS.glob("*/*.yaml"))


def spaced(written: str) -> str:
    return written.replace("\u00a0", " ").replace("\u202f", " ")


def written(version: Questionnaire, language: str = "fr") -> str:
    """The document with ordinary spaces."""
    return spaced(document(version, language))


def asked(question: Question, language: str = "fr") -> str:
    """What the document says of one question, its heading left out."""
    version = questionnaire(page("seule", single("sexe", "femme", "homme"), number("enfants"), question))
    after = written(version, language).split(f"#### `{question.name}` ")[1]
    return after.split("\n\n## ")[0].split("\n\n", 1)[1]


def test_the_head_says_whether_the_parts_are_shown() -> None:
    version = questionnaire(page("seule", single("sexe")))
    assert "les parties se voient d’avance" not in written(version)
    assert "les parties se voient d’avance" in written(replace(version, contents=True))
    assert "the parts can be looked at beforehand" in written(replace(version, contents=True), "en")


def test_the_head_says_which_version_it_is() -> None:
    version = replace(
        questionnaire(page("p", single("q"))), description=words("Pour *essai*.\nDeux lignes."), source="Nous"
    )
    head = written(version).split("\n\n## ")[0]
    assert head == (
        "# Essai\n\n"
        "`essai` · version 1 · population : citoyens · langues : fr · 1 minutes environ\n\n"
        "Pour \\*essai\\*.\\\nDeux lignes.\n\n"
        "Source : Nous"
    )


def test_parts_and_pages_are_numbered_with_their_conditions() -> None:
    version = questionnaire(
        sections=(
            Section(
                "un", words("Un"), pages=(page("a", multiple("m", "x", "y")), page("b", single("s", when="m has 'x'")))
            ),
            Section(
                "deux",
                words("Deux"),
                rule("s = 'oui'"),
                shuffle="fin",
                pages=(page("c", single("t"), when="m has 'y'"),),
            ),
            Section("trois", words("Trois"), repeat="m", pages=(page("d", number("n", when="n2 > 1"), number("n2")),)),
        )
    )
    said = written(version)
    assert "## 1. Un (`un`)\n\n### 1.1 a (`a`)\n" in said
    assert "#### `s` s\n\n*Choix unique, réponse nécessaire*\n\nPosée si « x » cité à « m » (`m has 'x'`)\n" in said
    assert (
        "## 2. Deux (`deux`)\n\nPartie posée si « oui » à « s » (`s = 'oui'`)\n\n"
        "Dans un ordre tiré au sort parmi les parties voisines du groupe `fin`\n\n"
        "### 2.1 c (`c`)\n\nPage posée si « y » cité à « m » (`m has 'y'`)\n"
    ) in said
    assert "## 3. Trois (`trois`)\n\n*Pour chaque réponse choisie à « m »* (`m`)\n\n### 3.1 d (`d`)\n" in said


FULL = (
    Choice(1, "a", words("A"), help=words("Vraiment A"), fixed=True),
    Choice(2, "b", words("B"), specify=words("Lequel ?"), when=rule("sexe = 'femme'")),
    Choice(9, "aucun", words("Aucun"), exclusive=True),
)


def test_choices_come_with_their_codes_and_what_is_special() -> None:
    question = MultipleChoice(name="q", text=words("Q"), choices=FULL, minimum=1, maximum=2, order=Order.RANDOM)
    assert asked(question) == (
        "*Choix multiple, de 1 à 2 réponses, dans un ordre tiré au sort, réponse nécessaire*\n\n"
        "- 1 = A (`a`) – garde sa place, Vraiment A\n"
        "- 2 = B (`b`) – précision demandée : « Lequel ? », proposée si « femme » à « sexe » (`sexe = 'femme'`)\n"
        "- 9 = Aucun (`aucun`) – exclusive des autres"
    )


def test_everything_that_goes_with_a_question_is_there() -> None:
    question = single(
        "q",
        help=words("Une aide"),
        instruction=words("Une consigne"),
        variants=(Variant("longue", parse("enfants > 2"), words("Q, longue ?"), words("Autre aide")),),
        subtotals=(Subtotal("st", words("ST Tous"), ("oui", "non")),),
        required=Required.SOFT,
        no_opinion=True,
        refusal=True,
        prefill="connu",
        concept="engagement",
        source="Insee",
        note="À revoir",
        when="enfants > 1",
    )
    assert asked(question) == (
        "*Choix unique, réponse recommandée, « Je ne me prononce pas » proposé, refus proposé, "
        "prérempli par `connu`*\n\n"
        "Posée si réponse à « enfants » > 1 (`enfants > 1`)\n\n"
        "Aide : Une aide\n\n"
        "Consigne : Une consigne\n\n"
        "Autre formulation `longue`, si réponse à « enfants » > 2 (`enfants > 2`) : Q, longue ?\n\n"
        "Aide : Autre aide\n\n"
        "- 1 = oui (`oui`)\n- 2 = non (`non`)\n\n"
        "- Sous-total « ST Tous » : `oui`, `non`\n\n"
        "Concept : `engagement`\n\n"
        "Source : Insee\n\n"
        "Note : À revoir"
    )


DAY = datetime.date(2022, 3, 1).toordinal()
TYPES: list[tuple[Question, str]] = [
    (single("q"), "Choix unique"),
    (
        Likert(name="q", text=words("Q"), choices=choices("bas", "mi", "haut"), neutral="mi"),
        "Échelle de Likert, milieu : « mi »",
    ),
    (YesNo(name="q", text=words("Q")), "Oui ou non"),
    (Consent(name="q", text=words("Q")), "Consentement"),
    (multiple("q", maximum=3), "Choix multiple, au plus 3 réponses"),
    (multiple("q", minimum=2), "Choix multiple, au moins 2 réponses"),
    (Ranking(name="q", text=words("Q"), choices=choices("a", "b")), "Classement de toutes les réponses"),
    (Ranking(name="q", text=words("Q"), choices=choices("a", "b", "c"), top=2), "Classement des 2 premières"),
    (score("q"), "Note de 0 (« pas du tout ») à 10 (« tout à fait »)"),
    (score_grid("q", "r"), "Grille de notes de 0 (« pas du tout ») à 10 (« tout à fait »)"),
    (ChoiceGrid(name="q", text=words("Q"), rows=rows("r"), choices=choices("a", "b")), "Grille de choix uniques"),
    (
        MultipleGrid(name="q", text=words("Q"), rows=rows("r"), choices=choices("a", "b"), maximum=1),
        "Grille de choix multiples, au plus 1 réponses",
    ),
    (
        NumberGrid(name="q", text=words("Q"), rows=rows("r"), unit=words("jours"), maximum=31),
        "Grille de nombres, au plus 31, unité : jours",
    ),
    (
        Allocation(name="q", text=words("Q"), rows=rows("r"), total=1000, decimals=1),
        "Répartition d’un total de 100, décimales : 1",
    ),
    (
        Allocation(name="q", text=words("Q"), rows=rows("r"), total_from=rule("enfants")),
        "Répartition d’un total de réponse à « enfants » (`enfants`)",
    ),
    (
        number("q", decimals=1, minimum=5, maximum=12345, unit=words("euros"), above="enfants"),
        "Nombre, de 0,5 à 1 234,5, décimales : 1, unité : euros, au-dessus de : réponse à « enfants » (`enfants`)",
    ),
    (Date(name="q", text=words("Q"), minimum=DAY), "Date, au moins 1er mars 2022"),
    (Month(name="q", text=words("Q"), maximum=12 * 2022 + 2), "Mois, au plus mars 2022"),
    (Year(name="q", text=words("Q"), minimum=1900, maximum=2022), "Année, de 1900 à 2022"),
    (
        Duration(name="q", text=words("Q"), units=("hours", "minutes"), maximum=90),
        "Durée en heures et minutes, au plus 1 heure et 30 minutes",
    ),
    (text("q", maximum=80, pattern="email"), "Texte court, au plus 80 caractères, forme : `email`"),
    (Text(name="q", text=words("Q"), long=True), "Texte long, au plus 2000 caractères"),
    (Suggester(name="q", text=words("Q")), "Recherche dans la liste officielle `communes`"),
    (
        Roster(name="q", text=words("Q"), item=words("Partenaire"), maximum=5),
        "Liste que le répondant compose, une ligne pour « Partenaire », au plus 5 lignes",
    ),
]


@pytest.mark.parametrize(
    ("question", "said"), TYPES, ids=[f"{type(one).__name__}-{index}" for index, (one, _) in enumerate(TYPES)]
)
def test_each_type_says_what_may_be_answered(question: Question, said: str) -> None:
    assert asked(question).split("\n")[0] == f"*{said}, réponse nécessaire*"


def test_nobody_answers_an_information() -> None:
    assert asked(Information(name="q", text=words("Merci."))) == "*Information*"


def test_a_sensitive_question_is_never_required() -> None:
    assert asked(single("q", sensitive=True)).startswith(
        "*Choix unique, réponse facultative, sensible, avec un consentement propre*"
    )


def test_every_type_of_question_is_in_these_tests() -> None:
    def below(kind: type[Question]) -> set[str]:
        mine = set() if kind.__name__ in ("Question", "Grid", "Quantity") else {kind.__name__}
        return mine.union(*(below(one) for one in kind.__subclasses__()))

    assert {type(question).__name__ for question, _ in TYPES} | {"Information"} == below(Question)


def test_rows_of_a_grid_come_before_its_choices() -> None:
    lines = (Row("maire", words("Le maire")), Row("etat", words("L’État"), fixed=True, when=rule("enfants > 1")))
    question = ChoiceGrid(name="q", text=words("Q"), rows=lines, choices=choices("a", "b"), order=Order.REVERSED)
    assert asked(question) == (
        "*Grille de choix uniques, à l’envers pour une moitié des répondants, réponse nécessaire*\n\n"
        "Lignes :\n\n"
        "- `maire` Le maire\n"
        "- `etat` L’État – garde sa place, proposée si réponse à « enfants » > 1 (`enfants > 1`)\n\n"
        "Réponses :\n\n"
        "- 1 = a (`a`)\n- 2 = b (`b`)"
    )


def test_checks_and_exits_say_their_rule_and_their_effect() -> None:
    version = questionnaire(
        page(
            "p",
            number("heures"),
            checks=(must_hold("trop", "heures <= 80", severity=Severity.WARNING), must_hold("zero", "heures > 0")),
            exits=(leaves("dehors", "heures > 200"), leaves("garde", "heures > 100", keep=True)),
        )
    )
    said = written(version)
    rule_said = "réponse à « heures »"
    assert f"**Contrôle** `trop` (avertissement) : trop Doit être vrai : {rule_said} ≤ 80 (`heures <= 80`)." in said
    assert "**Contrôle** `zero` (bloquant) : zero" in said
    assert (
        f"**Sortie** `dehors` (aucune réponse n’est gardée), si {rule_said} > 200 (`heures > 200`) – *dehors* dehors"
        in said
    )
    assert "**Sortie** `garde` (les réponses sont gardées), si" in said


def test_what_nobody_is_asked_is_written_too() -> None:
    version = replace(
        questionnaire(page("p", number("n"), score("utile"))),
        context=(ContextVariable("mode_reponse", "text", words("Mode"), provider="mode"),),
        experiments=(Experiment("ton", words("Ton"), choices("court", "long")),),
        computed=(computed("double", "n * 2"),),
        quotas=(Quota("q", words("Quota"), (QuotaCell("beaucoup", words("Beaucoup"), parse("n > 9")),)),),
    )
    said = written(version)
    assert "## Connu d’avance\n\n`mode_reponse` Mode – mode de la réponse\n" in said
    assert "## Groupes tirés au sort\n\n`ton` Ton\n\n- 1 = court (`court`)\n- 2 = long (`long`)\n" in said
    assert "## Variables calculées\n\n`double` double = réponse à « n » × 2 (`n * 2`)\n" in said
    assert "## Quotas\n\n`q` Quota\n\n- `beaucoup` Beaucoup – réponse à « n » > 9 (`n > 9`)\n" in said


def test_the_codebook_ends_the_document_with_the_universe_of_each_variable() -> None:
    version = questionnaire(page("p", number("n"), single("s", when="n > 1")))
    assert written(version).split("## Dictionnaire des variables\n\n")[1] == (
        "| variable | type | libellé | univers | règle |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `n` | nombre | n | Ensemble des répondants |  |\n"
        "| `s` | catégorie | s | Répondants : réponse à « n » > 1 | `n > 1` |\n"
    )


def test_texts_cannot_break_the_document_and_placeholders_are_named() -> None:
    question = replace(text("q", when=None), text=words("# Pour {enfants} <b> | *fin*"), help=words("- une\n1. deux"))
    said = written(questionnaire(page("p", number("enfants"), question)))
    assert "#### `q` # Pour \\[enfants\\] \\<b> \\| \\*fin\\*\n" in said
    assert "| `q` | texte | # Pour \\[enfants\\] \\<b> \\| \\*fin\\* |" in said


def test_paragraphs_keep_their_lines_and_make_no_list() -> None:
    version = questionnaire(replace(page("p", single("q")), intro=words("- une\n1. deux")))
    assert "\n\n\\- une\\\n1\\. deux\n\n" in written(version)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_shipped_questionnaires_are_rendered_in_each_of_their_languages(path: Path) -> None:
    version = definition.read(path.read_bytes())
    for language in version.languages:
        said = document(version, language)
        assert all(f"#### `{one.name}` " in said for one in version.questions)
        assert version.title.in_(language) in said


# --- The codebook in words


def entry(version: Questionnaire, name: str, language: str = "fr") -> codebooks.Entry:
    return next(one for one in codebooks.entries(version, language) if one.name == name)


def test_an_entry_says_codes_absences_and_universe() -> None:
    version = questionnaire(page("p", number("n"), single("s", when="n > 1", no_opinion=True, concept="chose")))
    found = entry(version, "s")
    assert (found.kind, found.type, found.label, found.question) == ("category", "catégorie", "s", "s")
    assert found.codes == ((1, "oui"), (2, "non"))
    assert dict(found.absences)[-2] == "question non posée"
    assert dict(found.absences)[-5] == "ne se prononce pas"
    assert spaced(found.universe) == "Répondants : réponse à « n » > 1"
    assert (found.rule, found.concept) == ("n > 1", "chose")
    assert entry(version, "s", "en").type == "category"


def test_a_computed_variable_is_of_those_for_whom_it_can_be_computed() -> None:
    version = replace(questionnaire(page("p", number("n"))), computed=(computed("double", "n * 2"),))
    assert entry(version, "double").universe == "Répondants pour qui elle peut être calculée"
    assert entry(version, "double").question is None


def test_variables_of_the_items_of_a_list_follow_the_others() -> None:
    people = Roster(name="gens", text=words("Qui ?"), item=words("Personne"))
    version = questionnaire(
        sections=(
            Section("liste", words("Liste"), pages=(page("liste", people),)),
            Section(
                "chacun",
                words("Chacun"),
                repeat="gens",
                pages=(page("un", number("cout"), number("gain", when="cout > 1")),),
            ),
        )
    )
    assert spaced(entry(version, "cout").universe) == "Pour chaque personne de la liste « Qui ? »"
    assert spaced(entry(version, "gain").universe).startswith(
        "Pour chaque personne de la liste « Qui ? » : réponse à « cout »"
    )
    assert entry(version, "cout").roster == "gens"


def test_every_kind_and_absence_has_words_in_both_languages() -> None:
    for table, every in ((codebooks.KINDS, VariableKind), (codebooks.ABSENCES, Absence)):
        assert set(table) == set(every)
        assert all(len(words) == 2 and all(words) for words in table.values())


@pytest.mark.parametrize(("language", "delimiter"), [("fr", ";"), ("en", ",")])
def test_the_file_has_one_line_for_each_variable(language: str, delimiter: str) -> None:
    version = replace(questionnaire(page("p", number("n"), single("s", when="n > 1"))), title=words("Essai"))
    entries = codebooks.entries(version, language)
    head, *lines = csv.reader(io.StringIO(codebooks.csv_text(entries, language)), delimiter=delimiter)
    assert head[:2] == ["variable", "type"]
    assert [line[0] for line in lines] == ["n", "s"]
    assert lines[1][head.index("codes")] == "1 = oui | 2 = non"


def test_a_spreadsheet_takes_no_label_for_a_formula() -> None:
    dangerous = SingleChoice(name="q", text=words("=1+1"), choices=choices("a", "b"))
    entries = codebooks.entries(questionnaire(page("p", dangerous)), "fr")
    (line,) = list(csv.DictReader(io.StringIO(codebooks.csv_text(entries, "fr")), delimiter=";"))
    assert line["libellé"] == "'=1+1"
    assert line["absences"].startswith("'-1 = ")
