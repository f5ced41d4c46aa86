"""Files of microdata and their mappings: what is read, what is proposed, what is refused and how it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from app.services.imports.applying import UNKNOWN, apply_mapping, make_report, read_number
from app.services.imports.mapping import write_mapping
from app.services.imports.parsing import MappingIsInvalid, read_mapping
from app.services.imports.proposing import propose_mapping
from app.services.imports.reading import FileIsUnreadable, read_file
from app.services.imports.sentences import SENTENCES, mapping_sentence
from questionnaires import codebook
from tests.studies import STUDY, csv_of

HASH = "0" * 64


def sav_of(folder: Path, columns: Mapping[str, Sequence[Any]], **options: Any) -> bytes:
    path = folder / "made.sav"
    pyreadstat.write_sav(pl.DataFrame(dict(columns), strict=False), path, **options)
    return path.read_bytes()


def refused(content: bytes) -> str:
    with pytest.raises(FileIsUnreadable) as error:
        read_file(content)
    assert error.value.code in SENTENCES
    SENTENCES[error.value.code][0].format(**error.value.data)
    return error.value.code


def test_a_spreadsheet_from_windows_is_read_by_its_labels() -> None:
    rows = [
        {"SEXE": "Homme", "Région": "NORD", "Note de confiance": "7", "inconnue": "é"},
        {"SEXE": "Femme", "Région": "Sud", "Note de confiance": "NSP", "inconnue": "à"},
        {"SEXE": "femme", "Région": "", "Note de confiance": "10", "inconnue": "ç"},
    ] * 11
    content = csv_of(rows, ";", "cp1252")
    source = read_file(content)
    assert (source.encoding, source.separator, source.rows) == ("cp1252", ";", 33)
    takes = propose_mapping(source, STUDY, "f.csv", HASH).variables
    assert takes["sexe"].codes == {"Homme": 1, "Femme": 2, "femme": 2}
    assert takes["region"].column == "Région"
    assert takes["region"].codes == {"NORD": 1, "Sud": 2}
    assert takes["region"].absences == {"": -4}
    assert "confiance" not in takes, "what is only alike in part is left to a person"


def test_labels_and_missing_values_of_spss_are_understood(tmp_path: Path) -> None:
    columns = {
        "Q1": [1.0, 2.0, 9.0, None],
        "Q2": [1.0, 2.0, 1.0, 2.0],
        "EFFECTIF": [12.5, 0.1 + 0.2, None, 3.0],
        "MOTS": ["été", "", "b", "c"],
    }
    content = sav_of(
        tmp_path,
        columns,
        column_labels={"Q1": "SEXE", "Q2": "region"},
        variable_value_labels={"Q1": {1: "FEMME", 2: "Homme", 9: "Refus"}, "Q2": {1: "nord", 2: "Sud"}},
        missing_ranges={"Q1": [9]},
    )
    source = read_file(content)
    assert source.kind == "sav"
    mapping = propose_mapping(source, STUDY, "f.sav", HASH)
    sexe = mapping.variables["sexe"]
    # The label decides: its numbers are those of another study.
    assert (sexe.column, sexe.codes, sexe.absences) == ("Q1", {"2": 1, "1": 2}, {"": -4, "9": -6})
    assert "same-label" in sexe.reasons
    applied = apply_mapping(source, mapping, STUDY)
    assert applied.codes["sexe"].tolist() == [2, 1, -6, -4]
    assert applied.codes["effectif"].tolist() == [125, 3, -4, 30]
    words = [one["values"].get("mots") for one in applied.payloads(STUDY, 0, 4)]
    assert words == ["été", None, "b", "c"]


def test_choices_of_a_multiple_question_come_ticked_or_listed() -> None:
    ticked = read_file(csv_of([{"freins_temps": "x", "freins_argent": ""}, {"freins_temps": "", "freins_argent": "x"}]))
    mapping = propose_mapping(ticked, STUDY, "f", HASH)
    assert mapping.variables["freins_temps"].codes == {"x": 1, "": 0}
    assert "blank-is-no" in mapping.variables["freins_temps"].reasons
    listed = read_file(csv_of([{"freins": "1;3"}, {"freins": "2"}, {"freins": ""}], ","))
    mapping = propose_mapping(listed, STUDY, "f", HASH)
    applied = apply_mapping(listed, mapping, STUDY)
    assert applied.codes["freins_temps"].tolist() == [1, 0, -4]
    assert applied.codes["freins_argent"].tolist() == [0, 1, -4]
    assert applied.codes["freins_idees"].tolist() == [1, 0, -4]
    unknown = read_file(csv_of([{"freins": "1;8"}, {"freins": "2"}], ","))
    assert apply_mapping(unknown, mapping, STUDY).codes["freins_temps"].tolist() == [UNKNOWN, 0]


def test_a_number_keeps_its_decimals_or_is_refused() -> None:
    assert [read_number(one, 1) for one in ("12,5", "1 234", "-3", "0.30000000000000004")] == [125, 12340, -30, 3]
    assert [read_number(one, 0) for one in ("1,5", "douze", "", "NaN", "inf", "1e400", "1e30")] == [None] * 7


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\0" * 10_000_000, "not-text"),
        (b"a;b\n1;\0", "not-text"),
        (b"PK\3\4\0\0 a workbook", "not-text"),
        (b"a;b;a\n1;2;3\n", "column-twice"),
        (b"a;;c\n1;2;3\n", "column-unnamed"),
        (b"a;b\n", "no-rows"),
        (b"a;b\n1;2\n1;2;3\n", "row-length"),
        (b'a;b\n1;"2\n3;4\n', "csv-syntax"),
        (b"a\n" + b"x" * 200_000 + b"\n", "csv-syntax"),
        (b";".join(b"c%d" % one for one in range(5_001)) + b"\n", "too-many-columns"),
        (b"$FL2" + b"\0" * 1_000, "mangled"),
        (b"$FL3@(#) SPSS DATA FILE" + bytes(range(256)) * 20, "mangled"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_an_spss_file_cut_short_is_refused_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sav_of(tmp_path, {"a": [1.0] * 500, "b": ["texte"] * 500})
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    assert refused(content[: len(content) - 300]) == "mangled"
    assert read_file(content).rows == 500
    assert list(private.iterdir()) == []


def test_labels_that_are_markup_or_formulas_stay_words(tmp_path: Path) -> None:
    content = sav_of(tmp_path, {"q": [1.0, 2.0]}, column_labels={"q": "<script>alert(1)</script>\r\n\u202eéà"})
    assert read_file(content).columns[0].label == "<script>alert(1)</script> éà"
    formulas = read_file(csv_of([{"sexe": "=1+1"}, {"sexe": "@SUM(A1)"}]))
    mapping = propose_mapping(formulas, STUDY, "f", HASH)
    assert mapping.variables["sexe"].codes == {}
    assert mapping.variables["sexe"].confidence == "0.20"


GOOD = f"""\
format: 1
file: {{name: f.csv, sha256: "{HASH}"}}
questionnaire: {STUDY.name}
version: "{STUDY.version}"
wave: {{key: etude-2015, name: Étude, began_on: 2015-06-01, ended_on: 2015-06-30, mode: web, language: fr}}
unknown_codes: refuse
variables:
  sexe: {{column: SEXE, codes: {{"1": 1, "2": 2}}, absences: {{"": -4}}}}
  confiance: {{column: NOTE, as: number}}
