"""Pages that say why one cannot go on here, and what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from flask import Response, request
from flask_babel import gettext

from app.db import now
from app.services import windows
from app.services.fieldwork import SENT
from app.web import formats, pages
from app.web.respond import screens, staffed, visits
from app.web.respond.screens import Head
from app.web.respond.visits import Visitor

Actions = Sequence[tuple[str, str]]
RESUME = "reprendre-ici"
"""Where the code of a response is typed."""


def page_of_words(head: Head, title: str, *texts: str, actions: Actions = (), status: int = 200) -> Response:
    """A page with a title, paragraphs and links."""
    return pages.render("respond/words.html", status, head=head, title=title, texts=texts, actions=actions)


def head_of(visitor: Visitor, here: str = "") -> Head:
    """The frame of a page of a wave; with a response that goes on, the language is changed for good."""
    entry = visitor.entry
    head = screens.make_head(
        entry.questionnaire, visitor.language, origin=entry.origin, root=visits.wave_root(visitor.wave)
    )
    if visitor.visit is None or not visitor.is_answering:
        return head
    if visitor.visit.state.mode != staffed.WEB:
        state = visitor.visit.state
        head = replace(head, mode=state.mode, banner=head.banner + staffed.bar(state))
    return replace(head, csrf=visitor.visit.csrf, here=here, session=visitor.visit.session_seconds)


def say_moment(moment: dt.datetime) -> str:
    """A moment of the window as respondents read it: the day, the time, whose time."""
    language = formats.language()
    words: str = gettext(
        "%(date)s à %(time)s (heure de Paris)",
        date=formats.date(formats.local(moment), language),
        time=formats.time(moment, language),
    )
    if windows.is_twice(moment):
        words += gettext(", après le passage à l’heure d’hiver")
    return words


def shut(visitor: Visitor, status: int = 403) -> Response:
    """The wave takes no answers at this moment: closed, paused or not open yet. `status` of the latter two."""
    if visitor.entry.status == "closed":
        return closed(visitor)
    return paused(visitor, status) if visitor.entry.status == "paused" else not_open(visitor, status)


def not_open(visitor: Visitor, status: int) -> Response:
    """The wave has not opened: its entry announces it, the rest is refused."""
    opens_at = visitor.entry.opens_at
    when = gettext("Revenez à cette adresse quand son ouverture sera annoncée.")
    if opens_at is not None and opens_at > now():
        when = gettext("Elle ouvre le %(moment)s. Revenez alors à cette adresse.", moment=say_moment(opens_at))
    return page_of_words(
        head_of(visitor),
        gettext("L’enquête n’est pas encore ouverte"),
        when,
        gettext("Rien n’est enregistré avant."),
        actions=((gettext("Voir les enquêtes ouvertes"), "/"),),
        status=status,
    )


def paused(visitor: Visitor, status: int = 403) -> Response:
    """The wave takes no answers for now: nothing is lost, and nothing is to be done again."""
    visit, root = visitor.visit, visits.wave_root(visitor.wave)
    texts = [gettext("Elle reprendra à cette adresse. Revenez dans quelques heures, ou demain.")]
    actions = [(gettext("Réessayer"), root)]
    if visit is not None and visit.state.disposition == "complete":
        texts.insert(0, gettext("Vos réponses sont envoyées et comptent : vous n’avez rien à faire."))
        actions.insert(0, (gettext("Voir mon code de reçu"), f"{root}fin"))
    elif visit is not None and visit.state.is_writable:
        texts.insert(
            0, gettext("Vos réponses sont gardées. Vous n’avez rien à refaire : vous reprendrez où vous en êtes.")
        )
    else:
        texts.append(gettext("Si vous aviez commencé, vos réponses sont gardées."))
        actions.append(_by_code(visitor))
    return page_of_words(head_of(visitor), gettext("L’enquête est en pause"), *texts, actions=actions, status=status)


def closed(visitor: Visitor) -> Response:
    """The wave takes no more answers: what became of those of whoever asks."""
    closes_at = visitor.entry.closes_at
    texts = [gettext("Elle n’accepte plus de réponses. Merci de l’intérêt que vous lui portez.")]
    if closes_at is not None and closes_at <= now():
        since = gettext("Elle s’est terminée le %(moment)s.", moment=say_moment(closes_at))
        texts = [since, gettext("Elle n’accepte plus de réponses. Merci de l’intérêt que vous lui portez.")]
    visit = visitor.visit
    actions = [(gettext("Voir les enquêtes ouvertes"), "/")]
    if visit is not None and visit.state.disposition in SENT:
        texts += _what_was_sent(visit.state.disposition)
        actions.insert(0, (gettext("Voir mon code de reçu"), f"{visit.root}fin"))
    elif visit is not None and visit.state.disposition == "in_progress":
        if request.method == "POST":
            texts.append(gettext("Ce que vous venez d’envoyer est arrivé trop tard et n’a pas été enregistré."))
        texts.append(gettext("Vos réponses n’avaient pas été envoyées : elles ne compteront pas dans les résultats."))
    else:
        actions.insert(0, _by_code(visitor))
    return page_of_words(head_of(visitor), gettext("L’enquête est close"), *texts, actions=actions, status=410)


def _what_was_sent(disposition: str) -> list[str]:
    """What counts of a response that was sent before the closing."""
    if disposition == "correcting":
        return [
            gettext(
                "Vos réponses ont bien été envoyées avant la clôture et comptent. La correction que vous aviez "
                "commencée n’a pas été envoyée : elle ne compte pas."
            )
        ]
    return [gettext("Vos réponses ont bien été envoyées avant la clôture.")]


def _by_code(visitor: Visitor) -> tuple[str, str]:
    """The way to what was answered, for who comes from another browser."""
    return gettext("J’ai un code"), f"{visits.wave_root(visitor.wave)}{RESUME}"


def answered(visitor: Visitor, is_withdrawn: bool) -> Response:
    """The personal code has already been used to answer."""
    root = visits.wave_root(visitor.wave)
    words = gettext(
        "Une réponse a été envoyée avec ce code personnel : il ne peut plus servir. Pour la relire, la corriger ou la "
        "retirer, prenez le code de reçu donné à la fin."
    )
    if is_withdrawn:
        words = gettext(
            "La réponse envoyée avec ce code personnel a été retirée à votre demande. Le code ne peut plus servir."
        )
    return page_of_words(
        head_of(visitor),
        gettext("Vous avez déjà répondu"),
        words,
        actions=() if is_withdrawn else ((gettext("J’ai mon code de reçu"), f"{root}{RESUME}"),),
        status=409,
    )


def spent(visitor: Visitor) -> Response:
    """The personal code has served, and nothing joins it to its response any more."""
    return page_of_words(
        head_of(visitor),
        gettext("Ce code a déjà servi"),
        gettext(
            "L’enquête a été close depuis, puis rouverte. À la clôture, le lien entre ce code personnel et les "
            "réponses a été effacé, pour que personne ne puisse les rapprocher."
        ),
        gettext("Pour retrouver vos réponses, prenez le code que le questionnaire vous a donné."),
        actions=(_by_code(visitor),),
        status=409,
    )


def exhausted(visitor: Visitor, until: dt.datetime) -> Response:
    """Too many personal codes were wrong."""
    return page_of_words(
        head_of(visitor),
        gettext("Trop de codes inexacts ont été essayés"),
        gettext("Vous pourrez de nouveau essayer à %(time)s.", time=formats.time(until, formats.language())),
        gettext("Rien n’est perdu. Vérifiez en attendant que le code est recopié de votre invitation."),
        actions=((gettext("Aller à l’accueil de l’enquête"), visits.wave_root(visitor.wave)),),
        status=429,
    )


def simulated(visitor: Visitor) -> Response:
    """The wave is a demonstration: nobody answers it."""
    return page_of_words(
        head_of(visitor),
        gettext("Cette vague est une démonstration"),
        gettext(
            "Ses réponses sont simulées : personne ne peut y répondre. "
            "Pour essayer un questionnaire, ouvrez une enquête d’essai."
        ),
        actions=((gettext("Voir les enquêtes ouvertes"), "/"),),
        status=403,
    )


def withdrawn(visitor: Visitor, status: int = 410) -> Response:
    """The answers were erased at the respondent's request."""
    return page_of_words(
        head_of(visitor),
        gettext("Vos réponses ont été retirées"),
        gettext("Elles ont été effacées à votre demande et ne comptent plus dans aucun résultat à venir."),
        status=status,
    )


