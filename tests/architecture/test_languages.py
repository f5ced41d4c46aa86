"""Every sentence of the screens is in French in the sources, and has its English."""

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from tests.architecture.sources import ROOT

FOLDER = ROOT / "app" / "translations" / "en" / "LC_MESSAGES"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "lazy_gettext", "_l")),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
}
Sentence = str | tuple[str, ...]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The English catalogue."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def sentences() -> dict[Sentence, str]:
    """Every sentence of the sources -> where it is."""
    found = extract_from_dir(ROOT / "app", METHODS, OPTIONS, KEYWORDS)
    return {message: f"{name}:{line}" for name, line, message, _comments, _context in found}


def test_every_sentence_has_its_english(english: Catalog, sentences: dict[Sentence, str]) -> None:
    lacking = {}
    for sentence, place in sentences.items():
        message = english.get(sentence)
        parts = (message.string,) if message and isinstance(message.string, str) else message and message.string
        if not parts or not all(parts) or (message and message.fuzzy):
            lacking[place] = sentence
    assert lacking == {}
    assert sentences


def test_no_english_is_left_of_a_sentence_that_is_gone(english: Catalog, sentences: dict[Sentence, str]) -> None:
    assert [message.id for message in english if message.id and message.id not in sentences] == []


def test_what_the_sentences_insert_is_the_same_in_english(english: Catalog) -> None:
    wrong = [message.id for message in english if message.id and message.check(english)]
    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one(english: Catalog) -> None:
    again = BytesIO()
    write_mo(again, english)
    again.seek(0)
    with (FOLDER / "messages.mo").open("rb") as file:
        assert translations(read_mo(file)) == translations(read_mo(again))


def translations(catalogue: Catalog) -> dict[str, object]:
    """Sentence -> its English, the forms of the plural together."""
    return {repr(message.id): message.string for message in catalogue if message.id}
