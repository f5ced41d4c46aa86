"""Leaving for a while, and coming back: in this browser, with the code, by an e-mail."""

from __future__ import annotations

from flask import Response, abort, request
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.http import http_date
from werkzeug.wrappers import Response as Redirect

from app.services import attempts, messages, responding
from app.services.messages import AddressIsMalformed, TooManyMessages
from app.web import formats, pages
from app.web.respond import halts, telling, visits
from app.web.respond.places import PAUSE, RECEIPT, RESUME, SEND, blueprint, elsewhere, go, place_of
from app.web.respond.visits import (
    CODE,
    CodeIsOfAnotherWave,
    CodeIsRefused,
    CodesAreExhausted,
    Ended,
    Seal,
    Visit,
    VisitIsOver,
    Visitor,
)

SENT, KEPT, LEFT = "envoye", "garde", "parti"
"""In the address of a page: what was just done."""
LATE_FORMS = ("respond.answer", "respond.send")
"""The forms whose answers are kept while the code is asked for."""
MOST_FIELDS, MOST_CHARACTERS = 3000, 200_000
"""What such a form may hold to be kept."""
LONGEST_ROOT = 200
Fields = list[tuple[str, str]]


# -- leaving --------------------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{PAUSE}")
@pages.respondent
def pause(wave: str) -> Response | Redirect:
    """How to come back."""
    visit = visits.find_visit(wave)
    return elsewhere(visit, SEND) or _show_pause(visit)


@blueprint.post(f"/<wave>/{PAUSE}/courriel")
@pages.respondent
def mail_code(wave: str) -> Response | Redirect:
    """Have the code sent to an address, which is forgotten once it has left."""
    visit = visits.find_visit(wave)
    platform, root = pages.platform(), pages.own_address()
    if not platform.settings.smtp_url or len(root) > LONGEST_ROOT:
        abort(404)
    other = elsewhere(visit, SEND)
    if other is not None:
        return other
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _show_pause(visit, 403, telling.not_done())
    typed, language = request.form.get("courriel", "").strip()[:300], visit.state.language
    try:
        messages.request_resume_message(pages.session(), platform.sender, visit.state.id, typed, language, root)
    except AddressIsMalformed:
        problem = gettext("Cette adresse n’est pas complète. Écrivez-la comme dans « nom@exemple.fr ».")
        return _show_pause(visit, 422, typed=typed, problem=problem)
    except TooManyMessages:
        problem = gettext(
            "Plusieurs messages ont déjà été demandés. Notez le code affiché ci-dessus, ou réessayez dans une heure."
        )
        return _show_pause(visit, 422, typed=typed, problem=problem)
    return go(wave, f"{PAUSE}?{SENT}")


@blueprint.post(f"/<wave>/{PAUSE}/garder")
@pages.respondent
def keep_access(wave: str) -> Response | Redirect:
    """Have this device keep its access for thirty days: the person's choice, never ours."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return elsewhere(visit, SEND) or _show_pause(visit, 403, telling.not_done())
    return visits.give_cookie(go(wave, f"{PAUSE}?{KEPT}"), wave, visit.token, is_kept=True)


@blueprint.post(f"/<wave>/{PAUSE}/quitter")
@pages.respondent
def quit_device(wave: str) -> Response | Redirect:
    """Have this device forget the response; its code opens it again."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return elsewhere(visit, SEND) or _show_pause(visit, 403, telling.not_done())
    return visits.drop_cookie(go(wave, f"{RESUME}?{LEFT}"), wave)


def _show_pause(
    visit: Visit, status: int = 200, summary: str | Markup = "", typed: str = "", problem: str = ""
) -> Response:
    settings = pages.platform().settings
    done = {
        SENT: gettext("Le message part dans un instant. Votre adresse est effacée dès qu’il est parti."),
        KEPT: gettext("Cet appareil garde l’accès à vos réponses pendant trente jours."),
    }
    notes = [words for name, words in done.items() if name in request.args]
    return pages.render(
        "respond/pause.html",
        status,
        head=halts.head_of(visits.find_visitor(visit.wave), PAUSE),
        csrf=visit.csrf,
        code=own_code(visit),
        address=resume_address(visit),
        place=place_of(visit),
        is_kept=visit.is_kept,
        is_correcting=visit.state.disposition == "correcting",
        can_mail=bool(settings.smtp_url),
        notes=notes,
        summary=summary,
        typed=typed,
        problem=problem,
    )


def own_code(visit: Visit) -> str:
    """The code of a visit; empty when it cannot be told again."""
    return responding.code_of(pages.session(), visit.state.id, visit.token, pages.platform().settings.secret_key)


def resume_address(visit: Visit) -> str:
    """Where the code of a visit is typed, as it is read on paper or heard."""
    return f"{pages.own_address()}{visit.root}{RESUME}"


def spelled(code: str) -> str:
    """A code letter by letter, for who hears it."""
    return ", ".join(" ".join(group) for group in code.split("-"))


# -- coming back ----------------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{RESUME}")
@pages.public
def resume_here(wave: str) -> Response:
    """Ask for the code."""
    visitor = visits.find_visitor(wave)
    gone = gettext("Cet appareil n’a plus accès à vos réponses. Votre code les rouvre, ici ou ailleurs.")
    return ask_code(
        visitor,
        gettext("Reprendre avec votre code"),
        *([gone] if LEFT in request.args else []),
        gettext("Votre code est celui de la page « Reprendre plus tard », du message reçu ou de votre reçu."),
    )


