"""What a button or a form of the studio asks for, as operations on the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from questionnaires import editing
from questionnaires.editing import Document, FieldKind, Node, Operation, OperationDoesNotApply, Taken, ValueHasChanged

VALUE, BEFORE = "p-", "was-"
VARIABLES = ("question", "computed", "context", "experiment")
"""Kinds whose name is that of a variable."""
_LANGUAGE = re.compile(r"[a-z]{2}")
_MADE_UP = re.compile(r"(question|calcul|contexte|tirage)_?\d*")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_PLACE = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
Form = MultiDict[str, str]


class ValueCannotBeHeld(Exception):
    """What was typed fits no document; `key`: the field; `sentence`: why, and what to do."""

    def __init__(self, key: str, sentence: str) -> None:
        self.key, self.sentence = key, sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Asked:
    """Operations of an act. `at`: the element to stand on afterwards; None for the one that the act makes."""

    act: str
    operations: tuple[Operation, ...]
    at: int | None
    said: str
    subject: int = 0


def read_act(document: Document, form: Form, at: int, taken: Taken) -> Asked:
    """What a posted form asks for. Raises OperationDoesNotApply, ElementNotFound or ValueCannotBeHeld."""
    name, *given = form.get("act", "save").split(":")
    act = _ACTS.get(name)
    if act is None:
        raise OperationDoesNotApply("act", at)
    return act(_Request(document, form, at, given, taken))


@dataclass(frozen=True, slots=True)
class _Request:
    document: Document
    form: Form
    at: int
    given: Sequence[str]
    taken: Taken

    def number(self, place: int, default: int | None = None) -> int:
        """A number of the act; raises OperationDoesNotApply for what is none."""
        text = self.given[place] if place < len(self.given) else ""
        if text.isdecimal() and len(text) < 10:
            return int(text)
        if default is None:
            raise OperationDoesNotApply("act", self.at)
        return default

    def codes(self, holder: int) -> Collection[int]:
        """The codes that a new choice of an element must not have, since a published version used them."""
        return self.taken.codes(self.document, holder) if holder in self.document.nodes else ()


def _add(asked: _Request) -> Asked:
    kind = asked.given[0] if asked.given else ""
    if kind not in editing.KINDS.values():
        raise OperationDoesNotApply("kind", asked.at)
    parent = asked.number(1, 0)
    index = asked.number(2, -1)
    made = editing.add(
        asked.document, kind, parent, None if index < 0 else index, asked.form.get("type", ""), asked.codes(parent)
    )
    stays = kind in ("choice", "row", "arm", "cell", "variant", "subtotal")
    return Asked("add", made, parent if stays else None, _("L’élément est ajouté."), parent)


def _duplicate(asked: _Request) -> Asked:
    element = asked.number(0)
    return Asked(
        "duplicate",
        editing.duplicate(asked.document, element, asked.codes(editing.find(asked.document, element).parent)),
        None,
        _("L’élément est dupliqué."),
        element,
    )


def _delete(asked: _Request) -> Asked:
    node = editing.find(asked.document, asked.number(0))
    readers = editing.readers_of(asked.document, node.element)
    said = _("L’élément est supprimé. « Annuler » le rétablit.")
    if readers:
        names = ", ".join(dict.fromkeys(editing.find(asked.document, one.element).name for one in readers))
        said = _("L’élément est supprimé. Ces règles le lisaient : %(names)s. « Annuler » le rétablit.", names=names)
    stands = asked.at if node.element != asked.at else _neighbour(asked.document, node)
    return Asked("delete", editing.delete(asked.document, node.element), stands, said, node.element)


def _neighbour(document: Document, node: Node) -> int:
    """Where one stands when an element goes: the one after it, else the one before, else what held it."""
    beside = [one.element for one in editing.children(document, node.parent, node.list_key)]
    place = beside.index(node.element)
    return next(iter((*beside[place + 1 : place + 2], *beside[max(place - 1, 0) : place])), node.parent)


def _shift(act: str, by: int) -> Callable[[_Request], Asked]:
    def shifted(asked: _Request) -> Asked:
        element = asked.number(0)
        moved = editing.shift(asked.document, element, by)
        said = _("L’élément est déplacé.") if moved else _("L’élément est déjà au bout de sa liste.")
        return Asked(act, moved, _stand(asked, element), said, element)

    return shifted


def _stand(asked: _Request, element: int) -> int:
    """The element itself, but its holder for what is edited in the table of another."""
    node = editing.find(asked.document, element)
    return asked.at if node.parent == asked.at else element


def _move_to(asked: _Request) -> Asked:
    element = asked.number(0)
    chosen = asked.form.get("to", "")
    parent = asked.number(1, int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0)
    node = editing.find(asked.document, element)
    last = len(editing.children(asked.document, parent, node.list_key))
    moved = editing.move_to(asked.document, element, parent, asked.number(2, last - (node.parent == parent)))
    return Asked("move-to", moved, _stand(asked, element), _("L’élément est déplacé."), element)


def _change_type(asked: _Request) -> Asked:
    element = asked.number(0)
    changed = editing.change_type(asked.document, element, asked.form.get("type", ""))
    return Asked("change-type", changed, element, _("Le type est changé. Ce qui convenait est gardé."), element)


def _paste(asked: _Request) -> Asked:
    element, key = asked.number(0), asked.given[1] if len(asked.given) > 1 else "choices"
    if key not in ("choices", "rows", "arms"):
        raise OperationDoesNotApply("kind", element)
    made = editing.paste_choices(asked.document, element, asked.form.get("lines", ""), key, asked.codes(element))
    return Asked("paste", made, element, _("La liste est ajoutée."), element)


def _add_language(asked: _Request) -> Asked:
    language = asked.form.get("language", "").strip().lower()
    if not _LANGUAGE.fullmatch(language):
        raise ValueCannotBeHeld("language", _("Écrivez un code de langue de deux lettres, comme « en »."))
    return Asked("add-language", editing.add_language(asked.document, language), 0, _("La langue est ajoutée."))


def _remove_language(asked: _Request) -> Asked:
    language = asked.given[0] if asked.given else ""
    said = _("La langue est retirée avec ses textes. « Annuler » les rétablit.")
    return Asked("remove-language", editing.remove_language(asked.document, language), 0, said)


def _rename(asked: _Request) -> Asked:
    node = editing.find(asked.document, asked.number(0))
    name = asked.form.get("name", "").strip()
    is_place = node.kind in ("section", "page", "check", "exit", "variant", "quota", "cell")
    if not (_PLACE if is_place else _VARIABLE).fullmatch(name):
        raise ValueCannotBeHeld(
            "name", _("Un nom commence par une lettre sans accent, puis des lettres, des chiffres ou « _ ».")
        )
    if name != node.name and name in _names_beside(asked.document, node):
        raise ValueCannotBeHeld("name", _("Ce nom est déjà pris. Choisissez-en un autre."))
    found = list(editing.rename(asked.document, node.element, name))
    others = len(found) - 1
    if node.name in asked.taken.names and name != node.name and not node.tree.get("formerly"):
        found += editing.put(asked.document, node.element, "formerly", node.name)
    said = _("Le nom est changé, et repris à %(count)s autres endroits.", count=others)
    return Asked("rename", tuple(found), _stand(asked, node.element), said, node.element)


def _save(asked: _Request) -> Asked:
    element = asked.at
    node = editing.find(asked.document, element)
    known = {one.key: one for one in editing.fields_of(node.kind, node.type)}
    found: list[Operation] = []
    for field in dict.fromkeys(name.removeprefix(BEFORE) for name in asked.form if name.startswith(BEFORE)):
        kind = known.get(field.partition(".")[0])
        if kind is None or kind.control == "elements" or field == "name":
            raise OperationDoesNotApply("key", element)
        after, before = _value(kind, asked.form, field), _before(kind, asked.form, field)
        if after != before:
            found += _put(asked.document, node, field, after, before)
    derived = _derived(asked.document, node, tuple(found)) if found else ()
    return Asked("save", (*found, *derived), element, _("Enregistré."), element)


def _put(document: Document, node: Node, key: str, after: object, before: object) -> tuple[Operation, ...]:
    """A value in the place of another; nothing when somebody else already wrote the same."""
    if held(node.tree, key) == after:
        return ()
    kind = next(one for one in editing.fields_of(node.kind, node.type) if one.key == key.partition(".")[0])
    seen = before if held(node.tree, key) is not None or before != (kind.default or "") else None
    return editing.put(document, node.element, key, after, None if seen in ("", []) else seen)


def held(tree: Mapping[str, object], key: str) -> object:
    """The value of a key, or of one language of a text; None for none."""
    plain, _dot, language = key.partition(".")
    value = tree.get(plain)
    if language:
        return value.get(language) if isinstance(value, Mapping) else None
    return value


def _value(kind: FieldKind, form: Form, field: str) -> object:
    if kind.control == "names":
        return form.getlist(VALUE + field)
    if kind.control == "flag":
        return "true" if VALUE + field in form else "false"
    text = _lines(form.get(VALUE + field, ""))
    return text.split() if kind.key == "units" else text


def _before(kind: FieldKind, form: Form, field: str) -> object:
    text = _lines(form.get(BEFORE + field, ""))
    return text.split() if kind.control == "names" or kind.key == "units" else text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")


def _derived(document: Document, node: Node, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """A readable name from the label, the first time that there is one."""
    if node.kind not in VARIABLES or not _MADE_UP.fullmatch(node.name):
        return ()
    try:
        changed = editing.apply(document, operations).document
    except ValueHasChanged:  # somebody else wrote there: said where the edit is kept
        return ()
    label = editing.label(changed, node.element, document.languages[0])
    if label == editing.label(document, node.element, document.languages[0]):
        return ()
    taken = _names_beside(document, node)
    name = editing.free_name(editing.slug(label), taken, fallback=node.name)
    return editing.rename(changed, node.element, name) if _VARIABLE.fullmatch(name) else ()


def _names_beside(document: Document, node: Node) -> frozenset[str]:
    """The names that this element may not take."""
    spaces = (VARIABLES, ("section", "page"))
    kinds = next((one for one in spaces if node.kind in one), None)
    beside = editing.children(document, node.parent, node.list_key)
    found = beside if kinds is None else (one for one in document.nodes.values() if one.kind in kinds)
    return frozenset(one.name for one in found if one.element != node.element)


_ACTS: Mapping[str, Callable[[_Request], Asked]] = {
    "add": _add,
    "duplicate": _duplicate,
    "delete": _delete,
    "move-up": _shift("move-up", -1),
    "move-down": _shift("move-down", 1),
    "move-to": _move_to,
    "change-type": _change_type,
    "paste": _paste,
    "add-language": _add_language,
    "remove-language": _remove_language,
    "rename": _rename,
    "save": _save,
}
