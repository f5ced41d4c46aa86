"""The form of a draft: margins with a field per category, method, bounds, merges. It works without script.

Texts of shares are read as one writes numbers; what cannot be read is told at its field and stays as it was typed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.services.weightings import pasting
from app.services.weightings.pasting import NumberIsUnreadable, Pasted
from app.services.weightings.recipes import MarginVariable, RecipeProblem
from app.web.controls.fields import clean

LETTERS = ("A", "B", "C", "D", "E", "F")
MOST_TEXT = 500
MOST_PASTED = 100_000
MOST_CELLS = 5_000
"""Categories of a margin that have a field each."""
Known = Mapping[str, MarginVariable]


def _text(label: str, most: int = MOST_TEXT) -> StringField:
    return StringField(
        label, [Length(max=most, message=_("Au plus 500 caractères."))], filters=[lambda text: clean(text or "")]
    )


def _categories(names: Sequence[str], known: Known) -> list[tuple[str, ...]]:
    """The cells of a margin over these variables; none for what no page can show."""
    if not names or not all(name in known for name in names):
        return []
    if prod(len(known[name].choices) for name in names) > MOST_CELLS:
        return []
    return list(product(*([one.name for one in known[name].choices] for name in names)))


class MarginForm(Form):  # type: ignore[misc]
    """One margin. `cells`: a text per category, in the order of the questionnaire."""

    name = HiddenField()
    variables = HiddenField()
    universe = _text(_("Univers"))
    date = _text(_("Date"))
    source = _text(_("Source"))
    cells = FieldList(StringField(filters=[lambda text: (text or "").strip()]))
    paste = TextAreaField(_("Coller depuis un tableur"), [Length(max=MOST_PASTED, message=_("Ce bloc est trop long."))])

    @property
    def names(self) -> list[str]:
        """The variables, in the order of the margin."""
        return list(dict.fromkeys((self.variables.data or "").split()))

    def categories(self, known: Known) -> list[tuple[str, ...]]:
        """The names of the choices of each cell; none when the version lacks a variable, or they are too many."""
        return _categories(self.names, known)


class GroupForm(Form):  # type: ignore[misc]
    """The merges of one variable: choices with the same letter are one category."""

    variable = HiddenField()
    letters = FieldList(
        SelectField(choices=[SelectChoice("", "–"), *(SelectChoice(one, one) for one in LETTERS)], default="")
    )
    when = SelectField(
        _("Regrouper"),
        choices=[
            SelectChoice("always", _("toujours")),
            SelectChoice("empty", _("seulement si une catégorie est vide")),
        ],
    )


class DraftForm(FlaskForm):  # type: ignore[misc]
    """A draft as one edits it. `stamp` tells whether it was changed elsewhere meanwhile."""

    stamp = HiddenField()
    label = StringField(
        _("Nom du redressement"),
        [Length(max=200, message=_("Au plus 200 caractères."))],
        filters=[lambda text: clean(text or "")],
    )
    method = RadioField(
        _("Méthode"),
        choices=[
            SelectChoice("raking", _("Raking ratio")),
            SelectChoice("logit", _("Logit")),
            SelectChoice("truncated", _("Linéaire tronquée")),
            SelectChoice("linear", _("Linéaire")),
        ],
    )
    low, high = StringField(_("Plus petit rapport de poids")), StringField(_("Plus grand rapport de poids"))
    trim_low, trim_high = StringField(_("Poids minimal")), StringField(_("Poids maximal"))
    absences = RadioField(
        _("Variable de marge sans réponse"),
        choices=[
            SelectChoice("refuse", _("Arrêter et le dire")),
            SelectChoice("keep", _("Garder ces personnes à leur part")),
        ],
    )
    stratum = SelectField(_("Strates"), validate_choice=False)
    base = SelectField(
        _("Poids de départ"),
        choices=[SelectChoice("none", _("Tous égaux")), SelectChoice("file", _("Ceux du fichier importé"))],
    )
    margins = FieldList(FormField(MarginForm))
    groups = FieldList(FormField(GroupForm))
    first = SelectField(_("Variable"), validate_choice=False)
    second = SelectField(_("Croisée avec"), validate_choice=False)

    @classmethod
    def showing(cls, recipe: Mapping[str, Any], label: str, known: Known, language: str) -> DraftForm:
        """The form of a request; where nothing was posted, filled with the recipe as it is."""
        form = cls(data=_data_of(recipe, label, known, language))
        offered = [SelectChoice(name, name) for name in known]
        form.stratum.choices = [SelectChoice("", ""), *offered]
        form.first.choices, form.second.choices = offered, [SelectChoice("", ""), *offered]
        return form

    def read(self, recipe: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """The recipe as typed, over the parts of the stored one that have no field; unreadable texts are told."""
        margins = [self._margin(entry.form, recipe, known) for entry in self.margins]
        found = {key: value for key, value in recipe.items() if key not in _OPTIONS}
        found |= {"method": self.method.data, "margins": margins}
        for name, low, high in (("bounds", self.low, self.high), ("trim", self.trim_low, self.trim_high)):
            limits = _limits(low, high)
            if limits:
                found[name] = limits
        merges = self._merges(known, {name for margin in margins for name in margin["variables"]})
        if merges:
            found["merges"] = merges
        if self.absences.data == "keep":
            found["absences"] = "keep"
        if self.base.data == "file":
            found["base"] = "file"
        if self.stratum.data:
            found["stratum"] = self.stratum.data
        return found

    def _margin(self, form: MarginForm, recipe: Mapping[str, Any], known: Known) -> dict[str, Any]:
        stored = next((one for one in recipe.get("margins", ()) if one["name"] == form.name.data), None)
        universe = {"fr": form.universe.data or ""}
        if stored and universe["fr"] in stored["universe"].values():
            universe = dict(stored["universe"])
        categories, cells = form.categories(known), []
        for choices, cell in zip(categories, form.cells, strict=False):
            share = _number(cell)
            if share is not None:
                cells.append({"choices": list(choices), "share": share})
        if not categories and stored:
            cells = [dict(cell) for cell in stored["cells"]]
        return {
            "name": form.name.data or "_".join(form.names),
            "variables": form.names,
            "universe": universe,
            "date": form.date.data or "",
            "source": form.source.data or "",
            "cells": cells,
        }

    def _merges(self, known: Known, used: set[str]) -> list[dict[str, Any]]:
        found = []
        for entry in self.groups:
            variable = known.get(entry.form.variable.data or "")
            if variable is None or variable.name not in used:
                continue
            letters = [field.data or "" for field in entry.form.letters]
            for letter in sorted({one for one in letters if one}):
                names = [choice.name for choice, one in zip(variable.choices, letters, strict=False) if one == letter]
                found.append({"variable": variable.name, "choices": names, "when": entry.form.when.data})
        return found

    def take_paste(self, place: int, known: Known) -> Pasted | None:
        """Put what was pasted in a margin into its cells; the block stays where a line of it was not taken."""
        form = self.margins[place].form
        categories = form.categories(known)
        if not categories:
            return None
        pasted = pasting.parse_block(form.paste.data or "", [known[name] for name in form.names])
        for choices, cell in zip(categories, form.cells, strict=False):
            if choices in pasted.shares:
                cell.data = cell.raw_data = None
                cell.data = write_number(pasted.shares[choices])
        if not pasted.problems:
            form.paste.data = ""
        return pasted

    @property
    def has_unreadable(self) -> bool:
        """Whether a text was told at its field."""
        cells = [cell for entry in self.margins for cell in entry.form.cells]
        return any(field.errors for field in (*cells, self.low, self.high, self.trim_low, self.trim_high))


_OPTIONS = ("margins", "method", "bounds", "trim", "merges", "absences", "base", "stratum")


def stamp_of(recipe: Mapping[str, Any], label: str) -> str:
    """What tells a saved draft from a later one."""
    text = json.dumps([recipe, label], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_number(value: float) -> str:
    """A share as a field shows it: 12.5 -> "12,5", 1234567.0 -> "1234567"."""
    text = f"{value:.12g}" if abs(value) < 1e12 else f"{value:.0f}"
    return text.replace(".", ",")


def new_margin(first: str, second: str, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """An empty margin over one or two variables, named unlike the others."""
    variables = [first, *([second] if second and second != first else [])]
    taken = {margin["name"] for margin in recipe["margins"]}
    name = "_".join(variables)
    while name in taken:
        name += "_2"
    return {"name": name, "variables": variables, "universe": {"fr": ""}, "date": "", "source": "", "cells": []}


def problems_at(problems: Sequence[RecipeProblem], *place: str | int) -> list[RecipeProblem]:
    """The problems of a part of the recipe, not of its parts."""
    return [problem for problem in problems if problem.place[: len(place)] == place]


def _data_of(recipe: Mapping[str, Any], label: str, known: Known, language: str) -> dict[str, Any]:
    bounds, trim = recipe.get("bounds") or {}, recipe.get("trim") or {}
    used = [name for name in known if any(name in margin["variables"] for margin in recipe["margins"])]
    return {
        "stamp": stamp_of(recipe, label),
        "label": label,
        "method": recipe.get("method", "raking"),
        **{name: _limit(bounds, name) for name in ("low", "high")},
        **{f"trim_{name}": _limit(trim, name) for name in ("low", "high")},
        "absences": recipe.get("absences") or "refuse",
        "stratum": recipe.get("stratum") or "",
        "base": recipe.get("base") or "none",
        "margins": [_margin_data(margin, known, language) for margin in recipe["margins"]],
        "groups": [_group_data(known[name], recipe.get("merges") or ()) for name in used],
    }


def _limit(limits: Mapping[str, Any], name: str) -> str:
    return write_number(float(limits[name])) if name in limits else ""


def _margin_data(margin: Mapping[str, Any], known: Known, language: str) -> dict[str, Any]:
    shares = {tuple(cell["choices"]): float(cell["share"]) for cell in margin["cells"]}
    universe = margin["universe"]
    return {
        "name": margin["name"],
        "variables": " ".join(margin["variables"]),
        "universe": universe.get(language) or next(iter(universe.values()), ""),
        "date": margin["date"],
        "source": margin["source"],
        "cells": [
            write_number(shares[one]) if one in shares else "" for one in _categories(margin["variables"], known)
        ],
        "paste": "",
    }


def _group_data(variable: MarginVariable, merges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    mine = [merge for merge in merges if merge["variable"] == variable.name][: len(LETTERS)]
    letter = {name: LETTERS[place] for place, merge in enumerate(mine) for name in merge["choices"]}
    return {
        "variable": variable.name,
        "letters": [letter.get(choice.name, "") for choice in variable.choices],
        "when": mine[0]["when"] if mine else "always",
    }


def _number(field: StringField) -> float | None:
    """What a field says, None where it is empty; told at the field where it is not a number."""
    if not field.data:
        return None
    try:
        return pasting.read_number(field.data)
    except NumberIsUnreadable:
        field.errors = [str(_("« %(typed)s » n’est pas un nombre. Écrivez par exemple 12,3.", typed=field.data[:40]))]
        return None


def _limits(low: StringField, high: StringField) -> dict[str, float] | None:
    values = _number(low), _number(high)
    if values[0] is not None and values[1] is not None:
        return {"low": values[0], "high": values[1]}
    missing = low if values[0] is None else high
    if any(value is not None for value in values) and not missing.errors:
        missing.errors = [str(_("Donnez les deux limites, ou aucune."))]
    return None
