"""`POST /graphql`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from graphql import GraphQLError, GraphQLSchema, execute
from pydantic_core import PydanticSerializationError

from gateway.dependencies import asker_for, caller_of
from gateway.exports import HEADER as EXPORTS
from gateway.graphql import errors
from gateway.graphql.context import Context
from gateway.graphql.documents import Documents
from gateway.http.bodies import read_body
from gateway.http.errors import on_fault, on_half_a_sign
from shared.errors import CordeeError, Invalid

router = APIRouter(include_in_schema=False)

Scope = dict[str, Any]

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


def takes(scope: Scope) -> bool:
    """Whether the request is one that `serve` answers; others the framework refuses as ever."""
    found: bool = (
        scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/graphql"
    )
    return found


async def serve(framework: FastAPI, scope: Scope, receive: Any, send: Any) -> None:
    """The same as the route, without the framework's way to it, which costs as much again."""
    scope |= {"app": framework, "route": router.routes[0]}
    request = Request(scope, receive, send)
    try:
        response = await graphql(request)
    except PydanticSerializationError as error:
        response = await on_half_a_sign(request, error)
    except Exception as error:  # the edge: a fault must never look final to the SDK
        response = await on_fault(request, error)
    await response(scope, receive, send)


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
        blobs=request.app.state.blobs,
        exports=request.app.state.exports if request.headers.get(EXPORTS) == "true" else None,
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
    malformed = result.data is None and any(errors.cause_of(fault) is None for fault in faults)
    return errors.answer(result.data, faults, malformed=malformed)


def _read(body: bytes) -> Question:
    try:
        return _questions.decode(body)
    except msgspec.ValidationError as error:
        raise Invalid(f"body: {error}", field="body") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"body: not JSON ({error}).", field="body") from error
