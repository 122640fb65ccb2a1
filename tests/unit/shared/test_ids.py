"""Identifiers sort by birth, spread evenly over shards, and travel to the SDK and back."""

from __future__ import annotations

import base64
import os
import re
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.kit.ids import from_global, new_id, stable_bucket, to_global
from shared.messaging.ingest import shard_of
from shared.messaging.streams import SHARDS

safe = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


class TestNewId:
    def test_it_is_safe_wherever_it_stands(self) -> None:
        assert all(re.fullmatch("[0-9a-z]{26}", new_id()) for _ in range(100))

    def test_no_two_are_the_same(self) -> None:
        assert len({new_id() for _ in range(50_000)}) == 50_000

    def test_a_forked_process_makes_others(self) -> None:
        new_id()  # some randomness waits now
        pipe, end = os.pipe()
        child = os.fork()
        if not child:
            os.write(end, "".join(new_id() for _ in range(100)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        told = os.read(pipe, 2_600).decode()
        os.close(pipe)
        os.close(end)
        theirs = {told[at + 10 : at + 26] for at in range(0, 2_600, 26)}
        assert len(theirs) == 100
        assert theirs.isdisjoint(new_id()[10:] for _ in range(100))

    def test_a_later_one_sorts_later(self) -> None:
        first, moment = new_id(), time.time_ns() // 1_000_000
        while time.time_ns() // 1_000_000 == moment:
            pass
        assert first < new_id()


class TestStableBucket:
    @pytest.mark.parametrize(("text", "shard"), [("", 0), ("run1", 3), ("é", 14)])
    def test_it_is_the_same_in_every_process_and_release(self, text: str, shard: int) -> None:
        assert stable_bucket(text, 16) == shard

    def test_runs_spread_over_all_shards(self) -> None:
        counts = Counter(shard_of(new_id()) for _ in range(16_000))
        assert len(counts) == SHARDS
        assert max(counts.values()) < 1.2 * 1_000


class TestGlobalIds:
    @pytest.mark.parametrize(
        "text",
        [
            *("", "x", "run1", "???", "UnVuOg", "\x00", "é", "A" * 10_000),
            base64.b64encode(b"Run:").decode(),
            base64.b64encode(b"Run").decode(),
            base64.b64encode(b"run:1").decode(),
            base64.b64encode(b"File:1").decode(),
            base64.b64encode(b"Run:\xff").decode(),
            to_global("Run", "1").rstrip("="),
            to_global("Run", "1") + "\n",
        ],
    )
    def test_one_that_we_never_gave_out_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid) as refused:
            from_global("Run", text)
        assert refused.value.field == "id"

    @given(safe)
    def test_there_and_back(self, own_id: str) -> None:
        assert from_global("Run", to_global("Run", own_id)) == own_id
