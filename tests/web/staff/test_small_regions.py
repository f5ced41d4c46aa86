"""A national sample of 2,400 by region: what the policy hides (Corse, about 12 people) is nowhere to be read."""

import csv
import io
import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import openpyxl
import pytest

from app.estimation.disclosure import ProtectedTable
from app.services import fieldwork
from app.services.analysis import WaveTables
from app.services.platform import Platform
from tests import factories
from tests.conftest import make_app, settings_for
from tests.web.staff.members import House, Member, fold, hire

REGIONS = {
    84: 298, 27: 103, 53: 125, 24: 94, 94: 12, 44: 204, 32: 221, 11: 450, 28: 122, 75: 223, 76: 221, 52: 142, 93: 185,
}  # fmt: skip
CORSICA = 94
QUESTIONS = ("utilite", "fragilite_emploi", "score_maturite", "heures", "age")
SMALL = {str(count) for count in range(1, 11)}
DATA = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


@pytest.fixture(scope="module")
def nation(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, citizens: list[dict[str, Any]]
) -> Iterator[House]:
    """2,400 people: the answers of some that were simulated, in the regions of a national sample."""
    folder = tmp_path_factory.mktemp("nation")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    app = make_app(settings_for(f"sqlite:///{folder / 'impact.sqlite3'}", folder))
    platform: Platform = app.extensions["impact"]
    field = factories.launch_shipped(platform.database)
    places = [region for region, size in REGIONS.items() for _ in range(size)]
    others = itertools.cycle(itertools.product(range(2, 7), range(1, 9), range(1, 6), (1, 2)))
    sent = []
    for place, (region, model) in enumerate(zip(places, itertools.cycle(citizens[:40]), strict=False)):
        age, pcs, size, sex = next(others)
        values = dict(model["values"]) | {
            "region": region, "age": age, "pcs": pcs, "taille_agglo": size, "sexe": sex, "heures": 1 + place % 40,
        }  # fmt: skip
        absences = {name: cause for name, cause in model["absences"].items() if name not in values}
        sent.append({"values": values, "absences": absences})
    factories.send_many(field, sent, len(sent), origin="simulated")
    fold(app, field.wave_id)
    reader = Member(app.test_client())
    reader.sign_in(hire(app, "analyst"))
    yield House(app, field, reader)
    platform.database.close()


def table_of(nation: House, question: str) -> ProtectedTable:
    platform = nation.app.extensions["impact"]
    with platform.database.reading() as session:
        wave = fieldwork.get_wave(session, nation.field.key)
        return WaveTables(session, platform.storage, wave, "fr").table(question, "region")


@pytest.mark.parametrize("question", QUESTIONS)
def test_corsica_is_hidden_and_the_rest_of_the_country_does_not_tell_it(nation: House, question: str) -> None:
    table = table_of(nation, question)
    corsica = next(row for row in table.rows if row.code == CORSICA)
    assert all(cell.is_hidden or cell.count == 0 for cell in corsica.cells)
    others = [row for row in table.rows if row.code not in (None, CORSICA)]
    assert sum(not cell.is_hidden for row in others for cell in row.cells) > 0
    for place, cell in enumerate(corsica.cells):
        counts = [row.cells[place].count for row in others]
        whole = table.rows[0].cells[place].count
        if cell.is_hidden and whole is not None and None not in counts:
            # Told by the whole less the other regions: nobody gave this answer there.
            assert whole == sum(count for count in counts if count is not None)


def test_every_shown_count_of_the_country_is_above_ten(nation: House) -> None:
    for question in QUESTIONS:
        for row in table_of(nation, question).rows:
            assert row.base is None or row.base == 0 or row.base > 10
            for cell in row.cells:
                assert cell.count is None or cell.count == 0 or cell.count > 10


@pytest.mark.parametrize("question", QUESTIONS)
def test_pages_and_files_show_no_count_of_1_to_10(nation: House, question: str) -> None:
    address = f"/analyse/{nation.field.key}/questions/{question}"
    page = nation.reader.read(f"{address}?by=region")
    row = next(part for part in page.split("<tr") if "Corse" in part)
    *shown, base, _weighted = [re.sub(r"<[^>]+>", "", cell).strip() for cell in DATA.findall(row)]
    assert base not in SMALL
    assert all(text.startswith(("c", "0", "–")) for text in shown)
    text = nation.reader.get(f"{address}.csv?by=region").text.lstrip("\ufeff")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    counts_of(lines)
    book = openpyxl.load_workbook(io.BytesIO(nation.reader.get(f"{address}.xlsx?by=region").data))
    counts_of([[str(cell.value) for cell in line] for line in book.worksheets[-1].iter_rows()])


