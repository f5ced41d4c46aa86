"""The list of communes: what words find, how fast, and how the whole list is made from the official files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.services import nomenclatures
from app.services.nomenclatures import Commune, Communes, NomenclatureIsInvalid, import_communes, read_communes
from questionnaires.model import REGION_CODES

SHIPPED = read_communes(nomenclatures.SHIPPED)
PREFECTURES = 101


def labels(words: str, limit: int = 20) -> list[str]:
    return [one.label for one in SHIPPED.search(words, limit)]


def test_the_shipped_list_says_that_it_is_partial() -> None:
    head = nomenclatures.SHIPPED.read_text(encoding="utf-8").partition("\n")[0]
    assert "Liste partielle" in head
    assert "Insee, Code officiel géographique ; La Poste, base des codes postaux" in head
    assert not SHIPPED.is_complete


def test_the_shipped_list_holds_every_department_and_known_regions() -> None:
    every = [one for code in _codes() if (one := SHIPPED.find(code))]
    assert len({one.department for one in every}) == PREFECTURES
    assert {one.region for one in every} == set(REGION_CODES.values())
    for one in every:
        assert one.code.startswith(one.department)
        assert one.postcodes == tuple(sorted(set(one.postcodes)))
        assert all(
            len(code) == 5 and code[:2] == ("20" if one.region == 94 else one.code[:2]) for code in one.postcodes
        )


def _codes() -> list[str]:
    return [line.split(",")[0] for line in nomenclatures.SHIPPED.read_text(encoding="utf-8").splitlines()[2:]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Rennes", "Rennes (35)"),
        ("renn", "Rennes (35)"),
        ("35000", "Rennes (35)"),
        ("rennes 35200", "Rennes (35)"),
        ("35042 Rennes Cedex", "Rennes (35)"),
        ("ST-ETIENNE", "Saint-Étienne (42)"),
        ("l'hay les roses", "L’Haÿ-les-Roses (94)"),
        ("Marcq en Baroeul", "Marcq-en-Barœul (59)"),
        ("chalon saone", "Chalon-sur-Saône (71)"),
        ("Paris 12e", "Paris (75)"),
        ("75012", "Paris (75)"),
        ("75116", "Paris (75)"),
        ("13016", "Marseille (13)"),
        ("Lyon 3e arrondissement", "Lyon (69)"),
        ("Saint-Denis (974)", "Saint-Denis (974)"),
        ("saint denis 93", "Saint-Denis (93)"),
        ("Bastia 2B", "Bastia (2B)"),
        ("bourg 1000", "Bourg-en-Bresse (01)"),
    ],
)
def test_a_commune_is_found_by_what_people_write(words: str, expected: str) -> None:
    assert [one.label for one in SHIPPED.recognise(words)] == [expected]


@pytest.mark.parametrize("words", ["", "  ", "-", "zzz", "rennez", "99999", "1", "rennes lyon", "\x00", "x" * 10_000])
def test_other_words_find_nothing(words: str) -> None:
    assert labels(words) == []


def test_names_that_begin_with_the_words_come_first() -> None:
    assert labels("denis")[:1] == ["Saint-Denis (93)"]
    found = labels("saint", 5)
    assert len(found) == 5
    assert all(label.startswith("Saint-") for label in found)


def test_a_name_that_is_whole_is_recognised_among_longer_ones() -> None:
    few = Communes(
        [
            Commune("38544", "Vienne", "38", 84, ("38200",)),
            Commune("51649", "Vienne-le-Château", "51", 44, ("51800",)),
            Commune("95633", "Vienne-en-Arthies", "95", 11, ("95510",)),
        ],
        2025,
    )
    assert len(few.search("vienne")) == 3
    assert [one.code for one in few.recognise("vienne")] == ["38544"]
    assert len(few.recognise("vien")) == 3
    assert [one.code for one in few.recognise("vienne château")] == ["51649"]


def test_a_search_in_the_whole_country_takes_no_time() -> None:
    words = ("saint", "ville", "mont", "sur", "les", "bois", "bourg", "champ", "roche", "val", "font")
    made = [
        Commune(
            code=f"{number:05d}",
            name="-".join(words[(number >> shift) % 11] for shift in (0, 3, 7)) + f"-{words[number % 7]}ac",
            department=f"{number % 95 + 1:02d}",
            region=11,
            postcodes=(f"{number:05d}",),
        )
        for number in range(35_000)
    ]
    country = Communes(made, 2025)
    queries = ("s", "saint", "saint sur", "mont val ville", "34567", "bourg 12", "introuvable")
    took = []
    for query in queries:
        start = time.process_time()
        for _ in range(10):
            country.recognise(query)
        took.append((time.process_time() - start) / 10)
    assert max(took) < 0.005, dict(zip(queries, took, strict=True))


# -- the official files ---------------------------------------------------------------------------

COG = """TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT
COM,01001,84,01,01D,012,5,ABERGEMENT CLEMENCIAT,Abergement-Clémenciat,L'Abergement-Clémenciat,0108,
COM,2A004,94,2A,20R,2A1,1,AJACCIO,Ajaccio,Ajaccio,2A99,
COM,75056,11,75,75C,751,0,PARIS,Paris,Paris,75ZZ,
ARM,75101,11,75,75C,,0,PARIS 1ER ARRONDISSEMENT,Paris 1er Arrondissement,Paris 1er Arrondissement,,75056
ARM,75116,11,75,75C,,0,PARIS 16E ARRONDISSEMENT,Paris 16e Arrondissement,Paris 16e Arrondissement,,75056
COM,97105,01,971,971D,9711,2,BASSE TERRE,Basse-Terre,Basse-Terre,9799,
COMD,01015,84,01,,,1,ARBIGNIEU,Arbignieu,Arbignieu,,01001
"""
POSTCODES = """#Code_commune_INSEE;Nom_de_la_commune;Code_postal;Libellé_d_acheminement;Ligne_5
01001;L ABERGEMENT CLEMENCIAT;01400;L ABERGEMENT CLEMENCIAT;
1015;ARBIGNIEU;1300;ARBOYS EN BUGEY;ARBIGNIEU
2A004;AJACCIO;20090;AJACCIO;
2A004;AJACCIO;20000;AJACCIO;
2A004;AJACCIO;20000;AJACCIO;MEZZAVIA
75101;PARIS 01;75001;PARIS;
75116;PARIS 16;75016;PARIS;
75116;PARIS 16;75116;PARIS;
97105;BASSE TERRE;97100;BASSE TERRE;
98818;NOUMEA;98800;NOUMEA;
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_whole_list_is_made_from_the_official_files(tmp_path: Path, encoding: str) -> None:
    import_communes(COG.encode(encoding), POSTCODES.encode(encoding), 2026, tmp_path)
    made = read_communes(tmp_path / nomenclatures.FOLDER / nomenclatures.FILE)
    assert (len(made), made.year, made.is_complete) == (4, 2026, True)
    assert made.find("01001") == Commune("01001", "L’Abergement-Clémenciat", "01", 84, ("01300", "01400"))
    assert made.find("2A004") == Commune("2A004", "Ajaccio", "2A", 94, ("20000", "20090"))
    assert made.find("75056") == Commune("75056", "Paris", "75", 11, ("75001", "75016", "75116"))
    assert made.find("97105") == Commune("97105", "Basse-Terre", "971", 1, ("97100",))
    assert made.find("75101") is made.find("01015") is None
    assert sorted(path.name for path in (tmp_path / nomenclatures.FOLDER).iterdir()) == [nomenclatures.FILE]


