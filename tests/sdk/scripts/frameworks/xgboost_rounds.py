"""Eight rounds of boosting with the stock callback."""

import json

import wandb
import xgboost
from sklearn.datasets import make_classification
from wandb.integration.xgboost import WandbCallback

ROUNDS = 8

features, labels = make_classification(200, n_features=5, random_state=0)
train = xgboost.DMatrix(features[:150], labels[:150])
test = xgboost.DMatrix(features[150:], labels[150:])
results = {}

run = wandb.init(project="frameworks")
xgboost.train(
    {"objective": "binary:logistic", "nthread": 1},
    train,
    num_boost_round=ROUNDS,
    evals=[(test, "test")],
    evals_result=results,
    early_stopping_rounds=ROUNDS,
    callbacks=[WandbCallback(log_model=True)],
    verbose_eval=False,
)
run.finish()

found = wandb.Api().run(run.path)
rounds = [
    {"epoch": row["epoch"], "test-logloss": row["test-logloss"]}
    for row in found.scan_history(keys=["epoch", "test-logloss"])
]
losses = enumerate(results["test"]["logloss"])
told = {
    "state": found.state,
    "rounds": rounds,
    "trained": [{"epoch": epoch, "test-logloss": loss} for epoch, loss in losses],
    "config": found.config,
    "best": found.summary["best_score"],
    "models": [artifact.type for artifact in found.logged_artifacts() if artifact.type == "model"],
}
print(json.dumps(told))
