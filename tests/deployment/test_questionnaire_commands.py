"""`flask questionnaires` on files alone: no database, no settings, an exit status for continuous integration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.questionnaires import questionnaires
from app.services.ledgers import FILE
from questionnaires import definition

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "questionnaires" / "definitions"
SHIPPED = DEFINITIONS / "impact-citoyens" / "2022.yaml"


def run(*words: str | Path) -> Result:
    """A command of the group, by itself."""
    return CliRunner().invoke(questionnaires, [str(one) for one in words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A questionnaire that is right, in two languages."""
    path = tmp_path / "essai.yaml"
    made = run("new", "essai", "1", "--language", "fr", "--language", "en", "--output", path)
    assert made.exit_code == 0, made.output
    return path


@pytest.fixture
def broken(file: Path) -> Path:
    """The same with a rule about a variable that nobody knows and a key that does not exist."""
    text = file.read_text(encoding="utf-8")
    text = text.replace("confiance <= 4", "inconnue <= 4").replace("minutes: 5", "minutes: 5\ncouleur: rouge")
    file.write_text(text, encoding="utf-8")
    return file


def line_of(path: Path, words: str) -> int:
    return next(index for index, line in enumerate(path.read_text().splitlines(), 1) if words in line)


# --- check


def test_a_file_without_a_problem_ends_well(file: Path) -> None:
    done = run("check", file)
    assert done.exit_code == 0
    assert done.output == f"{file}: 3 questions, sans problème.\n"
    assert run("check", file, "--language", "en").output == f"{file}: 3 questions, no problem.\n"


def test_every_problem_is_said_with_its_file_and_line(broken: Path) -> None:
    done = run("check", broken)
    assert done.exit_code == 1
    first, second = done.output.splitlines()
    assert first.startswith(f"{broken}:{line_of(broken, 'couleur')}: ")
    assert "couleur" in first
    assert second.startswith(f"{broken}:{line_of(broken, 'inconnue')}: ")
    assert "inconnue" in second


def test_one_broken_file_among_others_fails_the_check(broken: Path, tmp_path: Path) -> None:
    right = tmp_path / "juste.yaml"
    run("new", "juste", "1", "--output", right)
    done = run("check", right, broken, right)
    assert done.exit_code == 1
    assert done.output.count(f"{right}: 3 questions, sans problème.") == 2


def test_programs_read_problems_as_json(broken: Path, tmp_path: Path) -> None:
    done = run("check", broken, "--json", "--language", "en")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert [one["code"] for one in found] == ["key-unknown", "rule-variable-unknown"]
    last = found[1]
    assert set(last) == {"file", "line", "path", "code", "severity", "message", "data"}
    assert last["file"] == str(broken)
    assert last["line"] == line_of(broken, "inconnue")
    assert last["path"] == "sections[1].pages[0].questions[1].when"
    assert last["severity"] == "blocking"
    assert "“inconnue”" in last["message"]
    assert last["data"] == {"variable": "inconnue"}


def test_json_of_a_file_without_a_problem_is_an_empty_list(file: Path) -> None:
    done = run("check", file, "--json")
    assert (done.exit_code, json.loads(done.output)) == (0, [])


