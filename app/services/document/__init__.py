"""A version as a document that people read and review: Markdown, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app.services import codebooks
from app.services.document.scribe import Scribe, code
from app.services.document.traits import traits
from app.services.wording import roster_in_words
from questionnaires.model import (
    Check,
    Choice,
    ChoiceGrid,
    Exit,
    Grid,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Row,
    Section,
    Severity,
    SingleChoice,
)

_WORDS: Mapping[str, tuple[str, str]] = {
    "version": ("version {}", "version {}"),
    "population": ("population : {}", "population: {}"),
    "languages": ("langues : {}", "languages: {}"),
    "minutes": ("{} minutes environ", "about {} minutes"),
    "contents": ("les parties se voient d’avance", "the parts can be looked at beforehand"),
    "context": ("Connu d’avance", "Known beforehand"),
    "external": ("fourni avec l’invitation", "given with the invitation"),
    "language": ("langue de la réponse", "language of the response"),
    "mode": ("mode de la réponse", "mode of the response"),
    "started_on": ("jour du début de la réponse", "day the response started"),
    "experiments": ("Groupes tirés au sort", "Randomly assigned groups"),
    "section when": ("Partie posée si {}", "Part asked if {}"),
    "page when": ("Page posée si {}", "Page asked if {}"),
    "when": ("Posée si {}", "Asked if {}"),
    "offered": ("proposée si {}", "offered if {}"),
    "shuffle": (
        "Dans un ordre tiré au sort parmi les parties voisines du groupe {}",
        "In a random order among the neighbouring parts of group {}",
    ),
    "exclusive": ("exclusive des autres", "excludes the others"),
    "fixed": ("garde sa place", "keeps its place"),
    "specify": ("précision demandée : {}", "asks for details: {}"),
    "subtotal": ("Sous-total {} : {}", "Subtotal {}: {}"),
    "variant": ("Autre formulation {}, si {} : {}", "Other wording {}, if {}: {}"),
    "help": ("Aide : {}", "Help: {}"),
    "instruction": ("Consigne : {}", "Instruction: {}"),
    "concept": ("Concept : {}", "Concept: {}"),
    "source": ("Source : {}", "Source: {}"),
    "note": ("Note : {}", "Note: {}"),
    "rows": ("Lignes :", "Rows:"),
    "choices": ("Réponses :", "Choices:"),
    "check": ("**Contrôle** {} ({}) : {} Doit être vrai : {}.", "**Check** {} ({}): {} Must be true: {}."),
    "exit": ("**Sortie** {} ({}), si {} – *{}* {}", "**Exit** {} ({}), if {} – *{}* {}"),
    "kept": ("les réponses sont gardées", "the answers are kept"),
    "not kept": ("aucune réponse n’est gardée", "no answer is kept"),
    "computed": ("Variables calculées", "Computed variables"),
    "quotas": ("Quotas", "Quotas"),
    "codebook": ("Dictionnaire des variables", "Codebook"),
}
_SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    Severity.INFORMATION: ("information", "information"),
    Severity.WARNING: ("avertissement", "warning"),
    Severity.BLOCKING: ("bloquant", "blocking"),
}
_COLUMNS = ("name", "type", "label", "universe", "rule")

Lines = Iterator[str]


def document(questionnaire: Questionnaire, language: str) -> str:
    """The whole version: what is asked, of whom, in which words, and the universe of each variable."""
    scribe = Scribe(questionnaire, language)
    blocks = [
        *_head(scribe),
        *_context(scribe),
        *_experiments(scribe),
        *(line for number, one in enumerate(questionnaire.sections, 1) for line in _section(one, number, scribe)),
        *_computed(scribe),
        *_quotas(scribe),
        *_codebook(scribe),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(scribe: Scribe) -> Lines:
    version = scribe.questionnaire
    yield f"# {scribe.text(version.title)}"
    facts = [
        code(version.name),
        scribe.say(_WORDS["version"], scribe.text(version.version)),
        scribe.say(_WORDS["population"], scribe.text(version.population)),
        scribe.say(_WORDS["languages"], ", ".join(version.languages)),
        scribe.say(_WORDS["minutes"], version.minutes),
        *([scribe.say(_WORDS["contents"])] if version.contents else ()),
    ]
    yield " · ".join(facts)
    yield from _paragraphs(scribe, version.description)
    if version.source is not None:
        yield scribe.say(_WORDS["source"], scribe.text(version.source))


def _context(scribe: Scribe) -> Lines:
    if scribe.questionnaire.context:
        yield f"## {scribe.say(_WORDS['context'])}"
        for one in scribe.questionnaire.context:
            yield f"{code(one.name)} {scribe.text(one.label)} – {scribe.say(_WORDS[one.provider])}"
            yield from _choices(one.choices, scribe)


def _experiments(scribe: Scribe) -> Lines:
    if scribe.questionnaire.experiments:
        yield f"## {scribe.say(_WORDS['experiments'])}"
        for one in scribe.questionnaire.experiments:
            yield f"{code(one.name)} {scribe.text(one.label)}"
            yield from _choices(one.arms, scribe)


def _section(section: Section, number: int, scribe: Scribe) -> Lines:
    scribe = replace(scribe, scope=section.repeat)
    yield f"## {number}. {scribe.text(section.title)} ({code(section.name)})"
    if section.repeat is not None:
        each = scribe.text(roster_in_words(section.repeat, scribe.questionnaire, scribe.language))
        yield f"*{each}* ({code(section.repeat)})"
    if section.when is not None:
        yield scribe.say(_WORDS["section when"], scribe.rule(section.when))
    if section.shuffle is not None:
        yield scribe.say(_WORDS["shuffle"], code(section.shuffle))
    for index, page in enumerate(section.pages, 1):
        yield from _page(page, f"{number}.{index}", scribe)


def _page(page: Page, number: str, scribe: Scribe) -> Lines:
    yield f"### {number} {scribe.text(page.title)} ({code(page.name)})"
    if page.when is not None:
        yield scribe.say(_WORDS["page when"], scribe.rule(page.when))
    yield from _paragraphs(scribe, page.intro)
    for question in page.questions:
        yield from _question(question, scribe)
    for check in page.checks:
        yield _check(check, scribe)
    for leaving in page.exits:
        yield _exit(leaving, scribe)


def _question(question: Question, scribe: Scribe) -> Lines:
    yield f"#### {code(question.name)} {scribe.text(question.text)}"
    yield f"*{', '.join(traits(question, scribe))}*"
    if question.when is not None:
        yield scribe.say(_WORDS["when"], scribe.rule(question.when))
    for name, text in (("help", question.help), ("instruction", question.instruction)):
        if text is not None:
            yield scribe.say(_WORDS[name], scribe.text(text))
    for one in question.variants:
        yield scribe.say(_WORDS["variant"], code(one.name), scribe.rule(one.when), scribe.text(one.text))
        if one.help is not None:
            yield scribe.say(_WORDS["help"], scribe.text(one.help))
    yield from _offered(question, scribe)
    if question.concept is not None:
        yield scribe.say(_WORDS["concept"], code(question.concept))
    for name, written in (("source", question.source), ("note", question.note)):
        if written is not None:
            yield scribe.say(_WORDS[name], scribe.text(written))


def _offered(question: Question, scribe: Scribe) -> Lines:
    """Rows, choices, subtotals."""
    if isinstance(question, Grid):
        yield scribe.say(_WORDS["rows"])
        yield "\n".join(_row(row, scribe) for row in question.rows)
    if isinstance(question, SingleChoice | MultipleChoice | Ranking | ChoiceGrid | MultipleGrid):
        if isinstance(question, Grid):
            yield scribe.say(_WORDS["choices"])
        yield from _choices(question.choices, scribe)
    if isinstance(question, SingleChoice | ChoiceGrid) and question.subtotals:
        yield "\n".join(
            f"- {scribe.say(_WORDS['subtotal'], scribe.quoted(one.label), ', '.join(map(code, one.choices)))}"
            for one in question.subtotals
        )


def _row(row: Row, scribe: Scribe) -> str:
    more = [scribe.say(_WORDS["fixed"])] if row.fixed else []
    if row.when is not None:
        more.append(scribe.say(_WORDS["offered"], scribe.rule(row.when)))
    return f"- {code(row.name)} {scribe.text(row.label)}{_aside(more)}"


def _choices(choices: Iterable[Choice], scribe: Scribe) -> Lines:
    lines = [_choice(one, scribe) for one in choices]
    if lines:
        yield "\n".join(lines)


def _choice(choice: Choice, scribe: Scribe) -> str:
    more = [scribe.say(_WORDS[name]) for name in ("exclusive", "fixed") if getattr(choice, name)]
    if choice.specify is not None:
        more.append(scribe.say(_WORDS["specify"], scribe.quoted(choice.specify)))
    if choice.help is not None:
        more.append(scribe.text(choice.help))
    if choice.when is not None:
        more.append(scribe.say(_WORDS["offered"], scribe.rule(choice.when)))
    return f"- {choice.code} = {scribe.text(choice.label)} ({code(choice.name)}){_aside(more)}"


def _aside(parts: list[str]) -> str:
    return f" – {', '.join(parts)}" if parts else ""


def _check(check: Check, scribe: Scribe) -> str:
    severity = scribe.say(_SEVERITIES[check.severity])
    return scribe.say(_WORDS["check"], code(check.name), severity, scribe.text(check.message), scribe.rule(check.rule))


def _exit(leaving: Exit, scribe: Scribe) -> str:
    fate = scribe.say(_WORDS["kept" if leaving.keep else "not kept"])
    title, text = scribe.text(leaving.title), scribe.text(leaving.text)
    return scribe.say(_WORDS["exit"], code(leaving.name), fate, scribe.rule(leaving.when), title, text)


def _computed(scribe: Scribe) -> Lines:
    if scribe.questionnaire.computed:
        yield f"## {scribe.say(_WORDS['computed'])}"
    for one in scribe.questionnaire.computed:
        inner = replace(scribe, scope=one.repeat)
        yield f"{code(one.name)} {inner.text(one.label)} = {inner.rule(one.rule)}"
        if one.repeat is not None:
            yield f"*{inner.text(roster_in_words(one.repeat, scribe.questionnaire, scribe.language))}*"
        if one.note is not None:
            yield scribe.say(_WORDS["note"], scribe.text(one.note))


def _quotas(scribe: Scribe) -> Lines:
    if scribe.questionnaire.quotas:
        yield f"## {scribe.say(_WORDS['quotas'])}"
    for one in scribe.questionnaire.quotas:
        yield f"{code(one.name)} {scribe.text(one.label)}"
        yield "\n".join(
            f"- {code(cell.name)} {scribe.text(cell.label)} – {scribe.rule(cell.when)}" for cell in one.cells
        )


def _codebook(scribe: Scribe) -> Lines:
    yield f"## {scribe.say(_WORDS['codebook'])}"
    rows = [[codebooks.in_language(codebooks.HEADINGS[name], scribe.language) for name in _COLUMNS]]
    rows.append(["---"] * len(_COLUMNS))
    for entry in codebooks.entries(scribe.questionnaire, scribe.language):
        rule = "" if entry.rule is None else code(entry.rule.replace("|", "\\|"))
        said = (scribe.text(words) for words in (entry.type, entry.label, entry.universe))
        rows.append([code(entry.name), *said, rule])
    yield "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _paragraphs(scribe: Scribe, text: LocalText | None) -> Lines:
    if text is not None:
        yield scribe.paragraph(text)
