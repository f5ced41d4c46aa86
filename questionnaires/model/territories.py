"""The regions of France: the codes of the official geographic code (Insee, COG, since 2016) and their names."""

from __future__ import annotations

from collections.abc import Mapping

REGIONS: Mapping[int, tuple[str, str]] = {
    1: ("guadeloupe", "Guadeloupe"),
    2: ("martinique", "Martinique"),
    3: ("guyane", "Guyane"),
    4: ("la_reunion", "La Réunion"),
    6: ("mayotte", "Mayotte"),
    11: ("ile_de_france", "Île-de-France"),
    24: ("centre_val_de_loire", "Centre-Val de Loire"),
    27: ("bourgogne_franche_comte", "Bourgogne-Franche-Comté"),
    28: ("normandie", "Normandie"),
    32: ("hauts_de_france", "Hauts-de-France"),
    44: ("grand_est", "Grand Est"),
    52: ("pays_de_la_loire", "Pays de la Loire"),
    53: ("bretagne", "Bretagne"),
    75: ("nouvelle_aquitaine", "Nouvelle-Aquitaine"),
    76: ("occitanie", "Occitanie"),
    84: ("auvergne_rhone_alpes", "Auvergne-Rhône-Alpes"),
    93: ("provence_alpes_cote_d_azur", "Provence-Alpes-Côte d’Azur"),
    94: ("corse", "Corse"),
}
"""Code -> (name in rules, name on screen)."""

REGION_CODES: Mapping[str, int] = {name: code for code, (name, _) in REGIONS.items()}
