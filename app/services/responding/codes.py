"""The token and the one code of a response: what opens it in a browser, and from any other.

Neither is stored. The token is derived from the public id, so that the code, which finds the row, can hand it to
another browser; the code is derived from the token. The database holds hashes of both.
"""

from __future__ import annotations

import base64
import hmac

LONGEST_CODE = 60
"""Characters of what people may type around the sixteen of a code."""


def response_token(secret_key: str, public_id: str) -> str:
    """What the cookie of a response holds: 192 bits."""
    digest = hmac.digest(secret_key.encode(), b"token:" + public_id.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def response_code(secret_key: str, token: str) -> str:
    """The code of a response, 80 bits in four groups of four: it resumes it, and is its receipt once it is sent."""
    digest = hmac.digest(secret_key.encode(), b"receipt:" + token.encode(), "sha256")
    return write_code(digest[:10])


def write_code(bits: bytes) -> str:
    """Ten bytes as people copy them: sixteen letters and digits, in groups of four."""
    return _in_groups(base64.b32encode(bits).decode())


def read_code(text: str) -> str:
    """A code as people type it (lower case, spaces, no hyphen, 0 for O, 1 for I) as it is derived."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum()).replace("0", "O").replace("1", "I")
    plain = plain.replace("8", "B")
    return _in_groups(plain)


def _in_groups(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def code_hash(secret_key: str, code: str) -> str:
    """What the database holds of a code."""
    return hmac.digest(secret_key.encode(), b"code:" + code.encode("utf-8", "replace"), "sha256").hex()
