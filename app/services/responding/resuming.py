"""A response is found again by its code, from any browser."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Response, Wave
from app.services.responding.codes import LONGEST_CODE, code_hash, read_code, response_code, response_token
from app.services.responding.responses import token_hash


@dataclass(frozen=True, slots=True)
class Found:
    """The response of a code: the wave it is of, and the token that opens it."""

    wave_key: str
    token: str


def find_by_code(session: Session, code: str, secret_key: str) -> Found | None:
    """The response of a code as people type it, whatever became of it; None when no response has it.

    A response whose token was drawn at random, as they once were, is given the one derived from its public id.
    """
    if len(code) > LONGEST_CODE:
        return None
    row = session.execute(
        select(Response.id, Response.public_id, Response.token_hash, Wave.key)
        .join(Wave, Wave.id == Response.wave_id)
        .where(Response.receipt_hash == code_hash(secret_key, read_code(code)))
    ).one_or_none()
    if row is None:
        return None
    token = response_token(secret_key, row.public_id)
    if row.token_hash != token_hash(token):
        session.execute(update(Response).where(Response.id == row.id).values(token_hash=token_hash(token)))
    return Found(row.key, token)


def code_of(session: Session, response_id: int, token: str, secret_key: str) -> str:
    """The code of a response; empty when the one that its respondent was given cannot be told again."""
    code = response_code(secret_key, token)
    kept = session.scalar(select(Response.receipt_hash).where(Response.id == response_id))
    return code if kept == code_hash(secret_key, code) else ""
