"""Pages of territories: what they show, what they hide, and that they say both."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.services.platform import Platform
from app.web.analyse.tiles import class_bounds
from tests import factories
from tests.conftest import make_app, settings_for
from tests.questionnaires.builders import page, questionnaire, single
from tests.territories import ASKED, CORSICA, SIZES, people_of
from tests.web.staff.members import House, Member, fold, hire, plain

MAP = "/analyse/nation/territories"
SMALL = {str(count) for count in range(1, 11)}
ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)
ASIDE = re.compile(r'<span class="sr">.*?</span>|<[^>]+>', re.DOTALL)


@pytest.fixture(scope="module")
def nation(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A thousand people in the 13 regions, 12 of them in Corse, 40 in La Réunion; the analyst is signed in."""
    folder = tmp_path_factory.mktemp("territory-pages")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    app = make_app(settings_for(f"sqlite:///{folder / 'impact.sqlite3'}", folder))
    platform: Platform = app.extensions["impact"]
    sizes = SIZES | {4: 40}
    shares = {f"r{region}": str(size) for region, size in sizes.items()}
    margins = {"sexe": {"homme": "48", "femme": "52"}, "region": shares}
    field = factories.launch(platform.database, ASKED, margins, key="nation")
    people = people_of(sizes)
    factories.send_many(field, [factories.payload(ASKED, **one) for one in people], len(people))
    fold(app, field.wave_id)
    reader = Member(app.test_client())
    reader.sign_in(hire(app, "analyst"))
    yield House(app, field, reader)
    platform.database.close()


def rows_of(page: str) -> dict[str, list[str]]:
    """The table of a page: the name of a row without its mark -> its cells."""
    texts = [[ASIDE.sub("", one).strip() for one in CELL.findall(row)] for row in ROW.findall(page)]
    # « 1 067 » is a number.
    found = [[re.sub(r"(?<=\d) (?=\d{3}\b)", "", one) for one in row] for row in texts]
    return {row[0].removesuffix("&nbsp;*").removesuffix(" *"): row[1:] for row in found if row}


def test_the_map_page_has_every_region_with_its_figure_interval_and_bases(nation: House) -> None:
    shown = nation.reader.read(f"{MAP}?question=utilite")
    rows = rows_of(shown)
    assert len(rows) == 1 + 1 + 13 + 1, "head, France, the map, La Réunion"
    value, reach, base, weighted = rows["Bretagne"]
    assert value.rstrip("+−").isdigit()
    assert re.fullmatch(r"de \d+ à \d+ %", reach)
    assert base == str(SIZES[53])
    assert weighted.isdigit()
    assert "Les estimations régionales s’additionnent :" in shown
    assert "Une tuile par région" in shown
    assert f'href="{MAP}/53"' in shown


def test_the_hidden_region_is_said_and_has_no_figure(nation: House) -> None:
    shown = nation.reader.read(f"{MAP}?question=utilite")
    value, reach, *_bases = rows_of(shown)["Corse"]
    assert (value, reach) == ("c", "c")
    assert re.search(r"(est masquée|sont masquées) :</strong> [^<]*Corse", shown)
    for row in rows_of(shown).values():
        assert not SMALL & set(row[2:])


def test_what_the_pages_and_files_tell_does_not_give_corsica(nation: House) -> None:
    """The attack of a reader: France less the regions shown, from the percentages and the bases of each page."""
    for column in ("1", "2", "3", "4", "st_utile"):
        rows = rows_of(nation.reader.read(f"{MAP}?question=utilite&column={column}"))
        if rows["France"][0] == "c":
            continue
        hidden = [name for name, row in rows.items() if row and row[0] == "c"]
        persons = {
            name: int(row[0].rstrip("+−")) / 100 * int(row[3])
            for name, row in rows.items()
            if row and row[0].rstrip("+−").isdigit()
        }
        left = persons.pop("France") - sum(persons.values())
        # Half a point of each region is more than what is left: the page does not have the digits.
        doubt = 0.005 * sum(int(row[3]) for row in rows.values() if len(row) > 3 and row[3].isdigit())
        assert hidden == [] or len(hidden) > 1 or abs(left) <= doubt
        assert rows["Corse"][0] in ("c", "–", "0")
    text = nation.reader.get(f"{MAP}.csv?question=utilite").text.lstrip("\ufeff")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    head = next(line for line in lines if "Effectif" in line)
    counts = [one for one, name in enumerate(head) if "effectif" in name.lower() or name.startswith("Base")]
    of_corsica = [line for line in lines if line and line[0] == "Corse"]
    assert of_corsica
    for line in lines[lines.index(head) + 1 :]:
        assert not SMALL & {line[one] for one in counts if one < len(line)}
    effect = head.index("Effectif")
    assert {line[effect] for line in of_corsica} <= {"", "0"}


