"""How the document writes texts and rules in Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.services.wording import rule_in_words
from questionnaires import piping
from questionnaires.expressions import Expression, to_text

if TYPE_CHECKING:
    from questionnaires.model import LocalText, Questionnaire

_SPECIAL = re.compile(r"([\\`*_<|\[\]])")
_LEADING = re.compile(r"^(\s*\d*)(?=[.)#+>-])")


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes in one language; `scope` is the roster of the repeated section that is written."""

    questionnaire: Questionnaire
    language: str
    scope: str | None = None

    def say(self, words: tuple[str, str], *values: object) -> str:
        """Our words, in French or else in English, with values already in Markdown."""
        return words[0 if self.language == "fr" else 1].format(*values)

    def text(self, text: LocalText | str) -> str:
        """A text of the questionnaire on one line, answers in it as [name]."""
        words = text if isinstance(text, str) else piping.outline(text.in_(self.language), named=True)
        return _SPECIAL.sub(r"\\\1", " ".join(words.split("\n")))

    def paragraph(self, text: LocalText | str) -> str:
        """A text of the questionnaire as a paragraph that keeps its lines."""
        words = text if isinstance(text, str) else piping.outline(text.in_(self.language), named=True)
        lines = (_LEADING.sub(r"\1\\", _SPECIAL.sub(r"\\\1", line)) for line in words.strip().split("\n"))
        return "\\\n".join(line for line in lines if line.strip())

    def quoted(self, text: LocalText) -> str:
        """A text between the quotation marks of the language."""
        return f"«\u00a0{self.text(text)}\u00a0»" if self.language == "fr" else f"“{self.text(text)}”"

    def rule(self, rule: Expression) -> str:
        """A rule in words, then as it is written in the file."""
        words = rule_in_words(rule, self.questionnaire, self.language, self.scope)
        return f"{self.text(words)} ({code(to_text(rule))})"


def code(text: str) -> str:
    """A name or a rule, as it stands in the file."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"
