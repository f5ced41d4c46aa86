"""The ends of a response that the staff writes: an interview is over, an entry is finished, the survey stops early."""

from __future__ import annotations

from flask import Response, redirect
from werkzeug.wrappers import Response as Redirect

from app.services import paper
from app.services.responding import Incomplete
from app.web import pages
from app.web.respond import halts, visits
from app.web.respond.places import AGAIN, SEND, go
from app.web.respond.returning import own_code, resume_address
from app.web.respond.staffed import PAPER, shut_words
from app.web.respond.visits import Visit, Visitor
from questionnaires.model import Exit


def desk(wave: str, place: str) -> Redirect:
    """To a page of the staff that collects this wave."""
    target: Redirect = redirect(f"/interview/{wave}/{place}", 303)
    return target


def finish_entry(visit: Visit) -> Redirect:
    """End the entry of a form; the list of forms says what became of it."""
    platform = pages.platform()
    found = paper.entry_of(pages.session(), visit.state.id)
    number = found[0].number if found else 0
    ended = paper.finish_entry(pages.session(), visit.state, platform.settings.secret_key, platform.sender)
    if isinstance(ended, Incomplete):
        return go(visit.wave, f"{ended.page}?de={SEND}&{AGAIN}")
    return visits.drop_cookie(desk(visit.wave, f"paper?finished={number}"), visit.wave)


def leave(visit: Visit, taken: Exit) -> Redirect:
    """The survey does not concern the person on the telephone: the words to say, then the next call."""
    return visits.drop_cookie(desk(visit.wave, f"telephone/exit/{taken.name}"), visit.wave)


def show_end(visit: Visit) -> Response | Redirect:
    """The interview is sent: thank, give the code to who asks for it, then the next one."""
    if visit.state.mode == PAPER:
        return visits.drop_cookie(desk(visit.wave, "paper"), visit.wave)
    return pages.render(
        "respond/interviewed.html",
        head=halts.head_of(visits.find_visitor(visit.wave)),
        groups=[list(group) for group in own_code(visit).split("-")],
        address=resume_address(visit),
        wave=visit.wave,
    )


def show_shut(visitor: Visitor) -> Response:
    """A response that the staff writes is not for whoever holds its cookie or its code."""
    title, text, label, address = shut_words() or ("", "", "", "")
    return halts.page_of_words(halts.head_of(visitor), title, text, actions=((label, address),), status=403)
