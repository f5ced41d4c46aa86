"""Personal codes: one code, one response, and nothing that joins them once the wave is closed."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import AuditEvent, Invitation, Response
from app.services import fieldwork, invitations, responding
from app.services.invitations import InvitationIsAnswered, InvitationIsSpent, InvitationNotFound, Row, TableIsMalformed
from app.services.responding import Started
from tests.factories import SECRET, Field, count_rows, get_wave, launch
from tests.journeys import Respondent, in_threads
from tests.questionnaires.builders import context_variable, page, questionnaire, score, single

KNOWN = questionnaire(
    page("profil", single("sexe", "homme", "femme"), single("region", "nord", "sud")),
    page("avis", score("confiance"), single("engage", "oui", "non")),
    context=(
        context_variable("taille", "number"),
        context_variable("statut", "choice", "maire", "adjoint"),
    ),
)


def make(field: Field, *rows: Row) -> list[str]:
    with field.database.transaction() as session:
        return invitations.create_invitations(session, fieldwork.get_wave(session, field.key), rows or [{}], SECRET)


def use(field: Field, code: str) -> Started:
    """Someone gives a code at the entry."""
    with field.database.transaction() as session:
        found = invitations.find_invited(session, field.key, code, SECRET)
        return invitations.open_response(session, found, field.key, "fr", SECRET)


def send(field: Field, started: Started) -> None:
    person = Respondent(field.database, field.key, started.token, started.first_page)
    person.answer("profil", sexe=1, region=1)
    person.answer("avis", confiance=5, engage=1)
    person.send()


def act(field: Field, *acts: object) -> None:
    for one in acts:
        with field.database.transaction() as session:
            one(session, fieldwork.get_wave(session, field.key))  # type: ignore[operator]


def test_a_code_begins_one_response_and_resumes_it_from_anywhere(database: Database) -> None:
    field = launch(database)
    code, other = make(field, {}, {})
    started = use(field, code)
    again = use(field, code.lower().replace("-", " "))
    assert (again.token, again.first_page) == (started.token, started.first_page)
    assert use(field, other).token != started.token
    assert count_rows(database, Response) == 2
    Respondent(database, field.key, started.token, "").answer("profil", sexe=1, region=1)
    assert use(field, code).first_page == "avis"


def test_two_devices_at_once_with_one_code_have_one_response(database: Database) -> None:
    field = launch(database)
    for code in make(field, {}, {}, {}):
        first, second = in_threads(*[partial(use, field, code)] * 2)
        assert (first.token, first.first_page) == (second.token, second.first_page)
    assert count_rows(database, Response) == 3


def test_a_code_that_has_answered_says_so(database: Database) -> None:
    field = launch(database)
    (code,) = make(field)
    send(field, use(field, code))
    with pytest.raises(InvitationIsAnswered):
        use(field, code)


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "x" * 5000, "é\ud800\0"])
def test_another_code_opens_nothing(database: Database, code: str) -> None:
    field = launch(database)
    make(field)
    with pytest.raises(InvitationNotFound):
        use(field, code)


def test_a_code_opens_its_own_wave_only_and_is_no_code_of_a_response(database: Database) -> None:
    field, other = launch(database), launch(database, key="autre")
    (code,) = make(field)
    with pytest.raises(InvitationNotFound):
        use(other, code)
    started = use(field, code)
    with pytest.raises(InvitationNotFound):
        use(field, responding.response_code(SECRET, started.token))


def test_closing_drops_what_joins_people_to_answers(database: Database) -> None:
    field = launch(database)
    sent, begun, unused = make(field, {}, {}, {})
    send(field, use(field, sent))
    use(field, begun)
    act(field, fieldwork.close_wave)
    with database.reading() as session:
        kept = session.scalars(select(Invitation)).all()
        assert session.scalars(select(Response.invitation_link)).all() == [None, None]
        closing = session.scalars(select(AuditEvent).where(AuditEvent.action == "close-wave")).one()
        counts = invitations.count_codes(session, get_wave(field))
    assert {one.link for one in kept} == {None}
    assert sorted((one.is_spent, one.answered_on is not None) for one in kept) == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert closing.data["links_dropped"] == 2
    assert (counts.made, counts.begun, counts.sent) == (3, 2, 1)
    act(field, fieldwork.open_wave)
    for code in (sent, begun):
        with pytest.raises(InvitationIsSpent):
            use(field, code)
    assert use(field, unused).first_page == "profil"


def test_nothing_stored_is_a_code_or_tells_the_order_of_the_file(database: Database) -> None:
    field = launch(database, KNOWN)
    codes = make(field, *({"taille": str(number)} for number in range(20)))
    with database.reading() as session:
        rows = session.scalars(select(Invitation).order_by(Invitation.id)).all()
    assert not {one.code_hash for one in rows} & set(codes)
    assert [one.external["taille"] for one in rows] != list(range(20))
    assert len({code.replace("-", "") for code in codes}) == 20
    assert {len(code) for code in codes} == {19}


def test_what_is_known_of_someone_goes_into_the_response(database: Database) -> None:
    field = launch(database, KNOWN)
    text = "nom;taille;statut\nMme A;1500;maire\nM. B;200;adjoint\n"
    rows = invitations.read_table(KNOWN, text)
    code = make(field, *rows)[1]
    started = use(field, code)
    state = Respondent(database, field.key, started.token, "").state
    assert state.context.external == {"taille": 200, "statut": 2}
    with database.reading() as session:
        assert all("nom" not in one for one in session.scalars(select(Invitation.external)))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ((0, "empty"),)),
        ("taille\n", ((0, "empty"),)),
        ("taille,taille\n1,2\n", ((0, "head"),)),
        ("code\nx\n", ((0, "head"),)),
        ("taille,statut\n1\n", ((2, "cells"),)),
        ("taille,statut\ngrand,maire\n2,roi\n", ((2, "taille"), (3, "statut"))),
        ('taille\n"' + "x" * 200_000 + '"\n', ((2, "cells"),)),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(text: str, problems: tuple[tuple[int, str], ...]) -> None:
    with pytest.raises(TableIsMalformed) as refused:
        invitations.read_table(KNOWN, text)
    assert refused.value.problems == problems


def test_the_file_of_codes_computes_nothing_in_a_spreadsheet() -> None:
    rows = [{"nom": "=1+1", "+titre": "@x"}, {"nom": "Mme A", "+titre": "-5"}]
    text = invitations.write_codes(["AAAA-1", "BBBB-2"], rows, "https://x.fr/r/w/")
    read = list(csv.reader(io.StringIO(text)))
    assert read == [
        ["code", "adresse", "nom", "'+titre"],
        ["AAAA-1", "https://x.fr/r/w/invitation/AAAA-1", "'=1+1", "'@x"],
        ["BBBB-2", "https://x.fr/r/w/invitation/BBBB-2", "Mme A", "'-5"],
    ]


def test_the_same_form_sent_twice_at_once_starts_once(database: Database) -> None:
    field, value = launch(database), responding.new_start()

    def start() -> Started:
        with database.transaction() as session:
            return responding.start_response(session, field.key, "fr", SECRET, start=value)

    tries = [*in_threads(start, start), start()]
    assert {(one.token, one.first_page) for one in tries} == {(tries[0].token, "profil")}
    assert count_rows(database, Response) == 1
    with database.transaction() as session:
        another = responding.start_response(session, field.key, "fr", SECRET, start=responding.new_start())
    assert another.token != tries[0].token


def test_a_form_shown_again_once_answers_were_given_opens_nobody_s(database: Database) -> None:
    field, value = launch(database), responding.new_start()

    def start() -> Started:
        with database.transaction() as session:
            return responding.start_response(session, field.key, "fr", SECRET, start=value)

    first = start()
    with database.transaction() as session:
        responding.save_page(session, field.key, first.token, "profil", {"sexe": 1}, {}, passing=False)
    others = [start(), start()]
    assert len({first.token, *(one.token for one in others)}) == 3
    assert {one.first_page for one in others} == {"profil"}


def test_a_value_that_is_not_ours_is_ignored(database: Database) -> None:
    field = launch(database)
    for _ in range(2):
        with database.transaction() as session:
            responding.start_response(session, field.key, "fr", SECRET, start="1")
    assert count_rows(database, Response) == 2
