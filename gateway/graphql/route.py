"""`POST /graphql`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from graphql import GraphQLError, GraphQLSchema, execute

from gateway.dependencies import asker_for, caller_of
from gateway.graphql import errors
from gateway.graphql.context import Context
from gateway.graphql.documents import Documents
from gateway.http.bodies import read_body
from shared.errors import CordeeError, Invalid

router = APIRouter(include_in_schema=False)

MOST_BODY = 32 * 1024 * 1024


class Question(msgspec.Struct):
    """The body of a GraphQL request; an empty operation name counts as none."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815


_questions = msgspec.json.Decoder(Question)


@router.post("/graphql")
async def graphql(request: Request) -> Response:
    """Answers 200 unless something failed; then the failure's own status, with `errors`."""
    try:
        status, body, headers = await _answer(request)
    except CordeeError as error:
        status, body, headers = errors.refused(error)
    if not body["errors"]:
        del body["errors"]
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")


async def _answer(request: Request) -> tuple[int, dict[str, Any], dict[str, str]]:
    caller = await caller_of(request)
    question = _read(await read_body(dict(request.headers.raw), request.receive, MOST_BODY))
    documents: Documents = request.app.state.documents
    schema: GraphQLSchema = request.app.state.schema
    prepared = documents.prepare(question.query)
    if prepared.document is None:
        return errors.answer(None, list(prepared.errors), malformed=True)
    context = Context(
        ask=asker_for(request, caller),
        signer=request.app.state.signer,
        fresh_keys=request.app.state.fresh_keys,
        several_writers=request.headers.get("x-wandb-use-async-filestream") == "true",
    )
    found = execute(
        schema,
        prepared.document,
        context_value=context,
        variable_values=question.variables,
        operation_name=question.operationName or None,
    )
    result = await found if isinstance(found, Awaitable) else found
    faults: list[GraphQLError] = list(result.errors or [])
    malformed = result.data is None and any(fault.original_error is None for fault in faults)
    return errors.answer(result.data, faults, malformed=malformed)


def _read(body: bytes) -> Question:
    try:
        return _questions.decode(body)
    except msgspec.ValidationError as error:
        raise Invalid(f"body: {error}", field="body") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"body: not JSON ({error}).", field="body") from error
