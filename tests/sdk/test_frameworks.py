"""A drill: frameworks of machine learning log with their stock wandb integrations.

They bring gigabytes, so they have a venv of their own, which is made when the drill first runs.
What is trained is made up on the spot: nothing is downloaded.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.install import NEWEST, anew, python_of
from tests.sdk.machine import Machine, User
from tests.servers import ROOT

pytestmark = [pytest.mark.sdk, pytest.mark.drill, pytest.mark.timeout(3_600)]

FOLDER = ROOT / ".venv" / "frameworks"
PACKAGES = (
    *(f"wandb=={NEWEST}", "torch==2.13.0", "scikit-learn", "xgboost-cpu", "lightning"),
    *("transformers", "accelerate", "tensorboard", "pandas", "sweeps"),
)
SCRIPTS = Path(__file__).parent / "scripts" / "frameworks"
OFFLINE = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def frameworks() -> Path:
    """The folder of the venv. pip, because it finds builds of torch for this machine itself."""
    with anew(FOLDER / NEWEST, PACKAGES) as wanted:
        if wanted:
            python = str(python_of(FOLDER, NEWEST))
            subprocess.run([sys.executable, "-m", "venv", str(FOLDER / NEWEST)], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return FOLDER


@pytest.fixture
def machine(cordee: Cordee, user: User, frameworks: Path) -> Iterator[Machine]:
    with Machine(cordee.url, user, folder=frameworks) as found:
        yield found


def trained(machine: Machine, script: str) -> Any:
    """What it reads back of the run that it logged."""
    told = machine.run(SCRIPTS / script, **OFFLINE).told
    assert told["state"] == "finished"
    return told


def test_scikit_learn(machine: Machine) -> None:
    """Every chart is a table that reads back, and the estimator's parameters are config."""
    told = trained(machine, "sklearn_charts.py")
    assert told["rows"].keys() >= {"roc_table", "precision_recall_table", "confusion_matrix"}
    assert all(told["rows"].values())
    assert told["config"]["C"] == 0.5
    assert told["accuracy"] > 0.5


def test_xgboost(machine: Machine) -> None:
    """A row per round, the best one in the summary, the model as an artifact."""
    told = trained(machine, "xgboost_rounds.py")
    assert [row["epoch"] for row in told["rounds"]] == list(range(8))
    assert told["rounds"] == told["trained"]
    assert told["config"]["learner"]["gradient_booster"]["name"] == "gbtree"
    assert told["best"] == min(row["test-logloss"] for row in told["rounds"])
    assert told["models"] == ["model"]


def test_lightning(machine: Machine) -> None:
    """Metrics against the trainer's own step, hyperparameters, checkpoints."""
    told = trained(machine, "lightning_fit.py")
    assert told["losses"] == told["trained"]
    assert told["step metric"] == "trainer/global_step"
    assert told["config"]["width"] == 4
    assert told["same weights"] is True


def test_hugging_face_trainer(machine: Machine) -> None:
    """Losses of every step, the model's own config, the weights at the end."""
    told = trained(machine, "hugging_face.py")
    assert told["losses"] == told["trained"]
    assert len(told["losses"]) == 6
    assert told["config"] == {"hidden_size": 16, "model_type": "bert", "max_steps": 6}
    assert told["saved"] is True


def test_tensorboard(machine: Machine) -> None:
    """What a writer told TensorBoard is history, and its event files are the run's."""
    told = trained(machine, "tensorboard_sync.py")
    assert told["losses"] == pytest.approx(told["trained"], rel=1e-6)  # as TensorBoard keeps them
    assert {"loss", "val/acc", "weights", "global_step"} <= set(told["keys"])
    assert len(told["files"]) == 1


def test_a_local_controller_makes_a_sweeps_choices(machine: Machine) -> None:
    told = trained(machine, "local_controller.py")
    assert told["chosen"] == [0.1, 0.3, 0.7]
    assert told["states"] == ["finished"]
