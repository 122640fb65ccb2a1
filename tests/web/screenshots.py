"""Pictures of every page, with a team's work in it.

`python -m tests.web.screenshots FOLDER`; names of pages behind it choose among them.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire
from tests.web.conftest import FLAGS
from tests.web.people import Person, a_person
from tests.web.test_sweeps import Try, a_sweep

LOOKS = (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390))
TEAM, PROJECT, MEDIA = "north-face", "detector", "media"
AXES = ["config.lr", "config.batch_size", "config.model.name", "summary.val/loss"]
SPOTS = ["config.lr", "summary.val/loss", "config.seed"]
PANELS = quote(json.dumps([["parallel", *AXES], ["scatter", *SPOTS]]))
COLUMNS = quote("|".join(("state", "created_at", "duration", "tags", "group", *AXES)))
FEED = """
import math, os, random, wandb
random.seed(7)
for seed in map(int, os.environ["SEEDS"].split()):
    kind = ("resnet50", "vit-b")[seed % 2]
    best = 0.12 + 0.05 * random.random()
    run = wandb.init(entity=os.environ["TEAM"], project="detector", name=f"{kind}-{seed}",
                     group=kind, tags=["baseline"] if seed == 0 else [],
                     config={"lr": 10 ** -(2 + seed % 3), "batch_size": 32 * (1 + seed % 4),
                             "model": {"name": kind, "depth": 50}, "seed": seed})
    for step in range(300):
        decay, noise = math.exp(-step / (50 + 8 * seed)), random.gauss(0, 0.02)
        run.log({"train/loss": 2.2 * decay + best + noise, "val/loss": 2.3 * decay + best + 0.1,
                 "train/accuracy": 0.93 - 0.8 * decay + noise / 2, "lr": 0.1 * decay,
                 "gradients/norm": abs(1 + noise * 20 + (6 if step == 140 else 0))})
        if step % 30 == 0:
            print(f"\\x1b[32mepoch {step // 30:>3}\\x1b[0m  loss {2.2 * decay + best:.4f}")
    with open("model.txt", "w") as model:
        model.write("weights " * 1000 * (1 + seed))
    artifact = wandb.Artifact("detector", "model", metadata={"accuracy": 0.93})
    artifact.add_file("model.txt")
    run.log_artifact(artifact, aliases=["latest"])
    run.finish(exit_code=1 if seed == 5 else 0)
"""


def furnish(ada: Person) -> None:
    """A team with people, machines, rules and runs."""
    ada.ask("POST", "/teams", {"name": TEAM, "description": "Detectors for the north face."})
    for name, role in (("grace", "member"), ("linus", "viewer"), ("mary", "admin")):
        other = Person(ada.cordee, "admin", ada.cordee.admin_key).ask(
            "POST", "/users", {"username": name, "email": f"{name}@example.com"}
        )
        asked = ada.ask("POST", f"/teams/{TEAM}/invitations", {"username": name, "role": role})
        Person(ada.cordee, name, other["api_key"]).ask("POST", f"/invitations/{asked['id']}/accept")
    ada.ask("POST", f"/teams/{TEAM}/invitations", {"email": "joan@example.com"})
    ada.ask("POST", f"/teams/{TEAM}/service-accounts", {"name": "ci"})
    channel = {"name": "chat", "kind": "slack", "url": "https://chat.example.org/hook"}
    ada.ask("POST", f"/teams/{TEAM}/channels", channel)
    with Machine(ada.cordee.url, User(ada.username, "", ada.key)) as machine:
        machine.run(FEED, TEAM=TEAM, SEEDS="0 1 2 3 4 5")
    above = {"kind": "threshold", "metric": "gradients/norm", "op": ">", "value": 5}
    failed = {"kind": "state", "states": ["failed", "crashed"]}
    for name, when in (("a run failed", failed), ("gradients explode", above)):
        rule = {"name": name, "when": when, "notify": ["chat"], "severity": "error"}
        ada.ask("POST", f"/projects/{TEAM}/{PROJECT}/rules", rule)
    with Machine(ada.cordee.url, User(ada.username, "", ada.key)) as machine:
        machine.run(FEED, TEAM=TEAM, SEEDS="6 7")


TOLD = """## Where the loss goes

Eight runs, two backbones. **ViT-B** starts slower and ends where `resnet50` does:

| backbone | best loss |
|---|---|
| resnet50 | 0.14 |
| vit-b | 0.15 |

