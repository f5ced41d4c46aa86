"""Three-way merge of a page: what the tab showed, what it posts, what is stored by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import count

from questionnaires.model import Absence, Answer, Given, Questionnaire, Roster, item_name, split_item

Conflicts = dict[str, Answer | None]
Earlier = Sequence[Mapping[str, Answer | None]]
"""What this same tab posted before, without ever learning whether it was saved."""
ALIKE = 0.6
"""From this similarity on (0 to 1, `difflib`), the words of a line are taken for a correction of those before."""


def merge_page(
    questionnaire: Questionnaire,
    page: str,
    stored: Given,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    earlier: Earlier,
) -> tuple[dict[str, Answer], Conflicts]:
    """As `merge`; a list and the words of its lines go together.

    What is stored and was posted by this tab `earlier` is its own: nobody is in conflict with oneself.
    """
    rosters = _rosters(questionnaire, page)
    before = base
    for roster in rosters:
        answers = _with_new_items(roster, stored, answers, before, earlier)
        earlier = [_with_new_items(roster, stored, one, before, earlier) for one in earlier]
    base = _as_known(stored, base, earlier)
    merged, conflicts = merge(stored, answers, base)
    for roster in rosters:
        if roster in answers:
            _settle_list(roster, stored, answers, base, merged, conflicts)
    return merged, conflicts


def without_new_items(
    questionnaire: Questionnaire,
    page: str,
    stored: Given,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
) -> Mapping[str, Answer | None]:
    """The answers without the lists that would give a line another id: the page would not know of it."""
    for roster in _rosters(questionnaire, page):
        if _with_new_items(roster, stored, answers, base) is not answers:
            answers = {name: answer for name, answer in answers.items() if split_item(name)[0] != roster}
    return answers


def known_after(
    stored: Given, answers: Mapping[str, Answer | None], base: Mapping[str, Answer | None]
) -> dict[str, Answer | None]:
    """What a page that stays open knows to be stored: of an answer kept as it was posted, that; else as before."""
    return _as_known(stored, base, (answers,))


def _as_known(stored: Given, base: Mapping[str, Answer | None], own: Earlier) -> dict[str, Answer | None]:
    """The base, with what is stored wherever this tab itself posted it."""
    names = {name for one in own for name, answer in one.items() if _same(stored.get(name), answer)}
    return {**base, **{name: stored.get(name) for name in names}}


def _rosters(questionnaire: Questionnaire, page: str) -> list[str]:
    return [one.name for one in questionnaire.page(page).questions if isinstance(one, Roster)]


def _with_new_items(
    roster: str,
    stored: Given,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    earlier: Earlier = (),
) -> Mapping[str, Answer | None]:
    """The answers, with another id for each line whose words became those of something else.

    A corrected name keeps its answers; a partner written over another one must not inherit them. A line to which
    this tab already gave another id, unknown to its page, keeps that one.
    """
    items = _listed(answers.get(roster))
    used = {item for name, item in map(split_item, (*stored, *answers)) if name == roster and item is not None}
    added = [item for item in _listed(stored.get(roster)) if item not in _listed(base.get(roster))]
    renamed: dict[int, int] = {}
    for item in items:
        key = item_name(roster, item)
        before, now = base.get(key), answers.get(key)
        if (
            before == stored.get(key)
            and isinstance(before, str)
            and isinstance(now, str)
            and not _is_alike(before, now)
        ):
            words = {now, *(one.get(key) for one in earlier)}
            own = (one for one in added if stored.get(item_name(roster, one)) in words and one not in items)
            renamed[item] = next(own, None) or next(one for one in count(1) if one not in used)
            used.add(renamed[item])
    if not renamed:
        return answers
    changed = {item_name(roster, new): answers[item_name(roster, old)] for old, new in renamed.items()}
    kept = {name: answer for name, answer in answers.items() if split_item(name) not in {(roster, o) for o in renamed}}
    return {**kept, **changed, roster: tuple(renamed.get(item, item) for item in items)}


def _is_alike(before: str, now: str) -> bool:
    """Whether words are those of the same thing, corrected or completed."""
    one, other = before.casefold().strip(), now.casefold().strip()
    return one in other or other in one or SequenceMatcher(None, one, other).ratio() >= ALIKE


def merge(
    stored: Given, answers: Mapping[str, Answer | None], base: Mapping[str, Answer | None]
) -> tuple[dict[str, Answer], Conflicts]:
    """Three-way merge of one page: (merged document, answers in conflict with what is stored of them).

    An answer that the respondent did not touch keeps what is stored; one that nobody else touched is taken;
    one that both changed, differently, is a conflict and stays as stored.
    """
    merged: dict[str, Answer] = dict(stored)
    conflicts: Conflicts = {}
    for name, mine in answers.items():
        theirs, was = stored.get(name), base.get(name)
        if _same(mine, was) or _same(mine, theirs):
            continue
        if _same(theirs, was):
            merged[name] = Absence.SKIPPED if mine is None else mine
        else:
            conflicts[name] = theirs
    return merged, conflicts


def _settle_list(
    roster: str,
    stored: Given,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    merged: dict[str, Answer],
    conflicts: Conflicts,
) -> None:
    """A line taken off a list keeps its words under its key; what one tab takes off, the other must not change."""
    mine, kept = _listed(answers.get(roster)), _listed(merged.get(roster))
    is_torn = False
    for item in {*mine, *_listed(base.get(roster))}:
        key = item_name(roster, item)
        if item in mine:
            is_torn = is_torn or (item not in kept and not _same(answers.get(key), base.get(key)))
        else:
            conflicts.pop(key, None)
            _put(merged, key, stored.get(key))
            is_changed = not _same(stored.get(key), base.get(key))
            is_torn = is_torn or (is_changed and item in _listed(stored.get(roster)))
    if is_torn:
        conflicts.setdefault(roster, stored.get(roster))
        _put(merged, roster, stored.get(roster))


def _put(merged: dict[str, Answer], key: str, answer: Answer | None) -> None:
    if answer is None:
        merged.pop(key, None)
    else:
        merged[key] = answer


def _listed(answer: Answer | None) -> tuple[int, ...]:
    return answer if isinstance(answer, tuple) else ()


def _same(one: Answer | None, other: Answer | None) -> bool:
    """Whether two answers say the same; a blank says the same whether it was saved or not."""
    blank = (None, Absence.SKIPPED)
    return (one == other and type(one) is type(other)) or (one in blank and other in blank)
