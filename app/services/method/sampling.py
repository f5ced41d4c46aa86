"""What an interval is worth: one sentence, by the way people came into the sample, with every interval shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SELECTIONS = ("quota", "random", "census", "open")
"""By quotas, drawn at random, everybody asked, open to all."""

_SENTENCES = {
    "fr": {
        "quota": "Intervalles indicatifs à 95\xa0%, sous l’hypothèse d’un tirage aléatoire, redressement "
        "pris en compte\xa0: ils ne se justifient que pour un échantillon aléatoire\u202f; "
        "l’échantillon est ici par quotas.",
        "random": "Intervalles de confiance à 95\xa0%, redressement pris en compte\xa0: "
        "ils mesurent le hasard du tirage, et non la non-réponse ni les erreurs de réponse.",
        "census": "Intervalles indicatifs à 95\xa0%, redressement pris en compte\xa0: toute la population a été "
        "interrogée, rien n’a été tiré au hasard et l’incertitude vient de la non-réponse.",
        "open": "Intervalles indicatifs à 95\xa0%, sous l’hypothèse d’un tirage aléatoire, redressement "
        "pris en compte\xa0: ils ne se justifient que pour un échantillon aléatoire\u202f; "
        "l’enquête est ici ouverte à tous, et chacun a choisi d’y répondre.",
    },
    "en": {
        "quota": "Indicative 95% intervals, assuming random selection and taking the weighting into account: "
        "they are justified for random samples only; this is a quota sample.",
        "random": "95% confidence intervals, taking the weighting into account: "
        "they measure the chance of the draw, not non-response nor errors in the answers.",
        "census": "Indicative 95% intervals, taking the weighting into account: the whole population was asked, "
        "nothing was drawn at random and the uncertainty comes from non-response.",
        "open": "Indicative 95% intervals, assuming random selection and taking the weighting into account: "
        "they are justified for random samples only; this survey is open to all, and people chose to answer it.",
    },
}
_SIZES = {
    "fr": " Répondants\xa0: {n}\u202f; base efficace\xa0: {effective}.",
    "en": " Respondents: {n}; effective base: {effective}.",
}


def selection_of(method: Mapping[str, Any]) -> str:
    """How the sample of a wave was selected, as its method sheet declares it; by quotas when it does not."""
    declared = method.get("selection")
    return declared if declared in SELECTIONS else "quota"


def interval_sentence(method: Mapping[str, Any], language: str, n: int | None, effective: float | None) -> str:
    """What the intervals of a wave are worth, with its number of respondents and its effective size.

    Either is None when it is withheld or not known: the sentence then says neither.
    """
    words = language if language in _SENTENCES else "en"
    sentence = _SENTENCES[words][selection_of(method)]
    if n is None or effective is None:
        return sentence
    return sentence + _SIZES[words].format(n=grouped(n, words), effective=grouped(round(effective), words))


def grouped(number: int, language: str) -> str:
    """A whole number with the thousands apart, as its language writes it."""
    return f"{number:,}".replace(",", "\u202f" if language == "fr" else ",")
