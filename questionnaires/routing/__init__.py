"""The path: which pages a response goes through, what its effective answers are, why the others are absent.

`path` is a pure function of (version, context, given). Rules read only what is already fixed: the effective
answers of the pages and questions before, the context, and the computed variables whose sources are before.
A condition shows only when it is definitely true; so does an exit fire.

The pages of a repeated section are walked once for each item of its list, and a variable computed from all of
them is fixed after the last item. A choice or a row with a condition is offered only when that is definitely
true; an answer that is not offered, or a sensitive one without consent, does not count and has to be given anew.
A list passed without a line is the empty list: a value, so that its count is 0.
"""

from .context import prefilled
from .draws import draw, draw_arms, part_order
from .knowledge import known_answers, known_at, quota_cells, variant_of, wording
from .plan import conjunction
from .walk import Path, Progress, path

__all__ = [
    "Path",
    "Progress",
    "conjunction",
    "draw",
    "draw_arms",
    "known_answers",
    "known_at",
    "part_order",
    "path",
    "prefilled",
    "quota_cells",
    "variant_of",
    "wording",
]
