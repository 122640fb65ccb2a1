"""Six steps of a tiny, randomly initialised model with the stock `Trainer`."""

import json
import os
from pathlib import Path

import torch
import wandb
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

STEPS = 6
os.environ |= {"WANDB_PROJECT": "frameworks", "WANDB_LOG_MODEL": "end"}

torch.manual_seed(0)
config = BertConfig(
    vocab_size=32,
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=16,
    max_position_embeddings=16,
)
rows = [
    {"input_ids": torch.randint(0, 32, (8,)), "labels": torch.tensor(index % 2)}
    for index in range(16)
]
arguments = TrainingArguments(
    output_dir="trained",
    report_to="wandb",
    run_name="tiny",
    max_steps=STEPS,
    logging_steps=1,
    per_device_train_batch_size=4,
    use_cpu=True,
    disable_tqdm=True,
)
trainer = Trainer(model=BertForSequenceClassification(config), args=arguments, train_dataset=rows)
trainer.train()
run = wandb.run
wandb.finish()

found = wandb.Api().run(run.path)
models = [artifact for artifact in found.logged_artifacts() if artifact.type == "model"]
saved = [file.name for model in models for file in Path(model.download()).rglob("*.safetensors")]
told = {
    "state": found.state,
    "losses": [row["train/loss"] for row in found.scan_history(keys=["train/loss"])],
    "trained": [row["loss"] for row in trainer.state.log_history if "loss" in row],
    "config": {key: found.config[key] for key in ("hidden_size", "model_type", "max_steps")},
    "saved": bool(saved),
}
print(json.dumps(told))
