"""The compatibility card says what is so, and explains every gap."""

from __future__ import annotations

from tests.sdk import coverage


def test_the_page_is_current() -> None:
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.render()


def test_every_gap_has_a_reason() -> None:
    gaps = {
        name
        for documents in coverage.operations().values()
        for name, texts in documents.items()
        if not coverage.answered(texts)
    }
    assert gaps - coverage.REASONS.keys() == set()


def test_what_counts_as_tested_is_answered_and_its_test_is_there() -> None:
    known = {name for documents in coverage.operations().values() for name in documents}
    for file, names in coverage.TESTED.items():
        assert (coverage.HERE / file).is_file(), file
        assert set(names) <= known, set(names) - known
        for documents in coverage.operations().values():
            assert all(coverage.answered(documents[name]) for name in names if name in documents)
