"""Weightings on screen: an analyst edits margins, pastes them, runs, reads, compares; nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from werkzeug.test import TestResponse

from app.services import fieldwork, folding, jobs, snapshots
from app.services.platform import Platform
from app.services.weightings import keeping as weightings
from app.services.weightings import running as weighting_runs
from tests.factories import BY_SEX, TWO_PAGES, Field, launch, payload, recipe_of, send_many
from tests.web.staff.members import Member, plain

ANSWERS = [
    payload(TWO_PAGES, sexe=sexe, region=region, confiance=2 * region + sexe, engage=sexe)
    for sexe in (1, 1, 2)
    for region in (1, 2)
]
MARKUP = '<script>alert("marge")</script>'


class FormReader(HTMLParser):
    """The fields of the last form of a page, as a browser sends them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "form" and "grid" in (found.get("class") or ""):
            self.fields = {}
        elif tag == "input" and (found.get("type") != "radio" or "checked" in found):
            self.fields[name] = found.get("value") or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.fields or "selected" in found):
            self.fields[self._select] = found.get("value") or ""
        elif tag == "textarea":
            self._text = name
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] += data


class Desk:
    """An analyst before the weightings of a wave."""

    def __init__(self, app: Flask, field: Field, member: Member) -> None:
        self.platform: Platform = app.extensions["impact"]
        self.app, self.field, self.member = app, field, member
        self.root = f"/analyse/{field.key}/weightings"

    def new(self, source: str = "copy:1") -> int:
        """Prepare a draft; its number."""
        answer = self.member.post(self.root, source=source)
        assert answer.status_code == 303, answer.text
        return int(answer.headers["Location"].rpartition("/")[2])

    def fields(self, number: int) -> dict[str, str]:
        reader = FormReader()
        reader.feed(self.member.get(f"{self.root}/{number}").text)
        return {name: value for name, value in reader.fields.items() if name not in ("language", "next", "csrf_token")}

    def send(self, number: int, action: str, **typed: str) -> TestResponse:
        """Fill some fields of a draft and press a button."""
        fields = self.fields(number) | {name.replace("__", "-"): value for name, value in typed.items()}
        return self.member.post(f"{self.root}/{number}", **fields | {"action": action})

    def recipe(self, number: int) -> dict[str, Any]:
        with self.platform.database.reading() as session:
            return dict(weightings.get_weighting(session, self.field.wave_id, number).recipe)

    def shares(self, number: int, margin: int = 0) -> dict[tuple[str, ...], float]:
        return {tuple(one["choices"]): one["share"] for one in self.recipe(number)["margins"][margin]["cells"]}

    def work(self) -> None:
        """What the worker does of the runs that wait."""
        with self.platform.database.reading() as session:
            waiting = [one.job.id for one in weightings.list_weightings(session, self.field.wave_id) if one.job]
        for job_id in waiting:
            with jobs.running(self.platform.database, job_id) as ids:
                if ids is not None:
                    weighting_runs.run_weighting(self.platform.database, self.platform.storage, ids[0], job_id)

    def page(self, number: int) -> str:
        return self.member.read(f"{self.root}/{number}")


@pytest.fixture
def desk(app: Flask, someone: Callable[..., Member]) -> Desk:
    """Sixty people have answered; margins by sex are in use; an analyst is signed in."""
    platform: Platform = app.extensions["impact"]
    field = launch(platform.database, shares=BY_SEX)
    send_many(field, ANSWERS, 60)
    folding.fold_wave(platform.database, platform.storage, None, field.wave_id)
    snapshots.refresh_snapshot(platform.database, platform.storage, field.wave_id)
    return Desk(app, field, someone("analyst"))


def test_the_old_address_leads_to_the_one_in_use(desk: Desk) -> None:
    answer = desk.member.get(f"/analyse/{desk.field.key}/weighting")
    assert answer.headers["Location"] == f"{desk.root}/1"
    assert "Effet de plan (Kish)" in desk.page(1)


