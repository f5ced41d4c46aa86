"""The pages of trends: a chart as a file, its sentence, its table, its data."""

from __future__ import annotations

import re

from flask import Flask

from tests.web.staff.members import House, Member, hire, plain

PUBLISHED = "/analyse/trends/published/opinion_citoyens"


def test_a_published_series_tells_its_points_its_breaks_and_its_sources(house: House) -> None:
    page = plain(house.reader.read(PUBLISHED))
    for said in ("86 %", "84 %", "69 %", "74 %", "81 %", "non publiée", "+5 points", "Écart significatif à 95 %."):
        assert said in page
    assert page.count("<b>Rupture</b>") == 2
    assert "2 ruptures" in page
    assert "%%" not in page
    assert re.search(r'<img [^>]*alt="[^"]*84 % en 2012. Rupture. [^"]*69 % en 2015[^"]*"', page)
    assert "<caption" in page
    assert "style=" not in page


def test_its_chart_is_a_file_that_a_browser_keeps(house: House) -> None:
    client = house.reader.client
    for query in ("", "?narrow=1"):
        image = client.get(f"{PUBLISHED}.svg{query}")
        assert (image.status_code, image.content_type) == (200, "image/svg+xml")
        assert "default-src 'none'" in image.headers["Content-Security-Policy"]
        again = client.get(f"{PUBLISHED}.svg{query}", headers={"If-None-Match": image.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    download = client.get(f"{PUBLISHED}.svg?download=1")
    assert download.headers["Content-Disposition"].startswith("attachment")


def test_its_data_are_a_file(house: House) -> None:
    lines = house.reader.client.get(f"{PUBLISHED}.csv").get_data(as_text=True).splitlines()
    assert len(lines) == 7
    assert [line.split(";")[0] for line in lines[2:]][:1] == ["ARPEA-Citoyens, 1re vague"]
    assert sum(";rupture;" in line for line in lines) == 2


def test_a_simulated_series_is_asked_for_as_such_and_says_so(house: House) -> None:
    own = "/analyse/trends/impact-citoyens/utilite"
    page = house.reader.read(f"{own}?origin=simulated")
    assert "Données simulées" in page
    assert house.reader.client.get(own).status_code == 404
    assert "simulées" in house.reader.client.get(f"{own}.csv?origin=simulated").get_data(as_text=True)
    assert house.reader.client.get(f"{own}.svg?origin=simulated").status_code == 200


def test_a_region_can_be_read_alone(house: House) -> None:
    own = "/analyse/trends/impact-citoyens/utilite?origin=simulated&by=region"
    page = house.reader.read(own)
    code = re.search(r'<select id="domain".*?<option value="(\d+)"', page, re.DOTALL)
    assert code is not None
    assert f'<option value="{code[1]}" selected>' in house.reader.read(f"{own}&domain={code[1]}")


def test_a_concept_is_followed_from_its_page_and_back(house: House) -> None:
    page = house.reader.read("/analyse/concepts/innovation_source")
    address = "/analyse/trends/concepts/innovation_source/citoyens"
    assert f'href="{address}"' in page
    followed = plain(house.reader.read(address))
    for said in ("69 %", "74 %", "Chiffres publiés", "+5 points"):
        assert said in followed
    assert "Données simulées" not in followed
    assert 'href="/analyse/concepts/innovation_source"' in house.reader.read(address)
    lines = house.reader.client.get(f"{address}.csv").get_data(as_text=True).splitlines()
    assert len(lines) == 4
    for query in ("", "?narrow=1"):
        assert house.reader.client.get(f"{address}.svg{query}").content_type == "image/svg+xml"


def test_the_demonstration_of_a_concept_stands_alone(house: House) -> None:
    address = "/analyse/trends/concepts/jouer_collectif_utility/citoyens?origin=simulated"
    page = plain(house.reader.read(address))
    assert "Données simulées" in page
    assert "URGENCE-Covid-Citoyens" not in page
    assert "Chiffres publiés" not in page


def test_a_concept_that_nothing_measures_says_so(house: House) -> None:
    address = "/analyse/trends/concepts/innovation_source/fondations"
    assert "Aucune mesure" in plain(house.reader.read(address))
    assert house.reader.client.get(f"{address}.svg").status_code == 404


def test_what_is_not_there_is_not_found(house: House) -> None:
    for path in (
        "published/nulle-part",
        "published/nulle-part.svg",
        "concepts/nulle-part/citoyens",
        "concepts/innovation_source/nulle-part",
        "concepts/innovation_source/citoyens?part=nulle-part",
        "concepts/innovation_source/citoyens?origin=autre",
        "impact-citoyens/nulle-part?origin=simulated",
        "impact-citoyens/utilite?origin=autre",
        "impact-citoyens/utilite?origin=simulated&by=nulle-part",
        "impact-citoyens/utilite?origin=simulated&answer=99",
    ):
        assert house.reader.client.get(f"/analyse/trends/{path}").status_code == 404


def test_the_list_names_what_can_be_read(house: House) -> None:
    assert f'href="{PUBLISHED}"' in house.reader.read("/analyse/trends")
    assert 'href="/analyse/trends"' in house.reader.read("/analyse/")


def test_a_designer_does_not_read_trends(app: Flask) -> None:
    member = Member(app.test_client())
    member.sign_in(hire(app, "designer"))
    assert member.client.get("/analyse/trends").status_code == 403
