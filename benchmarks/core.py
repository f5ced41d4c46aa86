"""`path`: what it costs to find the path of a response and its effective answers.

The measure is that of `json.loads` on the same answers, which a page has to pay for anyway before it can find
the path: the median of the ratios of short turns, one of each after the other, so that what slows the machine for
a while slows both alike.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from benchmarks.report import Result
from questionnaires.model import Answer, Page, Question, Questionnaire, encode_given
from questionnaires.routing import path
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    computed,
    leaves,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    score,
    score_grid,
    single,
    text,
)

PATH_BAR = 12.0
PAGES = 12
ROUNDS = 41
TURN = 400  # calls of each in a turn: some hundredths of a second


def path_cost() -> Result:
    """A version of 60 questions, a response that answers all of them."""
    version, given = _version(), _answers()
    found = path(version, ONLINE, given)
    assert len(version.questions) == 60, len(version.questions)
    assert found.is_complete, found.first_incomplete
    assert len(found.effective) == len(given) + len(version.computed), found.causes
    document = json.dumps(encode_given(given))
    ratios, paths, decodings = [], [], []
    for _ in range(ROUNDS):
        decodings.append(_seconds(lambda: json.loads(document)))
        paths.append(_seconds(lambda: path(version, ONLINE, given)))
        ratios.append(paths[-1] / decodings[-1])
    ratios.sort()
    return Result(
        "path",
        statistics.median(ratios),
        PATH_BAR,
        "decodings",
        [
            ("questions, answers", f"{len(version.questions)}, {len(given)}"),
            ("json.loads of the answers, µs", f"{statistics.median(decodings) * 1e6:.1f}"),
            ("path of the answers, µs", f"{statistics.median(paths) * 1e6:.1f}"),
            ("ratios of the turns, from tenth to tenth", ", ".join(f"{one:.2f}" for one in ratios[:: ROUNDS // 10])),
        ],
    )


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(TURN):
        call()
    return (time.perf_counter() - start) / TURN


def _version() -> Questionnaire:
    """Twelve pages of five questions, most with a condition on those before, three in four on another page."""
    return questionnaire(
        *(_page(place) for place in range(PAGES)),
        computed=(
            computed("depense", "sum(montant0, montant1, montant2, montant3)"),
            computed("confiance", "sum(acteurs4_maire, acteurs4_region, acteurs4_etat)"),
            computed("engage", "membre5 = 'oui' and count(raisons5) >= 2"),
            computed("ecart", "note6 - note7"),
        ),
    )


def _page(place: int) -> Page:
    before = place - 1
    asked: list[Question] = [
        single(f"membre{place}", when=None if place == 0 else f"note{before} >= 2 or membre{before} = 'non'"),
        multiple(f"raisons{place}", when=f"membre{place} = 'oui'"),
        score(f"note{place}", when=None if place == 0 else f"count(raisons{before}) >= 1 and answered(note{before})"),
        score_grid(f"acteurs{place}", "maire", "region", "etat")
        if place % 2 == 0
        else choice_grid(f"acteurs{place}", "maire", "region", "etat", when=f"raisons{place} has 'a'"),
        number(f"montant{place}", when=f"membre{place} = 'oui' and note{place} > 3")
        if place % 4
        else text(f"mot{place}", when=f"not note{place} = 0"),
    ]
    if place == 0:
        asked[4] = number("montant0")
    check = must_hold(f"verif{place}", f"note{place} <= 10")
    exits = (leaves("sortie", "membre2 = 'non' and note2 = 0"),) if place == 2 else ()
    return page(f"page{place}", *asked, when=None if place < 4 else "depense >= 0", checks=(check,), exits=exits)


def _answers() -> dict[str, Answer]:
    given: dict[str, Answer] = {}
    for place in range(PAGES):
        given |= {f"membre{place}": 1, f"raisons{place}": (1, 2 + place % 2), f"note{place}": 4 + place % 6}
        given |= {f"acteurs{place}_{row}": 1 + place % 2 for row in ("maire", "region", "etat")}
        if place == 0 or place % 4:
            given[f"montant{place}"] = 120 * place
        else:
            given[f"mot{place}"] = "Des projets communs avec les associations de la commune"
    return given