def test_a_file_that_is_not_yaml_is_a_problem_not_a_stack_trace(tmp_path: Path) -> None:
    path = tmp_path / "pas.yaml"
    path.write_bytes(b"\xff\xfe\x00: [")
    done = run("check", path)
    assert done.exit_code == 1
    assert done.output.startswith(f"{path}:1: ")


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "absent.yaml"),
        ("codebook", "absent.yaml"),
        ("render",),
        ("new", "essai"),
        ("new", "Pas Un Nom", "1"),
        ("new", "essai", ""),
        ("new", "essai", "../2027"),
        ("new", "essai", "1", "--language", "xx"),
        ("new", "essai", "1", "--language", "fr", "--language", "fr"),
        ("check", str(SHIPPED), "--language", "de"),
        ("codebook", str(SHIPPED), "--language", "de"),
        ("render", str(SHIPPED), "--language", "de"),
        ("codebook", str(SHIPPED), "--json", "--csv"),
        ("render", str(SHIPPED), "--output", "/absent/dossier/essai.md"),
    ],
)
def test_a_command_that_is_not_understood_is_another_status(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert "Error:" in done.output


# --- new


@pytest.mark.parametrize("languages", [("fr",), ("en",), ("en", "fr"), ("fr", "en", "de")])
def test_a_new_questionnaire_is_right_from_the_start(languages: tuple[str, ...]) -> None:
    done = run(
        "new",
        "mon-enquete",
        "2023",
        "--population",
        "elus",
        *(part for one in languages for part in ("--language", one)),
    )
    assert done.exit_code == 0
    version = definition.read(done.output.encode())
    assert (version.name, version.version, version.population) == ("mon-enquete", "2023", "elus")
    assert version.languages == languages
    is_french = languages[0] == "fr"
    assert ("Un questionnaire de départ" in done.output) is is_french
    assert ("A questionnaire to start from" in done.output) is not is_french


def test_a_file_is_never_written_over(file: Path) -> None:
    before = file.read_bytes()
    done = run("new", "autre", "1", "--output", file)
    assert done.exit_code == 2
    assert "exists already" in done.output
    assert file.read_bytes() == before


# --- codebook


def test_the_codebook_reads_variable_after_variable(file: Path) -> None:
    done = run("codebook", file)
    assert done.exit_code == 0
    cards = done.output.split("\n\n")
    assert [card.split("\n")[0] for card in cards] == ["age (catégorie)", "confiance (note)", "raison (texte)"]
    assert "codes                 1 = Moins de 18\u00a0ans\n" in cards[0]
    assert "-5 = ne se prononce pas\n" in cards[1]
    assert "règle                 confiance <= 4\n" in cards[2]
    assert "How old are you?" in run("codebook", file, "--language", "en").output


def test_programs_read_the_codebook_as_json(file: Path) -> None:
    age, trust, reason = json.loads(run("codebook", file, "--json", "--language", "en").output)
    assert age["codes"] == [{"code": 1, "label": "Under 18"}, {"code": 2, "label": "18 or over"}]
    assert (trust["kind"], trust["minimum"], trust["maximum"]) == ("score", 0, 10)
    assert {"code": -2, "label": "question not asked"} in reason["absences"]
    assert (reason["rule"], reason["question"]) == ("confiance <= 4", "For what reason?")


def test_the_codebook_is_a_file_too(file: Path) -> None:
    head, *lines = run("codebook", file, "--csv").output.splitlines()
    assert head.startswith("variable;type;libellé;codes;absences;univers;règle;question;concept")
    assert [line.split(";")[0] for line in lines] == ["age", "confiance", "raison"]


@pytest.mark.parametrize("command", ["codebook", "render"])
def test_a_broken_file_has_no_codebook_and_no_document(command: str, broken: Path) -> None:
    done = run(command, broken)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"{broken}:{line_of(broken, 'inconnue')}: " in done.stderr


# --- render and schema


def test_the_document_goes_to_the_screen_or_to_a_file(file: Path, tmp_path: Path) -> None:
    shown = run("render", file, "--language", "en")
    assert shown.exit_code == 0
    assert shown.output.startswith("# Essai\n")
    assert "Asked if score for" in shown.output
    target = tmp_path / "essai.md"
    assert run("render", file, "--language", "en", "--output", target).exit_code == 0
    assert target.read_text(encoding="utf-8") == shown.output
    assert "Posée si note à" in run("render", file).output, "by default, the first language of the questionnaire"


def test_the_schema_is_one_that_editors_know() -> None:
    done = run("schema")
    assert done.exit_code == 0
    schema = json.loads(done.output)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "sections" in schema["properties"]


# --- prove, cover, compare, ledger


@pytest.fixture
def dead(file: Path) -> Path:
    """A page that nobody reaches: who is a minor has left before."""
    text = file.read_text(encoding="utf-8").replace("confiance <= 4", "confiance <= 4 and age = 'mineur'")
    file.write_text(text, encoding="utf-8")
    return file


def test_a_proof_says_its_figures_and_ends_well(file: Path) -> None:
    done = run("prove", file)
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.output
    assert "répondants la couvrent." in done.stdout
    assert "respondents cover it." in run("prove", file, "--language", "en").stdout


def test_what_a_proof_finds_is_said_with_its_line(dead: Path) -> None:
    done = run("prove", dead)
    assert done.exit_code == 1
    assert f"{dead}:{line_of(dead, 'confiance <= 4')}: " in done.stdout
    (found,) = json.loads(run("prove", dead, "--json", "--limit", "100000").stdout)
    assert found["is_clean"] is False
    assert all({"problem", "witness", "key", "message"} <= set(one) for one in found["findings"])
    assert any("raison" in json.dumps(one) for one in found["findings"])


def test_covering_respondents_are_readable_journeys(file: Path) -> None:
    told = run("cover", file).stdout
    assert told.startswith("Répondant 1 sur ")
    assert "age = Moins de 18\u00a0ans" in told
    assert "→ sortie mineur" in told
    assert "→ jusqu’à la fin" in told
    people = json.loads(run("cover", file, "--json").stdout)
    assert {"context", "given", "until"} == set(people[0])


def test_two_versions_are_compared_and_a_changed_base_has_its_respondent(file: Path, tmp_path: Path) -> None:
    newer = tmp_path / "essai-2.yaml"
    text = file.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"')
    newer.write_text(text.replace("confiance <= 4", "confiance <= 6"), encoding="utf-8")
    done = run("compare", file, newer)
    assert done.exit_code == 1
    assert "base modifiée" in done.stdout
    assert "interrogé en 2 seulement" in done.stdout
    assert "confiance = " in done.stdout
    unproven = json.loads(run("compare", file, newer, "--json", "--no-bases").stdout)
    assert (unproven["old"], unproven["new"]) == ("1", "2")
    assert run("compare", file, file).exit_code == 0
    assert run("compare", file, SHIPPED).exit_code == 2


def test_a_ledger_tells_what_waits_and_is_written(file: Path, tmp_path: Path) -> None:
    newer = tmp_path / "essai-2.yaml"
    text = file.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"')
    newer.write_text(text.replace("Pour quelle raison", "Pour quelle cause"), encoding="utf-8")
    done = run("ledger", file, newer)
    assert done.exit_code == 1
    assert "raison : formulation (à confirmer)" in done.stdout
    assert run("ledger", file, newer, "--write").exit_code == 1
    written = tmp_path / FILE
    assert "raison" in written.read_text(encoding="utf-8")
    assert run("ledger", tmp_path).exit_code == 1, "a skeleton confirms nothing"
    assert run("ledger", file).exit_code == 2
    # What is not its ledger is left as it is.
    written.write_text("format: 1\nquestionnaire: autre\n", encoding="utf-8")
    assert run("ledger", tmp_path, "--write").exit_code == 2
    assert "autre" in written.read_text(encoding="utf-8")


def test_a_ledger_of_files_that_cannot_be_read_names_the_file_and_the_line(file: Path, tmp_path: Path) -> None:
    newer = tmp_path / "essai-2.yaml"
    newer.write_text(file.read_text(encoding="utf-8").replace("confiance <= 4", "inconnue <= 4"), encoding="utf-8")
    line = line_of(newer, "inconnue <= 4")
    done = run("ledger", file, newer)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert f"{newer}:{line}: " in done.stderr
    of = tmp_path / FILE
    of.parent.mkdir()
    of.write_text("nonsense", encoding="utf-8")
    assert f"{of}:1: " in run("ledger", file, file).stderr


@pytest.mark.parametrize(
    "folder", sorted({one.parent for one in DEFINITIONS.glob("*/*.yaml")}), ids=lambda one: one.name
)
def test_every_change_of_the_shipped_versions_is_confirmed(folder: Path) -> None:
    done = run("ledger", folder, "--check")
    assert done.exit_code == 0, done.output


# --- where there is nothing else


def test_files_are_enough(tmp_path: Path) -> None:
    """In an empty folder, without any setting: nothing is asked for and nothing is left behind."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "flask", "--app", "app", "questionnaires"]
    for words in (
        ["check", str(SHIPPED)],
        ["codebook", str(SHIPPED)],
        ["render", str(SHIPPED)],
        ["schema"],
        ["new", "a", "1"],
    ):
        done = subprocess.run([*command, *words], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert list(tmp_path.iterdir()) == []
