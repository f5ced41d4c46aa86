"""E-mails: asked for with a row, sent by the worker, their address erased as soon as they have left or never will.

A message is taken under a lease (`due_at`), sent outside any transaction, then ended. A process that dies between
the two sends it again once the lease is over, under the same Message-ID: SMTP can promise no more.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import logging
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database, now
from app.jobs import SEND_MESSAGE, Sender, request
from app.models import Message, Response, Wave
from app.services import attempts
from app.services.responding import response_code, response_token

PER_RESPONSE, PER_RECIPIENT = 3, 3
"""Messages of one response, and in an hour to one recipient: a form that writes to anybody must not annoy anybody."""
GIVEN_UP_AFTER = dt.timedelta(hours=24)
LEASE = dt.timedelta(minutes=3)
"""Longer than one sending may last: see SOCKET_SECONDS."""
SHORTEST_PAUSE, LONGEST_PAUSE = dt.timedelta(minutes=1), dt.timedelta(hours=1)
SOCKET_SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}

log = logging.getLogger(__name__)


class AddressIsMalformed(ValueError):
    """This is not an e-mail address to which anything can be sent."""


class TooManyMessages(Exception):
    """This response, or this recipient, has had as many messages as one may ask for."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message under lease, with what its text needs."""

    id: int
    address: str
    language: str
    link: str
    code: str
    created_at: dt.datetime


def request_resume_message(
    session: Session, sender: Sender | None, response_id: int, address: str, language: str, root: str
) -> None:
    """Have the code of a response, and a link that asks for nothing more, sent to an address.

    The caller holds the lock of the response. `root`: address of the platform, without a final slash. Raises
    AddressIsMalformed, TooManyMessages.
    """
    known = select(func.count()).select_from(Message).where(Message.response_id == response_id)
    recipient = _read_address(address)
    # Starting a response costs nothing: the limit of one alone would not keep anybody from being written to.
    is_annoyed = attempts.blocked_until(session, recipient, PER_RECIPIENT) is not None
    if is_annoyed or (session.scalar(known) or 0) >= PER_RESPONSE:
        raise TooManyMessages
    attempts.count(session, recipient)
    at = now()
    message = Message(
        kind="resume",
        status="waiting",
        address=recipient,
        language=language,
        root=root,
        response_id=response_id,
        created_at=at,
        due_at=at,
        ended_at=None,
    )
    session.add(message)
    session.flush()
    request(session, sender, SEND_MESSAGE, message.id)


def _read_address(text: str) -> str:
    """An address in its plain form; nothing is asked of the network."""
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressIsMalformed from error
    if found.ascii_email is None:
        raise AddressIsMalformed  # letters before the @ that most servers refuse
    return found.ascii_email


def messages_to_send(session: Session) -> list[int]:
    """The messages that wait and may be taken now."""
    statement = select(Message.id).where(Message.status == "waiting", Message.due_at <= now())
    return list(session.scalars(statement.order_by(Message.id).limit(100)))


def send_message(database: Database, settings: Settings, message_id: int) -> None:
    """Send a message, unless it has left, or is in other hands; a failure puts it off, the last one ends it."""
    if not settings.smtp_url:
        return
    with database.transaction() as session:
        taken = _take(session, settings, message_id)
    if taken is None:
        return
    try:
        _deliver(settings, _write(settings, taken))
    except (OSError, smtplib.SMTPException) as error:
        # Neither the address nor what the server says of it belongs in a log.
        log.warning("message %d did not leave (%s)", message_id, type(error).__name__)
        is_over = _is_refused_for_good(error) or now() - taken.created_at > GIVEN_UP_AFTER
        with database.transaction() as session:
            _end(session, message_id, "failed") if is_over else _put_off(session, taken)
        return
    with database.transaction() as session:
        _end(session, message_id, "sent")


def give_up(session: Session) -> None:
    """End what has waited for more than a day, whatever kept it: no server set, no worker, a fault of ours."""
    overdue = select(Message).where(Message.status == "waiting", Message.created_at < now() - GIVEN_UP_AFTER)
    for message in session.scalars(overdue.with_for_update()):
        message.status, message.address, message.ended_at = "failed", "", now()


