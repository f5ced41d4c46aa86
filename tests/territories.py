"""A nation of a thousand people in the 13 regions, few of them in Corse, and what they are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from questionnaires.model import Choice, LocalText, Questionnaire, SingleChoice, Subtotal
from questionnaires.model.territories import METROPOLITAN, REGIONS
from tests.questionnaires.builders import choices, multiple, page, questionnaire, score, single, words

SIZES = {84: 130, 27: 60, 53: 70, 24: 45, 94: 12, 44: 80, 32: 90, 11: 150, 28: 60, 75: 90, 76: 90, 52: 80, 93: 70}
CORSICA = 94


def region_question(codes: dict[int, str], name: str = "region") -> SingleChoice:
    made = tuple(Choice(code, f"r{code}", LocalText({"fr": label})) for code, label in codes.items())
    return replace(single(name, choices=made), concept="region")


NOW = {code: REGIONS[code][1] for code in METROPOLITAN} | {4: "La Réunion", 99: "Hors de France"}


def asked_of(codes: dict[int, str]) -> Questionnaire:
    return questionnaire(
        page("profil", single("sexe", "homme", "femme"), region_question(codes)),
        page(
            "avis",
            single(
                "utilite",
                choices=choices("beaucoup", "assez", "peu", "pas"),
                subtotals=(Subtotal("st_utile", words("ST Utile"), ("beaucoup", "assez")),),
                no_opinion=True,
            ),
            score("confiance", no_opinion=True),
            multiple("priorite", "emploi", "sante", "climat"),
        ),
    )


ASKED = asked_of(NOW)


def people_of(sizes: dict[int, int], seed: int = 3) -> list[dict[str, Any]]:
    """People whose opinion depends on their region; in Corse, nearly nobody agrees with the others."""
    chance = np.random.default_rng(seed)
    people = []
    for region, size in sizes.items():
        agree = (region % 7) / 50
        shares = [0.15, 0.2, 0.3, 0.35] if region == CORSICA else [0.3, 0.3 + agree, 0.25 - agree, 0.15]
        for _ in range(size):
            people.append(
                {
                    "sexe": int(chance.integers(1, 3)),
                    "region": region,
                    "utilite": int(chance.choice([1, 2, 3, 4], p=shares)),
                    "confiance": int(chance.integers(0, 11)),
                    "priorite": tuple(sorted({int(one) for one in chance.integers(1, 4, 2)})),
                }
            )
    return people
