"""Moving answers in progress to a successor, over random versions, random edits of them and random answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import hypothesis
from hypothesis import event
from hypothesis import strategies as st

from app.services import passages
from questionnaires import routing
from questionnaires.checking import check
from questionnaires.comparison.comparing import compare
from questionnaires.model import Context, Page, Question, Questionnaire, item_name
from questionnaires.proofs.respondents import Limits
from tests.conftest import IS_FULL
from tests.questionnaires.builders import score, words
from tests.questionnaires.strategies import contexts, documents, versions

QUICK = Limits(steps=60_000)


def rewritten(version: Questionnaire, change: Callable[[Page], Page]) -> Questionnaire:
    """The version with each page changed."""
    parts = (replace(one, pages=tuple(map(change, one.pages))) for one in version.sections)
    return replace(version, sections=tuple(parts), version="2")


def on(version: Questionnaire, name: str, edit: Callable[[Question], tuple[Question, ...]]) -> Questionnaire:
    """The version where one question gives way to what an edit makes of it."""
    return rewritten(
        version,
        lambda page: replace(
            page,
            questions=tuple(new for one in page.questions for new in (edit(one) if one.name == name else (one,))),
        ),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Questionnaire, Questionnaire]:
    """A version and what one or two edits, safe or not, make of it."""
    old = draw(versions())
    new = old
    for place in range(draw(st.integers(1, 2))):
        asked = draw(st.sampled_from(list(new.questions)))
        added = score(f"ajout{place}")
        edits: dict[str, Callable[[Question], tuple[Question, ...]]] = {
            "reword": lambda one: (replace(one, text=words(f"Autrement : {one.name}")),),
            "add": lambda one, more=added: (one, more),  # type: ignore[misc]
            "drop": lambda _: (),
            "unfilter": lambda one: (replace(one, when=None),),
        }
        edited = on(new, asked.name, edits[draw(st.sampled_from(sorted(edits)))])
        is_sound = all(page.questions for page in edited.pages) and not any(one.is_blocking for one in check(edited))
        new = edited if is_sound else new
    return old, replace(new, version="2")


@hypothesis.settings(
    max_examples=500 if IS_FULL else 150,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
@hypothesis.given(pairs(), contexts, st.data())
def test_what_is_moved_loses_nothing_that_is_still_asked(
    pair: tuple[Questionnaire, Questionnaire], context: Context, data: st.DataObject
) -> None:
    old, new = pair
    given = data.draw(documents(old))
    if passages.obstacles(compare(old, new, limits=QUICK), old, new):
        event("finishes on its version")
        return
    event("moves")
    before, after = routing.path(old, context, given), routing.path(new, context, given)
    computed = {one.name for one in old.computed}
    computed |= {item_name(name, item) for name in computed for item in (1, 2, 3, 4, 5)}
    assert {name: after.effective.get(name) for name in before.effective if name not in computed} == {
        name: value for name, value in before.effective.items() if name not in computed
    }
    assert passages.keeps_answers(old, new, context, given)
    # The pages that were on the path are still there, in their order: nobody is sent back beside what was answered.
    assert [one for one in after.pages if one in before.pages] == list(before.pages)