"""


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("format: 1", "format: 2", 1, "not-this-one"),
        (HASH, "1" * 64, 2, "other-file"),
        ("unknown_codes: refuse", "unknown_codes: drop", 6, "not-in-list"),
        ("unknown_codes: refuse", "unknow_codes: refuse", 6, "key-unknown"),
        ("key: etude-2015", "key: Étude", 5, "wave-key"),
        ("2015-06-30", "2014-06-30", 5, "wave-dates"),
        ("2015-06-01", "juin", 5, "not-a-day"),
        ("name: Étude, ", "", 5, "key-missing"),
        ("  sexe:", "  sex:", 8, "variable-unknown"),
        ("column: SEXE", "column: SEX", 8, "column-unknown"),
        ('"2": 2', '"2": 3', 8, "code-unknown"),
        ('"": -4', '"": -10', 8, "absence-unknown"),
        ('"": -4', '"": 4', 8, "absence-unknown"),
        ('"": -4', '"2": -4', 8, "code-twice"),
        ("as: number", "as: text", 9, "as-of-others"),
        ("as: number", 'contains: ["1"]', 9, "contains-of-others"),
        ("variables:", "variables: []\nother:", 7, "not-a-section"),
        ("  sexe:", "  sexe: &a", 8, "yaml-anchor"),
        ("  sexe: {", "  sexe: [", 8, "yaml-syntax"),
    ],
)
def test_a_mapping_is_read_strictly(before: str, after: str, line: int, code: str) -> None:
    read_mapping(GOOD.encode(), STUDY, HASH, ["SEXE", "NOTE"])
    with pytest.raises(MappingIsInvalid) as error:
        read_mapping(GOOD.replace(before, after).encode(), STUDY, HASH, ["SEXE", "NOTE"])
    assert (line, code) in [(one.line, one.code) for one in error.value.problems]
    for one in error.value.problems:
        assert mapping_sentence(one, "fr")


def test_a_mapping_written_is_the_mapping_read() -> None:
    source = read_file(
        csv_of([{"sexe": "Homme", "freins": "1|2", "poids": "1,5"}, {"sexe": "", "freins": "", "poids": "1"}])
    )
    mapping = propose_mapping(source, STUDY, "Étude n° 1.csv", HASH)
    assert (mapping.weight, mapping.wave.key) == ("poids", "etude-n-1")
    text_form = write_mapping(mapping.to_document())
    assert read_mapping(text_form.encode(), STUDY, HASH, ["sexe", "freins", "poids"]) == mapping
    assert yaml.safe_load(text_form)["variables"]["freins_temps"]["separator"] == "|"


NAMES = st.lists(
    st.sampled_from(
        [*(one.name for one in codebook.variables(STUDY)), "SEXE", "freins", "poids", "autre", "q12", "Région"]
    ),
    min_size=1,
    max_size=8,
    unique=True,
)
CELLS = st.sampled_from(["", "0", "1", "2", "9", "1;2", "oui", "Homme", "NSP", "-4", "1,5", "7.25"])


@with_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.data())
def test_the_report_accounts_for_every_column_and_every_variable_once(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELLS)), min_size=1, max_size=6))
    source = read_file(csv_of(rows, "\t"))
    mapping = propose_mapping(source, STUDY, "f.csv", HASH)
    applied = apply_mapping(source, mapping, STUDY)
    report = make_report(source, mapping, STUDY, applied)
    if mapping.variables:
        assert read_mapping(write_mapping(mapping.to_document()).encode(), STUDY, HASH, names) == mapping
    assert [one["name"] for one in report["columns"]] == list(rows[0])
    assert [one["name"] for one in report["variables"]] == [one.name for one in codebook.variables(STUDY)]
    uses = {one["name"]: one["use"] for one in report["columns"]}
    assert {name for name, use in uses.items() if use == "variable"} == {
        one.column for one in mapping.variables.values()
    }
    assert {one["name"] for one in report["variables"] if one["state"] == "mapped"} == set(mapping.variables)
    # Every value becomes a value of the version or an absence, or is told as unknown.
    untold = {(one.variable, one.value) for one in applied.refusals}
    for name, take in mapping.variables.items():
        column = source.column(take.column)
        for place, value in zip(column.places.tolist(), applied.codes[name].tolist(), strict=True):
            assert (value == UNKNOWN) == ((name, column.values[place]) in untold)
    assert all(one["count"] is None for one in report["unknown"]), "fewer than eleven rows are not counted in public"
