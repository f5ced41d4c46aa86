"""A draft edited without script: every type, every option, names, lists, languages, conflicts, rights."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import User
from app.services import drafting, rights
from questionnaires import editing
from questionnaires.definition.questions import QUESTIONS
from tests.web.staff.members import Member
from tests.web.studio.conftest import Studio, as_json, find

HOSTILE = "<script>alert(1)</script> & <b>gras</b>"
SAID = {"integer": "3", "text": "Un mot", "flag": "true", "day": "2026-05-04", "month": "2026-05"}


def test_every_type_is_added_and_every_option_of_it_is_kept(studio: Studio) -> None:
    page = studio.only("page")
    for type_ in QUESTIONS:
        assert studio.act(f"add:question:{page}", page, type=type_).status_code == 303
        element = studio.only("question")
        assert find(studio.document, element).type == type_
        wanted: dict[str, str] = {}
        for one in editing.fields_of("question", type_):
            if one.control == "texts":
                wanted[f"{one.key}__fr"] = f"Texte de {one.key}"
            elif one.control == "one-of":
                wanted[one.key] = one.options[-1]
            elif one.control in SAID:
                wanted[one.key] = SAID[one.control]
        assert studio.say(element, **wanted).status_code == 303
        tree = find(studio.document, element).tree
        for key, value in wanted.items():
            plain, _, language = key.partition("__")
            held = tree.get(plain)
            held = held[language] if language else " ".join(held) if isinstance(held, list) else held
            known = next(one for one in editing.fields_of("question", type_) if one.key == plain)
            assert (held if held is not None else known.default) == value, (type_, key)


def test_every_other_element_is_added_moved_copied_and_deleted(studio: Studio) -> None:
    places = {"page": "section", "check": "page", "exit": "page"}
    for kind in ("section", "page", "check", "exit", "computed", "context", "experiment", "quota"):
        parent = studio.only(places[kind]) if kind in places else 0
        studio.act(f"add:{kind}:{parent}")
        first = studio.only(kind)
        studio.act(f"duplicate:{first}", first)
        copy = studio.only(kind)
        assert copy != first, kind
        studio.act(f"move-up:{copy}", copy)
        after = studio.document
        assert find(after, copy).index + 1 == find(after, first).index, kind
        assert f'id="p{copy}-form"' in studio.open(copy)
        studio.act(f"delete:{copy}", copy)
        assert copy not in studio.document.nodes, kind


def test_choices_are_edited_in_a_table_and_pasted_many_at_once(studio: Studio) -> None:
    page = studio.only("page")
    studio.act(f"add:question:{page}", page, type="single")
    question = studio.only("question")
    first = editing.children(studio.document, question, "choices")[0].element
    studio.say(first, label__fr="Très souvent")
    preview = studio.member.post(
        f"{studio.path}/paste",
        form_at=f"{studio.path}?at={question}",
        at=str(question),
        list="choices",
        lines="Parfois",
    )
    assert "1 ligne sera ajoutée" in preview.text
    assert "Parfois" in preview.text
    assert len(editing.children(studio.document, question, "choices")) == 2
    studio.act(f"paste:{question}:choices", question, lines="7. Parfois ; Sometimes\nJamais")
    made = [one.tree for one in editing.children(studio.document, question, "choices")]
    assert [(one["code"], one["label"].get("fr")) for one in made][2:] == [("7", "Parfois"), ("8", "Jamais")]
    assert made[2]["label"]["en"] == "Sometimes"
    assert made[0]["label"]["fr"] == "Très souvent"


def test_a_question_moves_to_another_page_and_back_by_undo(studio: Studio) -> None:
    page, section = studio.only("page"), studio.only("section")
    studio.act(f"add:question:{page}", page, type="number")
    question = studio.only("question")
    studio.act(f"add:page:{section}", page)
    other = studio.only("page")
    studio.act(f"move-to:{question}", question, to=str(other))
    assert find(studio.document, question).parent == other
    assert "Déplacer un élément" in studio.open(question)
    studio.act("undo", question)
    assert find(studio.document, question).parent == page
    studio.act("redo", question)
    assert find(studio.document, question).parent == other


def test_a_name_comes_from_the_first_label_and_a_rename_rewrites_rules(studio: Studio) -> None:
    page = studio.only("page")
    studio.act(f"add:question:{page}", page, type="number")
    question = studio.only("question")
    studio.say(question, text__fr="Âge du dirigeant")
    name = find(studio.document, question).name
    assert name.isascii()
    assert "age" in name
    with studio.platform.database.transaction() as session:
        from_rule = editing.Put(page, "when", f"{name} > 3")
        drafting.edit(session, None, None, studio.version_id, (from_rule,), {"act": "save"})
    answer = as_json(studio.act(f"rename:{question}", question, script=True, name="age"))
    assert "1 autre" in str(answer["said"])
    assert find(studio.document, page).tree["when"] == "age > 3"
    refused = studio.act(f"rename:{question}", question, name="Pas un nom")
    assert refused.status_code == 422
    assert 'value="Pas un nom"' in refused.text


def test_two_people_who_change_one_text_see_both_and_lose_nothing(studio: Studio) -> None:
    page = studio.only("page")
    before = find(studio.document, page).tree["title"]["fr"]
    studio.say(page, title__fr="Le leur")
    fields = {"p-title.fr": "Le mien", "was-title.fr": before, "p-intro.fr": "Aussi", "was-intro.fr": ""}
    refused = studio.act("save", page, **fields)
    assert refused.status_code == 409
    assert "Le leur" in refused.text
    assert "Le mien" in refused.text
    assert "Aussi" in refused.text
    assert find(studio.document, page).tree["title"]["fr"] == "Le leur"
    told = as_json(studio.act("save", page, script=True, **fields))["conflict"]
    assert isinstance(told, dict)
    assert (told["mine"], told["theirs"], told["key"]) == ("Le mien", "Le leur", "title.fr")


def test_two_people_who_word_a_new_question_at_once_see_both(studio: Studio) -> None:
    studio.act(f"add:question:{studio.only('page')}", 0, type="single")
    question = studio.only("question")
    before = find(studio.document, question).tree["text"]["fr"]
    studio.say(question, text__fr="Le leur")
    studio.act(f"rename:{question}", question, name="question_1")
    refused = studio.act("save", question, **{"p-text.fr": "Le mien", "was-text.fr": before})
    assert refused.status_code == 409
    assert "Le leur" in refused.text


def test_an_edit_sent_again_is_applied_once(studio: Studio) -> None:
    page = studio.only("page")
    for _again in range(2):
        studio.act(f"add:question:{page}", page, script=True, type="text", once="a" * 32, revision="1")
    assert sum(one.kind == "question" for one in studio.document.nodes.values()) == 1


def test_an_answer_leaves_out_what_the_page_holds_already(studio: Studio) -> None:
    page = studio.only("page")
    studio.act(f"add:question:{page}", page, type="single")
    first = studio.only("question")
    studio.act(f"add:question:{page}", page, type="text")
    second = studio.only("question")
    held = " ".join(re.findall(r'data-mark="(\w+)"', studio.open(second)))
    before = find(studio.document, second).tree["text"]["fr"]
    texts = {"p-text.fr": "Le nouveau libellé", "was-text.fr": before}
    panes = panes_of(studio.act("save", second, script=True, held=held, **texts))
    assert f'id="e{first}"' in panes["canvas"], "the page is told where it stands"
    assert f'id="e{first}-t"' not in panes["canvas"], "not what it says"
    assert f'id="e{second}-t"' in panes["canvas"]
    assert "Le nouveau libellé" in panes["outline"]
    for asked in ("", "0123456789abcdef"):
        assert f'id="e{first}-t"' in panes_of(studio.act("undo", second, script=True, held=asked))["canvas"]
    english = panes_of(studio.act("redo", second, script=True, held=held, lang="en"))
    assert f'id="e{first}-t"' in english["canvas"], "a card in another language is another card"


def panes_of(response: TestResponse) -> dict[str, str]:
    """The panes of an answer to the script."""
    panes = as_json(response)["panes"]
    assert isinstance(panes, dict)
    return panes


def test_markup_in_any_text_is_shown_as_text(studio: Studio) -> None:
    page = studio.only("page")
    studio.act(f"add:question:{page}", page, type="single")
    question = studio.only("question")
    choice = studio.only("choice")
    studio.say(question, text__fr=HOSTILE, help__fr=HOSTILE, instruction__fr=HOSTILE, note=HOSTILE)
    studio.say(choice, label__fr=HOSTILE)
    studio.say(page, title__fr=HOSTILE, intro__fr=HOSTILE)
    for path in (f"?at={question}", f"?at={page}", "/find?q=gras", "/languages", "/history"):
        shown = studio.member.get(studio.path + path).text
        assert "<b>gras" not in shown, path
        assert "<script>alert" not in shown, path
    assert escape(HOSTILE, quote=False) in studio.open(question)


def test_languages_side_by_side(studio: Studio) -> None:
    studio.act("add-language", language="de")
    assert studio.document.languages == ("fr", "en", "de")
    page = studio.only("page")
    path = f"{studio.path}/languages?other=de&only=missing"
    assert "à traduire" in studio.member.get(path).text
    studio.member.post(
        f"{studio.path}/languages", form_at=path, lang="fr", other="de",
        **{f"p-{page}-title.de": "Seite", f"was-{page}-title.de": ""},
    )  # fmt: skip
    assert find(studio.document, page).tree["title"]["de"] == "Seite"
    studio.act("remove-language:de")
    assert "de" not in find(studio.document, page).tree["title"]


@pytest.mark.parametrize("roles", [(), ("analyst",), ("interviewer",)])
def test_who_does_not_design_may_neither_see_nor_change_it(
    studio: Studio, someone: Callable[..., Member], roles: tuple[str, ...]
) -> None:
    stranger = someone(*roles)
    assert stranger.get(studio.path).status_code == 403


def test_a_published_version_refuses_edits_with_words(studio: Studio, version_id: int) -> None:
    published = Studio(studio.app, studio.member, version_id)
    assert studio.member.get(published.path).status_code == 303
    found = {"csrf_token": "", "at": "0", "act": "add:section:0"}
    token = studio.open().split('name="csrf_token" value="')[1].split('"')[0]
    refused = studio.member.client.post(f"{published.path}/edit", data=found | {"csrf_token": token})
    assert refused.status_code == 303
    assert "elle ne change plus" in studio.member.get(f"/design/versions/{version_id}").text


def test_a_published_variable_is_fixed_and_keeps_its_old_name_when_renamed(studio: Studio, version_id: int) -> None:
    with studio.platform.database.transaction() as session:
        made = drafting.derive_draft(session, None, None, version_id, "suite").id
    draft = Studio(studio.app, studio.member, made)
    question = next(one for one in draft.document.nodes.values() if one.kind == "question")
    assert "Figée" in draft.open(question.element)
    draft.act(f"rename:{question.element}", question.element, name="autre_nom")
    assert find(draft.document, question.element).tree["formerly"] == question.name


def test_people_see_where_the_others_are(studio: Studio, administrator: Member) -> None:
    page = studio.only("page")
    token = studio.open().split('name="csrf_token" value="')[1].split('"')[0]
    studio.member.client.post(f"{studio.path}/pulse", data={"csrf_token": token, "client": "a", "at": str(page)})
    seen = administrator.post(f"{studio.path}/pulse", form_at=studio.path, client="b", at="0", revision="1")
    assert as_json(seen)["others"] == [{"name": "Camille", "element": page}]


def test_a_version_is_brought_back_to_an_earlier_state(studio: Studio) -> None:
    before = studio.document.nodes.keys()
    studio.act("add:section:0")
    studio.act("add:section:0")
    assert "Ajouter un élément" in studio.member.get(f"{studio.path}/history").text
    studio.act("revert:1")
    assert studio.document.nodes.keys() == before


def test_a_designer_who_is_not_named_on_the_questionnaire_is_refused(studio: Studio, administrator: Member) -> None:
    studio.open()
    with studio.platform.database.transaction() as session:
        draft = drafting.get_draft(session, studio.version_id)
        chief = session.scalars(select(User).where(User.email == "administrator@exemple.fr")).unique().one()
        rights.set_rights(session, None, draft.questionnaire_id, {chief.id: "edit"})
    assert studio.member.get(studio.path).status_code == 403
    assert administrator.get(studio.path).status_code == 200
