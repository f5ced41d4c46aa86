"""Who may open what: every route of the staff against every role."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.web.pages import PERMISSION
from tests.web.staff.members import Member

STAFF = ("account", "design", "trying", "fieldwork", "analyse", "interview")
OPEN_TO_ALL = {
    "account.choose_language",
    "account.second_step",
    "account.set_up_authenticator",
    "account.use_passkey",
    "account.codes_file",
    "account.ask_provider",
    "account.provider_answer",
    "account.accept_invitation",
}
EVERYONE = {"administrator", "designer", "analyst", "interviewer"}
DESIGN = {"administrator", "designer"}
READING = {"administrator", "analyst"}
WRITING = {"administrator"}
ASKING = {"administrator", "interviewer"}
LIFE = ("retire", "review", "derive", "file", "new_questionnaire", "import_file", "choose_versions")
STUDIO = ("", "_edit", "_pulse", "_paste", "_find", "_languages", "_history")
PERMISSIONS = {
    "account.home": EVERYONE,
    "account.end_session": EVERYONE,
    "account.end_other_sessions": EVERYONE,
    "account.remove_authenticator": EVERYONE,
    "account.new_codes": EVERYONE,
    "account.add_passkey": EVERYONE,
    "account.remove_passkey": EVERYONE,
    "account.people": WRITING,
    "account.person": WRITING,
    "account.withdraw_invitation": WRITING,
    "account.questionnaire_rights": WRITING,
    "account.journal": WRITING,
    "account.journal_csv": WRITING,
    "account.journal_lines": WRITING,
    "design.questionnaires": DESIGN,
    "design.questionnaire": DESIGN,
    "design.version": DESIGN,
    "design.publish": DESIGN,
    **dict.fromkeys((f"design.{one}" for one in LIFE), DESIGN),
    "design.show": DESIGN,
    "design.try_on": DESIGN,
    "design.try_again": DESIGN,
    "design.tried": DESIGN,
    "design.tried_state": DESIGN,
    "design.printed": DESIGN,
    "trying.screen": DESIGN,
    "trying.answer": DESIGN,
    "trying.suggestions": DESIGN,
    **dict.fromkeys((f"design.studio{one}" for one in STUDIO), DESIGN),
    "design.proof": DESIGN,
    "design.proof_part": DESIGN,
    "design.waive": DESIGN,
    "design.compare": DESIGN,
    "design.compare_part": DESIGN,
    "design.confirm": DESIGN,
    "design.codebook": DESIGN,
    "design.codebook_csv": DESIGN,
    "design.bank": DESIGN,
    "design.rule": DESIGN,
    "fieldwork.waves": READING,
    "fieldwork.wave": READING,
    "fieldwork.create": WRITING,
    "fieldwork.notice": WRITING,
    "fieldwork.schedule": WRITING,
    "fieldwork.codes": WRITING,
    "fieldwork.open_wave": WRITING,
    "fieldwork.pass_wave": WRITING,
    "fieldwork.pause_wave": WRITING,
    "fieldwork.close_wave": WRITING,
    "analyse.waves": READING,
    "analyse.trends_list": READING,
    "analyse.trend": READING,
    "analyse.trend_csv": READING,
    "analyse.trend_image": READING,
    "analyse.published_trend": READING,
    "analyse.published_trend_csv": READING,
    "analyse.published_trend_image": READING,
    "analyse.wave": READING,
    "analyse.table": READING,
    "analyse.weighting": READING,
    "analyse.weightings": READING,
    "analyse.compare_weightings": READING,
    "analyse.one_weighting": READING,
    "analyse.weighting_part": READING,
    "analyse.use_weighting": READING,
    "analyse.delete_weighting": READING,
    "analyse.live": READING,
    "analyse.method_sheet": READING,
    "analyse.method_csv": READING,
    "analyse.edit_method": READING,
    "analyse.live_part": READING,
    "analyse.recount": READING,
    "analyse.imports": READING,
    "analyse.new_import": READING,
    "analyse.one_import": READING,
    "analyse.import_part": READING,
    "analyse.edit_import": READING,
    "analyse.import_mapping": READING,
    "analyse.review_import": READING,
    "analyse.run_import": READING,
    "analyse.withdraw_import": WRITING,
    "analyse.remove_import": READING,
    "analyse.concept_trend": READING,
    "analyse.concept_trend_csv": READING,
    "analyse.concept_trend_image": READING,
    "analyse.concepts_register": READING,
    "analyse.one_concept": READING,
    "analyse.crossed_view": READING,
    "analyse.crossed_csv": READING,
    "analyse.crossed_svg": READING,
    "analyse.csv": READING,
    "analyse.xlsx": READING,
    "analyse.workbook": READING,
    "analyse.territories": READING,
    "analyse.territory_map": READING,
    "analyse.territory_csv": READING,
    "analyse.territory_svg": READING,
    "analyse.territory": READING,
    "analyse.workspace": READING,
    "analyse.workspace_csv": READING,
    "analyse.workspace_xlsx": READING,
    "interview.waves": ASKING,
    "interview.telephone": ASKING,
    "interview.screened_out": ASKING,
    "interview.forms": ASKING,
    "interview.settle": ASKING,
    "interview.discard": WRITING,
}


def staff_routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Endpoint, and an address of it."""
    values = {
        "key": "rien",
        "element": "1",
        "user_id": "0",
        "sign_in_id": "0",
        "passkey_id": "0",
        "invitation_id": "0",
        "question": "rien",
        "questionnaire": "rien",
        "series": "rien",
        "version_id": "0",
        "page": "rien",
        "number": "1",
        "name": "rien",
        "import_id": "0",
        "other_id": "0",
        "finding": "rien",
        "variable": "rien",
        "region": "11",
        "population": "rien",
        "public_id": "rien",
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in STAFF and rule.endpoint not in OPEN_TO_ALL:
            built = rule.build({name: values[name] for name in rule.arguments})
            assert built is not None
            yield rule.endpoint, built[1]


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    assert {endpoint for endpoint, _ in staff_routes(app)} == set(PERMISSIONS)


def test_a_visitor_is_asked_to_sign_in_everywhere(app: Flask) -> None:
    client = app.test_client()
    for endpoint, path in staff_routes(app):
        answer = client.get(path)
        if answer.status_code == 405:
            continue  # only posted: the test below reads who may
        assert answer.status_code == 302, endpoint
        assert answer.location.startswith("/account/login?next="), endpoint


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_a_role_opens_its_pages_and_no_other(app: Flask, someone: Callable[..., Member], role: str) -> None:
    member = someone(role)
    for endpoint, path in staff_routes(app):
        status = member.get(path).status_code
        if status == 405:
            assert set(getattr(app.view_functions[endpoint], PERMISSION)) == PERMISSIONS[endpoint], endpoint
            continue
        is_refused = status == 403
        assert is_refused == (role not in PERMISSIONS[endpoint]), endpoint


def test_a_refusal_is_calm_and_says_what_to_do(someone: Callable[..., Member]) -> None:
    page = someone("designer").get("/analyse/").text
    assert "Cette page ne vous est pas ouverte" in page
    assert "demandez-le à une personne qui administre" in page


def test_an_act_needs_the_mark_of_our_own_form(administrator: Member) -> None:
    answer = administrator.client.post("/fieldwork/rien/open")
    assert answer.status_code == 400
    assert "Cette page n’a pas pu être envoyée" in answer.text


def test_an_unknown_address_is_said_in_the_language_of_the_reader(app: Flask) -> None:
    client = app.test_client()
    assert "Cette page n’existe pas" in client.get("/nulle-part").text
    assert "This page does not exist" in client.get("/nulle-part", headers={"Accept-Language": "en"}).text
