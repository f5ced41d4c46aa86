"""The page of a comparison: what each trend becomes, and the preview filled with whoever shows that a base changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import Database
from app.models import Preview, User
from app.services import authoring, ledgers, proving
from app.services.proving import running
from app.services.trend_fates import Fate, TrendFate, trend_fates, waves_on
from questionnaires import definition
from questionnaires.comparison import ComparabilityClass
from tests.factories import Field, launch, payload, send_many
from tests.questionnaires.builders import multiple, page, questionnaire, score, single, words
from tests.web.staff.members import Member

OLD = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non"), single("region", "nord", "sud", concept="age_band")),
        page("suite", score("envie", when="engage = 'oui'"), score("confiance", concept="actor_trust_change")),
        page("bilan", multiple("loisirs"), score("ancien")),
    ),
    name="tendances",
)
NEW = replace(
    questionnaire(
        page("profil", single("engage", "oui", "non"), single("region", "nord", "sud", concept="residence")),
        page(
            "suite",
            replace(score("desir", when="engage = 'non'"), formerly="envie"),
            replace(score("confiance", concept="actor_trust_change"), text=words("Votre confiance aujourd’hui ?")),
        ),
        page("bilan", multiple("loisirs"), score("espoir")),
    ),
    name="tendances",
    version="2",
)
BASE = re.compile(r'name="base" value="([^"]+)"><input type="hidden" name="other" value="(\d+)"')


@dataclass(frozen=True)
class Pair:
    """A wave of the first version, counted, and a draft that was compared with it."""

    field: Field
    new: int

    @property
    def database(self) -> Database:
        """Where both are."""
        return self.field.database

    @property
    def address(self) -> str:
        """The page of the comparison."""
        return f"/design/versions/{self.new}/compare/{self.field.version_id}"

    def fates(self) -> dict[str, TrendFate]:
        """What becomes of each trend, by its variables."""
        with self.database.reading() as session:
            comparison = proving.comparison_of(session, self.field.version_id, self.new).comparison
            assert comparison is not None
            found = trend_fates(comparison, ledgers.standings(session, comparison), OLD, NEW)
        return {name: one for one in found for name in one.variables}

    def confirm(self, variable: str, class_: ComparabilityClass) -> None:
        """Retain a class for a variable."""
        with self.database.transaction() as session:
            actor = session.scalars(select(User)).unique().first()
            comparison = proving.comparison_of(session, self.field.version_id, self.new).comparison
            assert actor is not None
            assert comparison is not None
            ledgers.confirm(session, actor, comparison, [variable], class_, "Libellé raccourci, sans effet attendu")


@pytest.fixture
def pair(app: Flask) -> Pair:
    """Two versions compared by the solver."""
    database = app.extensions["impact"].database
    field = launch(database, OLD)
    send_many(field, [payload(OLD, engage=1, region=1, envie=7, confiance=5, loisirs=(1,), ancien=2)], 2)
    with database.transaction() as session:
        new = authoring.import_version(session, definition.write(NEW)).id
    running.compare_versions(database, field.version_id, new)
    return Pair(field, new)


@pytest.fixture
def designer(someone: Callable[..., Member]) -> Member:
    """A designer."""
    return someone("designer")


def test_each_trend_is_cut_until_somebody_confirms_and_says_what_it_will_be(pair: Pair, designer: Member) -> None:
    fates = pair.fates()
    assert {name: (one.fate, one.once) for name, one in fates.items()} == {
        "region": (Fate.BREAKS, Fate.CONTINUES),
        "desir": (Fate.BREAKS, Fate.BREAKS),
        "confiance": (Fate.BREAKS, Fate.NOTED),
        "espoir": (Fate.BEGINS, Fate.BEGINS),
        "ancien": (Fate.ENDS, Fate.ENDS),
    }
    assert {name for name, one in fates.items() if one.is_waiting} == {"region", "desir", "confiance"}
    pair.confirm("confiance", ComparabilityClass.WORDING)
    pair.confirm("region", ComparabilityClass.COSMETIC)
    fates = pair.fates()
    assert (fates["confiance"].fate, fates["region"].fate) == (Fate.NOTED, Fate.CONTINUES)
    assert fates["confiance"].reason.in_("fr") == "Libellé raccourci, sans effet attendu"
    assert not fates["confiance"].is_waiting


def test_a_trend_takes_the_class_that_a_person_retained_and_not_the_one_proposed(pair: Pair, designer: Member) -> None:
    pair.confirm("confiance", ComparabilityClass.BROKEN)
    fate = pair.fates()["confiance"]
    assert (fate.fate, fate.is_waiting) == (Fate.BREAKS, False)


def test_a_concept_that_a_question_leaves_or_that_nobody_graded_is_told(pair: Pair) -> None:
    fates = pair.fates()
    assert (fates["region"].concept, fates["region"].left) == ("residence", "age_band")
    # The register grades shipped versions only: this one is aside in the series of the concept.
    assert not fates["confiance"].is_examined
    assert fates["espoir"].is_examined
    assert (fates["confiance"].left, fates["desir"].left) == ("", "")


def test_the_page_names_the_waves_on_the_other_side_of_a_cut(pair: Pair, designer: Member) -> None:
    with pair.database.reading() as session:
        assert waves_on(session, pair.field.version_id) == [("Essai", "trial")]
        assert waves_on(session, pair.new) == []
    text = designer.read(pair.address)
    told = text[text.index("Ce que cela fait à chaque tendance") : text.index('id="changes"')]
    assert "Vagues déjà faites sur la version 1" in told
    assert "Essai" in told
    assert told.count("Coupée, à confirmer") == 3
    assert "Évolution de la confiance dans les acteurs" in told
    assert "1 tendance commence : premier point avec la version 2" in told
    assert "1 tendance s’arrête : dernier point avec la version 1" in told
    assert "variables sont identiques : leurs courbes continuent" in told


def test_whoever_shows_that_a_base_changed_is_shown_in_both_versions(pair: Pair, designer: Member) -> None:
    found = BASE.findall(designer.get(pair.address).text)
    assert {one for one, _ in found} == {"desir"}
    assert {int(other) for _, other in found} == {pair.field.version_id, pair.new}
    asked = []
    for here, there in ((pair.new, pair.field.version_id), (pair.field.version_id, pair.new)):
        shown = designer.post(
            f"/design/versions/{here}/show", form_at=pair.address, base="desir", other=str(there), lang="fr"
        )
        assert shown.status_code == 303
        # Renamed or not, it opens the page where the question stands.
        assert shown.location.endswith("/suite")
        with pair.database.reading() as session:
            kept = session.scalars(select(Preview).order_by(Preview.id.desc())).first()
            assert kept is not None
            assert kept.version_id == here
            assert kept.given["engage"] in (1, 2)
        assert designer.get(shown.location).status_code == 200
        asked.append(kept.given)
    # The same person before both versions, under the names of each.
    assert asked[0]["engage"] == asked[1]["engage"]


def test_a_base_of_another_questionnaire_is_not_shown(pair: Pair, designer: Member) -> None:
    with pair.database.transaction() as session:
        other = authoring.import_version(session, definition.write(replace(NEW, name="autre"))).id
    address = f"/design/versions/{pair.new}/show"
    crafted = designer.post(address, form_at=pair.address, base="desir", other=str(other))
    assert crafted.status_code == 404
    # What the comparison does not know fills nothing in.
    for base, there in (("confiance", str(pair.field.version_id)), ("desir", str(10**30))):
        assert designer.post(address, form_at=pair.address, base=base, other=there).status_code == 303
    with pair.database.reading() as session:
        assert [one.given for one in session.scalars(select(Preview))] == [{}, {}]
