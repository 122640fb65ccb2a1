"""Invitations over REST: sent, sent again, taken back, accepted and declined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.gateway.edge import Edge


class TestInvitations:
    def test_to_a_mailbox_with_a_token_to_hand_over(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        path = f"/api/v1/teams/{team}/invitations"
        made = alice.post(path, email=bob.email, role="viewer")
        assert (made["email"], made["role"]) == (bob.email, "viewer")
        until = datetime.fromisoformat(made["expires_at"])
        assert timedelta(days=6.9) < until - datetime.now(UTC) < timedelta(days=7.1)
        [listed] = alice.get(path)["items"]
        assert listed == {key: value for key, value in made.items() if key != "token"}
        offered = edge.visitor().get(f"/api/v1/invitations/{made['token']}").json()
        assert offered == {
            "team": team,
            "role": "viewer",
            "invited_by": alice.username,
            "email": bob.email,
            "expires_at": made["expires_at"],
        }
        joined = bob.post(f"/api/v1/invitations/{made['token']}/accept")
        assert joined == {"team": team, "role": "viewer"}
        assert alice.get(path)["items"] == []

    def test_by_id_and_the_team_is_the_default_at_once(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username, role="member")
        [waiting] = bob.get("/api/v1/users/me/invitations")["items"]
        assert (waiting["team"], waiting["role"], waiting["invited_by"]) == (
            team,
            "member",
            alice.username,
        )
        bob.post(f"/api/v1/invitations/{waiting['id']}/accept")
        asked = {"query": "{ viewer { entity teams { edges { node { name } } } } }"}
        viewer = bob.post("/graphql", **asked)["data"]["viewer"]
        assert viewer == {"entity": team, "teams": {"edges": [{"node": {"name": team}}]}}
        assert bob.http.post(f"/api/v1/invitations/{waiting['id']}/accept").status_code == 409

    def test_somebody_elses_is_not_there(self, edge: Edge) -> None:
        alice, bob, carol = (edge.person(stem) for stem in ("alice", "bob", "carol"))
        team = edge.team(alice)
        made = alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username)
        by_id = carol.http.post(f"/api/v1/invitations/{made['id']}/accept")
        by_token = carol.http.post(f"/api/v1/invitations/{made['token']}/accept")
        assert (by_id.status_code, by_token.status_code) == (404, 403)
        assert edge.visitor().get(f"/api/v1/invitations/{made['id']}").status_code == 404

    def test_sent_again_the_old_token_is_void(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        path = f"/api/v1/teams/{edge.team(alice)}/invitations"
        made = alice.post(path, email=bob.email)
        again = alice.post(f"{path}/{made['id']}:resend")
        assert again["token"] != made["token"]
        assert edge.visitor().get(f"/api/v1/invitations/{made['token']}").status_code == 404
        assert edge.visitor().get(f"/api/v1/invitations/{again['token']}").status_code == 200

    def test_taken_back_it_no_longer_works(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        path = f"/api/v1/teams/{edge.team(alice)}/invitations"
        made = alice.post(path, email=bob.email)
        assert alice.http.delete(f"{path}/{made['id']}").status_code == 204
        answer = bob.http.post(f"/api/v1/invitations/{made['token']}/accept")
        assert answer.status_code == 410

    def test_declined_it_is_over(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        made = alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username)
        bob.post(f"/api/v1/invitations/{made['id']}/decline")
        assert bob.get("/api/v1/users/me/invitations")["items"] == []
        assert bob.get("/api/v1/users/me")["teams"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "email"),
            ({"email": "no mailbox"}, "email"),
            ({"email": "a@example.com", "role": "owner"}, "role"),
            ({"mail": "a@example.com"}, "mail"),
        ],
    )
    def test_what_is_wrong_is_named(self, edge: Edge, body: dict[str, str], field: str) -> None:
        alice = edge.person()
        answer = alice.http.post(f"/api/v1/teams/{edge.team(alice)}/invitations", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
