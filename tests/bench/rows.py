"""What a part of the bench hands to the runner, and how two ways of doing the same are timed fairly."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5  # the first is dropped


@dataclass(frozen=True)
class Row:
    """One line of the table. Times are medians in ms, or in `unit`; `reference` names what ours is compared with.

    `goal`: ours must be this many times faster; with `at_most`, ours may take this many times the reference's time.
    `first`: what a first release must reach, if that is less; a goal of 0 is none: the row shows growth.
    `equal`: both gave the same answers; when not, the run fails and the times mean nothing.
    """

    part: str
    size: int
    name: str
    reference: str
    reference_ms: float
    ours_ms: float
    goal: float
    equal: bool
    seed: int
    rounds: int = ROUNDS
    at_most: bool = False
    note: str = ""
    first: float = 0
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """How many times faster ours is; with `at_most`, how many times slower."""
        pair = (self.ours_ms, self.reference_ms) if self.at_most else (self.reference_ms, self.ours_ms)
        return pair[0] / max(pair[1], 1e-9)

    @property
    def verdict(self) -> str:
        """Return "ok", "first" (good enough for a first release), "miss", "UNEQUAL"; nothing where there is no goal."""
        if not self.equal:
            return "UNEQUAL"
        if not self.goal:
            return ""
        if self._reaches(self.goal):
            return "ok"
        return "first" if self.first and self._reaches(self.first) else "miss"

    def _reaches(self, goal: float) -> bool:
        return self.ratio <= goal if self.at_most else self.ratio >= goal

    def line(self) -> str:
        """Return the line of the table."""
        reference, ours = (_figure(value, self.unit) for value in (self.reference_ms, self.ours_ms))
        times = f"{self.reference} {reference}  ours {ours}"
        sign = "<=" if self.at_most else ""
        first = f" (first release {sign}{self.first:g}x)" if self.first else ""
        goal = f"goal {sign}{self.goal:g}x{first}  {self.verdict}" if self.goal else f"growth  {self.verdict}".rstrip()
        note = f"  ({self.note})" if self.note else ""
        return f"{self.part} {self.size} {self.name:<15} {times}  {self.ratio:.1f}x  {goal}{note}"


def _figure(value: float, unit: str) -> str:
    return f"{value:.0f} {unit}" if value >= 20 else f"{value:.2f} {unit}"


def alternate(reference: Callable[[], object], ours: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Run A B A B …, drop the first round, and return the medians in ms (reference, ours)."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for kept, run in zip(times, (reference, ours), strict=True):
            start = time.perf_counter()
            run()
            kept.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])
