"""The form of the rule editor as a browser without script sends it."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.web.staff.members import Member, plain


class RuleForm:
    """The editor of a rule in front of somebody: what is in its fields, its buttons, what it says."""

    def __init__(self, member: Member, path: str) -> None:
        self.member, self.path = member, path
        self.response: TestResponse = member.get(path)
        assert self.response.status_code == 200, self.response.status_code
        self.read()

    def read(self) -> None:
        """Take the fields of the page that came."""
        page = _Reader()
        page.feed(self.response.text)
        self.fields, self.buttons, self.focused = page.fields, page.buttons, page.focused
        self.options = page.options

    @property
    def text(self) -> str:
        """The page, with plain spaces."""
        return plain(self.response.text)

    def put(self, **values: str | list[str]) -> RuleForm:
        """Fill fields: `g_0_value` stands for `g.0.value`; a field must be there, a choice must be offered."""
        for key, value in values.items():
            name = key.replace("_", ".") if key.startswith("g_") else key
            assert name in self.options or name in self.fields, (name, sorted(self.fields))
            wanted = [value] if isinstance(value, str) else value
            if name in self.options:
                assert set(wanted) <= self.options[name], (name, wanted, self.options[name])
            self.fields.setlist(name, wanted)
        return self

    def press(self, act: str, status: int = 200) -> RuleForm:
        """Press a button that is there, and read what comes."""
        assert act in self.buttons, (act, self.buttons)
        self.response = self.member.client.post(
            self.path, data=MultiDict([*self.fields.items(multi=True), ("act", act)])
        )
        assert self.response.status_code == status, (self.response.status_code, status)
        if status != 303:
            self.read()
        return self

    def save(self) -> None:
        """Save what must be accepted."""
        self.press("save", 303)


class _Reader(HTMLParser):
    """Fields of the form that holds `mode`."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self.options: dict[str, set[str]] = {}
        self.buttons: list[str] = []
        self.focused = ""
        self.is_inside = False
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        if tag == "form":
            self.is_inside = "/rule/" in (said.get("action") or "")
        if not self.is_inside:
            return
        name, value = said.get("name") or "", said.get("value") or ""
        if "autofocus" in said:
            assert not self.focused
            self.focused = said.get("id") or "?"
        if tag == "input":
            is_box = said.get("type") == "checkbox"
            if is_box:
                self.options.setdefault(name, set()).add(value)
            if not is_box or "checked" in said:
                self.fields.add(name, value)
        elif tag == "select":
            self.select = name
            self.options[name] = set()
        elif tag == "option":
            if "selected" in said or not self.options[self.select]:
                self.fields[self.select] = value
            self.options[self.select].add(value)
        elif tag == "textarea":
            self.area = name
            self.fields[name] = ""
        elif tag == "button":
            self.buttons.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea":
            self.fields[self.area] = self.fields[self.area].removeprefix("\n") if self.area else ""
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] += data
