"""Pages that say why one cannot go on here, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Response, request
from flask_babel import gettext

from app.web import pages
from app.web.respond import screens, visits
from app.web.respond.screens import Head
from app.web.respond.visits import Visitor

Actions = Sequence[tuple[str, str]]


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
    return replace(head, csrf=visitor.visit.csrf, here=here)


def not_open(visitor: Visitor, status: int = 403) -> Response:
    """The wave has not opened: its entry announces it, the rest is refused."""
    return page_of_words(
        head_of(visitor),
        gettext("L’enquête n’est pas encore ouverte"),
        gettext("Revenez à cette adresse quand son ouverture sera annoncée. Rien n’est enregistré avant."),
        actions=((gettext("Voir les enquêtes ouvertes"), "/"),),
        status=status,
    )


def closed(visitor: Visitor) -> Response:
    """The wave takes no more answers."""
    texts = [gettext("Elle n’accepte plus de réponses. Merci de l’intérêt que vous lui portez.")]
    actions = [(gettext("Voir les enquêtes ouvertes"), "/")]
    visit = visitor.visit
    if visit is not None and visit.state.disposition == "complete":
        texts = [gettext("Vos réponses ont bien été envoyées avant la clôture.")]
        actions.insert(0, (gettext("Voir mon code de reçu"), f"{visit.root}fin"))
    elif visit is not None:
        texts.append(gettext("Vos réponses n’avaient pas été envoyées : elles ne compteront pas dans les résultats."))
    return page_of_words(head_of(visitor), gettext("L’enquête est close"), *texts, actions=actions, status=410)


def over(visitor: Visitor) -> Response:
    """No response answers to this browser."""
    return page_of_words(
        head_of(visitor),
        gettext("Nous ne retrouvons pas votre questionnaire"),
        gettext(
            "Votre questionnaire est terminé, le navigateur a été fermé, ou il refuse les témoins de connexion "
            "(cookies), sans lesquels les pages ne peuvent pas être reliées."
        ),
        gettext(
            "Repartez de l’accueil de l’enquête. Si cette page revient, acceptez les témoins de connexion pour ce site."
        ),
        actions=((gettext("Aller à l’accueil de l’enquête"), visits.wave_root(visitor.wave)),),
        status=403,
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


def withdrawn(visitor: Visitor) -> Response:
    """The answers were erased at the respondent's request."""
    return page_of_words(
        head_of(visitor),
        gettext("Vos réponses ont été retirées"),
        gettext("Elles ont été effacées à votre demande et ne comptent plus dans aucun résultat à venir."),
        status=410,
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
