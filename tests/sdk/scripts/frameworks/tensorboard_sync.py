"""What PyTorch's own writer says to TensorBoard, which the SDK watches."""

import json

import numpy
import wandb
from torch.utils.tensorboard import SummaryWriter

STEPS = 20

run = wandb.init(project="frameworks", sync_tensorboard=True)
writer = SummaryWriter("events")
for step in range(STEPS):
    writer.add_scalar("loss", 1 / (step + 1), step)
    writer.add_scalar("val/acc", step / STEPS, step)
writer.add_histogram("weights", numpy.arange(100), STEPS - 1)
writer.close()
run.finish()

found = wandb.Api().run(run.path)
losses = {row["global_step"]: row["loss"] for row in found.scan_history(["global_step", "loss"])}
told = {
    "state": found.state,
    "losses": [losses[step] for step in sorted(losses)],
    "trained": [1 / (step + 1) for step in range(STEPS)],
    "keys": sorted(key for key in found.summary._json_dict if key[0] != "_"),
    "files": sorted(file.name for file in found.files() if "tfevents" in file.name),
}
print(json.dumps(told))
