"""The named forms of a text: what an e-mail address, a postcode, a company's number look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_MARKS = re.compile("[ .\u00a0\u202f()-]")
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"]{1,64}@(?:[^\s@,;:<>()\[\]\"./]{1,63}\.)+[^\W\d_]{2,24}")
_PHONE = re.compile(r"(?:\+|00)?[0-9]{6,15}")
_POSTCODE = re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}")
_URL = re.compile(r"https?://(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?::[0-9]{1,5})?(?:[/?#]\S*)?")
_LA_POSTE = "356000000"


def _luhn(digits: str) -> bool:
    """The check of a SIREN or a SIRET: every second digit from the right counts twice."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_siren(text: str) -> bool:
    digits = _MARKS.sub("", text)
    return re.fullmatch("[0-9]{9}", digits) is not None and _luhn(digits)


def _is_siret(text: str) -> bool:
    digits = _MARKS.sub("", text)
    if re.fullmatch("[0-9]{14}", digits) is None:
        return False
    # The establishments of La Poste follow another rule than Luhn's: the sum of the digits is a multiple of 5.
    return _luhn(digits) or (digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0)


_FORMS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: _EMAIL.fullmatch(text) is not None and ".." not in text,
    "phone": lambda text: _PHONE.fullmatch(_MARKS.sub("", text)) is not None,
    "postcode": lambda text: _POSTCODE.fullmatch(text) is not None,
    "siren": _is_siren,
    "siret": _is_siret,
    "url": lambda text: _URL.fullmatch(text) is not None,
}


def has_form(text: str, pattern: str) -> bool:
    """Whether a text has the named form (one of PATTERNS of the model)."""
    return _FORMS[pattern](text)
