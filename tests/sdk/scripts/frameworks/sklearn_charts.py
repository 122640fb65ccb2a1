"""A classifier of made-up data, and every chart that `wandb.sklearn` draws of it."""

import json

import wandb
import wandb.sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

features, labels = make_classification(200, n_features=5, random_state=0)
train, test, train_labels, test_labels = train_test_split(features, labels, random_state=0)
model = LogisticRegression(C=0.5).fit(train, train_labels)

run = wandb.init(project="frameworks", config=model.get_params())
wandb.sklearn.plot_classifier(
    model,
    train,
    test,
    train_labels,
    test_labels,
    model.predict(test),
    model.predict_proba(test),
    labels=["a", "b"],
    model_name="logistic",
)
run.log({"accuracy": model.score(test, test_labels)})
run.finish()

found = wandb.Api().run(run.path)
rows = {}
for key, value in found.summary._json_dict.items():
    if isinstance(value, dict) and value.get("_type") == "table-file":
        with found.file(value["path"]).download(root="read") as file:
            rows[key] = len(json.load(file)["data"])
told = {
    "state": found.state,
    "rows": rows,
    "config": found.config,
    "accuracy": found.summary["accuracy"],
}
print(json.dumps(told))