def test_the_image_has_the_values_of_the_table_and_nothing_of_what_is_hidden(nation: House) -> None:
    answer = nation.reader.get(f"{MAP}.svg?question=utilite")
    assert answer.status_code == 200
    assert answer.content_type.startswith("image/svg+xml")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", plain(answer.text))
    rows = rows_of(nation.reader.read(f"{MAP}?question=utilite"))
    assert rows["Bretagne"][0].rstrip("+−") in {one.removesuffix(" *") for one in texts}
    assert "c" in texts
    assert "La Réunion" not in texts
    assert "attachment" in nation.reader.get(f"{MAP}.svg?question=utilite&download=1").headers["Content-Disposition"]


def test_a_region_stands_against_the_country(nation: House) -> None:
    shown = nation.reader.read(f"{MAP}/11")
    assert "Île-de-France et la France" in shown
    rows = [row for name, row in rows_of(shown).items() if "utilite" in name]
    assert len(rows) == 1
    assert rows[0][2] == str(SIZES[11])


def test_a_region_of_few_people_says_that_everything_is_hidden(nation: House) -> None:
    shown = nation.reader.read(f"{MAP}/{CORSICA}")
    assert "Tous les chiffres de cette région sont masqués." in shown
    assert all(row[0] == "c" for name, row in rows_of(shown).items() if row and not name.startswith("Question"))
    fragile = nation.reader.read(f"{MAP}/24")
    assert "Base fragile : 45 réponses." in fragile


def test_an_overseas_region_is_listed_under_the_map(nation: House) -> None:
    shown = nation.reader.read(f"{MAP}?question=confiance&column=mean")
    assert "Hors de la carte" in shown
    assert "Région d’outre-mer, hors de la carte." in shown


def test_a_wave_then_a_question_are_chosen(nation: House) -> None:
    assert "Choisir la question" in nation.reader.read("/analyse/territories")
    assert 'value="utilite"' in nation.reader.read("/analyse/territories?wave=nation")
    answer = nation.reader.get("/analyse/territories?wave=nation&question=utilite")
    assert answer.status_code == 302
    assert answer.location.endswith(f"{MAP}?question=utilite")


@pytest.mark.parametrize("path", ["?question=rien", "/99", "/12345", ".csv?question=rien", ".svg?question=region"])
def test_what_is_not_there_is_no_page(nation: House, path: str) -> None:
    assert nation.reader.get(MAP + path).status_code == 404


def test_every_link_of_a_region_leads_somewhere(nation: House) -> None:
    links = set(re.findall(r'<th scope="row">.*?</th>', nation.reader.get(f"{MAP}/11").text))
    found = {html.unescape(one) for link in links for one in re.findall(r'href="([^"]+)"', link)}
    assert any("/trends/" in one and "domain=11" in one for one in found)
    for one in found:
        assert nation.reader.get(one).status_code == 200, one


def test_a_wave_without_answers_says_so(app: Flask, administrator: Member) -> None:
    factories.launch(app.extensions["impact"].database, ASKED, key="vide")
    for path in ("", "/11"):
        assert "Aucune réponse n’est encore comptée" in administrator.read(f"/analyse/vide/territories{path}")


def test_a_wave_that_does_not_ask_the_region_says_so(app: Flask, administrator: Member) -> None:
    asked = questionnaire(page("avis", single("utilite", "oui", "non")))
    factories.launch(app.extensions["impact"].database, asked, key="sans-region")
    assert "Cette vague ne demande pas la région." in administrator.read("/analyse/sans-region/territories")
    assert "sans-region" not in administrator.read("/analyse/territories")


@pytest.mark.parametrize(
    ("units", "bounds"),
    [
        ([], ()),
        ([50], (51, 52, 53, 54)),
        ([54, 55, 61], (56, 58, 60, 62)),
        ([74, 87], (75, 80, 85, 90)),
        ([0, 100], (50, 100, 150, 200)),
    ],
)
def test_classes_have_round_bounds(units: list[int], bounds: tuple[int, ...]) -> None:
    assert class_bounds(units) == bounds