def test_a_draft_is_edited_run_and_put_to_use(desk: Desk) -> None:
    number = desk.new()
    assert desk.send(number, "save", margins__0__cells__0="45,5 %", margins__0__cells__1="54.5").status_code == 303
    assert desk.shares(number) == {("homme",): 45.5, ("femme",): 54.5}
    assert desk.send(number, "run").status_code == 303
    waiting = desk.page(number)
    assert "Calcul en cours" in waiting
    assert f'data-live="{desk.root}/{number}/part"' in waiting
    desk.work()
    part = desk.member.read(f"{desk.root}/{number}/part")
    assert "data-live=" not in part  # nothing more will come
    assert "45,5" in part
    desk.member.post(f"{desk.root}/{number}/use")
    assert "En service" in desk.page(number)
    assert desk.member.post(f"{desk.root}/1/delete", form_at=f"{desk.root}/{desk.new()}/delete").status_code == 303
    assert "En service" not in desk.page(1)


def test_what_cannot_be_read_is_told_at_its_field_and_kept(desk: Desk) -> None:
    number = desk.new()
    page = plain(desk.send(number, "save", margins__0__cells__0="beaucoup", label=MARKUP).text)
    assert "« beaucoup » n’est pas un nombre" in page
    assert 'value="beaucoup"' in page
    assert 'id="margins-0-cells-0-e"' in page
    assert MARKUP not in page
    assert desk.shares(number) == {("homme",): 48.0, ("femme",): 52.0}


def test_a_draft_with_a_problem_is_saved_but_not_run(desk: Desk) -> None:
    number = desk.new()
    page = plain(desk.send(number, "run", margins__0__cells__0="38", margins__0__source="").text)
    assert "2 points sont à corriger avant de lancer" in page
    assert "Les parts totalisent 90, trop loin de 100" in page
    assert "Citez la source" in page
    assert desk.shares(number)["homme",] == 38


def test_a_pasted_block_fills_the_cells_and_tells_the_rest(desk: Desk) -> None:
    number = desk.new()
    answer = desk.send(number, "paste-0", margins__0__paste="Sexe\tPart\nHOMME\t47,0\nfemme\t53,0\nTotal\t100")
    assert answer.status_code == 303
    assert desk.shares(number) == {("homme",): 47.0, ("femme",): 53.0}
    page = plain(desk.send(number, "paste-0", margins__0__paste=f"homme\t46\n{MARKUP}\t54").text)
    assert "Ligne 2, catégorie inconnue" in page
    assert MARKUP not in page
    assert "&lt;script&gt;" in page
    assert desk.shares(number)["homme",] == 46


def test_margins_are_added_crossed_and_removed(desk: Desk) -> None:
    number = desk.new("empty")
    assert "n’a aucune marge" in desk.page(number)
    assert desk.send(number, "add", first="sexe", second="region").status_code == 303
    assert [one["variables"] for one in desk.recipe(number)["margins"]] == [["sexe", "region"]]
    desk.send(number, "save", **{f"margins-0-cells-{at}": text for at, text in enumerate(("24", "24", "26", "26"))})
    assert desk.shares(number)["femme", "sud"] == 26
    desk.send(number, "remove-0")
    assert desk.recipe(number)["margins"] == []


def test_letters_make_merges(desk: Desk) -> None:
    number = desk.new()
    desk.send(number, "save", **{"groups-0-letters-0": "A", "groups-0-letters-1": "A", "groups-0-when": "empty"})
    assert desk.recipe(number)["merges"] == [{"variable": "sexe", "choices": ["homme", "femme"], "when": "empty"}]
    assert desk.fields(number)["groups-0-letters-1"] == "A"


def test_two_windows_on_one_draft_do_not_lose_each_other(desk: Desk) -> None:
    number = desk.new()
    early = desk.fields(number)
    desk.send(number, "save", margins__0__date="2023")
    late = {**early, "margins-0-date": "2021", "action": "save"}
    page = plain(desk.member.post(f"{desk.root}/{number}", **late).text)
    assert "Ce brouillon a été modifié ailleurs" in page
    assert 'value="2021"' in page
    assert desk.recipe(number)["margins"][0]["date"] == "2023"


def test_what_ran_is_not_edited_from_a_page_left_open(desk: Desk) -> None:
    number = desk.new()
    early = desk.fields(number)
    desk.send(number, "run")
    answer = desk.member.post(f"{desk.root}/{number}", form_at=f"{desk.root}/1", **early | {"label": "autre"})
    assert answer.status_code == 303
    assert "déjà lancé" in desk.page(number)


