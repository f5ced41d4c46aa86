"""What is said when a page is shown again: a note at each answer, one summary with a link to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext, ngettext
from markupsafe import Markup

from app.services.responding import problem_key
from app.web.controls.compiled import Note
from app.web.formats import language as screen_language
from app.web.respond.posting import LEAVING, Outcome, Posted
from app.web.respond.screens import Shown, is_line
from app.web.respond.visits import Visit
from app.web.respond.wording import Wording
from questionnaires.model import (
    Allocation,
    Answer,
    Given,
    Grid,
    LocalText,
    MultipleChoice,
    Question,
    Roster,
    SingleChoice,
    specify_name,
)
from questionnaires.problems import Problem, Severity

LONGEST_HEADING = 90


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the summary: a sentence, the input it leads to, the question it is about."""

    sentence: str
    target: str
    question: str
    severity: Severity

    @property
    def is_warning(self) -> bool:
        """Whether nothing has to be put right."""
        return self.severity is not Severity.BLOCKING


def show_again(visit: Visit, posted: Posted, outcome: Outcome) -> Shown:
    """The page with its problems; wrong and conflicting answers stay as they were typed."""
    typed = posted.form.typed
    torn = (posted.form.field_of(key) for key in outcome.saved.conflicts)
    kept = {field.name for field in posted.form if field.problems} | {field.name for field in torn if field is not None}
    teller = _Teller(visit, posted, outcome)
    groups = teller.groups()
    notes: dict[str, Note] = {}
    for problems in groups:
        for key, note in teller.notes(problems):
            before = notes.get(key)
            notes[key] = Note((*before.sentences, *note.sentences), before.is_warning) if before else note
    lines = [teller.line(problems) for problems in groups]
    prefix = gettext("Erreur – ") if outcome.is_blocked else gettext("À vérifier – ")
    leaving = "" if posted.is_passing else f"{posted.going}:"
    return Shown(
        notes=notes,
        typed={name: typed[name] for name in kept},
        summary=_summary(lines, outcome, posted),
        prefix=prefix,
        seen=posted.accepted | {leaving + problem_key(problem) for problem in outcome.problems},
    )


def show_expired(posted: Posted) -> Shown:
    """The page as it was typed, when its token was not the right one: nothing was saved."""
    summary = _summary_html(
        title=gettext("Vos réponses ne sont pas encore enregistrées"),
        words=gettext(
            "Cette page est restée ouverte trop longtemps, ou vient d’une autre visite. "
            "Vos réponses sont encore là : vérifiez-les, puis choisissez de nouveau « Continuer »."
        ),
    )
    return _as_typed(posted, gettext("Erreur – "), summary)


def show_paused(posted: Posted) -> Shown:
    """The page as it was typed, when the wave takes no answers for now: nothing of it was saved."""
    summary = _summary_html(
        title=gettext("L’enquête est en pause : cette page n’est pas encore enregistrée"),
        words=gettext(
            "Vos réponses sont encore là. Gardez cette page ouverte et choisissez de nouveau « Continuer » dans "
            "quelques minutes ; celles des pages précédentes sont enregistrées, vous ne les referez pas."
        ),
        is_warning=True,
    )
    return _as_typed(posted, gettext("En pause – "), summary)


def _as_typed(posted: Posted, prefix: str, summary: Markup) -> Shown:
    return Shown(typed=posted.form.typed, base=posted.base or None, prefix=prefix, summary=summary)


def not_sent() -> Markup:
    """What is said when the token of the review was not the right one: nothing was sent."""
    return _summary_html(
        title=gettext("Vos réponses ne sont pas encore envoyées"),
        words=gettext(
            "Cette page est restée ouverte trop longtemps, ou vient d’une autre visite. "
            "Choisissez de nouveau « Envoyer mes réponses »."
        ),
    )


def not_done() -> Markup:
    """What is said when the token of another form was not the right one: nothing was done."""
    return _summary_html(
        title=gettext("Rien n’a changé"),
        words=gettext(
            "Cette page est restée ouverte trop longtemps, ou vient d’une autre visite. "
            "Choisissez de nouveau le bouton."
        ),
    )