def counts_of(lines: list[list[str]]) -> None:
    """No count and no base of 1 to 10 in the lines of a file, whose head names them; Corse has none but zeros."""
    head = next(place for place, line in enumerate(lines) if any("effectif" in str(one).lower() for one in line))
    names = [str(one).lower() for one in lines[head]]
    places = [place for place, name in enumerate(names) if "effectif" in name or name.startswith("base")]
    assert places
    for line in lines[head + 1 :]:
        for place in places:
            assert line[place] not in SMALL
            assert line[place].removesuffix(".0") not in SMALL


def test_the_workbook_shows_no_count_of_1_to_10(nation: House) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(nation.reader.get(f"/analyse/{nation.field.key}/tables.xlsx").data), read_only=True
    )
    detail = book.worksheets[-1]
    counts_of([[str(cell) for cell in line] for line in detail.iter_rows(values_only=True)])


def counts_shown(nation: House, **asked: str) -> tuple[int, dict[str, int | None]]:
    """What a file of the workspace says of the whole: its base, and the count of each answer, None when hidden."""
    path = f"/analyse/{nation.field.key}/workspace.csv?{urlencode({'question': 'utilite', **asked})}"
    answer = nation.reader.get(path)
    assert answer.status_code == 200, answer.location
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    head = next(place for place, line in enumerate(lines) if line[:2] == ["Domaine", "Réponse"])
    rows = [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :] if line]
    assert len({row["Base brute"] for row in rows}) == 1
    return int(rows[0]["Base brute"]), {
        row["Réponse"]: int(row["Effectif"]) if row["Effectif"] else None
        for row in rows
        if row["Statistique"].startswith("%")
    }


def test_no_difference_of_the_workspace_tells_corsica(nation: House) -> None:
    """France without Corse, beside France: what would be left is the answers of 12 people."""
    everyone, france = counts_shown(nation)
    kept, mainland = counts_shown(nation, filter="region != 'corse'")
    assert (everyone, kept) == (2400, 2388)
    assert france.keys() == mainland.keys()
    assert None not in france.values()
    left = {name: (france[name] or 0) - shown for name, shown in mainland.items() if shown is not None}
    assert left, "something is shown of the filtered table"
    assert not [one for one in left.values() if one], "what both show leaves no answer of Corse but zeros"
    # What is hidden cannot be told apart: at least two answers, and as many answers in Corse as hidden ones.
    hidden = [name for name, shown in mainland.items() if shown is None]
    assert len(hidden) >= 2
    # The other side of the same filter: 12 people, of whom nothing but their number is told.
    assert counts_shown(nation, filter="region = 'corse'") == (12, dict.fromkeys(france))


def test_the_attacker_who_solves_the_equations_learns_no_small_count(nation: House) -> None:
    for question in ("utilite", "age"):
        table = table_of(nation, question)
        regions = [row for row in table.rows if row.code is not None]
        parts = [place for place, column in enumerate(table.columns) if column.kind == "percent"]
        known = []
        for row in table.rows:
            here = np.zeros((len(regions), len(parts)))
            here[slice(None) if row.code is None else regions.index(row)] = 1
            if row.base is not None:
                known.append(here.ravel())
            for part, place in enumerate(parts):
                if not row.cells[place].is_hidden:
                    known.append((here * (np.arange(len(parts)) == part)).ravel())
        rank = np.linalg.matrix_rank(np.asarray(known))
        line = next(place for place, row in enumerate(regions) if row.code == CORSICA)
        for part, place in enumerate(parts):
            if regions[line].cells[place].is_hidden:
                one = np.zeros((len(regions), len(parts)))
                one[line, part] = 1
                assert np.linalg.matrix_rank(np.asarray([*known, one.ravel()])) == rank + 1


def test_the_command_shows_no_count_of_1_to_10(nation: House) -> None:
    asked = ["tables", nation.field.key, "--question", "utilite", "--by", "region", "--format", "csv"]
    result = nation.app.test_cli_runner().invoke(args=asked)
    assert result.exit_code == 0, result.output
    assert "par quotas" in result.output
    counts_of(list(csv.reader(io.StringIO(result.output), delimiter=";")))
