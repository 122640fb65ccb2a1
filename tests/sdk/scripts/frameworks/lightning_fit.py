"""Two epochs of a small network with Lightning's own logger."""

import json
from pathlib import Path

import lightning
import torch
import wandb
from lightning.pytorch.loggers import WandbLogger
from torch.utils.data import DataLoader, TensorDataset

losses = []


class Network(lightning.LightningModule):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(width, 1)

    def training_step(self, batch, index):
        (rows,) = batch
        loss = self.layer(rows).square().mean()
        self.log("train/loss", loss)
        losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


lightning.seed_everything(0)
logger = WandbLogger(project="frameworks", log_model=True)
trainer = lightning.Trainer(
    max_epochs=2,
    accelerator="cpu",
    logger=logger,
    log_every_n_steps=1,
    enable_progress_bar=False,
    enable_model_summary=False,
)
network = Network(width=4)
logger.watch(network, log="gradients", log_freq=1)
trainer.fit(network, DataLoader(TensorDataset(torch.randn(12, 4)), batch_size=4))
run = logger.experiment
wandb.finish()

found = wandb.Api().run(run.path)
[saved] = [artifact for artifact in found.logged_artifacts() if artifact.type == "model"]
[file] = Path(saved.download()).glob("*.ckpt")
weights = torch.load(file, weights_only=False)["state_dict"]["layer.weight"]
defined = found.rawconfig["_wandb"]["m"]
step_metric = next(
    defined[entry["5"] - 1]["1"] for entry in defined if entry.get("2") == "*" and "5" in entry
)
keys = ["train/loss", "trainer/global_step"]
told = {
    "state": found.state,
    "losses": [row["train/loss"] for row in found.scan_history(keys=keys)],
    "trained": losses,
    "step metric": step_metric,
    "config": found.config,
    "same weights": torch.equal(weights, network.layer.weight),
}
print(json.dumps(told))
