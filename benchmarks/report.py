"""What a benchmark says: a table, then one line of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    """The value of a benchmark against its bar. Lower is better for every one of them."""

    name: str
    value: float
    bar: float
    unit: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        return self.value <= self.bar

    def show(self) -> None:
        """Print the table and the line of JSON."""
        width = max((len(label) for label, _ in self.lines), default=0)
        print(f"\n{self.name}")
        for label, value in self.lines:
            print(f"  {label:<{width}}  {value}")
        document = {
            "name": self.name,
            "value": round(self.value, 3),
            "bar": self.bar,
            "unit": self.unit,
            "holds": self.holds,
        }
        print(json.dumps(document), flush=True)