@pytest.mark.parametrize(
    ("cog", "postcodes", "said"),
    [
        (POSTCODES, COG, "COG: no column TYPECOM"),
        (COG, COG, "La Poste: no column CODE_COMMUNE_INSEE"),
        (COG, POSTCODES.replace("97105", "97106"), "3 of 4 communes have a postcode"),
        (COG.replace("COM,97105,01,", "COM,97105,,"), POSTCODES, "the region of 97105 is ''"),
        ("", "", "COG: no column"),
        ("\0", POSTCODES, "COG: no column"),
    ],
)
def test_other_files_are_refused_and_leave_the_list_as_it_was(
    tmp_path: Path, cog: str, postcodes: str, said: str
) -> None:
    with pytest.raises(NomenclatureIsInvalid, match=said):
        import_communes(cog.encode(), postcodes.encode(), 2026, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_list_that_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    for text in ("", "code,name\n", '# {"year": 2026}\ncode,name\n01001,x\n'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(NomenclatureIsInvalid, match=r"communes\.csv"):
            read_communes(path)


def test_the_command_makes_the_list_and_says_where_it_is(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "cog.csv").write_text(COG, encoding="utf-8")
    (tmp_path / "postcodes.csv").write_text(POSTCODES, encoding="utf-8")
    runner = app.test_cli_runner()
    files = [str(tmp_path / "cog.csv"), str(tmp_path / "postcodes.csv")]
    done = runner.invoke(args=["nomenclatures", "import-communes", *files, "--year", "2026"])
    assert done.exit_code == 0, done.output
    assert "4 communes, COG 2026" in done.output
    storage = app.extensions["impact"].settings.storage
    assert len(read_communes(storage / nomenclatures.FOLDER / nomenclatures.FILE)) == 4
    refused = runner.invoke(args=["nomenclatures", "import-communes", *reversed(files), "--year", "2026"])
    assert refused.exit_code == 1
    assert "no column" in refused.output
    shown = runner.invoke(args=["nomenclatures", "show"])
    assert "4 communes, COG 2026" in shown.output


@pytest.fixture(autouse=True)
def _leave_no_list() -> Iterator[None]:
    """The tests that come after find the shipped list."""
    yield
    nomenclatures.look_in(None)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A storage folder of the test's own, where the process looks."""
    nomenclatures.look_in(tmp_path)
    return tmp_path


def test_the_command_shows_that_the_shipped_list_is_partial(app: Flask) -> None:
    shown = app.test_cli_runner().invoke(args=["nomenclatures", "show", "rennes"])
    assert "liste partielle" in shown.output
    assert "35238 Rennes (35) 35000 35200 35700" in shown.output


def test_the_list_in_use_is_the_imported_one_as_soon_as_it_is_there(storage: Path) -> None:
    assert nomenclatures.communes().year == SHIPPED.year
    assert [one.code for one in nomenclatures.search("rennes")] == ["35238"]
    import_communes(COG.encode(), POSTCODES.encode(), 2026, storage)
    assert nomenclatures.communes().year == 2026
    assert nomenclatures.find("35238") is None
    assert nomenclatures.communes() is nomenclatures.communes(), "read once"
