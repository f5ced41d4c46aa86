"""Tables of a wave: from a snapshot to protected tables, the only thing that pages and files show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from app.estimation.disclosure import Policy, ProtectedTable, pick, protect
from app.estimation.estimates import Estimates, Estimator
from app.estimation.tables import Item, Reading, Table, combine, distribution_table
from app.models import Wave
from app.services.authoring import get_version
from app.services.snapshots import SnapshotSummary, latest_snapshot, read_estimator
from app.services.wording import base_in_words
from app.storage import Storage
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import (
    Absence,
    Choice,
    ChoiceGrid,
    LocalText,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Score,
    ScoreGrid,
    SingleChoice,
    Subtotal,
    Text,
)

WHOLE = "all"
DEFAULT_DOMAIN = "region"

_WORDS = {
    "fr": {
        "whole": "Ensemble",
        "no_opinion": "Ne se prononce pas",
        "mean": "Moyenne",
        "weighted": "Redressement n° {number} (calage sur marges)",
        "raw": "Non redressé",
        "respondent": "Répondants",
        "trial": "Enquête d’essai",
        "simulated": "Données simulées",
        "quota": "Intervalles indicatifs à 95 %, sous l’hypothèse d’un tirage aléatoire, redressement pris en "
        "compte : ils ne se justifient que pour un échantillon aléatoire ; l’échantillon est ici par quotas.",
        "above": "Plusieurs réponses possibles : le total peut dépasser 100 %.",
        "opinion": " (hors « Ne se prononce pas »)",
        "mean_note": "La moyenne porte sur les notes données, hors « Ne se prononce pas ».",
        "first": "Part de « {label} » pour chaque ligne.",
    },
    "en": {
        "whole": "All",
        "no_opinion": "No opinion",
        "mean": "Mean",
        "weighted": "Weighting no. {number} (raking to margins)",
        "raw": "Unweighted",
        "respondent": "Respondents",
        "trial": "Trial survey",
        "simulated": "Simulated data",
        "quota": "Indicative 95% intervals, assuming random selection and taking the weighting into account: "
        "they are justified for random samples only; this is a quota sample.",
        "above": "Several answers possible: the total may exceed 100%.",
        "opinion": " (excluding “No opinion”)",
        "mean_note": "Means are over the scores given, “No opinion” excluded.",
        "first": "Share of “{label}” for each row.",
    },
}


class QuestionNotAnalysed(Exception):
    """The version has no such question, or it has no table (free words)."""


class DomainNotAvailable(Exception):
    """Tables cannot be broken down by this variable."""


class NothingFolded(Exception):
    """No response has been counted yet."""


@dataclass(frozen=True, slots=True)
class AnalysedQuestion:
    """A question or a row of a grid that has tables. `name` is what `WaveTables.table` takes."""

    name: str
    question: str
    text: LocalText
    section: LocalText
    is_row: bool
    concept: str | None


def question_list(questionnaire: Questionnaire) -> list[AnalysedQuestion]:
    """What can be tabulated, in the order of the questionnaire; rows of grids after their grid."""
    found = []
    for section in questionnaire.sections:
        for page in section.pages:
            for question in page.questions:
                if isinstance(question, Text):
                    continue
                whole = AnalysedQuestion(
                    question.name, question.name, question.text, section.title, False, question.concept
                )
                found.append(whole)
                if isinstance(question, ScoreGrid | ChoiceGrid):
                    found += [
                        AnalysedQuestion(
                            f"{question.name}_{row.name}",
                            question.name,
                            row.label,
                            section.title,
                            True,
                            question.concept,
                        )
                        for row in question.rows
                    ]
    return found


def domain_list(questionnaire: Questionnaire, estimator: Estimator) -> list[tuple[str, LocalText]]:
    """The variables by which tables can be broken down: those that make the cells of the tally."""
    names = [dimension.name for dimension in estimator.tally.layout.dimensions]
    return [(name, questionnaire.question_of(name).text) for name in names]


class WaveTables:
    """The tables of one wave from its latest snapshot, in one language, protected. Raises NothingFolded."""

    def __init__(self, session: Session, storage: Storage, wave: Wave, language: str) -> None:
        snapshot = latest_snapshot(session, wave)
        estimator = read_estimator(storage, snapshot.content_hash) if snapshot else None
        if snapshot is None or estimator is None:
            raise NothingFolded(wave.key)
        self.wave, self.snapshot, self.estimator = wave, snapshot, estimator
        self.version, self.questionnaire = get_version(session, wave.version_id)
        self.language = language
        self.words = _WORDS.get(language, _WORDS["en"])
        self.policy = Policy(**wave.policy)
        self._variables = {one.name: one for one in codebook.variables(self.questionnaire)}

    @property
    def domains(self) -> list[tuple[str, LocalText]]:
        """The variables by which these tables can be broken down."""
        return domain_list(self.questionnaire, self.estimator)

    def table(self, name: str, by: str = WHOLE) -> ProtectedTable:
        """The table of a question or of a row of a grid."""
        known = {one.name: one for one in question_list(self.questionnaire)}
        if name not in known:
            raise QuestionNotAnalysed(name)
        if by not in self.domains_of(name):
            raise DomainNotAvailable(by)
        question = self.questionnaire.question(known[name].question)
        if known[name].is_row:
            return protect(self._distribution(question, name, by), self.policy)
        match question:
            case ScoreGrid() | ChoiceGrid():
                return self._grid(question, by)
            case MultipleChoice():
                return protect(self._several(question, by), self.policy)
        return protect(self._distribution(question, name, by), self.policy)

    def domains_of(self, name: str) -> list[str]:
        """By what the table of a question can be broken down; WHOLE first.

        A variable of the margins is not crossed by another: the table and its transpose are protected one by one,
        and together they would tell what each of them hides.
        """
        names = [dimension.name for dimension in self.estimator.tally.layout.dimensions]
        return [WHOLE] if name in names else [WHOLE, *names]

    def all_tables(self) -> Iterator[ProtectedTable]:
        """Every question overall, then by region where the wave has it."""
        for one in question_list(self.questionnaire):
            yield self.table(one.name)
            if DEFAULT_DOMAIN in self.domains_of(one.name):
                yield self.table(one.name, DEFAULT_DOMAIN)

    def _estimates(
        self, name: str, by: str, subtotals: tuple[Subtotal, ...] = (), kind: Literal["mean"] | None = None
    ) -> Estimates:
        codes = {choice.name: choice.code for choice in _choices(self._question_of(name))}
        groups = {one.name: tuple(codes[choice] for choice in one.choices) for one in subtotals}
        dimension = None if by == WHOLE else by
        if kind == "mean":
            return self.estimator.estimate(name, dimension, kind="mean")
        return self.estimator.estimate(name, dimension, groups)

    def _question_of(self, variable: str) -> Question:
        return self.questionnaire.question(self._variables[variable].question)

    def _distribution(self, question: Question, name: str, by: str) -> Table:
        variable = self._variables[name]
        row = self._item_label(name, question) if isinstance(question, ScoreGrid | ChoiceGrid) else None
        subtotals = question.subtotals if isinstance(question, SingleChoice | ChoiceGrid) else ()
        estimates = self._estimates(name, by, subtotals)
        labels: dict[int | str, str] = {code: label.in_(self.language) for code, label in variable.codes}
        labels |= {one.name: one.label.in_(self.language) for one in subtotals}
        labels[int(Absence.NO_OPINION)] = self.words["no_opinion"]
        mean = None
        if isinstance(question, Score | ScoreGrid):
            labels |= {score: str(score) for score in range(question.minimum, question.maximum + 1)}
            mean = self._estimates(name, by, kind="mean")
        if variable.kind in (VariableKind.NUMBER, VariableKind.COMPUTED):
            labels[0] = self.words["mean"]
        return distribution_table(
            estimates,
            self._reading(variable, question, row=row),
            labels,
            self._domain_labels(by),
            mean,
            self.words["mean"],
        )

    def _several(self, question: MultipleChoice, by: str) -> Table:
        """The choices of a multiple question, each with its own share."""
        items = [Item(self._item_label(name, question), self._estimates(name, by)) for name in question.columns]
        notes = (self.words["above"],)
        reading = self._reading(self._variables[question.columns[0]], question, notes)
        return combine(items, reading, self._domain_labels(by))

    def _grid(self, question: ScoreGrid | ChoiceGrid, by: str) -> ProtectedTable:
        """The rows of a grid side by side: means, or the share of the first subtotal (else of the first choice)."""
        notes: tuple[str, ...] = ()
        code = "mean"
        if isinstance(question, ChoiceGrid):
            shown = question.subtotals[0] if question.subtotals else question.choices[0]
            code = shown.name if isinstance(shown, Subtotal) else str(shown.code)
            notes = (self.words["first"].format(label=shown.label.in_(self.language)),)
        tables = [protect(self._distribution(question, name, by), self.policy) for name in question.answers]
        said = f" – {shown.label.in_(self.language)}" if isinstance(question, ChoiceGrid) else ""
        labels = [row.label.in_(self.language) + said for row in question.rows]
        return pick(tables, code, labels, self._reading(self._variables[question.answers[0]], question, notes))

    def _item_label(self, name: str, question: Question) -> str:
        if isinstance(question, MultipleChoice):
            return dict(zip(question.columns, question.choices, strict=True))[name].label.in_(self.language)
        if isinstance(question, ScoreGrid | ChoiceGrid):
            return dict(zip(question.answers, question.rows, strict=True))[name].label.in_(self.language)
        return question.text.in_(self.language)

    def _domain_labels(self, by: str) -> dict[int | None, str]:
        labels: dict[int | None, str] = {None: self.words["whole"]}
        if by != WHOLE:
            labels |= {code: label.in_(self.language) for code, label in self._variables[by].codes}
        return labels

    def _reading(
        self, variable: Variable, question: Question, notes: tuple[str, ...] = (), row: str | None = None
    ) -> Reading:
        text = question.text.in_(self.language)
        if row is not None:
            text = f"{text} – {row}"
        return Reading(
            question=text,
            base=base_in_words(variable.universe, self.questionnaire, self.language) + self._left_out(question),
            population=self.questionnaire.population,
            questionnaire=self.questionnaire.title.in_(self.language),
            version=self.version.name,
            wave=self.wave.name,
            weighting=self._weighting(self.snapshot),
            snapshot=str(self.snapshot.number),
            origin=self.words[self.wave.origin],
            produced_at=self.snapshot.created_at.isoformat(timespec="seconds"),
            notes=(*notes, *self._mean_note(question), self.words["quota"]),
            language=self.language,
        )

    def _mean_note(self, question: Question) -> tuple[str, ...]:
        return (self.words["mean_note"],) if question.no_opinion and isinstance(question, Score | ScoreGrid) else ()

    def _left_out(self, question: Question) -> str:
        """What a base leaves out: where it is not an answer of the table, no opinion."""
        is_left_out = question.no_opinion and isinstance(question, MultipleChoice | Number)
        return self.words["opinion"] if is_left_out else ""

    def _weighting(self, snapshot: SnapshotSummary) -> str:
        if snapshot.weighting_number is None:
            return self.words["raw"]
        return self.words["weighted"].format(number=snapshot.weighting_number)


def _choices(question: Question) -> tuple[Choice, ...]:
    return question.choices if isinstance(question, SingleChoice | ChoiceGrid | MultipleChoice) else ()
