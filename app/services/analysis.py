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
from app.services import indicators
from app.services.authoring import get_version
from app.services.indicators import Indicator, ScoredItem
from app.services.method.sampling import interval_sentence
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
COMPOSITE = LocalText({"fr": "Indicateurs composites", "en": "Composite indicators"})
"""The section of the scores declared beside the questionnaires."""

_WORDS = {
    "fr": {
        "whole": "Ensemble",
        "no_opinion": "Ne se prononce pas",
        "mean": "Moyenne",
        "weighted": "Redressement n° {number} (calage sur marges)",
        "raw": "Non redressé",
        "file": "Pondération n° {number} (poids du fichier, sans marges)",
        "free": "Poids de base individuels : sommes en virgule flottante.",
        "respondent": "Répondants",
        "trial": "Enquête d’essai",
        "simulated": "Données simulées",
        "above": "Plusieurs réponses possibles : le total peut dépasser 100 %.",
        "opinion": " (hors « Ne se prononce pas »)",
        "mean_note": "La moyenne porte sur les notes données, hors « Ne se prononce pas ».",
        "partial": "Les réponses partielles sont comptées, pour les questions auxquelles elles ont répondu.",
        "first": "Part de « {label} » pour chaque ligne.",
        "ranked": "Part des réponses qui classent chaque ligne en premier.",
        "score": "Score de 0 à 100, moyenne pondérée des points des réponses : {items}.",
        "score_base": "Ceux qui ont répondu à au moins {minimum} des {total} questions du score",
        "score_alone": "Ceux qui ont répondu à la question du score",
        "weight": " (poids {weight})",
        "reversed": " (sens inversé)",
        "quoted": "«\u00a0{text}\u00a0»",
        "points": "{label}\u00a0: {points}",
        "between": "\u202f; ",
    },
    "en": {
        "whole": "All",
        "no_opinion": "No opinion",
        "mean": "Mean",
        "weighted": "Weighting no. {number} (raking to margins)",
        "raw": "Unweighted",
        "file": "Weighting no. {number} (weights of the file, no margins)",
        "free": "Individual base weights: floating-point sums.",
        "respondent": "Respondents",
        "trial": "Trial survey",
        "simulated": "Simulated data",
        "above": "Several answers possible: the total may exceed 100%.",
        "opinion": " (excluding “No opinion”)",
        "mean_note": "Means are over the scores given, “No opinion” excluded.",
        "partial": "Partial responses are counted, for the questions that they answered.",
        "first": "Share of “{label}” for each row.",
        "ranked": "Share of the answers that rank each row first.",
        "score": "Score from 0 to 100, weighted mean of the points of the answers: {items}.",
        "score_base": "Those who answered at least {minimum} of the {total} questions of the score",
        "score_alone": "Those who answered the question of the score",
        "weight": " (weight {weight})",
        "reversed": " (reversed)",
        "quoted": "“{text}”",
        "points": "{label}: {points}",
        "between": "; ",
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
    """A question or a row of it that has tables, or a composite score, whose `question` is empty.

    `name` is what `WaveTables.table` takes.
    """

    name: str
    question: str
    text: LocalText
    section: LocalText
    is_row: bool
    concept: str | None


def question_list(questionnaire: Questionnaire) -> list[AnalysedQuestion]:
    """What can be tabulated, in the order of the questionnaire; rows after their grid or ranking; scores at the end.

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
    scores = [
        AnalysedQuestion(one.name, "", one.label, COMPOSITE, False, one.concept)
        for one in indicators.variables_of(questionnaire)
    ]
    return found + scores


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
    """The tables of one wave from its latest snapshot, or another, in one language, protected. Raises NothingFolded."""

    def __init__(
        self, session: Session, storage: Storage, wave: Wave, language: str, snapshot: SnapshotSummary | None = None
    ) -> None:
        snapshot = snapshot or latest_snapshot(session, wave)
        estimator = read_estimator(storage, snapshot.content_hash) if snapshot else None
        if snapshot is None or estimator is None:
            raise NothingFolded(wave.key)
        self.wave, self.snapshot, self.estimator = wave, snapshot, estimator
        self.version, self.questionnaire = get_version(session, wave.version_id)
        self.language = language
        self.words = _WORDS.get(language, _WORDS["en"])
        self.policy = Policy(**wave.policy)
        self._variables = {one.name: one for one in codebook.variables(self.questionnaire)}
        self._scores = {one.name: one for one in indicators.indicators_of(self.questionnaire)}

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
        if name in self._scores:
            return protect(self._score(self._scores[name], by), self.policy)
        question = self.questionnaire.question(known[name].question)
        match question:
            case MultipleGrid():
                return protect(self._several(question, by, name if known[name].is_row else None), self.policy)
            case MultipleChoice():
                return protect(self._several(question, by), self.policy)
            case Grid() | Ranking() if not known[name].is_row:
                return self._grid(question, by)
        # A variable of the margins crossed by another: the table and its transpose are both there to be asked for.
        crossed = by != WHOLE and by in self._variables and self.estimator.tally.layout.has_dimension(name)
        turned = self._distribution(self._question_of(by), by, name) if crossed else None
        return protect(self._distribution(question, name, by), self.policy, transposed=turned)

    def domains_of(self, name: str) -> list[str]:
        """By what the table of a question can be broken down; WHOLE first. A variable is not crossed by itself."""
        names = [dimension.name for dimension in self.estimator.tally.layout.dimensions]
        return [WHOLE, *(one for one in names if one != name)]

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

    def _score(self, indicator: Indicator, by: str) -> Table:
        """A composite score: its mean, by domain."""
        declared = indicator.declared
        items = self.words["between"].join(self._item(one) for one in indicator.scored)
        size = {"minimum": declared.minimum, "total": len(declared.items)}
        base = self.words["score_base" if len(declared.items) > 1 else "score_alone"].format(**size)
        reading = self._said(self._say(indicator.label), base, (self.words["score"].format(items=items),))
        estimates = self.estimator.estimate(indicator.name, None if by == WHOLE else by)
        return distribution_table(estimates, reading, {0: self.words["mean"]}, self._domain_labels(by))

    def _item(self, scored: ScoredItem) -> str:
        """An item of a score, with its weight, and the points of its choices."""
        question = self._question_of(scored.item.variable)
        said, own = self._say(question.text), self._say(scored.label)
        said = self.words["quoted"].format(text=said if said == own else f"{said} – {own}")
        labels = dict(self._variables[scored.item.variable].codes)
        points = [
            self.words["points"].format(label=self._say(labels[code]), points=self._number(float(value)))
            for code, value in scored.points.items()
        ]
        said += f" ({self.words['between'].join(points)})" if points else ""
        said += self.words["weight"].format(weight=scored.item.weight) if scored.item.weight > 1 else ""
        return said + (self.words["reversed"] if scored.item.reversed else "")

    def _number(self, value: float) -> str:
        written = f"{value:.1f}".removesuffix(".0")
        return written.replace(".", ",") if self.language == "fr" else written

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
        base = base_in_words(variable.universe, self.questionnaire, self.language) + self._left_out(question)
        return self._said(text, base, (*notes, *self._mean_note(question)))

    def _said(self, text: str, base: str, notes: tuple[str, ...]) -> Reading:
        return Reading(
            question=text,
            base=base,
            population=self.questionnaire.population,
            questionnaire=self._say(self.questionnaire.title),
            version=self.version.name,
            wave=self.wave.name,
            weighting=self._weighting(self.snapshot),
            snapshot=str(self.snapshot.number),
            origin=self.words[self.wave.origin],
            produced_at=self.snapshot.created_at.isoformat(timespec="seconds"),
            notes=(*notes, *self._partial_note(), *self._free_note(), self._interval_note()),
            language=self.language,
        )

    def _interval_note(self) -> str:
        """What the intervals are worth, with the respondents and the effective size when they are not withheld."""
        n, effective = self.snapshot.responses, self.snapshot.diagnostics.get("effective_size")
        is_told = n >= self.policy.minimum_count
        return interval_sentence(self.wave.method, self.language, n if is_told else None, effective)

    def _mean_note(self, question: Question) -> tuple[str, ...]:
        return (self.words["mean_note"],) if question.no_opinion and isinstance(question, Score | ScoreGrid) else ()

    def _partial_note(self) -> tuple[str, ...]:
        return (self.words["partial"],) if self.wave.counts_partial else ()

    def _free_note(self) -> tuple[str, ...]:
        return () if self.estimator.tally.is_exact else (self.words["free"],)

    def _left_out(self, question: Question) -> str:
        """What a base leaves out: where it is not an answer of the table, no opinion."""
        is_left_out = question.no_opinion and isinstance(question, MultipleChoice | MultipleGrid | Number | NumberGrid)
        return self.words["opinion"] if is_left_out else ""

    def _weighting(self, snapshot: SnapshotSummary) -> str:
        if snapshot.weighting_number is None:
            return self.words["raw"]
        words = self.words["weighted" if snapshot.recipe.get("margins") else "file"]
        return words.format(number=snapshot.weighting_number)
