"""`flask nomenclatures`: the official lists that questions search."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import nomenclatures as lists

nomenclatures = AppGroup("nomenclatures", help="Official lists that questions search: the communes.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@nomenclatures.command("import-communes")
@click.argument("cog_csv", type=FILE)
@click.argument("postcodes_csv", type=FILE)
@click.option("--year", required=True, type=click.IntRange(2016, 2100), help="Year of the COG, such as 2026.")
def import_communes(cog_csv: Path, postcodes_csv: Path, year: int) -> None:
    """Make the whole list of communes from two official files, and use it at once.

    The list that is shipped is partial: prefectures and large towns, enough to try a questionnaire and too few to
    field one. COG_CSV is `v_commune_YEAR.csv` of Insee (Code officiel géographique); POSTCODES_CSV is
    `laposte_hexasmal.csv` of La Poste (Base officielle des codes postaux). Both are on data.gouv.fr, under the
    Licence Ouverte.
    """
    storage = platform().settings.storage
    with said_plainly(lists.NomenclatureIsInvalid):
        made = lists.import_communes(cog_csv.read_bytes(), postcodes_csv.read_bytes(), year, storage)
    click.echo(f"{len(made)} communes, COG {year} : {storage / lists.FOLDER / lists.FILE}")


@nomenclatures.command("show")
@click.argument("words", nargs=-1)
def show(words: tuple[str, ...]) -> None:
    """Say which list is in use; with WORDS, what they find in it."""
    used = lists.communes()
    kind = "complète" if used.is_complete else "partielle"
    click.echo(f"{len(used)} communes, COG {used.year}, liste {kind}.")
    for one in used.search(" ".join(words)) if words else ():
        click.echo(f"{one.code} {one.label} {' '.join(one.postcodes)}")
