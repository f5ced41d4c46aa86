"""Compiled questions: the state stands where it should, and only there; nothing typed becomes markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.controls.compiled import CompiledQuestion, Note, View, compile_question, compiled_question
from app.web.controls.fields import read_page
from app.web.controls.rendering import unbroken
from questionnaires.model import Absence, Answer, Choice, LocalText, Order, Question, Roster, SingleChoice
from tests.questionnaires.builders import (
    asking_words,
    choice_grid,
    choices,
    likert,
    multiple,
    number,
    number_grid,
    offered_if,
    questionnaire,
    ranking,
    roster,
    rows,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
    variant,
    words,
)
from tests.questionnaires.builders import page as page_of
from tests.web.controls.samples import EVERY, answered, posted

QUESTIONS: list[Question] = [
    single("avis", "pour", "contre", no_opinion=True, refusal=True),
    multiple("soucis", "emploi", "climat", "aucun", exclusive="aucun", no_opinion=True),
    score("note", no_opinion=True),
    score_grid("force", "ici", "ailleurs", no_opinion=True),
    choice_grid("effet", "ici", "ailleurs"),
    number("heures", no_opinion=True, unit=words("heures")),
    number("prix", decimals=2),
    text("mot"),
    text("roman", long=True, no_opinion=True),
]
EVERY_QUESTION = [*QUESTIONS, *(question for question, _ in EVERY)]
ANSWERED = [(question, given) for question, given in EVERY if given]


def name_of(value: object) -> str:
    return value.name if isinstance(value, Question) else ""


def html(question: Question, language: str = "fr", **given: Answer) -> str:
    return "".join(compile_question(question, language).fill(given))


def checked(page: str) -> set[tuple[str, str]]:
    inputs = re.findall(r"<input[^>]*>", page)
    return {
        (re.findall(r' name="([^"]*)"', one)[0], re.findall(r' value="([^"]*)"', one)[0])
        for one in inputs
        if " checked" in one
    }


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=name_of)
def test_nothing_is_chosen_before_an_answer(question: Question) -> None:
    page = html(question)
    assert checked(page) == set()
    assert " selected" not in page
    assert set(posted(page).values()) <= {""}
    assert "\x00" not in page
    assert "aria-invalid" not in page


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        (QUESTIONS[0], {"avis": 2}, {("avis", "2")}),
        (QUESTIONS[0], {"avis": Absence.NO_OPINION}, {("avis", "nsp")}),
        (QUESTIONS[0], {"avis": Absence.REFUSED}, {("avis", "refus")}),
        (QUESTIONS[0], {"avis": Absence.SKIPPED}, set()),
        (QUESTIONS[0], {"avis": 9}, set()),
        (QUESTIONS[1], {"soucis": (1, 2)}, {("soucis", "1"), ("soucis", "2")}),
        (QUESTIONS[1], {"soucis": Absence.NO_OPINION}, {("soucis", "nsp")}),
        (QUESTIONS[2], {"note": 0}, {("note", "0")}),
        (
            QUESTIONS[3],
            {"force_ici": 10, "force_ailleurs": Absence.NO_OPINION},
            {("force_ici", "10"), ("force_ailleurs", "nsp")},
        ),
        (QUESTIONS[4], {"effet_ailleurs": 1}, {("effet_ailleurs", "1")}),
        (QUESTIONS[5], {"heures": Absence.NO_OPINION}, {("heures", "nsp")}),
    ],
)
def test_what_was_answered_is_chosen(question: Question, given: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert checked(html(question, **given)) == expected


def test_typed_answers_stand_in_their_inputs() -> None:
    assert 'value="12"' in html(QUESTIONS[5], heures=12)
    assert 'value="12,50"' in html(QUESTIONS[6], prix=1250)
    assert 'value="12.50"' in html(QUESTIONS[6], "en", prix=1250)
    assert ">\nUn\n\ndeux</textarea>" in html(QUESTIONS[8], roman="Un\n\ndeux")


HOSTILE = "\"><script>alert(1)</script>&amp;'"


def test_no_text_becomes_markup() -> None:
    nasty = LocalText({"fr": HOSTILE})
    asked = SingleChoice(
        name="avis", text=nasty, help=nasty, choices=(Choice(1, "a", nasty, help=nasty), Choice(2, "b", nasty))
    )
    pieces = compile_question(asked, "fr").fill({}, {"avis": Note((HOSTILE,))})
    written = "".join(pieces) + html(QUESTIONS[7], mot=HOSTILE) + html(QUESTIONS[8], roman=HOSTILE)
    typed = compile_question(QUESTIONS[5], "fr").fill({}, {}, {"heures": (HOSTILE,)})
    written += "".join(typed)
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 9
    assert " style=" not in written


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("commune", HOSTILE),
        ("partenaires", f"1:{HOSTILE}"),
        ("jour", HOSTILE),
        ("statut_autre_text", HOSTILE),
        ("couts_un", HOSTILE),
        ("rangs", HOSTILE),
    ],
)
def test_nothing_typed_becomes_markup(name: str, typed: str) -> None:
    question = next(one for one, _ in EVERY if name in one.keys)
    page = "".join(compile_question(question, "fr").fill({}, {}, {name: (typed,)}))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == (0 if name == "rangs" else 1)


def test_what_was_typed_wrong_is_shown_again_instead_of_what_is_stored() -> None:
    question = compile_question(QUESTIONS[1], "fr")
    page = "".join(question.fill({"soucis": (2,)}, {}, {"soucis": ("1", "3")}))
    assert checked(page) == {("soucis", "1"), ("soucis", "3")}
    page = "".join(compile_question(QUESTIONS[5], "fr").fill({"heures": 3}, {}, {"heures": ("douze", "nsp")}))
    assert 'value="douze"' in page
    assert checked(page) == {("heures", "nsp")}


@pytest.mark.parametrize("question", [one for one in EVERY_QUESTION if one.answers], ids=name_of)
def test_a_problem_is_said_above_the_inputs_and_described(question: Question) -> None:
    key = question.answers[0]
    page = "".join(compile_question(question, "fr").fill({}, {key: Note(("Répondez.",))}))
    before, said, after = page.partition(f'id="{key}-e"')
    assert said
    assert "Erreur\u00a0: </span>Répondez." in after
    assert f'id="{key}-1"' in after, "the message comes before the first input"
    assert re.search(rf'aria-describedby="[^"]*\b{key}-e"', page)
    assert " bad" in before
    if not isinstance(question, Roster):  # its lines are many: none of them is wrong by itself
        assert 'aria-invalid="true"' in page


def test_a_warning_does_not_call_the_answer_invalid() -> None:
    page = "".join(compile_question(QUESTIONS[0], "en").fill({}, {"avis": Note(("Look.",), is_warning=True)}))
    assert "aria-invalid" not in page
    assert " look" in page


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=name_of)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_group_has_its_question_as_first_legend_and_ids_are_one(question: Question, language: str) -> None:
    page = html(question, language)
    for group in re.findall(r"<fieldset[^>]*>\s*(.*?)(?=</fieldset>|<fieldset)", page, re.DOTALL):
        assert group.startswith("<legend")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r' (?:aria-describedby|aria-labelledby|for)="([^"]*)"', page):
        assert set(named.split()) <= set(ids)
    for key in (*question.answers, *([question.consent] if question.consent else [])):
        assert f"{key}-1" in ids, "what the summary leads to"


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=name_of)
def test_every_input_has_a_name_of_its_own(question: Question) -> None:
    """A label around it or for it, or the label of the question."""
    page = html(question)
    labels = set(re.findall(r'<label[^>]* for="([^"]*)"', page))
    wrapped = "".join(re.findall(r'<label class="(?:c|n|rank)[^"]*">.*?</label>', page, re.DOTALL))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        found = re.search(r' id="([^"]*)"', control)
        assert control in wrapped or " aria-labelledby=" in control or (found and found[1] in labels), control


@pytest.mark.parametrize(("question", "given"), ANSWERED, ids=name_of)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_shown_is_read_as_it_was_answered(question: Question, given: dict[str, Answer], language: str) -> None:
    page = questionnaire(page_of("une", question))
    form = read_page(page, "une", None, posted(html(question, language, **given)))
    assert form.problems == []
    assert answered(form.answers) == given


@pytest.mark.parametrize(("question", "given"), ANSWERED, ids=name_of)
def test_what_was_typed_is_shown_as_it_was_typed(question: Question, given: dict[str, Answer]) -> None:
    sent = posted(html(question, **given))
    typed = read_page(questionnaire(page_of("une", question)), "une", None, sent).typed
    page = "".join(compile_question(question, "fr").fill({}, {}, typed))
    assert [pair for pair in posted(page).items(multi=True) if pair[1]] == [
        pair for pair in sent.items(multi=True) if pair[1]
    ]
    blank = "".join(compile_question(question, "fr").fill(given, {}, dict.fromkeys(question.keys, ())))
    assert set(posted(blank).values()) <= {""}, "what was erased is not shown again"


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ({"jour": ("31", "2", "2022")}, "jour.m", "2"),
        ({"jour": ("", "2", "2022")}, "jour.d", ""),
        ({"mois": ("13", "2022")}, "mois.m", ""),
        ({"trajet": ("une", "")}, "trajet.hours", "une"),
        ({"commune": ("Atlantide",)}, "commune", "Atlantide"),
        ({"partenaires": ("7:Mairie",)}, "partenaires[7]", "Mairie"),
    ],
)
def test_parts_typed_wrong_are_shown_again(typed: dict[str, tuple[str, ...]], name: str, value: str) -> None:
    question = next(one for one, _ in EVERY if one.name in typed)
    assert posted("".join(compile_question(question, "fr").fill({}, {}, typed))).get(name) == value


def test_two_choices_of_the_same_rank_are_shown_again() -> None:
    page = "".join(
        compile_question(ranking("r", "a", "b", "c"), "fr").fill({"r": (3, 2, 1)}, {}, {"r": ("1:1", "2:1")})
    )
    assert posted(page).getlist("r") == ["1:1", "2:1", ""]


def test_rows_of_a_grid_are_fieldsets_named_by_their_item() -> None:
    page = html(QUESTIONS[3])
    assert page.count('role="radiogroup"') == 2
    assert page.count("<legend>") == 2
    assert page.count('value="nsp"') == 2


def test_exclusive_and_no_opinion_choices_stand_apart_and_last() -> None:
    page = html(QUESTIONS[1])
    assert page.index("climat") < page.index("ou bien") < page.index("aucun") < page.index('value="nsp"')
    assert page.count("c apart") == 2


def test_many_short_choices_stand_in_two_columns() -> None:
    many = single("x", *(f"c{number}" for number in range(8)))
    assert 'class="list two"' in html(many)
    assert 'class="list two"' not in html(single("x", "a", "b"))


# -- what is drawn, hidden or holds answers -------------------------------------------------------


def arranged(question: Question, view: View, **given: Answer) -> str:
    compiled = compile_question(question, "fr")
    assert compiled.is_dynamic
    return "".join(compiled.fill(given, view=view))


def values(page: str, name: str) -> list[str]:
    return re.findall(rf'<input[^>]* name="{re.escape(name)}" value="([^"]*)"', page)


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=name_of)
def test_an_ordinary_question_needs_no_view(question: Question) -> None:
    assert not compile_question(question, "fr").is_dynamic


def test_choices_are_shown_in_the_order_drawn() -> None:
    question = single("x", "a", "b", "c", order=Order.RANDOM, no_opinion=True)
    page = arranged(question, View(order={"x": (2, 0, 1)}), x=1)
    assert values(page, "x") == ["3", "1", "2", "nsp"]
    assert checked(page) == {("x", "1")}
    assert re.search(r'value="3" id="x-1"', page), "the link of the summary leads to the first"
    assert page.count('id="x-1"') == 1
    assert values(html(question), "x") == ["1", "2", "3", "nsp"]


def test_words_of_a_choice_move_with_it() -> None:
    question = single("x", choices=asking_words(choices("a", "b"), "a"), order=Order.RANDOM)
    page = arranged(question, View(order={"x": (1, 0)}))
    assert page.index('value="2"') < page.index('value="1"') < page.index('name="x_a_text"')


def test_exclusive_choices_stay_apart_when_the_others_move() -> None:
    question = multiple("x", "a", "b", "c", exclusive="c", order=Order.REVERSED)
    assert values(arranged(question, View(order={"x": (1, 0, 2)})), "x") == ["2", "1", "3"]


def test_what_is_not_offered_is_not_shown() -> None:
    question = single("x", choices=offered_if(choices("a", "b", "c"), a="y = 1", c="y = 1"))
    page = arranged(question, View(hidden={"x": frozenset({"a"})}), x=1)
    assert values(page, "x") == ["2", "3"]
    assert re.search(r'value="2" id="x-1"', page)
    assert values(arranged(question, View()), "x") == ["1", "2", "3"]


def test_rows_move_and_hide_whole() -> None:
    question = score_grid("x", rows=offered_if(rows("a", "b", "c"), b="y = 1"), order=Order.RANDOM)
    page = arranged(question, View({"x": (2, 1, 0)}, {"x": frozenset({"b"})}), x_a=3)
    assert list(dict.fromkeys(re.findall(r'name="(x_\w)"', page))) == ["x_c", "x_a"]
    assert checked(page) == {("x_a", "3")}
    assert page.count("<fieldset") == page.count("</fieldset>") == 3


def test_a_choice_of_a_grid_hides_in_each_row() -> None:
    question = choice_grid("x", "a", "b", choices=offered_if(choices("oui", "non"), oui="y = 1"))
    page = arranged(question, View(hidden={"x": frozenset({"oui"})}))
    assert values(page, "x_a") == values(page, "x_b") == ["2"]
    assert 'id="x_a-1"' in page
    assert 'id="x_b-1"' in page


@pytest.mark.parametrize(
    "question",
    [
        ranking("x", "a", "b", "c", order=Order.RANDOM),
        multiple("x", "a", "b", "c", order=Order.RANDOM),
        likert("x", "a", "b", "c", order=Order.REVERSED),
        number_grid("x", "a", "b", "c", order=Order.RANDOM),
        choice_grid("x", "a", "b", "c", order=Order.RANDOM),
    ],
    ids=lambda question: type(question).__name__,
)
@given(st.permutations([0, 1, 2]), st.sets(st.sampled_from("abc"), max_size=2))
def test_an_order_moves_everything_once(question: Question, order: list[int], hidden: set[str]) -> None:
    page = arranged(question, View({"x": tuple(order)}, {"x": frozenset(hidden)}))
    shown = ["abc"[place] for place in order if "abc"[place] not in hidden]
    labels = re.findall(r">(a|b|c)<", page)
    assert labels == shown
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    first = f"x_{shown[0]}-1" if hasattr(question, "rows") else "x-1"
    assert ids.index(first) == min(place for place, one in enumerate(ids) if one.endswith("-1"))


PIPED = LocalText({"fr": "Combien pour {p} ?"})


def test_texts_that_hold_answers_are_put_into_words_and_escaped() -> None:
    choice = Choice(1, "a", LocalText({"fr": "Chez {p}"}))
    asked = SingleChoice(name="x", text=PIPED, help=PIPED, choices=(choice, Choice(2, "b", words("Ailleurs"))))
    said = View(say=lambda text: text.in_("fr").replace("{p}", "<b>Rennes</b>"))
    page = arranged(asked, said)
    assert page.count("Combien pour &lt;b&gt;Rennes&lt;/b&gt; ?") == 2
    assert "Chez &lt;b&gt;Rennes&lt;/b&gt;" in page
    assert "{p}" in html(asked), "without a view, as it is written"


def test_the_label_of_lines_may_hold_answers() -> None:
    asked = Roster(name="p", text=words("Qui ?"), item=LocalText({"fr": "Partenaire à {lieu}"}))
    page = arranged(asked, View(say=lambda text: text.in_("fr").replace("{lieu}", "<Rennes>")))
    assert "Partenaire à &lt;Rennes&gt; 1" in page


# -- places and lines -----------------------------------------------------------------------------


def test_a_place_that_may_be_several_is_chosen_among_them() -> None:
    compiled = compile_question(suggester("lieu"), "fr")
    page = "".join(compiled.fill({}, {}, {"lieu": ("st denis",)}))
    assert 'value="st denis"' in page
    assert values(page, "lieu") == ["#93066", "#97411"]
    assert checked(page) == set()
    chosen = "".join(compiled.fill({}, {}, {"lieu": ("st denis", "#97411")}))
    assert values(chosen, "lieu") == [], "nothing to choose any more"


def test_lines_that_were_removed_never_give_their_id_to_others() -> None:
    given: dict[str, Answer] = {"p": (1, 4), "p[1]": "Mairie", "p[4]": "Région", "p[6]": "Ancien", "autre[9]": "x"}
    page = html(roster("p", maximum=5), **given)
    assert re.findall(r'name="(p\[\d+\])" value="([^"]*)"', page) == [
        ("p[1]", "Mairie"),
        ("p[4]", "Région"),
        ("p[2]", ""),
        ("p[3]", ""),
        ("p[5]", ""),
    ]
    assert 'name="p[6]"' not in page


@pytest.mark.parametrize(("maximum", "filled", "lines"), [(5, 0, 5), (5, 5, 5), (50, 0, 10), (50, 9, 12), (50, 49, 50)])
def test_there_is_room_for_more_lines_up_to_the_maximum(maximum: int, filled: int, lines: int) -> None:
    items = tuple(range(1, filled + 1))
    given = {"p": items or Absence.SKIPPED, **{f"p[{item}]": "x" for item in items}}
    page = html(roster("p", maximum=maximum), **given)
    assert page.count("<li") == lines
    assert ("revenez à cette page" in page) is (lines < maximum)


# -- notes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["statut_autre_text", "sante_consent", "soucis_autre_text", "apports_region"])
def test_a_problem_of_a_detail_is_said_at_the_detail(key: str) -> None:
    question = next(one for one, _ in EVERY if key in one.keys)
    page = "".join(compile_question(question, "fr").fill({}, {key: Note(("Répondez.",))}))
    assert f'id="{key}-e"' in page
    assert re.search(rf'aria-describedby="[^"]*\b{key}-e"', page)
    assert f'id="{question.name}-e"' not in page


def test_the_problems_of_lines_are_said_at_the_list() -> None:
    notes = {"p[1]": Note(("Trop long.",)), "p": Note(("Trop.",), is_warning=True), "q": Note(("Autre.",))}
    page = "".join(compile_question(roster("p"), "fr").fill({}, notes))
    assert "Trop long.<br>Trop." in page
    assert "Autre." not in page, "that is about another question"
    assert "q bad" in page, "one of them blocks"


# -- kept -----------------------------------------------------------------------------------------


def test_a_question_is_compiled_once_for_each_language() -> None:
    asked = questionnaire(page_of("une", single("avis")))
    first: CompiledQuestion = compiled_question(asked, "avis", "fr")
    assert compiled_question(asked, "avis", "fr") is first
    assert compiled_question(asked, "avis", "en") is not first


def test_a_wording_and_an_item_are_compiled_for_themselves() -> None:
    asked = questionnaire(
        sections=(
            section("une", page_of("liste", roster("p"))),
            section("deux", page_of("lui", number("cout", variants=(variant("court", "cout > 1"),))), repeat="p"),
        )
    )
    assert compiled_question(asked, "cout[2]", "fr").keys == ("cout[2]",)
    page = "".join(compiled_question(asked, "cout[2]", "fr", "court").fill({"cout[2]": 12}))
    assert "autrement\u00a0: court" in page.replace(" :", "\u00a0:")
    assert 'name="cout[2]"' in page
    assert 'value="12"' in page
    with pytest.raises(KeyError):
        compiled_question(asked, "cout[2]", "fr", "long")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Combien de temps dure-t-il ?", ["dure-t-il"]),
        ("Que pensez-vous de l’aide, et y a-t-elle servi ?", ["pensez-vous", "a-t-elle"]),
        ("Un rendu sous-estimé", []),
    ],
)
def test_an_inverted_verb_stays_on_one_line(words: str, kept: list[str]) -> None:
    said = unbroken(words, "fr")
    assert re.findall(r'<span class="nb">(.*?)</span>', said) == kept
    assert re.sub("<.*?>", "", said) == words, "the words themselves do not change"
    assert unbroken("<b>dit-il", "fr") == '&lt;b&gt;<span class="nb">dit-il</span>'
    assert unbroken(words, "en") == words
