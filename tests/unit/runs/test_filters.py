"""The SDK's filters: a closed vocabulary read into a tree, and nothing else gets through."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runs.domain.filters import (
    MAX_CHOICES,
    MAX_CLAUSES,
    MAX_DEPTH,
    MAX_PATTERN,
    MAX_PATTERNS,
    RUN_FIELDS,
    Compare,
    Every,
    Field,
    Node,
    Not,
    Some,
    parse,
    parse_field,
)
from services.runs.patterns import accepted
from shared.errors import Invalid

STATE = Field("run", "state")


def read(filters: Any) -> Node:
    return parse(filters if isinstance(filters, str) else json.dumps(filters), accepted)


def nested(levels: int, inner: Any = "finished", key: str = "$and") -> Any:
    found: Any = {"state": inner}
    for _ in range(levels):
        found = {key: [found]}
    return found


HOSTILE: list[Any] = [
    # code and expressions
    {"$where": "sleep(1000)"},
    {"$and": [{"$where": "1"}]},
    {"state": {"$where": "1"}},
    {"$expr": {"$gt": ["$duration", 1]}},
    {"$expr": {"$function": {"body": "f", "args": [], "lang": "js"}}},
    {"$or": [{"$expr": True}]},
    {"state": {"$expr": {"$eq": [1, 1]}}},
    {"$function": {}},
    {"$accumulator": {}},
    {"$jsonSchema": {"required": ["deleted_at"]}},
    {"$text": {"$search": "a"}},
    {"$comment": "a"},
    {"$sampleRate": 0.5},
    {"$rand": {}},
    {"$lookup": {"from": "users"}},
    {"$match": {"state": "finished"}},
    {"$set": {"state": "finished"}},
    {"$nearSphere": [0, 0]},
    {"$alwaysTrue": 1},
    {"$": 1},
    # operators that are not listed, or not there
    {"state": {"$near": [0, 0]}},
    {"tags": {"$all": ["a"]}},
    {"tags": {"$size": 1}},
    {"tags": {"$elemMatch": {"$ne": 1}}},
    {"tags": {"$elemMatch": {"$where": "1"}}},
    {"state": {"$type": "string"}},
    {"state": {"$mod": [2, 0]}},
    {"state": {"$bitsAllSet": 1}},
    {"name": {"$options": "i"}},
    {"name": {"$regex": "a", "$options": "i"}},
    {"state": {"$eq ": 1}},
    {"state": {"eq": 1}},
    {"state": {"$and": []}},
    {"state": {"$or": [{"$eq": 1}]}},
    {"state": {"": 1}},
    {"state": {"$not": "finished", "x": 1}},
    # fields off the map
    {"_id": "x"},
    {"project_id": "other"},
    {"deleted_at": None},
    {"user_id": "x"},
    {"key_id": "x"},
    {"generation": 1},
    {"config_pairs": 1},
    {"config_pairs.v": 1},
    {"summary_pairs.k": "loss"},
    {"config": {"$ne": None}},
    {"config.": 1},
    {"summary_metrics.": 1},
    {"summary_metrics": 1},
    {"keys_info.keys.": 1},
    {"state.x": 1},
    {"tags.0": "a"},
    {"": 1},
    {".": 1},
    {"\x00": 1},
    {"state\x00": 1},
    {"State": "finished"},
    {"$state": 1},
    {"constructor": 1},
    {"__proto__": 1},
    # values of the wrong kind
    {"state": ["finished"]},
    {"state": {}},
    {"state": {"$eq": {"$gt": ""}}},
    {"state": {"$eq": ["a"]}},
    {"state": {"$in": "finished"}},
    {"state": {"$in": {"$gt": ""}}},
    {"state": {"$in": [["a"]]}},
    {"state": {"$in": [{"$regex": "a"}]}},
    {"state": {"$nin": None}},
    {"state": {"$exists": 1}},
    {"state": {"$exists": "true"}},
    {"state": {"$exists": {"$ne": True}}},
    {"summary_metrics.loss": {"$gt": None}},
    {"summary_metrics.loss": {"$lt": True}},
    {"summary_metrics.loss": {"$gt": [1]}},
    {"summary_metrics.loss": {"$gt": {"$date": 1}}},
    {"summary_metrics.n": 2**63},
    {"summary_metrics.n": {"$in": [1, -(2**70)]}},
    {"createdAt": {"$gt": "yesterday"}},
    {"createdAt": {"$gt": "2026-13-01"}},
    {"createdAt": {"$gt": ""}},
    {"createdAt": {"$gt": "0001-01-01T00:00:00+14:00"}},
    {"heartbeat_at": {"$in": ["2026-01-01", "never"]}},
    {"updatedAt": {"$lt": "9999-12-31T23:59:59-12:00"}},
    # patterns
    {"name": {"$regex": 1}},
    {"name": {"$regex": None}},
    {"name": {"$regex": {"$regex": "a"}}},
    {"name": {"$regex": "("}},
    {"name": {"$regex": "["}},
    {"name": {"$regex": "a**"}},
    {"name": {"$regex": "(?=a)"}},
    {"name": {"$regex": "(?<!a)b"}},
    {"name": {"$regex": "(a)\\1"}},
    {"name": {"$regex": "(?>a)"}},
    {"name": {"$regex": "(?R)"}},
    {"name": {"$regex": "a\x00b"}},
    {"name": {"$regex": "(?C1)a"}},
    {"name": {"$regex": "(*LIMIT_MATCH=1)a"}},
    {"name": {"$regex": "a" * (MAX_PATTERN + 1)}},
    {"name": {"$regex": "é" * (MAX_PATTERN // 2 + 1)}},
    {"name": {"$regex": "(a{1000}){1000}"}},
    {"$or": [{"name": {"$regex": "a"}}] * (MAX_PATTERNS + 1)},
    # shape
    [],
    [{"state": "finished"}],
    "finished",
    7,
    None,
    True,
    {"$and": {"state": "finished"}},
    {"$and": ["state"]},
    {"$and": [None]},
    {"$or": "x"},
    {"$nor": None},
    {"$not": [{"state": "x"}]},
    {"$not": "x"},
    # size
    nested(MAX_DEPTH + 1),
    nested(25, key="$nor"),
    {"$and": [{"state": "a"}] * (MAX_CLAUSES + 1)},
    {f"config.{n}": n for n in range(MAX_CLAUSES + 1)},
    {"config.a": {"$in": list(range(MAX_CHOICES + 1))}},
]

BROKEN = [
    *("{", "{}}", "{'state': 1}", "state", "\ufeff{}", '{"state": "\x01"}'),
    *('{"state": "\\ud800"}', '{"summary.n": 1e400}', '{"summary.n": ' + "9" * 5_000 + "}"),
    *('{"$and":' * 100_000, '{"$not":' * 20_000 + "{}" + "}" * 20_000, "[" * 100_000),
]


def deep_not(levels: int) -> Any:
    found: Any = "finished"
    for _ in range(levels):
        found = {"$not": found}
    return {"state": found}


class TestRefused:
    @pytest.mark.parametrize("filters", HOSTILE, ids=lambda filters: str(filters)[:60])
    def test_whatever_is_not_listed(self, filters: Any) -> None:
        with pytest.raises(Invalid) as refused:
            parse(json.dumps(filters), accepted)
        assert refused.value.field == "filters"
        assert refused.value.message.startswith("filters: ")
        assert len(refused.value.message) < 2_000

    @pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:30])
    def test_what_is_no_json(self, text: str) -> None:
        with pytest.raises(Invalid) as refused:
            parse(text, accepted)
        assert refused.value.field == "filters"

    @pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 30])
    def test_negations_without_end(self, levels: int) -> None:
        with pytest.raises(Invalid):
            read(deep_not(levels))

    def test_a_second_meaning_hidden_behind_an_equal_key(self) -> None:
        with pytest.raises(Invalid):
            read('{"state": "finished", "state": {"$where": "1"}}')
        assert read('{"state": {"$where": "1"}, "state": "finished"}') == Compare(
            STATE, "eq", "finished"
        )


class TestAllowed:
    @pytest.mark.parametrize("text", [None, "", "  ", "{}", " {\n} "])
    def test_no_filter_is_everything(self, text: str | None) -> None:
        assert parse(text, accepted) == Every(())

    @pytest.mark.parametrize(
        ("filters", "tree"),
        [
            ({"state": "finished"}, Compare(STATE, "eq", "finished")),
            ({"state": None}, Compare(STATE, "eq", None)),
            ({"state": {"$eq": "a"}}, Compare(STATE, "eq", "a")),
            ({"state": {"$ne": "a"}}, Compare(STATE, "ne", "a")),
            ({"state": {"$in": ["a", None]}}, Compare(STATE, "in", ("a", None))),
            ({"state": {"$nin": []}}, Compare(STATE, "nin", ())),
            ({"state": {"$exists": False}}, Compare(STATE, "exists", False)),
            ({"state": {"$regex": "^a|b$"}}, Compare(STATE, "regex", "^a|b$")),
            ({"state": {"$not": {"$in": ["a"]}}}, Not(Compare(STATE, "in", ("a",)))),
            ({"state": {"$not": "a"}}, Not(Compare(STATE, "eq", "a"))),
            ({"$not": {"state": "a"}}, Not(Compare(STATE, "eq", "a"))),
            ({"$and": []}, Every(())),
            ({"$or": []}, Some(())),
            ({"$nor": [{"state": "a"}]}, Not(Some((Compare(STATE, "eq", "a"),)))),
            (
                {"$or": [{"state": "a"}, {}]},
                Some((Compare(STATE, "eq", "a"), Every(()))),
            ),
            (
                {"state": {"$gt": "a", "$lte": "b"}},
                Every((Compare(STATE, "gt", "a"), Compare(STATE, "lte", "b"))),
            ),
            (
                {"state": "a", "name": "b"},
                Every((Compare(STATE, "eq", "a"), Compare(Field("run", "name"), "eq", "b"))),
            ),
        ],
    )
    def test_each_operator_has_its_node(self, filters: Any, tree: Node) -> None:
        assert read(filters) == tree

    @pytest.mark.parametrize("value", ["$where", "{$gt: ''}", "", "\x00", "😀", 0, -0.5, True])
    def test_a_value_is_only_ever_a_value(self, value: object) -> None:
        assert read({"config.a": value}) == Compare(Field("config", "a"), "eq", value)

    def test_bare_nan_and_infinity_are_numbers(self) -> None:
        found = read('{"summary_metrics.loss": {"$in": [NaN, Infinity, -Infinity]}}')
        assert isinstance(found, Compare)
        assert isinstance(found.value, tuple)
        nan, *infinities = found.value
        assert isinstance(nan, float)
        assert math.isnan(nan)
        assert infinities == [math.inf, -math.inf]

    @pytest.mark.parametrize("number", [2**63 - 1, -(2**63) + 1])
    def test_the_largest_integers_are_kept(self, number: int) -> None:
        assert read({"config.n": number}) == Compare(Field("config", "n"), "eq", number)

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
            ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
            (
                "2026-01-02T03:04:05.5+02:00",
                datetime(2026, 1, 2, 3, 4, 5, 500_000, timezone(timedelta(hours=2))),
            ),
        ],
    )
    def test_dates_are_moments(self, text: str, moment: datetime) -> None:
        field = Field("run", "created_at")
        assert read({"created_at": {"$gte": text}}) == Compare(field, "gte", moment)

    def test_a_text_that_looks_like_a_date_stays_a_text_elsewhere(self) -> None:
        assert read({"config.day": "2026-01-02"}) == Compare(
            Field("config", "day"), "eq", "2026-01-02"
        )

    def test_the_largest_allowed_are_read(self) -> None:
        read(nested(MAX_DEPTH))
        read({"$and": [{"state": "a"}] * (MAX_CLAUSES - 1)})
        read({"config.a": {"$in": list(range(MAX_CHOICES))}})
        read({"$or": [{"name": {"$regex": "a" * MAX_PATTERN}}] * MAX_PATTERNS})


class TestFields:
    @pytest.mark.parametrize(
        ("name", "field"),
        [
            *[(theirs, Field("run", ours)) for theirs, ours in RUN_FIELDS.items()],
            ("config.lr", Field("config", "lr")),
            ("config.lr.value", Field("config", "lr")),
            ("config.model.depth.value", Field("config", "model.depth")),
            ("config.$where", Field("config", "$where")),
            ("config.a.$gt", Field("config", "a.$gt")),
            ("config.é\x00", Field("config", "é\x00")),
            ("summary_metrics.loss", Field("summary", "loss")),
            ("summaryMetrics.val.loss", Field("summary", "val.loss")),
            ("summary.loss", Field("summary", "loss")),
            ("keys_info.keys.loss", Field("keys", "loss")),
        ],
    )
    def test_names_of_the_sdk_are_known(self, name: str, field: Field) -> None:
        assert parse_field(name) == field

    def test_an_unknown_one_is_told_which_there_are(self) -> None:
        with pytest.raises(Invalid, match=r"summary_metrics\.<key>"):
            parse_field("nonsense")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("$and", "$or", "$nor", "$not", "$eq", "$ne", "$gt", "$lt", "$in", "$nin"),
                    *("$exists", "$regex", "$where", "$expr", "state", "created_at", "config.a"),
                    *("summary.loss", "tags", "duration", "_id", ""),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


class TestAnything:
    @settings(max_examples=500, deadline=None)
    @given(json_values)
    def test_every_document_is_read_or_refused(self, document: Any) -> None:
        try:
            tree = read(json.dumps(document))
        except Invalid as refused:
            found = refused.field
        else:
            found = "filters" if isinstance(tree, Compare | Every | Some | Not) else None
        assert found == "filters"
