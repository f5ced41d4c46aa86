"""The second factor, sessions, invitations and the audit log, as pages show them."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.models import User
from app.services import authoring, rights, staffing, trial
from app.services.platform import Platform
from app.web.account import journal
from tests.web.staff.members import PASSWORD, TOKEN, Member, hire

KEY = re.compile(r'<code id="key">([A-Z0-9-]+)</code>')
CODE = re.compile(r"<li><code>([a-z0-9-]+)</code></li>")


def shown_code(page: str, later: int = 0) -> str:
    """The code that an authenticator gives for the key shown, `later` half-minutes on."""
    found = KEY.search(page)
    assert found
    totp = TOTP(key=found[1].replace("-", ""))
    return str(totp.generate(int(time.time()) + 30 * later).token)


def set_up(member: Member) -> tuple[str, list[str]]:
    """Set up an authenticator; gives the page of its key and the recovery codes."""
    page = member.read("/account/authenticator")
    token = TOKEN.search(page)
    assert token
    done = member.client.post("/account/authenticator", data={"csrf_token": token[1], "code": shown_code(page)})
    return page, CODE.findall(done.text)


def test_an_authenticator_is_asked_for_after_the_password_and_each_code_opens_once(app: Flask) -> None:
    member = Member(app.test_client())
    email = hire(app, "analyst")
    member.sign_in(email)
    page, codes = set_up(member)
    assert len(codes) == 10
    other = Member(app.test_client())
    assert other.sign_in(email).location == "/account/second-step"
    assert other.get("/account/").status_code == 302
    assert "pas le bon" in other.post("/account/second-step", code="000000").text
    assert other.post("/account/second-step", code=shown_code(page, 1)).location == "/account/"
    assert other.get("/account/").status_code == 200
    third = Member(app.test_client())
    third.sign_in(email)
    assert "pas le bon" in third.post("/account/second-step", code=shown_code(page, 1)).text
    assert third.post("/account/second-step", code=codes[0].upper()).location == "/account/"
    fourth = Member(app.test_client())
    fourth.sign_in(email)
    assert "pas le bon" in fourth.post("/account/second-step", code=codes[0]).text


def test_wrong_codes_lock_the_account_though_the_password_is_given_again(app: Flask) -> None:
    member = Member(app.test_client())
    email = hire(app, "analyst")
    member.sign_in(email)
    page, _codes = set_up(member)
    for _ in range(8):
        other = Member(app.test_client())
        other.sign_in(email)
        last = other
        other.post("/account/second-step", code="000000")
    assert "pas le bon" in last.post("/account/second-step", code=shown_code(page, 1)).text
    assert Member(app.test_client()).sign_in(email).status_code == 200


def test_a_session_that_is_ended_opens_nothing_more(app: Flask) -> None:
    email = hire(app, "analyst")
    here, there = Member(app.test_client()), Member(app.test_client())
    here.sign_in(email)
    there.sign_in(email)
    assert here.read("/account/").count("Fermer cette session") == 1
    here.post("/account/sessions/end", form_at="/account/")
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_an_invited_colleague_opens_an_account_once(app: Flask, administrator: Member) -> None:
    page = administrator.post("/account/people", email="neuf@exemple.fr", roles="analyst").text
    path = re.search(r'<code id="link">https?://[^/]+(/[^<]+)</code>', page)
    assert path
    guest = Member(app.test_client())
    short = guest.post(path[1], name="Dominique", password="court", again="court")
    assert "trop court" in short.text
    assert 'value="Dominique"' in short.text
    guest.post(path[1], name="Dominique", password=PASSWORD, again=PASSWORD)
    assert guest.get(path[1]).status_code == 410
    assert guest.sign_in("neuf@exemple.fr").location == "/account/"


def test_the_last_administrator_keeps_the_role_and_the_account(app: Flask, administrator: Member) -> None:
    path = "/account/people/1"
    administrator.post(path, act="roles", roles="analyst")
    administrator.post(path, act="close")
    assert "dernier compte" in administrator.read(path)
    assert administrator.get("/account/people").status_code == 200


def test_a_second_factor_is_taken_away_with_a_reason(app: Flask, administrator: Member) -> None:
    email = hire(app, "analyst")
    member = Member(app.test_client())
    member.sign_in(email)
    set_up(member)
    administrator.post("/account/people/2", act="factor", reason="")
    assert "Dites pourquoi" in administrator.read("/account/people/2")
    administrator.post("/account/people/2", act="factor", reason="Téléphone perdu")
    assert member.get("/account/").status_code == 302
    assert Member(app.test_client()).sign_in(email).location == "/account/"


def test_the_log_is_read_filtered_and_exported_and_refuses_to_change(app: Flask, administrator: Member) -> None:
    analyst = Member(app.test_client())
    analyst.sign_in(hire(app, "analyst"))
    assert analyst.get("/account/journal").status_code == 403
    rows = administrator.read("/account/journal?refusals=1").split("<tbody>")[1]
    assert "Accès refusé" in rows
    assert "Compte créé" not in rows
    assert "/account/journal" in administrator.get("/account/journal.csv?action=refused").text
    assert administrator.get("/account/journal.jsonl").text.startswith('{"id"')
    platform: Platform = app.extensions["impact"]
    for statement in ("UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events"):
        with pytest.raises(DatabaseError), platform.database.transaction() as session:
            session.execute(text(statement))


def test_every_action_of_the_code_has_its_words(app: Flask) -> None:
    source = "".join(path.read_text("utf-8") for path in Path("app").rglob("*.py"))
    used = set(re.findall(r'audit\.record\(\s*\w+,\s*[\w.]+,\s*"([a-z-]+)"', source))
    used |= {one for pair in re.findall(r'action = "([a-z-]+)" if \w.+ else "([a-z-]+)"', source) for one in pair}
    assert {"approve-version", "resolve-comment"} <= used
    with app.test_request_context():
        assert used <= set(journal.action_names())


def test_who_must_have_a_second_factor_sets_it_up_before_anything_else(
    app: Flask, someone: Callable[..., Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = someone("administrator")
    object.__setattr__(app.extensions["impact"].settings, "second_factor", "administrators")
    assert signed_in.get("/account/").status_code == 302  # signed in before it was required
    member = Member(app.test_client())
    assert member.sign_in("administrator@exemple.fr").location == "/account/authenticator"
    assert member.get("/account/people").status_code == 302
    _page, codes = set_up(member)
    assert len(codes) == 10
    assert member.get("/account/people").status_code == 200


def test_an_invitation_asked_again_closes_the_one_before(app: Flask, administrator: Member) -> None:
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session:
        actor = session.scalar(select(User).where(User.id == 1))
        first = staffing.invite(session, actor, "neuf@exemple.fr", ["analyst"])
    with platform.database.transaction() as session:
        staffing.invite(session, None, "neuf@exemple.fr", ["analyst"])
    assert Member(app.test_client()).get(f"/account/invitation/{first}").status_code == 410


def test_the_rights_on_a_questionnaire_are_named_then_opened_to_all_again(
    app: Flask, version_id: int, someone: Callable[..., Member]
) -> None:
    administrator, designer = someone("administrator"), someone("designer")
    version, path = f"/design/versions/{version_id}", "/account/rights/impact-citoyens"
    assert path in administrator.read("/design/impact-citoyens/")
    assert path not in designer.read("/design/impact-citoyens/")
    assert designer.get(path).status_code == 403
    assert "Nommez au moins une personne" in administrator.post(path, act="set").text
    other = hire(app, "designer", "analyst")
    administrator.post(path, act="set", **{"right-3": "read"})
    assert designer.get(version).status_code == 403
    reader = Member(app.test_client())
    reader.sign_in(other)
    assert reader.get(version).status_code == 200
    assert '<option value="read" selected>' in administrator.read(path)
    for closed in ("", "/proof", "/studio", "/review"):
        assert designer.get(version + closed).status_code == 403
    assert designer.get("/design/impact-citoyens/").status_code == 403
    assert "/design/impact-citoyens/" not in designer.read("/design/")
    file = (trial.DEFINITIONS / trial.QUESTIONNAIRE / f"{trial.VERSION}.yaml").read_bytes()
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session, pytest.raises(rights.NotAllowed):
        authoring.import_version(session, file, session.get_one(User, 3))
    administrator.post(path, act="open")
    assert designer.get(version).status_code == 200
    assert administrator.get("/account/rights/rien").status_code == 404


def test_the_command_line_invites_and_takes_a_second_factor_away(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    email = hire(app, "administrator")
    member = Member(app.test_client())
    member.sign_in(email)
    set_up(member)
    assert run(args=["accounts", "reset-second-factor", email, "--reason", " "]).exit_code != 0
    assert run(args=["accounts", "reset-second-factor", email, "--reason", "Téléphone perdu"]).exit_code == 0
    assert Member(app.test_client()).sign_in(email).location == "/account/"
    link = run(args=["accounts", "invite", "neuf@exemple.fr", "--role", "analyst"]).output.strip()
    assert "neuf@exemple.fr" in member.read(link)
