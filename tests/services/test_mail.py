"""The e-mail that resumes: asked for at most three times, sent once, its address forgotten."""

from __future__ import annotations

import datetime as dt
import email
import os
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message as Received
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.db import Database, now
from app.models import Message, Response
from app.services import messages
from app.services.messages import AddressIsMalformed, TooManyMessages
from tests.conftest import settings_for
from tests.factories import SECRET, Field, launch
from tests.journeys import Respondent, arrive, at_once, in_threads, withdraw

ADDRESS = "jeanne@exemple.fr"


@dataclass
class Postman:
    """A mail server on a loopback port. `refusal`: what it answers to a verb instead of yes."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusal: dict[str, str] = field(default_factory=dict)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        postman = cast(Any, self.server).postman
        self.say("220 loopback")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "QUIT":
                self.say(postman.refusal.get("QUIT", "221 bye"))
                return
            if verb == "RCPT":
                postman.recipients.append(line)
            if verb == "DATA" and "DATA" not in postman.refusal:
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text)
                postman.received.append(email.message_from_bytes(b"".join(lines)))
            self.say(postman.refusal.get(verb, "250 well"))

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def postman() -> Iterator[Postman]:
    """A mail server that takes everything."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        postman = Postman(server.server_address[1])
        cast(Any, server).postman = postman
        thread = threading.Thread(target=partial(server.serve_forever, 0.02))
        thread.start()
        yield postman
        server.shutdown()
        thread.join()


@pytest.fixture
def mailing(database_url: str, tmp_path: Path, postman: Postman) -> Settings:
    """Settings of a platform whose e-mails go to the postman."""
    return settings_for(
        database_url,
        tmp_path,
        SECRET_KEY=SECRET,
        SMTP_URL=f"smtp://127.0.0.1:{postman.port}",
        IMPACT_MAIL_FROM="enquetes@observatoire.example",
    )


@pytest.fixture
def person(database: Database) -> Respondent:
    """Someone who has begun."""
    person = arrive(launch(database))
    person.answer("profil", sexe=1, region=1)
    return person


def ask(person: Respondent, address: str = ADDRESS, language: str = "fr") -> int:
    """The person asks for a message; its number."""
    with person.database.transaction() as session:
        root = "https://enquetes.example"
        messages.request_resume_message(session, None, person.state.id, address, language, root)
        return max(session.scalars(select(Message.id)))


def row(database: Database, message_id: int) -> Message:
    with database.reading() as session:
        return session.scalars(select(Message).where(Message.id == message_id)).one()


def let_time_pass(database: Database, **age: float) -> None:
    with database.transaction() as session:
        then = now() - dt.timedelta(**age)
        session.execute(update(Message).values(created_at=then, due_at=then))


def text_of(received: Received) -> str:
    return bytes(cast(Any, received.get_payload(decode=True))).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_message_holds_the_code_and_a_link_and_no_answer(
    database: Database, mailing: Settings, postman: Postman, person: Respondent, language: str
) -> None:
    number = ask(person, f" {ADDRESS} ", language)
    messages.send_message(database, mailing, number)
    (received,) = postman.received
    text = text_of(received)
    assert f"https://enquetes.example/r/{person.wave_key}/reprendre-ici/{person.receipt}\n" in text
    assert person.token not in text
    assert (received["To"], received["Content-Language"]) == (ADDRESS, language)
    assert received.get_content_type() == "text/plain", "no image, no trace of its reading"
    sent = row(database, number)
    assert (sent.status, sent.address) == ("sent", "")
    messages.send_message(database, mailing, number)
    assert len(postman.received) == 1


def test_the_address_of_the_platform_is_the_declared_one(
    database: Database, database_url: str, tmp_path: Path, postman: Postman, person: Respondent
) -> None:
    declared = settings_for(
        database_url,
        tmp_path,
        SECRET_KEY=SECRET,
        SMTP_URL=f"smtp://127.0.0.1:{postman.port}",
        IMPACT_MAIL_FROM="Enquêtes <e@observatoire.example>",
        IMPACT_URL="https://declaree.example/",
    )
    messages.send_message(database, declared, ask(person))
    assert "https://declaree.example/r/" in text_of(postman.received[0])
    assert "e@observatoire.example" in postman.received[0]["From"]


@pytest.mark.parametrize("wrong", ["", "jeanne", "a@b", "a@b\r\nBcc: c@d.fr", "a" * 300 + "@b.fr", "é\ud800@b.fr"])
def test_what_is_not_an_address_writes_nothing(person: Respondent, wrong: str) -> None:
    with pytest.raises(AddressIsMalformed):
        ask(person, wrong)
    with person.database.reading() as session:
        assert session.scalars(select(Message.id)).all() == []


def test_a_response_has_three_messages_at_most(person: Respondent) -> None:
    for number in range(messages.PER_RESPONSE):
        ask(person, f"boite{number}@exemple.fr")
    with pytest.raises(TooManyMessages):
        ask(person, "une-autre@exemple.fr")


def test_nobody_is_written_to_more_than_three_times_an_hour_by_whoever_asks(database: Database) -> None:
    wave = launch(database)
    for _ in range(messages.PER_RECIPIENT):
        ask(arrive(wave), "Victime@exemple.fr")
    with pytest.raises(TooManyMessages):
        ask(arrive(wave), "Victime@EXEMPLE.fr")
    ask(arrive(wave), "quelqu-un-d-autre@exemple.fr")


