"""The command line: `cordee up`, one command per service, and whatever administers them."""

from __future__ import annotations

import typer

from gateway.cli import (
    admin,
    backup,
    bench,
    doctor,
    gate,
    imports,
    reproduce,
    rules,
    serve,
    up,
)

app = typer.Typer(
    name="cordee",
    help="The open, self-hosted experiment server that the unmodified wandb SDK talks to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
)
app.command("up")(up.up)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("verify")(backup.verify)
app.command("bench")(bench.bench)
app.add_typer(imports.app, name="import")
app.command("export")(imports.export)
app.command("gate")(gate.gate)
app.command("reproduce")(reproduce.reproduce)
app.add_typer(rules.app, name="rules")
app.add_typer(admin.app, name="admin")
for _service in serve.MODULES:
    app.command(_service, help=f"Run {_service} alone, in the foreground.")(
        serve.command_for(_service)
    )


def main() -> None:
    """What `cordee` runs."""
    app()
