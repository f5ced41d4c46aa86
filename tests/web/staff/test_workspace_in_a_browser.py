"""A table composed in a real browser, without script: a question, rows, a condition from menus, signs, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.serving import serve
from tests.web.staff.members import PASSWORD, House

pytestmark = pytest.mark.browser


@pytest.fixture
def window(house: House, browser: Browser) -> Iterator[Page]:
    """The analyst before the empty form, on a phone, scripts switched off."""
    with serve(house.app) as root:
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR", java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{root}/account/login?next=/analyse/{house.field.key}/workspace")
        page.fill("input[name=email]", "administrator@exemple.fr")
        page.fill("input[name=password]", PASSWORD)
        page.locator("main form button.b").first.click()
        yield page
        context.close()


def test_a_table_is_composed_and_its_address_is_the_table(window: Page) -> None:
    window.select_option("#question", "utilite")
    window.select_option("#by1", "age")
    window.get_by_text("Filtre", exact=True).click()
    window.select_option("#condition", "sexe")
    window.get_by_role("button", name="Afficher ses réponses").click()
    window.get_by_label("Une femme").check()
    window.get_by_role("button", name="Ajouter au filtre").click()
    assert window.input_value("#filter") == "sexe = 'femme'"
    assert window.input_value("#question") == "utilite"
    assert window.input_value("#by1") == "age"
    assert window.locator("table tbody tr").count() > 3
    window.select_option("#test", "signs")
    window.get_by_role("button", name="Calculer le tableau").click()
    address = window.url
    assert "test=signs" in address
    assert window.get_by_text("au-dessus des autres lignes").count()
    window.fill("#filter", "sexe =")
    window.get_by_role("button", name="Calculer le tableau").click()
    assert window.locator("#filter[aria-invalid=true]").count() == 1
    assert window.input_value("#filter") == "sexe ="
    window.go_back()
    assert window.url == address
    with window.expect_download() as download:
        window.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith("utilite-age.csv")
