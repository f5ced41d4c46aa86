"""The script of the studio as it is served is what its sources give: nothing of node is needed to know."""

import hashlib
import json
import re

from tests.architecture.sources import ROOT

SOURCES = ROOT / "app" / "web" / "design" / "script"
BUILT = ROOT / "app" / "web" / "design" / "static" / "studio.js"


def hash_of_sources() -> str:
    """As build.mjs computes it."""
    names = sorted(path.name for path in SOURCES.iterdir() if path.suffix in {".ts", ".mjs", ".json"})
    content = b"".join(name.encode() + b"\0" + (SOURCES / name).read_bytes() + b"\0" for name in names)
    return hashlib.sha256(content).hexdigest()


def test_what_is_served_was_built_from_these_sources() -> None:
    first = BUILT.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first == f"/* Made by make studio. Sources: sha256 {hash_of_sources()} */", "make studio"


def test_its_tools_and_libraries_are_exact_and_locked() -> None:
    wanted = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version}"
        assert lock[f"node_modules/{name}"]["version"] == version
    for name, one in lock.items():
        assert "resolved" not in one, f"{name} names an index"
        assert not name or one["integrity"].startswith("sha512-"), name


def test_the_licences_of_what_is_bundled_go_with_it() -> None:
    text = BUILT.read_text(encoding="utf-8")
    assert text.split("\n", 2)[1] == "/*!"
    licences = text[: text.index("*/\n", text.index("/*!"))]
    for words in ("idiomorph", "Zero-Clause BSD", "sortablejs", "MIT License", "All contributors to Sortable"):
        assert words in licences


def test_it_holds_nothing_that_the_content_policy_refuses() -> None:
    text = BUILT.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function\b|setAttribute\(\s*[\"']style", text)
