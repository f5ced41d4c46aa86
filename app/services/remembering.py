"""What a process keeps of what it has read or made, so as not to do it again: the latest used, within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """The values last used, by key, for threads that share them.

    `most`: what may be kept together; `weigh`: what one value counts for in it, 1 unless told. The values that were
    used the longest ago are forgotten first; a value above `most` is not kept at all.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._most, self._weigh, self._held = most, weigh, 0
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of a key, which is thereby used; None when there is none."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        """Keep a value, in place of the one that the key had."""
        with self._lock:
            if key in self._kept:
                self._held -= self._weigh(self._kept.pop(key))
            self._kept[key] = value
            self._held += self._weigh(value)
            while self._held > self._most:
                self._held -= self._weigh(self._kept.popitem(last=False)[1])

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made and kept where there is none; two threads may make it at once."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found
