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
    ChoiceGrid,
    Date,
    Grid,
    Information,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Questionnaire,
    Ranking,
    Score,
    ScoreGrid,
    SingleChoice,
    Subtotal,
    Suggester,
    Text,
    choices_of,
    part_name,
)
from questionnaires.piping import outline, outlined

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
        "ranked": "Part des réponses qui classent chaque ligne en premier.",
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
        "ranked": "Share of the answers that rank each row first.",
    },
}


class QuestionNotAnalysed(Exception):
    """The version has no such question, or it has no table (free words)."""


class DomainNotAvailable(Exception):
    """Tables cannot be broken down by this variable."""


class NothingFolded(Exception):
    """No response has been counted yet."""


_WITHOUT_TABLE = Text | Suggester | Date | Month | Information
"""Types whose answers are too many, or none, to be the columns of a table."""


@dataclass(frozen=True, slots=True)
class AnalysedQuestion:
    """A question or a row of it that has tables. `name` is what `WaveTables.table` takes."""

    name: str
    question: str
    text: LocalText
    section: LocalText
    is_row: bool
    concept: str | None


def question_list(questionnaire: Questionnaire) -> list[AnalysedQuestion]:
    """What can be tabulated, in the order of the questionnaire; rows after their grid or ranking.

    What is asked for each item of a roster counts items, not people: it has no table here.
    """
    found = []
    for section in questionnaire.sections:
        if section.repeat is not None:
            continue
        for page in section.pages:
            for question in page.questions:
                if isinstance(question, _WITHOUT_TABLE):
                    continue
                parts = [(question.name, question.text, False), *((*part, True) for part in _rows(question))]
                found += [
                    AnalysedQuestion(name, question.name, outlined(text), section.title, is_row, question.concept)
                    for name, text, is_row in parts
                ]
    return found


def _rows(question: Question) -> list[tuple[str, LocalText]]:
    """The parts of a question that have a table each: rows of a grid, choices of a ranking."""
    if isinstance(question, Grid):
        return [(name, row.label) for name, row in zip(question.answers, question.rows, strict=True)]
    if isinstance(question, Ranking):
        return [(name, choice.label) for name, choice in zip(question.columns, question.choices, strict=True)]
    return []


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
        match question:
            case MultipleGrid():
                return protect(self._several(question, by, name if known[name].is_row else None), self.policy)
            case MultipleChoice():
                return protect(self._several(question, by), self.policy)
            case Grid() | Ranking() if not known[name].is_row:
                return self._grid(question, by)
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
        codes = {choice.name: choice.code for choice in choices_of(self._question_of(name))}
        groups = {one.name: tuple(codes[choice] for choice in one.choices) for one in subtotals}
        dimension = None if by == WHOLE else by
        if kind == "mean":
            return self.estimator.estimate(name, dimension, kind="mean")
        return self.estimator.estimate(name, dimension, groups)

    def _question_of(self, variable: str) -> Question:
        return self.questionnaire.question(self._variables[variable].question)

    def _distribution(self, question: Question, name: str, by: str) -> Table:
        variable = self._variables[name]
        row = self._item_label(name, question) if isinstance(question, Grid | Ranking) else None
        subtotals = question.subtotals if isinstance(question, SingleChoice | ChoiceGrid) else ()
        estimates = self._estimates(name, by, subtotals)
        labels: dict[int | str, str] = {code: self._say(label) for code, label in variable.codes}
        labels |= {one.name: self._say(one.label) for one in subtotals}
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

    def _several(self, question: MultipleChoice | MultipleGrid, by: str, row: str | None = None) -> Table:
        """The choices of a multiple question, or of a row of such a grid, each with its own share."""
        names = [name for name in question.columns if row is None or name in self._columns_of_row(question, row)]
        items = [Item(self._choice_label(name, question, row), self._estimates(name, by)) for name in names]
        notes = (self.words["above"],)
        said = self._say(dict(_rows(question))[row]) if row is not None else None
        reading = self._reading(self._variables[names[0]], question, notes, said)
        return combine(items, reading, self._domain_labels(by))

    def _columns_of_row(self, question: MultipleChoice | MultipleGrid, row: str) -> set[str]:
        return {part_name(row, choice.name) for choice in question.choices}

    def _choice_label(self, name: str, question: Question, row: str | None) -> str:
        """A choice; of a whole grid, with its row."""
        label = self._say(self._variables[name].label)
        if not isinstance(question, MultipleGrid) or row is not None:
            return label
        rows = {one.name: self._say(one.label) for one in question.rows}
        return f"{rows[self._variables[name].row or '']} – {label}"

    def _grid(self, question: Grid | Ranking, by: str) -> ProtectedTable:
        """The rows side by side: means, or the share of one answer (first subtotal, else first choice; rank 1)."""
        notes: tuple[str, ...] = ()
        code, said = "mean", ""
        if isinstance(question, ChoiceGrid):
            shown = question.subtotals[0] if question.subtotals else question.choices[0]
            code = shown.name if isinstance(shown, Subtotal) else str(shown.code)
            said = f" – {self._say(shown.label)}"
            notes = (self.words["first"].format(label=self._say(shown.label)),)
        elif isinstance(question, Ranking):
            code, notes = "1", (self.words["ranked"],)
        rows = _rows(question)
        tables = [protect(self._distribution(question, name, by), self.policy) for name, _ in rows]
        labels = [self._say(label) + said for _, label in rows]
        return pick(tables, code, labels, self._reading(self._variables[rows[0][0]], question, notes))

    def _item_label(self, name: str, question: Question) -> str:
        return self._say(dict(_rows(question)).get(name, question.text))

    def _say(self, text: LocalText) -> str:
        """A text of the version; what stands for an answer in it is `[…]`, for a table is about many."""
        return outline(text.in_(self.language))

    def _domain_labels(self, by: str) -> dict[int | None, str]:
        labels: dict[int | None, str] = {None: self.words["whole"]}
        if by != WHOLE:
            labels |= {code: self._say(label) for code, label in self._variables[by].codes}
        return labels

    def _reading(
        self, variable: Variable, question: Question, notes: tuple[str, ...] = (), row: str | None = None
    ) -> Reading:
        text = self._say(question.text)
        if row is not None:
            text = f"{text} – {row}"
        return Reading(
            question=text,
            base=base_in_words(variable.universe, self.questionnaire, self.language) + self._left_out(question),
            population=self.questionnaire.population,
            questionnaire=self._say(self.questionnaire.title),
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
        is_left_out = question.no_opinion and isinstance(question, MultipleChoice | MultipleGrid | Number | NumberGrid)
        return self.words["opinion"] if is_left_out else ""

    def _weighting(self, snapshot: SnapshotSummary) -> str:
        if snapshot.weighting_number is None:
            return self.words["raw"]
        return self.words["weighted"].format(number=snapshot.weighting_number)
