"""How often the regression rule is wrong, and how often it sees what is there.

`python -m benchmarks.regression_power [projects]` simulates projects with seeds, each with a metric
of its own level, noise and shape of noise, and asks the very functions that rules and the gate ask.
False alarms are projects in which nothing changed; power is the part of real drops that are told.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence

from services.alerts.domain.drift import begins_to_drift
from services.alerts.domain.statistics import Bound, Verdict, judge

PROJECTS, LAST = 1_000, 10
BOUND = Bound(higher_is_better=True)
"""The rule's own defaults: the last ten runs, no tolerance."""
SHAPES = ("normal", "uniform", "heavy tails", "one in ten is an outlier")

Project = tuple[random.Random, float, float, str]


def projects(count: int) -> Iterator[Project]:
    """Level between 0.1 and 10, noise between 0.1 and 5 per cent of it."""
    for number in range(count):
        chance = random.Random(number)
        level = 10 ** chance.uniform(-1, 1)
        yield chance, level, level * 10 ** chance.uniform(-3, -1.3), SHAPES[number % len(SHAPES)]


def a_value(project: Project) -> float:
    """What one run of the project ends with; the spread is about the project's noise."""
    chance, level, noise, shape = project
    if shape == "uniform":
        return level + noise * chance.uniform(-1.73, 1.73)
    if shape == "heavy tails":
        tail = chance.gauss(0, 1) / max(0.2, chance.gammavariate(2.5, 0.4)) ** 0.5
        return level + noise * 0.7 * tail
    if shape == "one in ten is an outlier" and chance.random() < 0.1:
        return level + noise * chance.choice((-6, 6))
    return level + noise * chance.gauss(0, 1)


def values(project: Project, count: int) -> list[float]:
    """The oldest first."""
    return [a_value(project) for _ in range(count)]


def told(series: Sequence[float], others: int = LAST) -> bool:
    """What a rule does when the last of these runs has finished: the step, then the drift."""
    step = judge(series[-1:], series[-1 - others : -1], BOUND, named=False).verdict
    return step is Verdict.REGRESSED or begins_to_drift(series, BOUND) is not None


def share(count: int, case: Callable[[Project], bool]) -> float:
    """Of how many projects it holds."""
    return sum(case(project) for project in projects(count)) / count


def dropped(size: float, others: int = LAST) -> Callable[[Project], bool]:
    """The last run is so many times the noise lower."""

    def case(project: Project) -> bool:
        return told([*values(project, others), a_value(project) - size * project[2]], others)

    return case


def seeds_dropped(size: float) -> Callable[[Project], bool]:
    """The same with five seeds of the new version, which the bootstrap compares."""

    def case(project: Project) -> bool:
        ours = [value - size * project[2] for value in values(project, 5)]
        found = judge(ours, values(project, LAST), BOUND, named=False)
        return found.verdict is Verdict.REGRESSED

    return case


def drifting(part: float) -> Callable[[Project], bool]:
    """Each of thirty runs is a part of the noise lower than the one before; told by the end."""

    def case(project: Project) -> bool:
        series = [a_value(project) - part * project[2] * step for step in range(31)]
        return any(told(series[:count]) for count in range(LAST + 1, 32))

    return case


def main(count: int) -> float:
    """Print the table; the false-alarm rate at the default."""
    print(f"{count} projects, seeds 0 to {count - 1}, four shapes of noise")
    alarms = share(count, dropped(0.0, 3 * LAST))
    line(f"false alarms: the last {LAST} runs, step and drift", alarms)
    for others in (5, 6, 8, 10, 20, 30):
        line(f"false alarms: the step beside {others} runs", share(count, dropped(0.0, others)))
    line(f"false alarms: five seeds beside {LAST} runs", share(count, seeds_dropped(0)))
    for size in (2, 3, 4, 5, 6, 8):
        line(f"power: one run, {size} times the noise lower", share(count, dropped(size)))
    for size in (1, 2, 3):
        line(f"power: five seeds, {size} times the noise", share(count, seeds_dropped(size)))
    for part in (0.05, 0.1, 0.2):
        line(f"power: thirty runs, each {part:g} of the noise", share(count, drifting(part)))
    return alarms


def line(what: str, found: float) -> None:
    """One row."""
    print(f"{what:<52}{found:7.1%}", flush=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PROJECTS) > 0.05)