> The jump at step 140 is one batch of broken labels.
"""


def report_of(ada: Person, runs: list[str]) -> str:
    """A report with charts and a comment."""
    charts = [{"metrics": ["val/loss"]}, {"metrics": ["train/accuracy"], "smoothing": 0.6}]
    blocks = [
        {"kind": "markdown", "text": TOLD},
        {"kind": "charts", "charts": charts, "runs": runs[:4]},
    ]
    written = {"title": "Two backbones", "description": "After a week.", "blocks": blocks}
    made = ada.ask("POST", f"/projects/{TEAM}/{PROJECT}/reports", written)["id"]
    ada.ask("POST", f"/reports/{made}/comments", {"text": "Shall we drop the jump?"})
    return str(made)


def media_of(ada: Person) -> None:
    """A run with a figure of Plotly, a cloud of points and a solid."""
    wire = Wire(ada.cordee.url, User(ada.username, "", ada.key))
    wire.a_run(MEDIA, "seen", displayName="seen-from-above")
    path, chance = f"{ada.username}/{MEDIA}/seen", random.Random(3)
    row: dict[str, object] = {"_step": 0, "loss": 0.2}
    turns = [n / 300 * math.tau for n in range(3000)]
    cloud = [[(4 + math.cos(5 * a)) * math.cos(a), (4 + math.cos(5 * a)) * math.sin(a),
              chance.gauss(math.sin(5 * a), 0.1), 1 + int(a) % 14] for a in turns]  # fmt: skip
    figure = {
        "data": [
            {"type": "violin", "name": kind, "y": [chance.gauss(at, 1) for _ in range(200)]}
            for at, kind in enumerate(("resnet50", "vit-b", "swin"))
        ],
        "layout": {"title": {"text": "Errors by backbone"}},
    }
    solid = "v 0 0 0\nv 1 0 0\nv 0.5 0 0.9\nv 0.5 0.9 0.3\nf 1 2 4\nf 2 3 4\nf 3 1 4\nf 1 3 2\n"
    for key, kind, name, content in (
        ("errors", "plotly-file", "errors.plotly.json", json.dumps(figure)),
        ("route", "object3D-file", "route.pts.json", json.dumps(cloud)),
        ("hold", "object3D-file", "hold.obj", solid),
    ):
        assert httpx.put(wire.upload_url(path, name), content=content.encode()).is_success
        row[key] = {"_type": kind, "path": name}
    wire.log(path, [json.dumps(row)])
    wire.finish(path)


def sweep_of(ada: Person) -> str:
    """A sweep of thirty runs, one of which has no loss yet."""
    chance = random.Random(5)
    tries: list[Try] = []
    for number in range(30):
        lr, kind = 10 ** chance.uniform(-3, -1), chance.choice(["small", "large"])
        away = abs(math.log10(lr) + 1.8) + 0.3 * (kind == "small")
        loss = None if number == 29 else 0.1 + 0.4 * away + 0.05 * chance.random()
        tries.append((f"try-{number}", lr, kind, loss))
    sweep = a_sweep(ada, TEAM, "search", tries, 60)
    for name, _, _, loss in tries:
        if loss is not None:
            ada.ask("PATCH", f"/runs/{TEAM}/search/{name}", {"state": "finished"})
    return sweep


def addresses(ada: Person) -> Iterator[tuple[str, str]]:
    """Name of the picture → address."""
    runs = [run["name"] for run in ada.runs(TEAM, PROJECT)]
    report, sweep = report_of(ada, runs), sweep_of(ada)
    media_of(ada)
    shared = ({"runs": runs[:1]}, {"runs": runs[:4], "anonymous": True}, {"report": report})
    links = [ada.ask("POST", f"/projects/{TEAM}/{PROJECT}/shares", one)["token"] for one in shared]
    project, run = f"/{TEAM}/{PROJECT}", f"/{TEAM}/{PROJECT}/runs/{runs[0]}"
    yield from {
        "home": "/",
        "project": f"{project}?smooth=0.6",
        "runs": f"{project}/runs",
        "pinned": f"{project}/runs?pin=summary.val/loss|tags&cols={COLUMNS}",
        "panels": f"{project}?panels={PANELS}&smooth=0.6",
        "run-media": f"/{ada.username}/{MEDIA}/runs/seen/media",
        "project-alerts": f"{project}/alerts",
        "project-about": f"{project}/about",
        "run": run,
        "run-overview": f"{run}/overview",
        "run-system": f"{run}/system",
        "run-console": f"{run}/console",
        "run-files": f"{run}/files",
        "compare": f"{project}/compare?runs={','.join(runs[:4])}",
        **{
            f"team-{tab or 'projects'}": f"/teams/{TEAM}/{tab}"
            for tab in ("", "members", "service-accounts", "alerts", "privacy", "audit")
        },
        "settings": "/settings",
        "settings-keys": "/settings/keys",
        "settings-security": "/settings/security",
        "authorize": "/authorize",
        "welcome": "/welcome",
        "new-team": "/teams/new",
        "artifact": f"{project}/artifacts/model/detector/latest",
        "reports": f"{project}/reports",
        "report": f"{project}/reports/{report}",
        "new-report": f"{project}/reports/new",
        "sweeps": f"/{TEAM}/search/sweeps",
        "sweep": f"/{TEAM}/search/sweeps/{sweep}",
        "shared-run": f"/share/{links[0]}",
        "shared-overview": f"/share/{links[0]}/x/overview",
        "shared-comparison": f"/share/{links[1]}",
        "shared-report": f"/share/{links[2]}",
        "shared-dead": "/share/none",
    }.items()


def take(page: Page, url: str, file: Path) -> None:
    """Once nothing waits any more."""
    page.goto(url)
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".ghost")).to_have_count(0)
    page.wait_for_timeout(600)  # canvases draw after the page does
    expect(page.locator(".ghost, iframe[data-drawn=false]")).to_have_count(0)
    page.screenshot(path=file)


def main(folder: Path, *chosen: str) -> None:
    """Every page in every look, or those that were chosen."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CORDEE_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("No chromium on this machine: apt-get install chromium")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with Cordee() as cordee, sync_playwright() as playwright:
        ada = a_person(cordee, "ada")
        furnish(ada)
        places = [*addresses(ada)]
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *root])
        for theme, width in LOOKS:
            height = 900 if width > 500 else 844
            page = browser.new_context(
                color_scheme=theme,  # type: ignore[arg-type]
                viewport={"width": width, "height": height},
            ).new_page()
            take(page, f"{cordee.url}/login", folder / f"sign-in-{theme}-{width}.png")
            ada.signed_in(page)
            for name, address in places:
                if chosen and name not in chosen:
                    continue
                take(page, cordee.url + address, folder / f"{name}-{theme}-{width}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
