"""The waiting line: whoever finds the platform full keeps a place, and starts when called as if just then.

The number and what the entry's form held are in one signed cookie of the wave; the page itself writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, after_this_request, request
from flask_babel import gettext
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response as Redirect

from app.services import admission
from app.services.admission import Standing
from app.web import formats, pages
from app.web.respond import halts, visits
from app.web.respond.places import blueprint, go, resume_place
from app.web.respond.visits import Visitor

PLACE = "file-d-attente"
COOKIE = "attente"
LOOK_AGAIN_SECONDS = 15
STILL = "fixe"
"""In the address: the page is not to reload by itself."""
MOST_FIELDS, LONGEST_VALUE, LONGEST_COOKIE = 20, 300, 3500

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the cookie holds: a number of the line, and the fields with which the entry was posted."""

    number: int
    fields: Fields


def hold(visitor: Visitor) -> Redirect | None:
    """Have a newcomer wait where the platform is full; None lets them start in this transaction.

    To be asked last before a response begins: a place that was kept is used up by it.
    """
    if visitor.entry.status != "open":
        return None
    ticket = _read_ticket()
    capacity = pages.platform().settings.capacity
    standing = admission.enter(pages.session(), capacity, ticket.number if ticket else None)
    if standing is None:
        if ticket is not None:
            after_this_request(lambda response: _forget(response, visitor.wave))
        return None
    asked = request.form.get("langue", "")
    language = asked if asked in visitor.questionnaire.languages else visitor.language
    ticket = Ticket(standing.number, _kept(request.form.items(multi=True)))
    return _give(go(visitor.wave, f"{PLACE}?lang={language}"), visitor.wave, ticket)


@blueprint.get(f"/<wave>/{PLACE}")
@pages.public
def wait(wave: str) -> Response | Redirect:
    """Where one stands in the line, and the way in once called; looks again by itself."""
    visitor = visits.find_visitor(wave)
    if visitor.entry.status != "open":
        return go(wave, "")
    ticket = _read_ticket()
    is_double = visitor.is_answering and (ticket is None or ("commencer", "nouveau") not in ticket.fields)
    if is_double:  # the form of the entry was sent twice, and the first of both found a place
        return go(wave, resume_place(visitor))
    standing = admission.find_standing(pages.session(), ticket.number if ticket else None)
    if ticket is None or standing is None:
        return _without_a_number(visitor)
    is_still = STILL in request.args or standing.is_over
    response = pages.render("respond/waiting.html", **_context(visitor, ticket, standing, is_still))
    if not is_still:
        # Not in the page: there nobody could stop it.
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _without_a_number(visitor: Visitor) -> Response:
    """The browser shows no number: it came here by itself, or refuses cookies, without which nobody can answer."""
    return halts.page_of_words(
        halts.head_of(visitor),
        gettext("Vous n’êtes pas dans la file d’attente"),
        gettext(
            "Repartez de l’accueil de l’enquête. Si cette page revient, acceptez les témoins de connexion (cookies) "
            "pour ce site."
        ),
        actions=((gettext("Aller à l’accueil de l’enquête"), visits.wave_root(visitor.wave)),),
        status=403,
    )


def _context(visitor: Visitor, ticket: Ticket, standing: Standing, is_still: bool) -> dict[str, Any]:
    until = standing.called_until
    own = [("langue", visitor.language), *(pair for pair in ticket.fields if pair[0] != "langue")]
    return {
        "head": halts.head_of(visitor),
        "standing": standing,
        "until": formats.time(formats.local(until), visits.spoken() or "fr") if until else "",
        "minutes": admission.CALL_SECONDS // 60,
        "seconds": LOOK_AGAIN_SECONDS,
        "is_still": is_still,
        "still": f"?lang={visitor.language}&{STILL}=1",
        "moving": f"?lang={visitor.language}",
        "fields": own,
    }


def _kept(posted: Iterable[tuple[str, str]]) -> Fields:
    """The fields of the entry that are taken along: as many as a cookie holds."""
    short = [(name, value) for name, value in posted if len(name) + len(value) <= LONGEST_VALUE]
    return tuple(short[:MOST_FIELDS])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(pages.platform().settings.secret_key, salt="waiting")


def _read_ticket() -> Ticket | None:
    """The number of this browser; None when it has none, or one that we did not give."""
    try:
        number, fields = _signer().loads(request.cookies.get(COOKIE, ""))
        return Ticket(int(number), tuple((str(name), str(value)) for name, value in fields))
    except (BadData, ValueError, TypeError):
        return None


def _give(response: Redirect, wave: str, ticket: Ticket) -> Redirect:
    """Hand the number to the browser, until it is closed; what is too long for it is left to be given again."""
    written = str(_signer().dumps([ticket.number, ticket.fields]))
    if len(written) > LONGEST_COOKIE:
        written = str(_signer().dumps([ticket.number, ()]))
    secure = pages.platform().settings.production
    response.set_cookie(COOKIE, written, path=visits.wave_root(wave), httponly=True, samesite="Lax", secure=secure)
    return response


def _forget(response: Response, wave: str) -> Response:
    response.delete_cookie(COOKIE, path=visits.wave_root(wave), httponly=True, samesite="Lax")
    return response