@pytest.mark.parametrize(("verb", "answer"), [("RCPT", "550 no such box"), ("DATA", "554 not here")])
def test_a_refusal_for_good_ends_the_message(
    database: Database, mailing: Settings, postman: Postman, person: Respondent, verb: str, answer: str
) -> None:
    postman.refusal[verb] = answer
    number = ask(person)
    messages.send_message(database, mailing, number)
    assert (row(database, number).status, row(database, number).address) == ("failed", "")


@pytest.mark.parametrize("answer", ["451 later", None])
def test_a_failure_puts_the_message_off_for_a_day_at_most(
    database: Database, mailing: Settings, postman: Postman, person: Respondent, answer: str | None
) -> None:
    nobody = settings_for(
        mailing.database_url, mailing.var, SECRET_KEY=SECRET, SMTP_URL="smtp://127.0.0.1:1", IMPACT_MAIL_FROM="a@b.fr"
    )
    where = nobody if answer is None else mailing
    if answer:
        postman.refusal["RCPT"] = answer
    number = ask(person)
    messages.send_message(database, where, number)
    waiting = row(database, number)
    assert (waiting.status, waiting.address) == ("waiting", ADDRESS)
    assert waiting.due_at > now() + dt.timedelta(seconds=50), "not at each sweep"
    with database.reading() as session:
        assert messages.messages_to_send(session) == []
    let_time_pass(database, hours=25)
    messages.send_message(database, where, number)
    assert (row(database, number).status, row(database, number).address) == ("failed", "")


def test_an_address_is_erased_after_a_day_whatever_keeps_its_message(database: Database, person: Respondent) -> None:
    old = ask(person)
    let_time_pass(database, hours=25)
    new = ask(person)
    with database.transaction() as session:
        messages.give_up(session)
    assert (row(database, old).status, row(database, old).address) == ("failed", "")
    assert (row(database, new).status, row(database, new).address) == ("waiting", ADDRESS)


def test_a_message_whose_sender_died_is_taken_again(
    database: Database, mailing: Settings, postman: Postman, person: Respondent
) -> None:
    number = ask(person)
    with database.transaction() as session:
        session.execute(update(Message).values(due_at=now() + messages.LEASE))
    messages.send_message(database, mailing, number)
    assert postman.received == [], "another has it in hand"
    let_time_pass(database, minutes=5)
    with database.reading() as session:
        assert messages.messages_to_send(session) == [number]
    messages.send_message(database, mailing, number)
    assert len(postman.received) == 1


def test_a_server_that_is_rude_at_the_end_gets_no_second_message(
    database: Database, mailing: Settings, postman: Postman, person: Respondent
) -> None:
    postman.refusal["QUIT"] = "421 closing"
    number = ask(person)
    messages.send_message(database, mailing, number)
    assert (row(database, number).status, len(postman.received)) == ("sent", 1)


def test_two_workers_send_a_message_once(
    database: Database, mailing: Settings, postman: Postman, person: Respondent
) -> None:
    number = ask(person)
    in_threads(*[partial(messages.send_message, database, mailing, number)] * 4)
    assert len(postman.received) == 1


def test_nothing_is_sent_of_a_response_that_was_withdrawn(
    database: Database, mailing: Settings, postman: Postman, person: Respondent
) -> None:
    number = ask(person)
    where = cast(Field, person)
    assert withdraw(where, person.receipt)
    messages.send_message(database, mailing, number)
    assert postman.received == []


def test_a_message_whose_response_is_gone_is_ended(
    database: Database, mailing: Settings, postman: Postman, person: Respondent
) -> None:
    number = ask(person)
    with database.transaction() as session:
        session.delete(session.scalars(select(Response)).one())
    messages.send_message(database, mailing, number)
    assert (row(database, number).status, postman.received) == ("failed", [])


def test_the_worker_sends_what_waits(
    database: Database, mailing: Settings, postman: Postman, person: Respondent, valkey_url: str
) -> None:
    number = ask(person)
    env = {
        "DATABASE_URL": mailing.database_url,
        "IMPACT_VAR": str(mailing.var),
        "BROKER_URL": valkey_url,
        "SECRET_KEY": SECRET,
        "SMTP_URL": mailing.smtp_url,
        "IMPACT_MAIL_FROM": mailing.mail_from,
    }
    (waiting,) = at_once(partial(sweep_then_send, env, number))
    assert waiting == 1, "the sweep asked for it"
    assert len(postman.received) == 1
    assert row(database, number).status == "sent"


def sweep_then_send(env: dict[str, str], number: int) -> int:
    """In the worker's process: sweep, count the hints of the mail queue, do the task."""
    os.environ.update(env)
    import time

    import redis

    from worker import app, tasks

    assert tasks
    app.tasks["sweep"]()
    deadline = time.monotonic() + 5
    with redis.Redis.from_url(env["BROKER_URL"]) as broker:
        while not (waiting := int(cast(Any, broker.llen("mail")))) and time.monotonic() < deadline:
            time.sleep(0.05)
    app.tasks["send-message"](number)
    return waiting
