"""The second factor of an account: an authenticator, passkeys, recovery codes.

Whatever is wrong counts as a failure of the account, like a wrong password: the eighth locks it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from passlib.totp import TOTP, TokenError
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import now
from app.models import User
from app.services import accounts, audit

RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 12
CLOCK_SECONDS = 30
"""How far the clock of a telephone may be from ours."""


def is_required(settings: Settings, user: User) -> bool:
    """Whether this account must have a second factor (IMPACT_SECOND_FACTOR)."""
    policy = settings.second_factor
    return policy == "everyone" or (policy == "administrators" and user.has_role("administrator"))


def has_one(user: User) -> bool:
    """Whether the account has an authenticator or a passkey."""
    return user.totp_secret is not None or bool(user.passkeys)


def new_secret(secret_key: str) -> str:
    """A new secret for an authenticator, encrypted: only the functions of this module read it."""
    return str(_authenticators(secret_key).new().to_json(encrypt=True))


def secret_to_show(secret_key: str, sealed: str, email: str) -> tuple[str, str]:
    """The secret as a person types it, in groups of four, and the address that a QR code holds."""
    totp = _authenticators(secret_key).from_source(sealed)
    return str(totp.pretty_key()), str(totp.to_uri(email))


def set_authenticator(session: Session, secret_key: str, user_id: int, sealed: str, code: str) -> bool:
    """Keep the secret if `code` shows that the authenticator has it; otherwise nothing changes."""
    user = accounts.hold(session, user_id)
    counter = _counter(secret_key, sealed, code, None)
    if counter is None:
        return False
    user.totp_secret, user.totp_counter = sealed, counter
    audit.record(session, user, "set-authenticator", f"user {user.id}")
    return True


def remove_authenticator(session: Session, user_id: int) -> None:
    """Forget the authenticator of an account."""
    user = accounts.hold(session, user_id)
    user.totp_secret = user.totp_counter = None
    audit.record(session, user, "remove-authenticator", f"user {user.id}")


def accept_code(session: Session, secret_key: str, user_id: int, code: str) -> bool:
    """Whether `code` is that of the authenticator, or a recovery code that is left. Either opens once.

    A locked account gets the same answer as a wrong code.
    """
    user = accounts.hold(session, user_id)
    is_free = user.locked_until is None or user.locked_until <= now()
    if is_free and user.active and (_is_of_authenticator(secret_key, user, code) or _recovers(secret_key, user, code)):
        user.failed_logins = 0
        return True
    if is_free:
        accounts.count_failure(session, user)
    return False


def make_recovery_codes(session: Session, secret_key: str, user_id: int) -> list[str]:
    """New recovery codes, in clear this once; those made before open nothing any more."""
    user = accounts.hold(session, user_id)
    bare = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [_hash(secret_key, user, code) for code in bare]
    audit.record(session, user, "make-recovery-codes", f"user {user.id}")
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in bare]


@lru_cache(maxsize=4)
def _authenticators(secret_key: str) -> type[TOTP]:
    key = hmac.new(secret_key.encode(), b"authenticators", hashlib.sha256).hexdigest()
    return TOTP.using(secrets={"1": key}, issuer="Observatoire des partenariats")  # type: ignore[no-any-return,unused-ignore]


def _counter(secret_key: str, sealed: str, code: str, last: int | None) -> int | None:
    """The half-minute of which `code` is the code, none before `last`; None when there is none."""
    try:
        match = _authenticators(secret_key).verify(code, sealed, window=CLOCK_SECONDS, last_counter=last)
    except (TokenError, ValueError):
        return None
    return int(match.counter)


def _is_of_authenticator(secret_key: str, user: User, code: str) -> bool:
    if user.totp_secret is None:
        return False
    counter = _counter(secret_key, user.totp_secret, code, user.totp_counter)
    if counter is None:
        return False
    user.totp_counter = counter
    return True


def _recovers(secret_key: str, user: User, code: str) -> bool:
    bare = "".join(letter for letter in code.lower() if letter in RECOVERY_LETTERS)
    given = _hash(secret_key, user, bare)
    left = [one for one in user.recovery_codes or [] if not hmac.compare_digest(one, given)]
    if len(left) == len(user.recovery_codes or []):
        return False
    user.recovery_codes = left
    return True


def _hash(secret_key: str, user: User, code: str) -> str:
    return hmac.new(secret_key.encode(), f"recovery:{user.id}:{code}".encode(), hashlib.sha256).hexdigest()
