"""Personal codes: made for a wave, each opens one response. Who holds which code is known elsewhere.

A code is joined to its response by a random link, dropped when the wave closes (`fieldwork.close_wave`).
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Invitation, Response, User, Wave
from app.services import audit
from app.services.authoring import get_version
from app.services.csv_files import csv_text, safe_cell
from app.services.fieldwork import SENT
from app.services.responding import Started, find_response, read_code, read_external, response_token, start_response
from app.services.responding.codes import LONGEST_CODE, code_hash, write_code
from app.services.windows import PARIS
from questionnaires.model import Questionnaire, Value

MOST_AT_ONCE = 100_000

Row = Mapping[str, str]


class TableIsMalformed(ValueError):
    """A file from which no codes can be made. Each problem: the line of the file (0: its head), and what is wrong."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{line}: {what}" for line, what in problems))
        self.problems = tuple(problems)


class TooManyCodes(ValueError):
    """More codes than are made at once, or none."""


class InvitationNotFound(Exception):
    """No personal code of this wave is written so."""


class InvitationIsAnswered(Exception):
    """The response of this code was sent; `is_withdrawn`: and withdrawn since."""

    def __init__(self, is_withdrawn: bool = False) -> None:
        super().__init__()
        self.is_withdrawn = is_withdrawn


class InvitationIsSpent(Exception):
    """The code has served, and its link with the response was dropped when the wave closed."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Someone with a code that opens a response. `token`: that of the one which is begun; empty before."""

    link: str
    external: Mapping[str, Value]
    token: str = ""


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """The codes of a wave. `begun` counts those whose response was begun, sent or not."""

    made: int
    begun: int
    sent: int


def read_table(questionnaire: Questionnaire, text: str) -> list[Row]:
    """The lines of a CSV file (comma or semicolon), each a code to make. Raises TableIsMalformed with every problem.

    Columns named as external variables of the version are kept with the code; others are only given back beside it.
    """
    head = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if ";" in head else ",")
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise TableIsMalformed([(reader.line_num, "cells")]) from error
    if len(lines) < 2:
        raise TableIsMalformed([(0, "empty")])
    names = [name.strip() for name in lines[0][1]]
    if "" in names or len(set(names)) < len(names) or "code" in names:
        raise TableIsMalformed([(0, "head")])
    problems = [(line, "cells") for line, cells in lines[1:] if len(cells) != len(names)]
    rows = [dict(zip(names, (cell.strip() for cell in cells), strict=False)) for _, cells in lines[1:]]
    for (line, _), row in zip(lines[1:], rows, strict=True):
        kept = read_external(questionnaire, row)
        declared = {one.name for one in questionnaire.context if one.provider == "external"}
        problems += [(line, name) for name in row if name in declared and row[name] and name not in kept]
    if problems:
        raise TableIsMalformed(problems)
    return list(rows)


def create_invitations(
    session: Session, wave: Wave, rows: Sequence[Row], secret_key: str, actor: User | None = None
) -> list[str]:
    """Make one code for each row; gives the codes, in the order of the rows, this once. Raises TooManyCodes."""
    if not 0 < len(rows) <= MOST_AT_ONCE:
        raise TooManyCodes(len(rows))
    questionnaire = get_version(session, wave.version_id)[1]
    codes = [_draw_code() for _ in rows]
    day = now().astimezone(PARIS).date()
    made = [
        {
            "wave_id": wave.id,
            "code_hash": _hash(secret_key, code),
            "external": read_external(questionnaire, row),
            "created_on": day,
        }
        for code, row in zip(codes, rows, strict=True)
    ]
    # In the order of what nobody can foresee: that of the file would say whose each row is.
    session.execute(insert(Invitation), sorted(made, key=lambda one: str(one["code_hash"])))
    audit.record(session, actor, "create-invitations", wave.key, count=len(codes))
    return codes


def write_codes(codes: Sequence[str], rows: Sequence[Row], root: str) -> str:
    """The file of codes: each with its address below `root` (that of the wave), and the columns it came with."""
    names = list(rows[0]) if rows else []
    lines = [["code", "adresse", *map(safe_cell, names)]]
    for code, row in zip(codes, rows, strict=True):
        lines.append([code, f"{root}invitation/{code}", *(safe_cell(row.get(name, "")) for name in names)])
    return csv_text(lines, "en")  # commas, as the file that was given


def count_codes(session: Session, wave: Wave) -> CodeCounts:
    """How many codes the wave has, and what became of them."""
    own = Invitation.wave_id == wave.id
    spent = select(func.count(), func.count(Invitation.answered_on)).where(own, Invitation.is_spent)
    joined = select(Response.disposition).join(Invitation, Invitation.link == Response.invitation_link).where(own)
    begun, sent = session.execute(spent).one()
    linked = session.scalars(joined).all()
    made = session.scalar(select(func.count()).select_from(Invitation).where(own)) or 0
    return CodeCounts(made, begun + len(linked), sent + sum(one in SENT for one in linked))


def find_invited(session: Session, wave_key: str, code: str, secret_key: str) -> Invited:
    """Whoever holds this code of the wave; the code is locked until the transaction ends.

    Raises InvitationNotFound, InvitationIsAnswered, InvitationIsSpent.
    """
    if len(code) > LONGEST_CODE:
        raise InvitationNotFound
    found = session.scalar(
        select(Invitation)
        .join(Wave, Wave.id == Invitation.wave_id)
        .where(Wave.key == wave_key, Invitation.code_hash == _hash(secret_key, read_code(code)))
        .with_for_update(of=Invitation)
    )
    if found is None:
        raise InvitationNotFound
    if found.is_spent:
        raise InvitationIsSpent
    if found.link is None:
        found.link = secrets.token_hex(16)
    begun = session.execute(
        select(Response.public_id, Response.disposition).where(Response.invitation_link == found.link)
    ).one_or_none()
    if begun is not None and begun.disposition in (*SENT, "withdrawn"):
        raise InvitationIsAnswered(begun.disposition == "withdrawn")
    return Invited(found.link, found.external, "" if begun is None else response_token(secret_key, begun.public_id))


def open_response(
    session: Session,
    invited: Invited,
    wave_key: str,
    language: str,
    secret_key: str,
    consent: Mapping[str, str] | None = None,
) -> Started:
    """The one response of a code: resumed where it stands, or begun. Raises what `start_response` does."""
    state = find_response(session, wave_key, invited.token) if invited.token else None
    if state is not None:
        return Started(invited.token, state.path.first_incomplete or "")
    return start_response(
        session,
        wave_key,
        language,
        secret_key,
        external=invited.external,
        consent=consent,
        invitation_link=invited.link,
    )


def _draw_code() -> str:
    """80 random bits, written as the code of a response is."""
    return write_code(secrets.token_bytes(10))


def _hash(secret_key: str, code: str) -> str:
    """What the database holds of a personal code: never the hash of a response's code."""
    return code_hash(secret_key, f"invitation:{code}")
