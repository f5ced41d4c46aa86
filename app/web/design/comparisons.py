"""Two versions compared: what changed, for whom, what may still be compared, and who confirmed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import comparing, ledgers, proving, rights, trend_fates
from app.services.authoring import VersionSummary
from app.services.codebooks import in_language
from app.services.comparing import Piece, class_in_words, marked
from app.services.ledgers import Standing
from app.services.proving import ComparisonState
from app.services.proving.saying import Journey, journey
from app.services.trend_fates import TrendFate
from app.web import formats, pages
from app.web.design.forms import ConfirmForm
from app.web.design.views import find_version, reading_language
from questionnaires import concepts, piping
from questionnaires.comparison import BaseStatus, BaseVerdict, Change, ChangeKind, ComparabilityClass, Comparison
from questionnaires.model import Questionnaire

EVERY_MILLISECONDS = 1500
ALONE = (ComparabilityClass.NEW, ComparabilityClass.DROPPED)
"""Of these there is nothing to read side by side: the question or its row says it all."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A change in words, before and after."""

    kind: str
    class_: ComparabilityClass
    class_words: str
    part: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class BaseShown:
    """The verdict on a base in words. `asked_in`: the version in which this respondent is asked, then the other one.

    `key`: the question or the row, as the comparison names it.
    """

    key: str
    words: str
    is_changed: bool
    journey: Journey | None
    asked_in: VersionSummary
    other: VersionSummary


@dataclass(frozen=True, slots=True)
class Group:
    """Variables of one question that share a class and a standing: one decision for all of them.

    `class_words`: of the class proposed; `retained`: of the one that a person retained, and `reason` why; `join`:
    what a trend does.
    """

    variables: tuple[str, ...]
    class_: ComparabilityClass
    class_words: str
    standing: Standing
    join: str
    retained: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A question that changed, or a variable that nobody is asked."""

    name: str
    text: str
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    bases: tuple[BaseShown, ...]

    @property
    def order(self) -> tuple[int, int]:
        """Those that wait for a person first, then from the farthest to the closest; what came or went last."""
        waits = any(one.standing.is_waiting for one in self.groups)
        ranks = [0 if one.class_ in ALONE else one.class_.rank for one in self.groups]
        return (0 if waits else 1, -max(ranks, default=0))


@dataclass(frozen=True, slots=True)
class Trend:
    """What becomes of a trend. `title`: its concept, else its question, in words; `reason`: the note of who decided."""

    told: TrendFate
    title: str
    left: str
    reason: str
    class_words: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions: the one that is shown and the one that it is compared with, the older first."""

    old: VersionSummary
    new: VersionSummary
    old_model: Questionnaire
    model: Questionnaire
    state: ComparisonState


def compare(version_id: int, other_id: int) -> Response | Redirect:
    """What changed from one version to the next; a POST asks for the comparison."""
    pair = _pair(version_id, other_id)
    if request.method == "POST":
        proving.request_comparison(pages.session(), pages.platform().sender, pair.old.id, pair.new.id)
        return redirect(url_for("design.compare", version_id=pair.new.id, other_id=pair.old.id), 303)
    return pages.render("design/compare.html", **_state(pair), **_found(pair))


def compare_part(version_id: int, other_id: int) -> Response:
    """How far the comparison is: the part of the page that keeps itself fresh."""
    return pages.render("design/compare_part.html", **_state(_pair(version_id, other_id)))


def confirm(version_id: int, other_id: int, variable: str) -> Response | Redirect:
    """Retain a class for the variables of a change, with a reason, by the name of who is signed in."""
    pair = _pair(version_id, other_id)
    if pair.state.comparison is None:
        abort(404)
    found = next((one for one in _compared(pair) if any(variable in group.variables for group in one.groups)), None)
    if found is None:
        abort(404)
    group = next(one for one in found.groups if variable in one.variables)
    decision = group.standing.decision
    form = ConfirmForm(class_=(decision.class_ if decision else group.class_).value)
    form.offer(ledgers.offered(group.class_))
    seen = pair.state.comparison.digest(*group.variables)
    # What is confirmed is the change that was read, not one that has come in its place since.
    is_other = request.method == "POST" and request.form.get("seen") != seen
    if not is_other and form.validate_on_submit():
        rights.require(pages.session(), current_user, pair.new.questionnaire_id, "edit")
        class_ = ComparabilityClass(form.class_.data)
        ledgers.confirm(pages.session(), current_user, pair.state.comparison, group.variables, class_, form.reason.data)
        flash(_("La classe est retenue. Votre nom, la date et votre raison sont gardés."), "done")
        return redirect(url_for("design.compare", version_id=version_id, other_id=other_id) + f"#{found.name}", 303)
    language = formats.language()
    hints = {one.value: in_language(words, language) for one, words in comparing.CLASS_MEANINGS.items()}
    told = {"form": form, "found": found, "group": group, "hints": hints, "seen": seen, "is_other": is_other}
    return pages.render("design/confirm.html", status=409 if is_other else 200, **told, **_state(pair))


def _pair(version_id: int, other_id: int) -> Pair:
    new, model = find_version(version_id)
    old, old_model = find_version(other_id)
    if new.questionnaire_key != old.questionnaire_key or other_id >= version_id:
        abort(404)
    return Pair(old, new, old_model, model, proving.comparison_of(pages.session(), other_id, version_id))


