"""A question of every type with an answer, and what a browser would post from its HTML as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from werkzeug.datastructures import MultiDict

from app.web.controls.compiled import MACROS
from questionnaires.model import Answer, Question, Required
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choice_grid,
    choices,
    consent,
    date,
    duration,
    information,
    likert,
    month,
    multiple,
    multiple_grid,
    number,
    number_grid,
    ranking,
    roster,
    score,
    score_grid,
    single,
    suggester,
    text,
    words,
    year,
    yes_no,
)

EVERY: list[tuple[Question, dict[str, Answer]]] = [
    (
        single("statut", choices=asking_words(choices("asso", "autre"), "autre"), no_opinion=True, refusal=True),
        {"statut": 2, "statut_autre_text": "Mutuelle"},
    ),
    (yes_no("deja"), {"deja": 1}),
    (consent("accord"), {"accord": 2}),
    (likert("avis", no_opinion=True), {"avis": 3}),
    (
        multiple(
            "soucis", choices=asking_words(choices("emploi", "climat", "autre", "aucun", exclusive="aucun"), "autre")
        ),
        {"soucis": (1, 3), "soucis_autre_text": "Logement"},
    ),
    (ranking("rangs", "a", "b", "c", no_opinion=True), {"rangs": (3, 1, 2)}),
    (score("note", no_opinion=True), {"note": 0}),
    (score_grid("force", "ici", "ailleurs", no_opinion=True), {"force_ici": 10, "force_ailleurs": 3}),
    (choice_grid("effet", "ici", "ailleurs"), {"effet_ici": 1, "effet_ailleurs": 2}),
    (multiple_grid("apports", "etat", "region"), {"apports_etat": (1, 3), "apports_region": (2,)}),
    (number_grid("couts", "un", "deux", decimals=2, unit=words("euros")), {"couts_un": 1250, "couts_deux": 0}),
    (allocation("parts", "un", "deux", unit=words("%")), {"parts_un": 60, "parts_deux": 40}),
    (number("prix", decimals=2, no_opinion=True), {"prix": 1250}),
    (date("jour", refusal=True), {"jour": 738215}),
    (month("mois", no_opinion=True), {"mois": 12 * 2022 + 2}),
    (year("annee"), {"annee": 1998}),
    (duration("trajet", "hours", "minutes", no_opinion=True), {"trajet": 95}),
    (duration("age", "months"), {"age": 7}),
    (text("mot", no_opinion=True), {"mot": "Ensemble"}),
    (text("recit", long=True), {"recit": "Un\n\ndeux"}),
    (text("mel", pattern="email"), {"mel": "camille@exemple.fr"}),
    (
        suggester("commune", refusal=True),
        {
            "commune": "35238",
            "commune_name": "Rennes",
            "commune_department": "35",
            "commune_region": 53,
            "commune_cog": 2025,
        },
    ),
    (
        roster("partenaires", maximum=4, no_opinion=True),
        {"partenaires": (1, 4), "partenaires[1]": "Mairie", "partenaires[4]": "Région"},
    ),
    (
        single("sante", sensitive=True, required=Required.NO),
        {"sante_consent": 1, "sante": 1},
    ),
    (text("parti", sensitive=True, required=Required.NO), {"parti_consent": 1, "parti": "Aucun"}),
    (information("mot_d_accueil"), {}),
]

assert {type(question) for question, _ in EVERY} == set(MACROS)


class _Inputs(HTMLParser):
    """Collects the names and values of the controls that would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._area: str | None = None
        self._words = ""
        self._list: str | None = None
        self._picked = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An input is sent with its value; a box only when it is checked; a list by what is picked in it."""
        found = {name: value or "" for name, value in attrs}
        if tag == "textarea":
            self._area, self._words = found["name"], ""
        elif tag == "select":
            self._list, self._picked = found["name"], ""
        elif tag == "option" and "selected" in found:
            self._picked = found["value"]
        elif tag == "input" and (found["type"] not in ("radio", "checkbox") or "checked" in found):
            self.sent.append((found["name"], found["value"]))

    def handle_data(self, data: str) -> None:
        """Inside a text area, what was typed."""
        if self._area is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        """A text area or a list is whole."""
        if tag == "textarea" and self._area is not None:
            self.sent.append((self._area, self._words.removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._list is not None:
            self.sent.append((self._list, self._picked))
            self._list = None


def posted(html: str) -> MultiDict[str, str]:
    """What a browser posts from this HTML when nothing is touched."""
    reader = _Inputs()
    reader.feed(html)
    return MultiDict(reader.sent)


def answered(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are not blank."""
    return {name: answer for name, answer in answers.items() if answer is not None}
