"""The door of a survey: what it is, the start, and the way out for those whom it does not concern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, abort, request
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from app.services import attempts, fieldwork, invitations, responding
from app.services.invitations import Invited
from app.web import pages
from app.web.respond import halts, paradata, visits, waiting
from app.web.respond.places import EXIT, RECEIPT, blueprint, go, place_of, resume_place
from app.web.respond.visits import Visitor
from app.web.respond.wording import Say, Wording
from questionnaires import piping

INVITATION = "invitation"
CODE, AGREEMENT, NOTICE = "code", "accord", "notice"
"""Fields of the form of the entry: a personal code, the consent, the hash of the notice that it showed."""
LONGEST_NAME = 120


@blueprint.get("/<wave>/")
@pages.public
def entry(wave: str) -> Response:
    """What the survey is, what becomes of the answers, and the door."""
    visitor = visits.find_visitor(wave)
    if visitor.entry.origin == "simulated" and visitor.entry.status == "open":
        return halts.simulated(visitor)
    if visitor.entry.status != "open":
        return halts.shut(visitor, 200)
    return _show_entry(visitor)


@blueprint.get(f"/<wave>/{INVITATION}/<code>")
@pages.public
def invited(wave: str, code: str) -> Response:
    """The door with a personal code already typed: nothing happens, and nothing is looked up, before the button."""
    visitor = visits.find_visitor(wave)
    if visitor.entry.status != "open" or visitor.entry.access != "personal":
        return entry(wave)
    return _show_entry(visitor, code=code[: responding.LONGEST_CODE])


def _show_entry(
    visitor: Visitor, status: int = 200, code: str = "", problems: Mapping[str, str] | None = None
) -> Response:
    """The entry; `problems`: what to say at the fields of its form, by their names."""
    held, visit = visitor.entry, visitor.visit
    description = visitor.questionnaire.description
    return pages.render(
        "respond/entry.html",
        status,
        head=halts.head_of(visitor),
        description=description.in_(visitor.language) if description else "",
        minutes=visitor.questionnaire.minutes,
        notice=held.notice,
        basis=held.basis,
        access=held.access,
        until=halts.say_moment(held.closes_at) if held.closes_at else "",
        controller=_name_controller(held.notice.get("controller", "")),
        is_answering=visitor.is_answering,
        is_sent=visit is not None and visit.state.disposition == "complete",
        resume=resume_place(visitor),
        start=responding.new_start(),
        seen=fieldwork.notice_hash(held.notice),
        code=code,
        problems=problems or {},
        title=gettext("Le questionnaire n’a pas encore commencé"),
        lines=[{"sentence": words, "target": f"{name}-1"} for name, words in (problems or {}).items()],
    )


def _name_controller(text: str) -> str:
    """Who is named in the sentence of consent: the first line of what the notice says of the controller."""
    first = text.replace(fieldwork.PLACEHOLDER, "").strip().partition("\n")[0].strip()
    return first if len(first) <= LONGEST_NAME else first[:LONGEST_NAME].rsplit(" ", 1)[0] + "…"


@blueprint.post("/<wave>/")
@pages.public
def start(wave: str) -> Response | Redirect:
    """Begin a response, unless this browser has one that goes on and no other is asked for."""
    visits.require_own_site(request)
    visitor = _in_posted_language(visits.find_visitor(wave))
    visit, code = visitor.visit, request.form.get(CODE, "").strip()
    is_asking_anew = request.form.get("commencer") == "nouveau" or code
    if visit is not None and visitor.is_answering and not is_asking_anew:
        return go(wave, place_of(visit))
    if visitor.entry.origin == "simulated":
        return halts.simulated(visitor)
    if visitor.entry.status != "open":
        return halts.shut(visitor)
    if visitor.entry.access == "personal":
        return _start_invited(visitor, code)
    return _refuse(visitor) or waiting.hold(visitor) or _begin(visitor)


def _in_posted_language(visitor: Visitor) -> Visitor:
    """The visitor, spoken to in the language of the form that was sent."""
    asked = request.form.get("langue", "")
    if asked not in visitor.questionnaire.languages:
        return visitor
    return replace(visitor, language=visits.speak(asked))


def _begin(visitor: Visitor) -> Redirect:
    """Start; the same form sent twice starts once."""
    started = responding.start_response(
        pages.session(),
        visitor.wave,
        visitor.language,
        pages.platform().settings.secret_key,
        consent=fieldwork.note_information(visitor.entry.notice, visitor.entry.basis),
        start=request.form.get("depart", ""),
    )
    paradata.record_start(visitor.entry.wave_id, started)
    return visits.give_cookie(go(visitor.wave, started.first_page), visitor.wave, started.token)


def _start_invited(visitor: Visitor, code: str) -> Response | Redirect:
    """Begin or resume the one response of a personal code."""
    session, secret_key = pages.session(), pages.platform().settings.secret_key
    address = request.remote_addr or ""
    until = attempts.blocked_until(session, address)
    if until is not None:
        return halts.exhausted(visitor, until)
    try:
        found = invitations.find_invited(session, visitor.wave, code, secret_key)
    except invitations.InvitationNotFound:
        if code:
            attempts.count(session, address)
        return _show_entry(visitor, 422, code, {CODE: _say_unknown(code)})
    except invitations.InvitationIsAnswered as answered:
        return halts.answered(visitor, answered.is_withdrawn)
    except invitations.InvitationIsSpent:
        return halts.spent(visitor)
    if not found.token:
        held = _refuse(visitor, code) or waiting.hold(visitor)
        if held is not None:
            return held
    return _open_invited(visitor, found)


def _open_invited(visitor: Visitor, found: Invited) -> Redirect:
    started = invitations.open_response(
        pages.session(),
        found,
        visitor.wave,
        visitor.language,
        pages.platform().settings.secret_key,
        fieldwork.note_information(visitor.entry.notice, visitor.entry.basis),
    )
    paradata.record_start(visitor.entry.wave_id, started)
    return visits.give_cookie(go(visitor.wave, started.first_page), visitor.wave, started.token)


def _say_unknown(code: str) -> str:
    if not code:
        words: str = gettext("Recopiez le code de votre invitation.")
        return words
    words = gettext("Ce code n’est pas celui d’une invitation à cette enquête. Vérifiez-le, caractère par caractère.")
    return words


def _refuse(visitor: Visitor, code: str = "") -> Response | None:
    """The entry again, where the notice has changed since it was read or is not agreed to; None lets start."""
    seen = request.form.get(NOTICE, "")
    if seen and seen != fieldwork.notice_hash(visitor.entry.notice):
        changed = gettext("Ce texte a changé depuis que vous l’avez ouvert. Relisez-le, puis commencez.")
        return _show_entry(visitor, 409, code, {NOTICE: changed})
    if visitor.entry.basis == "consent" and not request.form.get(AGREEMENT):
        needed = gettext(
            "Cochez cette case si vous acceptez. Sans votre accord, le questionnaire ne peut pas commencer."
        )
        return _show_entry(visitor, 422, code, {AGREEMENT: needed})
    return None


@blueprint.get(f"/<wave>/{EXIT}/<name>")
@pages.public
def leave(wave: str, name: str) -> Response:
    """Why the survey ends here for someone it does not concern."""
    visitor = visits.find_visitor(wave)
    taken = next((one for one in visitor.questionnaire.exits if one.name == name), None)
    if taken is None:
        abort(404)
    say = _say_exit(visitor)
    what, *actions = _after_exit(visitor)
    return halts.page_of_words(halts.head_of(visitor), say(taken.title), say(taken.text), what, actions=actions)


def _after_exit(visitor: Visitor) -> tuple[str, *tuple[tuple[str, str], ...]]:
    """What to do next, and the links to it; a correction that leads out cannot be sent."""
    root, visit = visits.wave_root(visitor.wave), visitor.visit
    if visit is not None and visit.state.disposition == "correcting":
        return (
            gettext(
                "Votre correction ne peut pas être envoyée ainsi : ce que vous aviez envoyé compte toujours. Changez "
                "la réponse qui mène ici, ou annulez la correction."
            ),
            (gettext("Revenir à la question"), root + visit.state.path.pages[-1]),
            (gettext("Annuler la correction ou retirer mes réponses"), root + RECEIPT),
        )
    return (
        gettext("Si vous vous êtes trompé de réponse, vous pouvez recommencer depuis l’accueil."),
        (gettext("Revenir à l’accueil de l’enquête"), root),
    )


def _say_exit(visitor: Visitor) -> Say:
    """What puts the texts of an exit into words: with the answers, unless they were erased."""
    visit = visitor.visit
    if visit is not None:
        return Wording(visit.state, visitor.language).on(visit.state.path.pages[-1])
    return lambda text: piping.render(text, visitor.language, visitor.questionnaire, {})
