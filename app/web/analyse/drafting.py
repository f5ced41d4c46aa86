"""The page of a draft: what was typed is saved by each button, except what cannot be read, told at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect
from wtforms import Field

from app.models import Wave
from app.services.base_weights import FILE, file_weights
from app.services.weightings import keeping as service
from app.services.weightings import recipes
from app.services.weightings import words as weighting_words
from app.services.weightings.keeping import RecipeIsInvalid, WeightingIsFrozen, WeightingIsNotADraft, WeightingSummary
from app.services.weightings.pasting import NumberIsUnreadable, Pasted, read_number
from app.services.weightings.recipes import MarginVariable, RecipeProblem
from app.web import formats, pages
from app.web.analyse.weighting import variable_label
from app.web.analyse.weighting_forms import DraftForm, new_margin, problems_at, stamp_of
from questionnaires.model import Questionnaire

LISTED_LINES = 10
"""Lines of a pasted block that are told one by one."""


@dataclass(frozen=True, slots=True)
class EditedRow:
    """A line of the table of a margin: its label, then a field and its name for each column."""

    label: str
    cells: tuple[tuple[str, Field], ...]


@dataclass(frozen=True, slots=True)
class EditedMargin:
    """A margin as its card shows it. `columns` is empty for a margin of one variable."""

    place: int
    label: str
    form: Any
    columns: tuple[str, ...]
    rows: tuple[EditedRow, ...]
    total: str
    said: Mapping[str, Sequence[str]]
    pasted: Sequence[str]


@dataclass(frozen=True, slots=True)
class EditedGroup:
    """The merges of one variable."""

    label: str
    form: Any
    choices: tuple[tuple[str, Field], ...]
    is_used: bool


def show_draft(wave: Wave, one: WeightingSummary, questionnaire: Questionnaire) -> Response | Redirect:
    """The editor of a draft, and what its buttons do."""
    known = recipes.margin_variables(questionnaire)
    form = DraftForm.showing(one.recipe, one.label, known, formats.language())
    page = _Draft(wave, one, questionnaire, known, form)
    if request.method != "POST":
        return page.render(recipes.check_recipe(one.recipe, questionnaire))
    return page.post(request.form.get("action", "save"))


class _Draft:
    """One request about a draft."""

    def __init__(
        self,
        wave: Wave,
        one: WeightingSummary,
        questionnaire: Questionnaire,
        known: Mapping[str, MarginVariable],
        form: DraftForm,
    ) -> None:
        self.wave, self.one, self.questionnaire, self.known, self.form = wave, one, questionnaire, known, form
        self.language = formats.language()
        self.pasted: tuple[int, Pasted] | None = None

    def post(self, action: str) -> Response | Redirect:
        """Save what was typed, then do what the button says."""
        name, _dash, place = action.partition("-")
        at = next((at for at in range(len(self.form.margins)) if str(at) == place), None)
        is_sound = self.form.validate()
        if name == "paste" and at is not None:
            found = self.form.take_paste(at, self.known)
            self.pasted = (at, found) if found is not None else None
        recipe = self.form.read(self.one.recipe, self.known)
        problems = recipes.check_recipe(recipe, self.questionnaire)
        stored = stamp_of(self.one.recipe, self.one.label)
        if self.form.stamp.data != stored:
            self.form.stamp.data = stored
            return self.render(problems, is_stale=True)
        if not is_sound or self.form.has_unreadable:
            return self.render(problems)
        if name == "add" and self.form.first.data in self.known:
            recipe["margins"].append(new_margin(self.form.first.data, self.form.second.data or "", recipe))
        elif name == "remove" and at is not None:
            recipe["margins"].pop(at)
        return self._save(name, recipe)

    def _save(self, action: str, recipe: dict[str, Any]) -> Response | Redirect:
        session = pages.session()
        label = self.form.label.data or ""
        row = service.get_weighting(session, self.wave.id, self.one.number, is_locked=True)
        try:
            problems = service.edit_draft(session, self.wave, row, recipe, label, current_user)
        except (WeightingIsNotADraft, WeightingIsFrozen):
            return self._back(_("Ce redressement est déjà lancé : rien n’a changé. Modifiez-en une copie."))
        self.form.stamp.data = stamp_of(recipe, row.label)
        if action == "run":
            return self._run(row, problems)
        if self.pasted is not None and self.pasted[1].problems:
            return self.render(problems)
        said = {
            "paste": _("Le bloc est repris : relisez les parts."),
            "add": _("La marge est ajoutée : saisissez ses parts, ou collez-les."),
            "remove": _("La marge est retirée."),
        }
        anchor = {"add": f"m{len(recipe['margins']) - 1}", "paste": f"m{self.pasted[0]}" if self.pasted else ""}
        return self._back(said.get(action) or _("Le brouillon est enregistré."), anchor.get(action, ""))

    def _run(self, row: Any, problems: Sequence[RecipeProblem]) -> Response | Redirect:
        try:
            service.request_run(pages.session(), pages.platform().sender, self.wave, row, current_user)
        except RecipeIsInvalid:
            return self.render(problems, is_refused=True)
        return self._back(_("Le calcul est lancé."))

    def _back(self, said: str, anchor: str = "") -> Redirect:
        flash(said, "done")
        address = url_for("analyse.one_weighting", key=self.wave.key, number=self.one.number, _anchor=anchor or None)
        return redirect(address, 303)

    def render(
        self, problems: Sequence[RecipeProblem], *, is_refused: bool = False, is_stale: bool = False
    ) -> Response:
        """The editor, each problem at its place."""
        labels = {name: variable_label(name, self.questionnaire, self.language) for name in self.known}
        for field in (self.form.stratum, self.form.first, self.form.second):
            for choice in field.choices:
                choice.label = labels.get(choice.value) or _("aucune")
        blocking = [problem for problem in problems if problem.is_blocking]
        return pages.render(
            "analyse/weighting_draft.html",
            wave=self.wave,
            one=self.one,
            form=self.form,
            margins=[self._margin(place, problems) for place in range(len(self.form.margins))],
            groups=self._groups(),
            said=self._said(problems),
            refused=[(_anchor(problem), self._words(problem)) for problem in blocking] if is_refused else [],
            is_stale=is_stale,
            has_file_weights=self.form.base.data == FILE or file_weights(pages.session(), self.wave.id) is not None,
            is_wrong=is_refused or is_stale or self.form.has_unreadable or bool(self.form.errors),
        )

    def _words(self, problem: RecipeProblem) -> str:
        words = weighting_words.say_recipe_problem(problem, self.questionnaire, self.language)
        if problem.place[:1] == ("margins",) and len(problem.place) > 1:
            return f"{self._margin_label(int(problem.place[1]))}{formats.NO_BREAK}: {words}"
        return words

    def _said(self, problems: Sequence[RecipeProblem]) -> dict[str, list[str]]:
        """The problems of what is not a margin, by the key of the recipe."""
        found: dict[str, list[str]] = {}
        for problem in problems:
            if problem.place[0] != "margins" or len(problem.place) == 1:
                words = weighting_words.say_recipe_problem(problem, self.questionnaire, self.language)
                found.setdefault(str(problem.place[0]), []).append(words)
        return found

    def _margin_label(self, place: int) -> str:
        names = self.form.margins[place].form.names if place < len(self.form.margins) else []
        return " × ".join(
            variable_label(name, self.questionnaire, self.language) if name in self.known else name for name in names
        )

    def _margin(self, place: int, problems: Sequence[RecipeProblem]) -> EditedMargin:
        form = self.form.margins[place].form
        lists = [
            [choice.label.in_(self.language) for choice in self.known[name].choices]
            for name in form.names
            if name in self.known
        ]
        cells = list(form.cells)
        columns = tuple(lists[1]) if len(lists) == 2 and len(form.names) == 2 else ()
        rows = []
        if form.categories(self.known):
            width = len(columns) or 1
            for at, label in enumerate(lists[0] if len(lists) < 3 else _crossed(lists)):
                fields = cells[at * width : (at + 1) * width]
                names = [f"{label}, {column}" for column in columns] or [label]
                rows.append(EditedRow(label, tuple(zip(names, fields, strict=False))))
        said: dict[str, list[str]] = {}
        for problem in problems_at(problems, "margins", place):
            part = str(problem.place[2]) if len(problem.place) > 2 else "margin"
            words = weighting_words.say_recipe_problem(problem, self.questionnaire, self.language)
            said.setdefault(part, []).append(words)
        total = formats.number(_total(cells), self.language, 1) if any(cell.data for cell in cells) else ""
        return EditedMargin(
            place, self._margin_label(place), form, columns, tuple(rows), total, said, self._told(place)
        )

    def _told(self, place: int) -> list[str]:
        """What was not taken of the block pasted into this margin."""
        if self.pasted is None or self.pasted[0] != place:
            return []
        words = {
            "unknown-category": _("catégorie inconnue"),
            "not-a-number": _("nombre illisible"),
            "category-twice": _("catégorie déjà lue"),
            "unreadable": _("ligne non comprise"),
        }
        problems = self.pasted[1].problems
        lines = [
            str(_("Ligne %(line)s, %(why)s : %(text)s", line=one.line, why=words[one.code], text=one.text[:80]))
            for one in problems[:LISTED_LINES]
        ]
        if len(problems) > LISTED_LINES:
            lines.append(str(_("Et %(count)s autres lignes.", count=len(problems) - LISTED_LINES)))
        return lines

    def _groups(self) -> list[EditedGroup]:
        found = []
        for entry in self.form.groups:
            variable = self.known.get(entry.form.variable.data or "")
            if variable is None:
                continue
            choices = tuple(
                (choice.label.in_(self.language), field)
                for choice, field in zip(variable.choices, entry.form.letters, strict=False)
            )
            label = variable_label(variable.name, self.questionnaire, self.language)
            found.append(EditedGroup(label, entry.form, choices, any(field.data for _label, field in choices)))
        return found


def _total(cells: Sequence[Field]) -> float:
    """The sum of what can be read."""
    found = 0.0
    for cell in cells:
        with suppress(NumberIsUnreadable):
            found += read_number(cell.data or "0")
    return found


def _crossed(lists: Sequence[Sequence[str]]) -> list[str]:
    labels = [""]
    for names in lists:
        labels = [f"{before}, {name}" if before else name for before in labels for name in names]
    return labels


def _anchor(problem: RecipeProblem) -> str:
    """Where the field of a problem is on the page."""
    place = problem.place
    if place[0] == "margins":
        return f"m{place[1]}" if len(place) > 1 else "add"
    return {"bounds": "method", "trim": "trim", "merges": "merges", "stratum": "stratum"}.get(str(place[0]), "method")
