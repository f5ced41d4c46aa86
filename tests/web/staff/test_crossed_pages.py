"""Pages of concepts and crossed views."""

from tests.web.staff.members import House

VIEW = "/analyse/crossed/innovation_source"


def test_the_register_leads_to_a_concept_and_to_its_crossed_view(house: House) -> None:
    reader = house.reader
    assert "/analyse/concepts" in reader.get("/analyse/").text
    listed = reader.get("/analyse/concepts").text
    assert "/analyse/concepts/innovation_source" in listed
    assert VIEW in listed
    concept = reader.get("/analyse/concepts/innovation_source").text
    assert "les alliances sont une source d’innovation" in concept
    assert "impact-elus" in concept
    assert VIEW in concept


def test_each_figure_tells_its_wave_its_base_and_its_source(house: House) -> None:
    page = house.reader.get(VIEW).text
    for said in ("69", "IMPACT-Citoyens 2019", "Base non publiée", "https://www.lerameau.fr/le-programme-impact/"):
        assert said in page
    csv = house.reader.get(f"{VIEW}.csv").text
    assert "PHARE-Entreprises" in csv
    assert "0,84" in csv
    chart = house.reader.get(f"{VIEW}.svg")
    assert chart.content_type.startswith("image/svg+xml")
    assert "Dirigeants" in chart.text


def test_a_comparison_below_grade_is_refused_with_its_reason(house: House) -> None:
    page = house.reader.get("/analyse/crossed/partnership_type?part=mecenat&first=entreprises&second=associations").text
    assert "Ces deux mesures ne se comparent pas." in page
    assert "degré C" in page
    allowed = house.reader.get(f"{VIEW}?first=citoyens&second=entreprises").text
    assert "Écart des dernières mesures" in allowed
    assert "−9 points" in allowed


def test_a_demonstration_is_a_view_of_its_own_with_its_banner(house: House) -> None:
    page = house.reader.get(f"{VIEW}?origin=simulated").text
    assert 'class="banner' in page
    assert "PHARE" not in page
    assert 'class="banner' not in house.reader.get(VIEW).text


def test_what_does_not_exist_is_not_found(house: House) -> None:
    for path in ("/analyse/concepts/x", "/analyse/crossed/x", f"{VIEW}?part=x", f"{VIEW}?origin=x"):
        assert house.reader.get(path).status_code == 404, path