def _take(session: Session, settings: Settings, message_id: int) -> _Taken | None:
    """Lease a message; None when there is nothing to do. One whose response is gone is ended."""
    at = now()
    leased = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "waiting", Message.due_at <= at)
        .values(due_at=at + LEASE)
        .execution_options(synchronize_session=False)
        .returning(Message.id)
    )
    if leased.first() is None:
        return None
    row = session.execute(
        select(Message, Response.public_id, Wave.key)
        .outerjoin(Response, Response.id == Message.response_id)
        .outerjoin(Wave, Wave.id == Response.wave_id)
        .where(Message.id == message_id)
    ).one()
    message = row.Message
    if row.public_id is None:
        _end(session, message_id, "failed")
        return None
    code = response_code(settings.secret_key, response_token(settings.secret_key, row.public_id))
    link = f"{settings.public_url or message.root}/r/{row.key}/reprendre-ici/{code}"
    return _Taken(message.id, message.address, message.language, link, code, message.created_at)


def _end(session: Session, message_id: int, status: str) -> None:
    ended = update(Message).where(Message.id == message_id, Message.status == "waiting")
    session.execute(ended.values(status=status, address="", ended_at=now()))


def _put_off(session: Session, taken: _Taken) -> None:
    """The longer it has waited, the longer it waits."""
    at = now()
    pause = min(max(at - taken.created_at, SHORTEST_PAUSE), LONGEST_PAUSE)
    session.execute(update(Message).where(Message.id == taken.id).values(due_at=at + pause))


def _is_refused_for_good(error: Exception) -> bool:
    """Whether the server will never take this message; what is wrong with us may be mended within a day."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


# -- the text -------------------------------------------------------------------------------------

_TEXTS = {
    "fr": (
        "Reprendre votre questionnaire",
        """Bonjour,

Vous avez demandé de quoi reprendre votre questionnaire de l’Observatoire des partenariats.

Ouvrez cette adresse, puis choisissez « Reprendre » :
{link}

Votre code, si l’adresse ne s’ouvre pas : {code}

Qui a ce code peut lire vos réponses et les changer : ne transmettez pas ce message.
Vous ne l’avez pas demandé ? Ne faites rien : votre adresse n’est pas conservée.

Ce message est automatique.
""",
    ),
    "en": (
        "Resume your questionnaire",
        """Hello,

You asked for a way to resume your questionnaire of the Observatoire des partenariats.

Open this address, then choose “Resume”:
{link}

Your code, should the address not open: {code}

Whoever has this code can read your answers and change them: do not pass this message on.
You did not ask for it? Do nothing: your address is not kept.

This is an automatic message.
""",
    ),
}
"""Language -> subject and text. No answer is in them, nor anything that tells when they are read."""


def _write(settings: Settings, taken: _Taken) -> EmailMessage:
    subject, text = _TEXTS.get(taken.language, _TEXTS["en"])
    name, spec = parseaddr(settings.mail_from)
    sender = Address(name or "Observatoire des partenariats", addr_spec=spec)
    mark = hmac.digest(settings.secret_key.encode(), f"message:{taken.id}".encode(), "sha256").hex()[:32]
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = taken.address
    message["Date"] = taken.created_at
    message["Message-ID"] = f"<{mark}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.format(link=taken.link, code=taken.code))
    message["Content-Language"] = taken.language if taken.language in _TEXTS else "en"
    return message


# -- the server -----------------------------------------------------------------------------------


def _deliver(settings: Settings, message: EmailMessage) -> None:
    """Hand a message to the server. Raises OSError, smtplib.SMTPException."""
    server = urlsplit(settings.smtp_url)
    connection = _CONNECTIONS[server.scheme](server)
    try:
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
    finally:
        # What was taken has left, whatever the server says afterwards: it is not sent again for that.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            connection.quit()
        connection.close()


def _connect_plainly(server: SplitResult) -> smtplib.SMTP:
    """TLS as soon as the server offers it; a password goes to no server without."""
    connection = smtplib.SMTP(server.hostname or "", server.port or PORTS["smtp"], timeout=SOCKET_SECONDS)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    elif server.username:
        connection.close()
        raise smtplib.SMTPNotSupportedError("the server offers no TLS: the password stays here")
    return connection


def _connect_within_tls(server: SplitResult) -> smtplib.SMTP:
    host, port = server.hostname or "", server.port or PORTS["smtps"]
    return smtplib.SMTP_SSL(host, port, timeout=SOCKET_SECONDS, context=ssl.create_default_context())


_CONNECTIONS: dict[str, Callable[[SplitResult], smtplib.SMTP]] = {
    "smtp": _connect_plainly,
    "smtps": _connect_within_tls,
}
