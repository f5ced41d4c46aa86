"""What is said when a page is shown again: a note at each answer, one summary with a link to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext, ngettext
from markupsafe import Markup

from app.services.problem_messages import message
from app.services.responding import problem_key
from app.web.controls.compiled import Note, say_answer
from app.web.formats import language as screen_language
from app.web.respond.posting import BACK, LATER, Outcome, Posted
from app.web.respond.screens import Shown
from app.web.respond.visits import Visit
from questionnaires.model import Answer, Question
from questionnaires.problems import Problem

LONGEST_HEADING = 90


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the summary: a sentence, the input it leads to, the question it is about."""

    sentence: str
    target: str
    question: str
    is_warning: bool


def show_again(visit: Visit, posted: Posted, outcome: Outcome) -> Shown:
    """The page with its problems; wrong and conflicting answers stay as they were typed."""
    typed = posted.form.typed
    kept = {field.name for field in posted.form if field.problems} | set(outcome.saved.conflicts)
    groups = _group(outcome.problems)
    teller = _Teller(visit, posted, outcome)
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
    return Shown(
        typed=posted.form.typed,
        base=posted.base or None,
        prefix=gettext("Erreur – "),
        summary=_summary_html(
            title=gettext("Vos réponses ne sont pas encore enregistrées"),
            words=gettext(
                "Cette page est restée ouverte trop longtemps, ou vient d’une autre visite. "
                "Vos réponses sont encore là : vérifiez-les, puis choisissez de nouveau « Continuer »."
            ),
        ),
    )


def not_sent() -> Markup:
    """What is said when the token of the review was not the right one: nothing was sent."""
    return _summary_html(
        title=gettext("Vos réponses ne sont pas encore envoyées"),
        words=gettext(
            "Cette page est restée ouverte trop longtemps, ou vient d’une autre visite. "
            "Choisissez de nouveau « Envoyer mes réponses »."
        ),
    )


def _group(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Rows of one grid with the same problem are told together."""
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        place = problem.place
        is_blank = problem.code in ("answer-required", "answer-recommended")
        key = (problem.code, place.question) if is_blank else (problem.code, problem_key(problem))
        groups.setdefault(key, []).append(problem)
    return list(groups.values())


class _Teller:
    """Puts the problems of one page into words."""

    def __init__(self, visit: Visit, posted: Posted, outcome: Outcome) -> None:
        self.questionnaire, self.language = visit.state.questionnaire, visit.state.language
        self.posted, self.outcome = posted, outcome

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
        if question is not None and target not in question.answers:
            target = question.answers[0]
        return Line(
            sentence,
            f"{target}-1" if target else "",
            self._heading(question, target, len(problems)),
            not first.is_blocking,
        )

    def _heading(self, question: Question | None, target: str | None, count: int) -> str:
        if question is None:
            return ""
        heading = shorten(question.text.in_(self.language))
        rows = {f"{question.name}_{row.name}": row.label.in_(self.language) for row in getattr(question, "rows", ())}
        return f"{heading} – {rows[target]}" if count == 1 and target in rows else heading

    def question(self, problem: Problem) -> Question | None:
        name = problem.place.question
        return self.questionnaire.question(name) if name is not None else None

    def sentence(self, problem: Problem) -> str:
        """The sentence of a problem; of a conflict, both answers are said."""
        question, name = self.question(problem), problem.place.variable
        if problem.code != "answer-conflict" or question is None or name is None:
            return message(problem, self.language, self.questionnaire)
        stored = self._say(question, self.outcome.saved.conflicts.get(name))
        mine = self._say(question, self.posted.form.answers.get(name))
        words: str = gettext(
            "Dans une autre fenêtre, vous avez répondu %(stored)s ; ici, %(mine)s. "
            "Gardez la réponse qui convient, puis continuez.",
            stored=stored,
            mine=mine,
        )
        return words

    def _say(self, question: Question, answer: Answer | None) -> str:
        said = shorten(say_answer(question, answer, self.language))
        words: str = gettext("« %(answer)s »", answer=said) if said else gettext("« sans réponse »")
        return words


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
    count = len(lines)
    said = COUNTS[language][count] if count < len(COUNTS[language]) else str(count)
    words = ""
    if outcome.is_blocked:
        title = ngettext("%(said)s réponse est à revoir", "%(said)s réponses sont à revoir", count, said=said)
    else:
        title = ngettext("%(said)s réponse est à vérifier", "%(said)s réponses sont à vérifier", count, said=said)
        words = gettext("Corrigez si besoin, ou choisissez de nouveau « Continuer » pour garder ainsi.")
    if posted.going in (BACK, LATER) and outcome.is_blocked and not outcome.saved.conflicts:
        words = gettext(
            "Ce qui est signalé n’a pas pu être enregistré. Corrigez-le, ou choisissez de nouveau le même bouton "
            "pour quitter la page sans le garder."
        )
    return _summary_html(title=title, words=words, lines=lines, is_warning=not outcome.is_blocked)


def _summary_html(title: str, words: str, lines: Sequence[Line] = (), is_warning: bool = False) -> Markup:
    html = render_template("respond/summary.html", title=title, words=words, lines=lines, is_warning=is_warning)
    return Markup(html)  # noqa: S704 (made by a template, which escapes)