def foreign(visitor: Visitor) -> Response:
    """A form of another site asked to start."""
    return page_of_words(
        head_of(visitor),
        gettext("Cette demande vient d’un autre site"),
        gettext("Rien n’a été enregistré. Commencez depuis l’accueil de l’enquête."),
        actions=((gettext("Aller à l’accueil de l’enquête"), visits.wave_root(visitor.wave)),),
        status=403,
    )


def unknown_wave() -> Response:
    """No wave has this key."""
    language = visits.speak(visits.choose_language(visits.SCREEN_LANGUAGES))
    return page_of_words(
        _bare_head(language),
        gettext("Cette enquête n’existe pas"),
        gettext("L’adresse contient peut-être une faute. Vérifiez-la, ou choisissez une enquête ouverte."),
        actions=((gettext("Voir les enquêtes ouvertes"), "/"),),
        status=404,
    )


def refused(code: int) -> Response:
    """A request that cannot be taken: an unknown page, a form that is too large or cannot be read."""
    language = visits.speak(visits.spoken() or visits.choose_language(visits.SCREEN_LANGUAGES))
    title, text = {
        404: (
            gettext("Cette page n’existe pas"),
            gettext("L’adresse contient peut-être une faute. Revenez à la page précédente du navigateur."),
        ),
        413: (
            gettext("Cet envoi est trop volumineux"),
            gettext("Rien n’a été enregistré. Revenez à la page précédente, raccourcissez le texte, puis recommencez."),
        ),
    }.get(
        code,
        (
            gettext("Cette demande n’a pas pu être lue"),
            gettext("Rien n’a été enregistré. Revenez à la page précédente du navigateur, puis recommencez."),
        ),
    )
    wave = (request.view_args or {}).get("wave")
    home = (gettext("Aller à l’accueil de l’enquête"), visits.wave_root(wave)) if wave else (gettext("Accueil"), "/")
    return page_of_words(_bare_head(language), title, text, actions=(home,), status=code)


def _bare_head(language: str) -> Head:
    """The frame of a page that belongs to no wave."""
    return Head(language=language, title=gettext("Observatoire des partenariats"), root=None)