def test_a_run_without_weights_says_why_and_offers_its_copy(desk: Desk) -> None:
    number = desk.new()
    desk.send(number, "run", method="logit", low="0,99", high="1,01")
    desk.work()
    page = desk.page(number)
    assert "Les bornes sont trop serrées" in page
    assert "Corriger dans une copie" in page
    assert f'value="copy:{number}"' in page


def test_two_weightings_are_compared_on_the_same_responses(desk: Desk) -> None:
    number = desk.new()
    desk.send(number, "run", margins__0__cells__0="30", margins__0__cells__1="70")
    desk.work()
    page = desk.member.read(f"{desk.root}/compare?one=1&other={number}")
    assert "Ce qui bouge le plus" in page
    # Those who are engaged are the men: their share follows the margin.
    rows = re.findall(r"<tr><th scope=\"row\">([^<]+)</th><td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td></tr>", page)
    assert any(row[1:] == ("48,0", "30,0", "−18,0") for row in rows)


def test_a_frozen_one_is_replaced_only_knowingly(desk: Desk) -> None:
    with desk.platform.database.transaction() as session:
        weightings.freeze_weighting(session, weightings.get_weighting(session, desk.field.wave_id, 1), MARKUP)
    number = desk.new()
    desk.send(number, "run")
    desk.work()
    address = f"{desk.root}/{number}/use"
    page = desk.member.read(address)
    assert MARKUP not in page
    assert "est figé pour" in page
    assert "Cochez la case" in desk.member.post(address).text
    assert desk.member.post(address, replacing="1").status_code == 303
    assert "En service" in desk.page(number)


def test_no_count_of_a_few_is_told(desk: Desk) -> None:
    sent = [payload(TWO_PAGES, sexe=1, region=1, confiance=5, engage=1)] * 55
    sent += [payload(TWO_PAGES, sexe=2, region=2, confiance=5, engage=2)] * 7
    field = launch(desk.platform.database, TWO_PAGES, BY_SEX, key="petite")
    send_many(field, sent, 62)
    folding.fold_wave(desk.platform.database, desk.platform.storage, None, field.wave_id)
    small = Desk(desk.app, field, desk.member)
    number = small.new()
    small.send(number, "run")
    small.work()
    page = small.page(number)
    texts = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    # 7 of 62 are 11.3 %, their ratio 52 / 11.3 = 4.61: neither may be read, nor the others by subtraction.
    for telling in ("11,3", "88,7", "4,61", "4,6", "0,54", " 11 %", " 89 %"):
        assert telling not in texts, telling
    effect = weightings_effect(page)
    assert effect == "c"


def weightings_effect(page: str) -> str:
    """The design effect as the page of a weighting shows it."""
    found = re.search(r"Effet de plan \(Kish\)</dt><dd><b>([^<]+)</b>", page)
    assert found
    return found[1]


def write_margins(file: Path, **shares: str) -> None:
    """A file of margins by region, as they are shipped."""
    recipe = {name: value for name, value in recipe_of({"region": shares}).items() if value is not None}
    file.write_text(yaml.safe_dump(recipe), encoding="utf-8")


def test_commands_list_import_run_and_use(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "marges.yaml"
    write_margins(file, nord="55", sud="45")
    runner, key = desk.app.test_cli_runner(), desk.field.key

    def call(*words: str) -> tuple[int, str]:
        done = runner.invoke(args=["weightings", *words])
        return done.exit_code, done.output

    assert call("import", key, str(file)) == (0, f"{key}\t2\tdraft\n")
    code, output = call("run", key, "2")
    assert (code, output.split("\t")[2]) == (0, "done")
    assert call("use", key, "2") == (0, f"{key}\t2\tin-use\n")
    assert [line.split("\t")[1] for line in call("list", key)[1].splitlines()] == ["done", "done+in-use"]
    assert call("run", key, "2")[0] == 1
    assert "WeightingIsNotADraft" in call("run", key, "2")[1]
    write_margins(file, nord="55", sud="5")
    code, output = call("import", key, str(file))
    assert code == 1
    assert "trop loin de 100" in output
    assert call("run", key, "3")[0] == 1
    assert call("use", key, "9")[0] == 1
    with desk.platform.database.reading() as session:
        snapshot = snapshots.latest_snapshot(session, fieldwork.get_wave(session, key))
    assert snapshot is not None
    assert snapshot.weighting_number == 2
