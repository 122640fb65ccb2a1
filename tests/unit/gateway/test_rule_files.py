"""Rules in files: a mistake is pointed at, and what was written is read as the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.rule_files import Place, Wrong, differences, read, written

GOOD = """\
project: peaks/demo
rules:
  - name: accuracy drops
    when: {kind: threshold, metric: val/acc, op: "<", value: 0.8}
    notify: [hook]
  - name: worse than main
    severity: error
    when:
      kind: regression
      metric: val/acc
      better: higher
      tolerance: 1e-2
      filters: '{"tags": "main"}'
    filters: {state: finished}
"""


def wrong(folder: Path, text: str) -> list[str]:
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Wrong) as refused:
        read(folder)
    return list(refused.value.mistakes)


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ('op: "<"', 'op: "below"', 4, "rules.0.when.op: Input should be '<', '<=', '>'"),
        ("kind: regression", "kind: worse", 8, "rules.1.when: kind 'worse' is none of 'threshold'"),
        ("better: higher", "best: higher", 11, "is not known; allowed: baseline, better"),
        ("severity: error", "severty: error", 7, "is not known; allowed: cooldown_s, description"),
        ("severity: error", "severity: bad", 7, "Input should be 'info', 'warn' or 'error'"),
        ("name: worse than main", "name: accuracy drops", 6, "has a rule 'accuracy drops' in"),
        ("metric: val/acc\n", "metric: [\n", 12, "expected"),
        ("project: peaks/demo", "project: demo", 1, "project: String should match pattern"),
    ],
)
def test_a_mistake_has_its_line_and_what_is_allowed(
    tmp_path: Path, before: str, after: str, line: int, said: str
) -> None:
    assert before in GOOD
    mistakes = wrong(tmp_path, GOOD.replace(before, after))
    assert any(one.startswith(f"rules.yaml:{line}: ") and said in one for one in mistakes), mistakes


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(wrong(tmp_path, GOOD.replace('"<"', '"?"').replace("error", "bad"))) == 2


def test_what_is_missing_is_told_where_it_should_be(tmp_path: Path) -> None:
    [mistake] = wrong(tmp_path, GOOD.replace("      better: higher\n", ""))
    assert mistake == "rules.yaml:8: rules.1.when.better: is missing"


def test_what_is_written_is_read_as_the_same(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD, encoding="utf-8")
    place = Place("peaks", "demo")
    rules = [one.rule for one in read(tmp_path)[place]]
    (tmp_path / "one.yaml").write_text(written(place, rules), encoding="utf-8")
    again = [one.rule for one in read(tmp_path)[place]]
    assert again == rules
    assert all(differences(one, other) == {} for one, other in zip(rules, again, strict=True))