def _state(pair: Pair) -> dict[str, Any]:
    return {
        "old": pair.old,
        "version": pair.new,
        "questionnaire": pair.model,
        "language": reading_language(pair.model),
        "state": pair.state,
        "is_busy": pair.state.status in ("queued", "running"),
        "every": EVERY_MILLISECONDS,
    }


def _found(pair: Pair) -> dict[str, Any]:
    """What the comparison found, in words; nothing while there is none."""
    if pair.state.comparison is None:
        return {"compared": (), "summary": (), "waiting": 0, "trends": ()}
    counted = Counter(pair.state.comparison.classes.values())
    language = formats.language()
    summary = [
        (one, class_in_words(one, language), in_language(comparing.JOIN_WORDS[one.joins], language), counted[one])
        for one in ComparabilityClass
        if counted[one]
    ]
    compared = sorted(_compared(pair), key=lambda one: one.order)
    waiting = sum(len(group.variables) for one in compared for group in one.groups if group.standing.is_waiting)
    return {
        "compared": compared,
        "summary": summary,
        "waiting": waiting,
        "trends": _trends(pair),
        "same": counted[ComparabilityClass.IDENTICAL],
        "waves": trend_fates.waves_on(pages.session(), pair.old.id),
    }


def _trends(pair: Pair) -> list[Trend]:
    """The trends that the changes touch, in words."""
    assert pair.state.comparison is not None
    standings = ledgers.standings(pages.session(), pair.state.comparison)
    found = trend_fates.trend_fates(pair.state.comparison, standings, pair.old_model, pair.model)
    language = formats.language()
    return [
        Trend(
            one,
            _concept(one.concept, language) or _text(pair, one.question),
            _concept(one.left, language),
            one.reason.in_(language),
            class_in_words(one.class_, language),
        )
        for one in found
    ]


def _concept(name: str, language: str) -> str:
    """The label of a concept; its name where the register does not know it."""
    register = concepts.register()
    return register[name].label.in_(language) if name in register else name


def _compared(pair: Pair) -> list[Compared]:
    comparison = pair.state.comparison
    assert comparison is not None
    standings = ledgers.standings(pages.session(), comparison)
    by_question: dict[str, list[str]] = {}
    for variable in standings:
        by_question.setdefault(comparison.questions.get(variable) or variable, []).append(variable)
    return [_one(pair, comparison, name, names, standings) for name, names in by_question.items()]


def _one(
    pair: Pair, comparison: Comparison, name: str, variables: list[str], standings: dict[str, Standing]
) -> Compared:
    grouped: dict[tuple[object, ...], list[str]] = {}
    for variable in variables:
        standing = standings[variable]
        key = (comparison.classes[variable], standing.status, standing.decision)
        grouped.setdefault(key, []).append(variable)
    groups = tuple(_group(names, comparison.classes[names[0]], standings[names[0]]) for names in grouped.values())
    seen = dict.fromkeys(one for variable in variables for one in comparison.reasons.get(variable, ()))
    differences = tuple(_difference(one) for one in seen if one.class_ not in ALONE)
    return Compared(name, _text(pair, name), groups, differences, tuple(_bases(pair, comparison, name)))


def _group(variables: list[str], class_: ComparabilityClass, standing: Standing) -> Group:
    language, decision = formats.language(), standing.decision
    words, join = class_in_words(class_, language), in_language(comparing.JOIN_WORDS[standing.join], language)
    retained, reason = (
        ("", "")
        if decision is None
        else (
            class_in_words(decision.class_, language),
            decision.reason.in_(language),
        )
    )
    return Group(tuple(variables), class_, words, standing, join, retained, reason)


def _text(pair: Pair, name: str) -> str:
    language = reading_language(pair.model)
    for model in (pair.model, pair.old_model):
        if name in {one.name for one in model.questions}:
            return piping.outline(model.question(name).text.in_(language), named=True)
    return ""


def _difference(change: Change) -> Difference:
    language = formats.language()
    words = change.after
    if change.kind is ChangeKind.BASE and change.after is not None:
        words = in_language(comparing.BASE_WORDS[BaseStatus(change.after)], language)
    before, after = marked(change.before, words)
    # The part of a setting is the name that the file gives it, which says nothing more than the kind.
    part = "" if change.part is None or change.part in comparing.SETTINGS else change.part
    if change.language is not None and change.language != language:
        part = f"{part} ({change.language})".strip()
    return Difference(
        in_language(comparing.KIND_WORDS[change.kind], language),
        change.class_,
        class_in_words(change.class_, language),
        part,
        before,
        after,
    )


def _bases(pair: Pair, comparison: Comparison, name: str) -> Iterator[BaseShown]:
    """The verdicts on the base of a question and on those of its rows; nothing of one that did not change."""
    for variable, verdict in comparison.bases.items():
        is_its_own = variable == name or comparison.questions.get(variable) == name
        if is_its_own and verdict.status is not BaseStatus.UNCHANGED:
            yield _base(pair, variable, verdict)


def _base(pair: Pair, key: str, verdict: BaseVerdict) -> BaseShown:
    is_in_new = verdict.asked_in != pair.old.name
    somebody = verdict.respondent if is_in_new else verdict.respondent_in_old or verdict.respondent
    model = pair.model if is_in_new else pair.old_model
    return BaseShown(
        key=key,
        words=in_language(comparing.BASE_WORDS[verdict.status], formats.language()),
        is_changed=verdict.status is BaseStatus.CHANGED,
        journey=None if somebody is None else journey(model, somebody, reading_language(model)),
        asked_in=pair.new if is_in_new else pair.old,
        other=pair.old if is_in_new else pair.new,
    )
