"""A version of 1,500 variables: read, answered, sent, described, folded into a segment."""

from __future__ import annotations

import random
import time
from pathlib import Path

from app import microdata
from app.db import Database
from app.services import folding, inventing, responding, simulation
from app.services.responding import Submitted
from app.storage import FolderStorage
from questionnaires import codebook, definition
from questionnaires.model import Page, Questionnaire
from tests.factories import SECRET, launch
from tests.questionnaires.builders import (
    allocation,
    choice_grid,
    date,
    multiple,
    number,
    number_grid,
    page,
    questionnaire,
    ranking,
    score_grid,
    single,
    text,
)

SECONDS_TO_READ = 2.0
BLOCKS = 26


def large() -> Questionnaire:
    return questionnaire(*(one for block in range(BLOCKS) for one in pages(block)))


def pages(block: int) -> list[Page]:
    """Two pages of each kind of question, 60 variables together."""
    lines = [f"l{line}" for line in range(12)]
    ten = [f"c{choice}" for choice in range(10)]
    filtered = f"filtre{block} = 'oui'"
    return [
        page(
            f"debut{block}",
            single(f"filtre{block}"),
            multiple(f"plusieurs{block}", *ten),
            score_grid(f"notes{block}", *lines),
            ranking(f"rangs{block}", "a", "b", "c", "d", top=2),
        ),
        page(
            f"suite{block}",
            choice_grid(f"choix{block}", *lines, when=filtered),
            number_grid(f"nombres{block}", *lines),
            allocation(f"parts{block}", "x", "y", "z", "t"),
            number(f"nombre{block}"),
            date(f"jour{block}"),
            text(f"mots{block}"),
        ),
    ]


def test_a_version_of_1500_variables(database: Database, tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "storage")
    data = definition.write(large())
    started = time.process_time()
    version = definition.read(data)
    took = time.process_time() - started
    names = [one.name for one in codebook.variables(version)]
    assert len(names) >= 1_500
    assert took < SECONDS_TO_READ, f"{took:.1f} s to read"
    where = launch(database, version)
    generator = random.Random(1)
    for _ in range(2):
        with database.transaction() as session:
            started_response = responding.start_response(session, where.key, "fr", SECRET)
        place: str | None = started_response.first_page
        while place is not None:
            with database.transaction() as session:
                saved = simulation.answer_page(
                    session, where.key, started_response.token, place, inventing.Person({}, 0.0), generator
                )
            place = saved.next_page
        with database.transaction() as session:
            sent = responding.submit_response(session, where.key, started_response.token, SECRET, None)
        assert isinstance(sent, Submitted)
    assert folding.fold_wave(database, storage, None, where.wave_id) == 2
    with database.reading() as session:
        segment = folding.live_segments(session, where.wave_id)[0]
    content = storage.get(folding.SEGMENTS, segment.content_hash)
    assert microdata.row_count(content) == 2
    assert set(names) <= set(microdata.column_names(content))
