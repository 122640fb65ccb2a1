"""Nobody sees or changes what is not theirs by GraphQL: every field, principal and place."""

from __future__ import annotations

import httpx
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from gateway.graphql import schema as graphql_schema
from gateway.graphql.numbered import to_numbered
from tests.contract.isolation.judging import (
    PRINCIPALS,
    REFUSALS,
    STRANGERS,
    assert_refused,
    assert_untouched,
    members,
)
from tests.contract.isolation.world import PLACES, READERS, WRITERS, World, mark

SCHEMA = graphql_schema.build()


class TestGraphQL:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_a_project_with_every_field_there_is(self, world: World, who: str, place: str) -> None:
        entity, project = PLACES[place]
        fields = selections("Project")
        for root, at in (("project", 0), ("project", 1), ("model", 0), ("model", 1)):
            # In two halves: all of them are more than one document may hold.
            asked = " ".join(["description", *fields[at::2]])
            document = f"""query($e: String, $p: String) {{
              {root}(name: $p, entityName: $e) {{ {asked} }} }}"""
            answer = world.graphql(who, document, e=entity, p=project)
            self._judge(answer, who, place)

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_lists_and_entities(self, world: World, who: str, place: str) -> None:
        entity, _ = PLACES[place]
        models = (
            "query($e: String) { models(entityName: $e) { edges { node { name description } } } }"
        )
        answer = world.graphql(who, models, e=entity)
        self._judge(answer, who, place)
        nested = f"query($e: String) {{ entity(name: $e) {{ {everything('Entity')} }} }}"
        answer = world.graphql(who, nested, e=entity)
        if who not in READERS[place]:
            assert mark(place) not in answer.text

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("who", PRINCIPALS)
    def test_mutations_of_runs_and_files(self, world: World, who: str, place: str) -> None:
        if who in WRITERS[place]:
            return
        entity, project = PLACES[place]
        names = {
            **{"e": entity, "p": project, "id": world.ids[place]["run"]},
            **{"home": world.ids[place]["project"], "person": to_numbered("User", "out")},
            "team": to_numbered("Entity", "valley"),
        }
        for document in (
            """mutation($e: String, $p: String) { upsertBucket(input: {entityName: $e,
               modelName: $p, name: "r1", notes: "mine now"}) { bucket { id notes config } } }""",
            """mutation($e: String, $p: String) { upsertBucket(input: {entityName: $e,
               modelName: $p, name: "new"}) { bucket { id } } }""",
            """mutation($id: String) { upsertBucket(input: {id: $id, notes: "mine now"})
               { bucket { id notes config } } }""",
            """mutation($e: String!, $p: String!) { createRunFiles(input: {entityName: $e,
               projectName: $p, runName: "r1", files: ["x"]}) { files { uploadUrl } } }""",
            """mutation($e: String!, $p: String!) { markRunFilesUploaded(input: {entityName: $e,
               projectName: $p, runName: "r1", files: ["x"]}) { success } }""",
            """mutation($e: String, $p: String) { upsertSweep(input: {entityName: $e,
               projectName: $p, config: "method: random\\nparameters: {x: {value: 1}}"})
               { sweep { id } } }""",
            """mutation($e: String, $p: String) { upsertView(input: {entityName: $e,
               projectName: $p, displayName: "mine now"}) { view { id } } }""",
            """mutation($e: String, $p: String) { createAgent(input: {entityName: $e,
               projectName: $p, host: "h", sweep: "s1"}) { agent { id } } }""",
            "mutation($id: ID!) { deleteRun(input: {id: $id}) { clientMutationId } }",
            "mutation($id: ID!) { stopRun(input: {id: $id}) { success } }",
            """mutation($id: ID!) { updateRunState(input: {id: $id, state: "failed"})
               { success } }""",
            """mutation($e: String, $p: String) { upsertModel(input: {entityName: $e, name: $p,
               description: "mine now"}) { project { id description } } }""",
            """mutation($home: ID!, $person: ID!, $team: ID!) { createProjectMembers(input: {
               projectId: $home, userIds: [$person], teamIds: [$team]}) { success } }""",
            """mutation($home: ID!, $person: ID!, $team: ID!) { deleteProjectMembers(input: {
               projectId: $home, userIds: [$person], teamIds: [$team]}) { success } }""",
            """mutation($home: ID!, $person: ID!) { updateProjectMember(input: {projectId: $home,
               userId: $person, userProjectRole: "member"}) { success } }""",
            """mutation($home: ID!, $team: ID!) { updateProjectTeamMember(input: {
               projectId: $home, teamId: $team, teamProjectRole: "member"}) { success } }""",
        ):
            used = {name: names[name] for name in names if f"${name}:" in document}
            assert_refused(world.graphql(who, document, **used), who, place, "write")
        document = """mutation($e: String, $p: String) { rewindRun(input: {entityName: $e,
               projectName: $p, runName: "r1", metricName: "_step", metricValue: 0})
               { rewoundRun { id notes } } }"""
        answer = world.graphql(who, document, e=entity, p=project)
        assert answer.status_code in REFUSALS or answer.json()["data"] == {
            "rewindRun": {"rewoundRun": None}
        }, (who, place, answer.text)
        document = "mutation($f: [ID!]!) { deleteFiles(input: {files: $f}) { success } }"
        answer = world.graphql(who, document, f=[world.ids[place]["file"]])
        if who in READERS[place] or who == "revoked":
            assert_refused(answer, who, place, "write")
        # To all others the file is as unknown as any id they make up, and stays where it is.
        assert_untouched(world, place)

    @pytest.mark.parametrize("who", STRANGERS)
    def test_mutations_of_teams_and_people(self, world: World, who: str) -> None:
        before = members(world)
        for document in (
            'mutation { createInvite(input: {entityName: "peaks", username: "out"}) '
            "{ invite { id } } }",
            'mutation { createServiceAccount(input: {entityName: "peaks", description: "spy"}) '
            "{ user { id } } }",
            'mutation { deleteInvite(input: {entityName: "peaks", id: "TWVtYmVyOm1v"}) '
            "{ success } }",
        ):
            answer = world.graphql(who, document)
            assert answer.json().get("errors"), (who, document, answer.text)
            assert answer.status_code in REFUSALS | {400}, (who, document, answer.text)
        if who != "root":
            document = 'mutation { createUser(input: {email: "imp@example.org"}) { user { id } } }'
            assert world.graphql(who, document).status_code in REFUSALS
        assert members(world) == before

    def _judge(self, answer: httpx.Response, who: str, place: str) -> None:
        for other in PLACES:
            if who not in READERS[other]:
                assert mark(other) not in answer.text, (who, other, answer.text[:500])
        if who == "revoked":
            assert answer.status_code == 401
        elif who in READERS[place]:
            assert mark(place) in answer.text, (who, place, answer.text[:500])


def everything(name: str, depth: int = 4) -> str:
    """A selection of every field of a type, as deep as the documents' limit allows."""
    return " ".join(selections(name, depth)) or "__typename"


def selections(name: str, depth: int = 4) -> list[str]:
    """The same, field by field."""
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    given = {
        "name": '"r1"', "specs": '["{\\"keys\\":[\\"_step\\"]}"]', "liveKeys": '["_step"]',
        "aliasName": '"latest"', "storageLayout": '"V2"', "manifestVersion": '"1"',
        "samples": "5", "rampIDType": "OrgName", "sweepName": '"s1"', "agentName": '"a1"',
    }  # fmt: skip
    found = []
    for field_name, field in kind.fields.items():
        if field_name in ("entity", "organization", "user", "project") and depth < 4:
            continue
        arguments = {
            argument: given[argument]
            for argument, about in field.args.items()
            if str(about.type).endswith("!") or argument in ("specs", "liveKeys")
        }
        text = ", ".join(f"{argument}: {value}" for argument, value in arguments.items())
        call = f"{field_name}({text})" if text else field_name
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            found.append(call)
        elif depth > 0 and isinstance(inner, GraphQLObjectType):
            found.append(f"{call} {{ {everything(inner.name, depth - 1)} }}")
    return found
