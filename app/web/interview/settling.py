"""The sheet on which two entries of a form are settled: each question in words, both readings, the control itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.services.paper import Choice, Reading, Settling, Unsettled
from app.services.responding import Entry, ResponseState
from app.web.controls.compiled import NO_NOTES, Note, View, compiled_question
from app.web.controls.fields import PageForm, read_page
from app.web.respond import screens
from app.web.respond.screens import Head
from app.web.respond.staffed import PAPER
from app.web.respond.wording import Wording
from questionnaires import routing
from questionnaires.model import Grid, Question, item_page, split_item
from questionnaires.problems import Problem

FIRST, SECOND, OTHER = "first", "second", "other"
MOST_OPENED = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A question to settle. `is_read`: the entries have it; else the settling itself led to it."""

    name: str
    heading: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    control: Markup
    chosen: str
    error: str
    is_read: bool


class Sheet:
    """What is settled of a form, as it is shown and as it was posted."""

    def __init__(self, settling: Settling, language: str) -> None:
        self._settling = settling
        questionnaire = self._questionnaire = settling.first.questionnaire
        self.language = language if language in questionnaire.languages else questionnaire.first_language
        self.choices: dict[str, Choice] = {}
        self.opened: tuple[str, ...] = ()
        self._chosen: dict[str, str] = {}
        self._forms: dict[str, PageForm] = {}
        self._errors: dict[str, str] = {}
        self._merged: ResponseState = settling.first

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Question, its heading, what is wrong."""
        return [(line.name, line.heading, line.error) for line in self.lines() if line.error]

    def head(self, entry: Entry) -> Head:
        """The frame of the page: that of the controls."""
        head = screens.make_head(self._questionnaire, self.language, origin=entry.origin)
        return replace(head, languages=(), root=None, mode=PAPER)

    def read(self, posted: MultiDict[str, str]) -> bool:
        """Read what was posted; whether every question is settled, by itself."""
        self.opened = tuple(name for name in posted.getlist("opened")[:MOST_OPENED] if self._is_question(name))
        for name in (*self._settling.questions, *self.opened):
            form = self._forms[name] = self._read(name, posted)
            is_filled = any(answer is not None for answer in form.answers.values()) or bool(form.problems)
            chosen = posted.get(f"choice-{name}", OTHER if is_filled or name in self.opened else "")
            self._chosen[name] = chosen
            if chosen == FIRST:
                self.choices[name] = "first"
            elif chosen == SECOND:
                self.choices[name] = "second"
            elif chosen == OTHER and not form.problems:
                self.choices[name] = form.answers
            elif chosen == OTHER:
                self._errors[name] = self._say(form.problems[0])
            else:
                self._errors[name] = _("Choisissez la lecture qui convient, ou ressaisissez la réponse.")
        return not self._errors

    def go_on(self, unsettled: Unsettled) -> None:
        """What was settled leads on: more questions to read on the paper, or answers that do not fit."""
        self._merged = unsettled.merged
        known = {*self._settling.questions, *self.opened}
        self.opened += tuple(name for name in unsettled.questions if name not in known)
        found = {one.place.question: one for one in reversed(unsettled.problems)}
        for name in unsettled.questions:
            problem = found.get(name)
            self._errors[name] = (
                self._say(problem)
                if problem is not None
                else _("Ce choix mène à cette question : lisez sa réponse sur le formulaire.")
            )

    def lines(self) -> Iterator[Line]:
        """The questions, in the order of the version; those that the settling led to come last."""
        first, second = self._settling.readings
        for name in (*self._settling.questions, *self.opened):
            is_read = name in first or name in second
            question = self._questionnaire.question(name)
            yield Line(
                name=name,
                heading=Wording(self._merged, self.language).heading(name, self._page(name)),
                first=self._reading(question, self._settling.first, first, second),
                second=self._reading(question, self._settling.second, second, first),
                control=self._control(question),
                chosen=self._chosen.get(name, ""),
                error=self._errors.get(name, ""),
                is_read=is_read,
            )

    def _is_question(self, name: str) -> bool:
        try:
            return bool(self._questionnaire.question(name).answers)
        except KeyError:
            return False

    def _page(self, name: str) -> str:
        base, item = split_item(name)
        page = self._questionnaire.page_of(base).name
        return page if item is None else item_page(page, item)

    def _read(self, name: str, posted: MultiDict[str, str]) -> PageForm:
        return read_page(self._questionnaire, self._page(name), set(self._questionnaire.question(name).keys), posted)

    def _say(self, problem: Problem) -> str:
        return Wording(self._merged, self.language).sentence(problem)

    def _reading(self, question: Question, state: ResponseState, own: Reading, other: Reading) -> tuple[str, ...]:
        """What an entry says of a question, in words; of a grid, the rows on which the other differs."""
        if question.name not in own:
            return (_("Question non atteinte dans cette saisie"),)
        page, wording = self._page(question.name), Wording(state, self.language)
        answers, others = own[question.name], other.get(question.name, {})
        labels: Mapping[str, str] = {}
        if isinstance(question, Grid):
            rows = zip(question.answers, question.rows, strict=True)
            labels = {key: wording.say(row.label, page) for key, row in rows}
        said = []
        for key in question.answers:
            if labels and others and answers.get(key) == others.get(key):
                continue
            words = wording.answer(question, answers.get(key), page) or _("sans réponse")
            said.append(f"{labels[key]} – {words}" if labels else words)
        if question.consent and answers.get(question.consent) != others.get(question.consent):
            is_given = answers.get(question.consent) == 1
            said.append(_("consentement coché") if is_given else _("consentement non coché"))
        return tuple(said) or (_("mêmes réponses, autres précisions"),)

    def _control(self, question: Question) -> Markup:
        """The control of a question, with what was typed in it."""
        form, page = self._forms.get(question.name), self._page(question.name)
        wording = Wording(self._merged, self.language)
        view = View(
            order={question.name: routing.part_order(question, self._merged.context)},
            hidden=self._merged.path.hidden,
            say=wording.on(page),
        )
        compiled = compiled_question(
            self._questionnaire, question.name, self.language, wording.variant(question.name, page)
        )
        notes: Mapping[str, Note] = NO_NOTES
        pieces = compiled.fill({}, notes, form.typed if form is not None else {}, view)
        # Made by the templates of the controls, which escape the texts of the questionnaire.
        return Markup("".join(pieces))  # noqa: S704
