"""The sentences of the script, in the language of the page."""

from __future__ import annotations

from flask_babel import gettext


def script_words() -> dict[str, str]:
    """By key, what the script may say."""
    return {**_words_of_controls(), **_words_of_the_network()}


def _words_of_controls() -> dict[str, str]:
    """What stands beside the questions; {names} are filled by the script."""
    return {
        "unticked": gettext("Décoché : {choice}."),
        "choices_left": gettext("Réponses encore possibles : {left}."),
        "choices_full": gettext(
            "Vous avez choisi {most} réponses, le maximum. Pour en choisir une autre, décochez-en une."
        ),
        "choices_over": gettext("Réponses en trop : {over}. Gardez-en {most} au plus."),
        "letters_left": gettext("Caractères restants : {letters}."),
        "letters_over": gettext("Caractères en trop : {letters}. Raccourcissez votre texte."),
        "total": gettext("Total : {total}."),
        "total_left": gettext("Total : {total}. Il reste {left} à répartir."),
        "total_over": gettext("Total : {total}. Il y a {left} de trop."),
        "total_right": gettext("Total : {total}. Le compte est juste."),
        "rank_add": gettext("Classer"),
        "rank_add_this": gettext("Classer « {choice} »"),
        "rank_up_this": gettext("Monter « {choice} »"),
        "rank_down_this": gettext("Descendre « {choice} »"),
        "rank_out_this": gettext("Ne plus classer « {choice} »"),
        "ranked": gettext("« {choice} » : rang {rank} sur {most}."),
        "unranked": gettext("« {choice} » n’est plus classé."),
        "ranks_full": gettext("Les {most} rangs sont donnés. Pour classer une autre réponse, retirez-en une."),
        "places_found": gettext("Communes proposées : {count}. Choisissez avec les flèches."),
        "places_none": gettext("Aucune commune de ce nom."),
    }


def _words_of_the_network() -> dict[str, str]:
    """What is said of saving, of the network, of the end of a session."""
    return {
        "sending": gettext("Enregistrement en cours."),
        "offline": gettext(
            "Vous n’êtes plus connecté : vos réponses sont gardées sur cet appareil et partiront dès le retour du "
            "réseau."
        ),
        "unavailable": gettext(
            "Le site ne répond pas pour l’instant : vos réponses sont gardées sur cet appareil et partiront dès "
            "qu’il répondra."
        ),
        "ending": gettext("Êtes-vous toujours là ?"),
        "ending_what": gettext(
            "Votre session se termine dans %(delay)s. Pour la prolonger, choisissez « Continuer de répondre ».",
            delay="{minutes}",
        ),
        "minute": gettext("une minute"),
        "minutes": gettext("%(count)s minutes", count="{count}"),
        "stay": gettext("Continuer de répondre"),
        "later": gettext("Reprendre plus tard"),
        "ended": gettext("Votre session est terminée"),
        "ended_what": gettext(
            "Vos réponses ne sont pas perdues. Fermez ce message, puis choisissez « Continuer » : votre code de "
            "reprise vous sera demandé, puis vos réponses seront enregistrées."
        ),
        "close": gettext("Fermer"),
    }