class _Teller:
    """Puts the problems of one page into words."""

    def __init__(self, visit: Visit, posted: Posted, outcome: Outcome) -> None:
        self.visit = visit
        self.questionnaire, self.wording = visit.state.questionnaire, Wording(visit.state)
        self.posted, self.outcome = posted, outcome
        self.typed: Given = visit.state.given | {
            name: answer for name, answer in posted.form.answers.items() if answer is not None
        }

    def groups(self) -> list[list[Problem]]:
        """Rows of one grid with the same problem are told together."""
        groups: dict[tuple[object, ...], list[Problem]] = {}
        for problem in self.outcome.problems:
            is_blank = problem.code in ("answer-required", "answer-recommended")
            is_row = is_blank and isinstance(self.question(problem), Grid)
            key = (problem.code, problem.place.question) if is_row else (problem.code, problem_key(problem))
            groups.setdefault(key, []).append(problem)
        return list(groups.values())

    def notes(self, problems: Sequence[Problem]) -> list[tuple[str, Note]]:
        """Where to say these problems of one kind, and what."""
        first = problems[0]
        is_warning = not first.is_blocking
        key = first.place.variable or first.place.question
        if key is None:
            return []
        if len(problems) == 1:
            return [(key, Note((self.sentence(first),), is_warning))]
        rows = [(one.place.variable or "", Note((gettext("Sans réponse"),), is_warning)) for one in problems]
        return [(first.place.question or "", Note((self.gap(problems),), is_warning)), *rows]

    def gap(self, problems: Sequence[Problem]) -> str:
        """What is said of several rows of a grid that were left blank."""
        count = ngettext("%(num)s ligne sans réponse.", "%(num)s lignes sans réponse.", len(problems))
        whatever = gettext("Répondez si vous le pouvez, ou continuez sans répondre.")
        return f"{count} {self.sentence(problems[0]) if problems[0].is_blocking else whatever}"

    def line(self, problems: Sequence[Problem]) -> Line:
        """The line of the summary for these problems of one kind."""
        first = problems[0]
        sentence = self.sentence(first) if len(problems) == 1 else self.gap(problems)
        question = self.question(first)
        target = first.place.variable
        is_asked = question is None or self._is_asked(question, target)
        # What is wrong with parts together is wrong with none of them.
        is_of_all = isinstance(question, Allocation) and not is_asked
        if question is not None and not is_asked:
            target = None if is_of_all else next(iter(question.answers), None)
        anchor = f"{target}-1" if target else f"q-{question.name}" if question is not None and is_of_all else ""
        return Line(
            sentence,
            anchor,
            self._heading(question, target, len(problems)),
            first.severity,
        )

    def _heading(self, question: Question | None, target: str | None, count: int) -> str:
        if question is None:
            return ""
        page = self.posted.page
        heading = shorten(self.wording.heading(question.name, page))
        label = _label_of(question, target) if count == 1 else None
        return f"{heading} – {self.wording.say(label, page)}" if label is not None else heading

    def _is_asked(self, question: Question, key: str | None) -> bool:
        """Whether there is an input of this name: an answer, what goes with it, a line of the list."""
        return key in question.keys or (isinstance(question, Roster) and is_line(key or "", question.name))

    def question(self, problem: Problem) -> Question | None:
        name = problem.place.question
        return self.questionnaire.question(name) if name is not None else None

    def sentence(self, problem: Problem) -> str:
        """The sentence of a problem; of a conflict, both answers are said."""
        question, name = self.question(problem), problem.place.variable
        if problem.code != "answer-conflict" or question is None or name is None:
            return self.wording.sentence(problem)
        stored = self._say(question, name, self.outcome.saved.conflicts.get(name), self.visit.state.given)
        mine = self._say(question, name, self.posted.form.answers.get(name), self.typed)
        words: str = gettext(
            "Dans une autre fenêtre, vous avez répondu %(stored)s ; ici, %(mine)s. "
            "Gardez la réponse qui convient, puis continuez.",
            stored=stored,
            mine=mine,
        )
        return words

    def _say(self, question: Question, name: str, answer: Answer | None, given: Given) -> str:
        is_beside = name not in question.answers and isinstance(answer, str)
        said = str(answer) if is_beside else self.wording.answer(question, answer, self.posted.page, given)
        words: str = gettext("« %(answer)s »", answer=shorten(said)) if said else gettext("« sans réponse »")
        return words


def _label_of(question: Question, key: str | None) -> LocalText | None:
    """What names an answer within its question: the row of a grid, the choice that asks for words."""
    if isinstance(question, Grid):
        return dict(zip(question.answers, (row.label for row in question.rows), strict=True)).get(key or "")
    if isinstance(question, SingleChoice | MultipleChoice):
        return next((one.specify for one in question.choices if specify_name(question.name, one) == key), None)
    return None


def shorten(text: str) -> str:
    """A text cut at a word, with an ellipsis, when it is long."""
    if len(text) <= LONGEST_HEADING:
        return text
    return text[:LONGEST_HEADING].rsplit(" ", 1)[0].rstrip(",;: ") + "…"


COUNTS = {
    "fr": ("", "Une", "Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf", "Dix"),
    "en": ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
}


def _summary(lines: list[Line], outcome: Outcome, posted: Posted) -> Markup:
    language = "fr" if screen_language() == "fr" else "en"
    wanted = Severity.BLOCKING if outcome.is_blocked else Severity.WARNING
    count = sum(1 for line in lines if line.severity is wanted)
    said = COUNTS[language][count] if count < len(COUNTS[language]) else str(count)
    words = ""
    if outcome.is_blocked:
        title = ngettext("%(said)s réponse est à revoir", "%(said)s réponses sont à revoir", count, said=said)
    else:
        title = ngettext("%(said)s réponse est à vérifier", "%(said)s réponses sont à vérifier", count, said=said)
        words = gettext("Corrigez si besoin, ou choisissez de nouveau « Continuer » pour garder ainsi.")
    if posted.going in LEAVING and outcome.is_blocked and not outcome.saved.conflicts:
        words = gettext(
            "Ce qui est signalé n’a pas pu être enregistré. Corrigez-le, ou choisissez de nouveau le même bouton "
            "pour quitter la page sans le garder."
        )
    return _summary_html(title=title, words=words, lines=lines, is_warning=not outcome.is_blocked)


def _summary_html(title: str, words: str, lines: Sequence[Line] = (), is_warning: bool = False) -> Markup:
    html = render_template("respond/summary.html", title=title, words=words, lines=lines, is_warning=is_warning)
    return Markup(html)  # noqa: S704 (made by a template, which escapes)
