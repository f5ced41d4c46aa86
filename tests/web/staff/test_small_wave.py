"""A wave of some sixty people, read whole: no page and no file of its analysis tells a count of 1 to 10."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.services import analysis, authoring, fieldwork
from tests import factories
from tests.conftest import make_app, settings_for
from tests.web.staff.members import House, Member, fold, hire

FEW = range(1, 11)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
BESIDE = re.compile(r'<span class="(?:sr|under)">.*?</span>', re.DOTALL)


@pytest.fixture(scope="module")
def hamlet(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Too few people for the margins: figures are unweighted, and a share times its base is a count."""
    folder = tmp_path_factory.mktemp("hamlet")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    app = make_app(settings_for(f"sqlite:///{folder / 'impact.sqlite3'}", folder))
    platform = app.extensions["impact"]
    field = factories.launch_shipped(platform.database)
    factories.simulate(field, 60)
    fold(app, field.wave_id)
    reader = Member(app.test_client())
    reader.sign_in(hire(app, "analyst"))
    yield House(app, field, reader)
    platform.database.close()


def questions_of(hamlet: House) -> list[str]:
    with hamlet.app.extensions["impact"].database.reading() as session:
        wave = fieldwork.get_wave(session, hamlet.field.key)
        questionnaire = authoring.get_version(session, wave.version_id)[1]
    return [one.name for one in analysis.question_list(questionnaire)]


def lines_of(content: bytes, first: str) -> list[dict[str, str]]:
    """The lines of a file under the line of titles that begins with `first`."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    head = next(place for place, line in enumerate(lines) if line and line[0] == first)
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :] if line]


def is_few(share: float, base: int) -> bool:
    """Whether a share of a base is that of a few people, or of all but a few."""
    count = round(share * base)
    return count in FEW or base - count in FEW


def test_no_file_of_a_question_tells_a_few(hamlet: House) -> None:
    shown = 0
    for name in questions_of(hamlet):
        for by in ("", "?by=sexe") if name != "sexe" else ("",):
            path = f"/analyse/{hamlet.field.key}/questions/{name}.csv{by}"
            for line in lines_of(hamlet.reader.get(path).data, "Domaine"):
                counts = [one for title, one in line.items() if "ffectif" in title or title.startswith("Base ")]
                assert not [one for one in counts if one.isdigit() and int(one) in FEW], path
                if line["Valeur"] and line["Statistique"].startswith("%"):
                    shown += 1
                    share = float(line["Valeur"].replace(",", ".")) / 100
                    assert not is_few(share, int(line["Base de la réponse"])), (path, line)
    assert shown > 100


def test_the_rates_of_the_method_sheet_tell_no_few(hamlet: House) -> None:
    shown = 0
    for line in lines_of(hamlet.reader.get(f"/analyse/{hamlet.field.key}/method.csv").data, "Variable"):
        _name, _question, asked, *rates = line.values()
        for rate in rates:
            if "c" not in (asked, rate):
                shown += 1
                assert not is_few(float(rate.replace(",", ".")), int(asked)), line
    assert shown > 100


def test_bases_of_the_method_sheet_side_by_side_tell_no_few(hamlet: House) -> None:
    """Those whom a question was not put to answered another one: 55 asked beside 47 counts the eight."""
    lines = lines_of(hamlet.reader.get(f"/analyse/{hamlet.field.key}/method.csv").data, "Variable")
    asked = {int(base) for _name, _question, base, *_rates in (line.values() for line in lines) if base != "c"}
    assert len(asked) > 2
    assert not [(one, other) for one in asked for other in asked if one - other in FEW]


def test_no_page_of_figures_shows_a_few(hamlet: House) -> None:
    """In a wave this small a share shown is 0, or that of 11 people at least: 18 %. Means are left out."""
    names, key = questions_of(hamlet), hamlet.field.key
    paths = [f"/analyse/{key}/live/part?{urlencode({'q': names[place : place + 4]}, doseq=True)}" for place in (0, 30)]
    asked = {"by": ["sexe", "age"], "statistics": ["percent", "counts", "weighted", "index"], "test": "both"}
    for name in ("utilite", "priorite", "intention"):
        paths.append(f"/analyse/{key}/workspace?{urlencode({'question': name, **asked}, doseq=True)}")
    figures = 0
    for path in paths:
        page = hamlet.reader.read(path)
        assert not [one for one in re.findall(r'class="value[^"]*" width="([\d.]+)"', page) if 0 < float(one) < 18]
        assert not [one for one in re.findall(r"effectif (\d+)", page) if int(one) in FEW]
        for cell in CELL.findall(page):
            text = " ".join(re.sub(r"<[^>]+>", " ", BESIDE.sub("", cell)).split())
            if text.isdigit():
                figures += 1
                assert int(text) not in FEW, (path, text)
    assert figures > 20