@blueprint.get(f"/<wave>/{RESUME}/<code>")
@pages.public
def resume_by_link(wave: str, code: str) -> Response:
    """The link of an e-mail: nothing happens before the button, for programs open links too."""
    return ask_code(
        visits.find_visitor(wave),
        gettext("Reprendre votre questionnaire"),
        gettext("Choisissez « Reprendre » : ce navigateur ouvre alors vos réponses."),
        typed=code[: responding.LONGEST_CODE],
    )


@blueprint.post(f"/<wave>/{RESUME}")
@pages.public
def resume(wave: str) -> Response | Redirect:
    """Open the response of a code in this browser."""
    responding.open_entry(pages.session(), wave)
    visit = visits.open_by_code(wave, request.form.get(CODE, ""))
    state = visit.state
    if state.is_writable and state.wave_status in ("open", "paused"):
        return go(wave, place_of(visit))
    return go(wave, RECEIPT)


def ask_code(
    visitor: Visitor,
    title: str,
    *texts: str,
    status: int = 200,
    typed: str = "",
    problem: str = "",
    other_wave: str = "",
    late: Fields | None = None,
) -> Response:
    """A page with the field of the code. `late`: the fields of a form that came too late, posted again with it.

    `other_wave`: the wave of the response that the code opens, when it is another one.
    """
    root = visits.wave_root(visitor.wave)
    return pages.render(
        "respond/resume.html",
        status,
        head=halts.head_of(visitor),
        title=title,
        texts=texts,
        target=f"{root}{RESUME}" if late is None else request.full_path.rstrip("?"),
        late=late or [],
        name=CODE,
        typed=typed,
        problem=problem,
        other=f"{visits.wave_root(other_wave)}{RESUME}" if other_wave else "",
    )


# -- what stops one -------------------------------------------------------------------------------


def over(visitor: Visitor, error: VisitIsOver) -> Response:
    """The visit is over: the code opens it again, and what was posted too late is kept meanwhile."""
    _speak_as_before(visitor.wave, error.reason)
    late, is_too_long = _late_fields()
    words = [_why(error.reason)]
    if late:
        words.append(gettext("Ce que vous venez de répondre est gardé sur cette page : votre code l’enregistre."))
    elif is_too_long:
        words.append(gettext("Ce que vous venez de répondre est trop long pour être gardé ici : copiez-le d’abord."))
    is_old = error.reason is Ended.OVER
    title = (
        gettext("Votre visite s’est interrompue") if is_old else gettext("Nous ne retrouvons pas votre questionnaire")
    )
    return ask_code(visitor, title, *words, status=403, late=late)


def _why(reason: Ended) -> str:
    if reason is Ended.OVER:
        minutes = pages.platform().settings.session_minutes
        words: str = gettext(
            "Aucune page n’a été ouverte depuis plus de %(minutes)s minutes : pour que personne d’autre ne lise vos "
            "réponses, cet appareil demande votre code. Elles sont gardées.",
            minutes=minutes,
        )
        return words
    other: str = gettext(
        "Le navigateur a été fermé, vous avez quitté le questionnaire, ou les témoins de connexion (cookies) sont "
        "refusés : acceptez-les pour ce site. Votre code rouvre vos réponses."
    )
    return other


def _speak_as_before(wave: str, reason: Ended) -> None:
    """A page whose visit is over goes on in the language that was chosen."""
    sealed = visits.unseal() if reason is Ended.OVER else None
    state = responding.find_response(pages.session(), wave, sealed.token) if isinstance(sealed, Seal) else None
    if state is not None:
        visits.speak(state.language)


def _late_fields() -> tuple[Fields | None, bool]:
    """The fields of a question page that was posted too late, and whether they are too many to be kept."""
    if request.method in pages.SAFE_METHODS or request.endpoint not in LATE_FORMS:
        return None, False
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != CODE]
    length = sum(len(name) + len(value) for name, value in fields)
    if not fields or len(fields) > MOST_FIELDS or length > MOST_CHARACTERS:
        return None, bool(fields)
    return [(name, value) for name, value in fields if (name, value) != ("aller", "garder")], False


def code_refused(visitor: Visitor, error: CodeIsRefused) -> Response:
    """The code opens nothing here: said at the field, with what was typed."""
    late = _late_fields()[0]
    title, other = gettext("Reprendre avec votre code"), ""
    if isinstance(error, CodesAreExhausted):
        return _exhausted(visitor, error, late)
    if isinstance(error, CodeIsOfAnotherWave):
        problem = gettext("Ce code est celui d’une autre enquête : ouvrez-la, puis donnez-le de nouveau.")
        other = error.other
    else:
        # The request that failed wrote nothing: this is counted in a transaction of its own.
        with pages.platform().database.transaction() as own:
            attempts.count(own, request.remote_addr or "")
        problem = gettext(
            "Ce code n’ouvre aucun questionnaire. Il a seize lettres et chiffres, en quatre groupes : vérifiez chacun."
        )
    return ask_code(visitor, title, status=422, typed=error.typed, problem=problem, other_wave=other, late=late)


def _exhausted(visitor: Visitor, error: CodesAreExhausted, late: Fields | None) -> Response:
    response = ask_code(
        visitor,
        gettext("Trop de codes ont été essayés"),
        gettext(
            "Pour protéger les réponses de chacun, cette connexion ne peut plus essayer de code avant %(time)s.",
            time=formats.time(error.until, formats.language()),
        ),
        gettext("Rien n’est perdu : revenez à ce moment-là, votre code sous les yeux."),
        status=429,
        typed=error.typed,
        late=late,
    )
    response.headers["Retry-After"] = http_date(error.until)
    return response
