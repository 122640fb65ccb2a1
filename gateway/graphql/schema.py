"""The executable schema: our SDL with the resolvers bound to it."""

from __future__ import annotations

from pathlib import Path

from ariadne import load_schema_from_path, make_executable_schema
from graphql import GraphQLSchema

from gateway.graphql.resolvers import BINDABLES
from gateway.graphql.scalars import SCALARS


def build() -> GraphQLSchema:
    """Raises at start-up when a resolver names a field that the SDL does not have."""
    text = load_schema_from_path(Path(__file__).with_name("sdl"))
    return make_executable_schema(text, *BINDABLES, *SCALARS)
