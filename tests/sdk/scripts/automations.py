"""Every event of the SDK's automations with every action: made, found, changed, and left to fire.

`automations.py ENTITY` prints what became of each. `automations.py ENTITY delete` deletes them all.
"""

import json
import sys

import wandb
from wandb.automations import (
    ArtifactEvent,
    DoNothing,
    OnAddArtifactAlias,
    OnAddArtifactTag,
    OnAddCollectionTag,
    OnCreateArtifact,
    OnLinkArtifact,
    OnRemoveArtifactTag,
    OnRemoveCollectionTag,
    OnRunMetric,
    OnRunState,
    OnUnlinkArtifact,
    RunEvent,
    SendNotification,
    SendWebhook,
)

entity, *rest = sys.argv[1:]
api = wandb.Api()

if rest == ["delete"]:
    found = list(api.automations(entity=entity))
    for automation in found:
        assert api.delete_automation(automation)
    print(json.dumps([len(found), len(list(api.automations(entity=entity)))]))
    sys.exit()

project = api.project("demo", entity=entity)
webhook = next(iter(api.webhook_integrations(entity=entity)))
slack = next(iter(api.slack_integrations(entity=entity)))
assert {one.id for one in api.integrations(entity=entity)} == {webhook.id, slack.id}

loss = RunEvent.metric("loss")
mine = RunEvent.name.contains("watch")
events = {
    "threshold": OnRunMetric(scope=project, filter=(loss.avg(3) > 5.0) & mine),
    "change": OnRunMetric(scope=project, filter=loss.changes_by(diff=5.0)),
    "zscore": OnRunMetric(scope=project, filter=abs(loss.zscore(5)) > 3),
    "state": OnRunState(scope=project, filter=RunEvent.state.in_(["finished"]) & mine),
}
if rest:
    collection = api.artifact_collection("model", f"{entity}/demo/{rest[0]}")
    portfolio = api.artifact_collection("model", f"{entity}/demo/{rest[1]}")
    prod = ArtifactEvent.alias.eq("prod")
    good = ArtifactEvent.tag.matches_regex("^go")
    events |= {
        "created": OnCreateArtifact(scope=collection),
        "alias_added": OnAddArtifactAlias(scope=collection, filter=prod),
        "tag_added": OnAddArtifactTag(scope=collection, filter=good),
        "tag_removed": OnRemoveArtifactTag(scope=project, filter=good),
        "collection_tag_added": OnAddCollectionTag(scope=collection),
        "collection_tag_removed": OnRemoveCollectionTag(scope=collection),
        "linked": OnLinkArtifact(scope=portfolio),
        "unlinked": OnUnlinkArtifact(scope=portfolio),
    }
payload = {"rule": "${rule}", "by": "${event_author}", "link": "${run_url}", "v": "${value}"}
actions = {
    "webhook": SendWebhook.from_integration(webhook, payload=payload),
    "notification": SendNotification.from_integration(slack, title="T ${rule}", text="${text}"),
    "nothing": DoNothing(),
}

told = {}
for event_name, event in events.items():
    for action_name, action in actions.items():
        name = f"{event_name} {action_name}"
        made = api.create_automation(event >> action, name=name, description="first")
        listed = api.automation(name=name, entity=entity)
        changed = api.update_automation(listed, description="second", enabled=False)
        again = api.update_automation(changed, enabled=True)
        told[name] = {
            "same": made.id == listed.id == again.id,
            "filter kept": made.event.filter == listed.event.filter == again.event.filter,
            "action kept": made.action == listed.action == again.action,
            "said": [made.description, again.description, changed.enabled, again.enabled],
            "scope": listed.scope.id == event.scope.id,
            "types": [again.event.event_type, again.action.action_type]
            == [event.event_type, action.action_type],
        }
try:
    api.create_automation(events["state"] >> DoNothing(), name="state nothing")
    told["twice"] = "made"
except wandb.errors.CommError as refused:
    told["twice"] = str(refused)
walked = {one.name for one in api.automations()}
told["walked"] = walked == {name for name in told if name != "twice"}
print(json.dumps(told))
