"""What chance decides: orders and arms, drawn from the seed that a response keeps from its start.

The same seed and the same key always give the same draw, on every machine and in every release, so that what a
respondent saw can be shown again years later.
"""

from __future__ import annotations

import hashlib

from ..model import (
    Choice,
    Context,
    Grid,
    MultipleChoice,
    Order,
    Question,
    Questionnaire,
    Ranking,
    Row,
    SingleChoice,
    split_item,
)

_DRAWN_PER_DIGEST = 32  # 256 bits for at most 160 bits of choice: no order is measurably likelier than another


def draw(seed: int, key: str, n: int) -> tuple[int, ...]:
    """A permutation of range(n), all equally likely over the seeds."""
    left = list(range(n))
    drawn: list[int] = []
    for start in range(0, n, _DRAWN_PER_DIGEST):
        words = f"{seed}:{key}" if start == 0 else f"{seed}:{key}:{start}"
        number = int.from_bytes(hashlib.sha256(words.encode()).digest())
        for _ in range(min(_DRAWN_PER_DIGEST, n - start)):
            number, pick = divmod(number, len(left))
            drawn.append(left.pop(pick))
    return tuple(drawn)


def draw_arms(questionnaire: Questionnaire, seed: int) -> dict[str, str]:
    """The arm of each experiment for a response that starts with this seed; kept in its context."""
    return {
        one.name: one.arms[draw(seed, f"arm:{one.name}", len(one.arms))[0]].name for one in questionnaire.experiments
    }


def draw_sections(context: Context, shuffle: str, n: int) -> tuple[int, ...]:
    """The order in which neighbouring sections of one `shuffle` are asked."""
    return draw(context.seed, f"sections:{shuffle}", n)


def part_order(question: Question, context: Context) -> tuple[int, ...]:
    """The indexes of its choices, of the rows of a grid, in the order to show; () when it has neither.

    Fixed parts and exclusive choices keep their places, and every item of a roster sees the same order.
    """
    parts = _parts(question)
    order = list(range(len(parts)))
    kind = question.order if isinstance(question, Grid | SingleChoice | MultipleChoice | Ranking) else Order.FIXED
    if kind is Order.FIXED:
        return tuple(order)
    movable = [place for place, part in enumerate(parts) if not _keeps_its_place(part)]
    key = f"order:{split_item(question.name)[0]}"
    if kind is Order.RANDOM:
        moved = [movable[pick] for pick in draw(context.seed, key, len(movable))]
    else:
        moved = movable if draw(context.seed, key, 2)[0] == 0 else movable[::-1]
    for place, part_index in zip(movable, moved, strict=True):
        order[place] = part_index
    return tuple(order)


def _parts(question: Question) -> tuple[Choice | Row, ...]:
    if isinstance(question, Grid):
        return question.rows
    if isinstance(question, SingleChoice | MultipleChoice | Ranking):
        return question.choices
    return ()


def _keeps_its_place(part: Choice | Row) -> bool:
    return part.fixed or (isinstance(part, Choice) and part.exclusive)
