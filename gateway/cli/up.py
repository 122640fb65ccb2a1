"""`cordee up`: every service and the servers they need, on this machine, until told to stop."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.serve import MODULES, argv_of
from shared.embedded import environment
from shared.embedded.children import Child, spawned
from shared.embedded.data_dir import DataDir
from shared.embedded.failures import CannotStart
from shared.embedded.leftovers import end_leftovers
from shared.embedded.nursery import CAN_FORK, NAME, Nursery
from shared.embedded.output import ChildLog, Terminal
from shared.embedded.program import Program
from shared.embedded.servers import Servers
from shared.embedded.supervisor import Supervisor

SERVICES = ("identity", "runs", "alerts")
EDGE = "gateway"
Argv = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line or in the environment."""

    host: str
    port: int
    data_dir: Path
    nats_url: str | None = None
    mongo_url: str | None = None


def up(
    host: Annotated[str, typer.Option(envvar="CORDEE_HOST", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="CORDEE_PORT", min=1, max=65535)] = 8080,
    data_dir: Annotated[
        Path, typer.Option(envvar="CORDEE_DATA_DIR", help="Holds everything, secrets included.")
    ] = Path("data"),
    nats_url: Annotated[
        str | None,
        typer.Option(envvar="CORDEE_NATS_URL", help="Use this NATS instead of an embedded one."),
    ] = None,
    mongo_url: Annotated[
        str | None,
        typer.Option(
            envvar="CORDEE_MONGO_URL", help="Use this MongoDB instead of an embedded one."
        ),
    ] = None,
) -> None:
    """Run Cordée with everything it needs, until Ctrl-C."""
    raise typer.Exit(start(Options(host, port, data_dir, nats_url or None, mongo_url or None)))


def start(options: Options, argv: Argv | None = None) -> int:
    """Run until told to stop; the exit code. `argv` says what to start in place of our services."""
    try:
        asyncio.run(run(options, argv))
    except CannotStart as reason:
        print(f"cordee: {reason}", file=sys.stderr)
        return 2
    return 0


async def run(options: Options, argv: Argv | None) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # started by `nohup`
        # Asked twice is asked once: draining has its deadlines.
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a poor locale must not mute us
    with DataDir.open(options.data_dir) as data:
        ended = await end_leftovers(data.run)
        check_free(options.host, options.port)
        terminal = Terminal(sys.stdout, ("cordee", "mongod", NAME, *SERVICES, EDGE))
        log = ChildLog("cordee", data.log_of("cordee"), terminal.show)
        try:
            if ended:
                log.line(f"An earlier Cordée was killed; ended what it left: {', '.join(ended)}.")
            await _supervise(options, argv, data, terminal, log, stop)
        finally:
            log.close()
            terminal.close()


async def _supervise(
    options: Options,
    argv: Argv | None,
    data: DataDir,
    terminal: Terminal,
    log: ChildLog,
    stop: asyncio.Event,
) -> None:
    from shared.messaging.grants import EVERYBODY, permissions_for  # brings nats-py along

    forking = CAN_FORK and argv is None
    modules, env = tuple(MODULES.values()), environment.for_nursery(os.environ)
    async with Nursery(modules, env, data, terminal.show) as nursery:
        if forking:
            await nursery.begin()
        servers = Servers(
            data,
            nats_users={name: permissions_for(name) for name in EVERYBODY},
            mongo=options.mongo_url is None,
            nats=options.nats_url is None,
        )
        addresses = _addresses(options, data, servers)

        def program(name: str) -> Program:
            env = environment.for_service(
                name, addresses, data=data, secrets=servers.secrets, parent=os.environ
            )
            own = tuple(argv[name]) if argv else argv_of(name)
            return Program(name, own, env, module=MODULES[name] if forking else None)

        async def launch(one: Program) -> Child:
            spawn = nursery.spawn if one.module else spawned
            return await Child.start(one, data, terminal.show, spawn)

        supervisor = Supervisor(
            servers=servers.programs(),
            services=[program(name) for name in SERVICES],
            edge=program(EDGE),
            ready_at=(_reachable(options.host), options.port),
            launch=launch,
            say=log.line,
        )
        await supervisor.run(stop, lambda: terminal.write(_status(addresses, data, servers)))
    log.line("Stopped.")


def _addresses(options: Options, data: DataDir, servers: Servers) -> environment.Addresses:
    if servers.mongod:
        mongo_urls = {service: servers.mongod.url(service) for service in SERVICES}
    else:
        mongo_urls = environment.mongo_urls_from(options.mongo_url or "")
    return environment.Addresses(
        host=options.host,
        port=options.port,
        public_url=os.environ.get("CORDEE_PUBLIC_URL") or f"http://localhost:{options.port}",
        blob_url=os.environ.get("CORDEE_BLOB_URL") or data.blobs.as_uri(),
        nats_url=servers.nats.url if servers.nats else options.nats_url or "",
        mongo_urls=mongo_urls,
        embedded_nats=servers.nats is not None,
    )


def check_free(host: str, port: int) -> None:
    """Say in one line why the gateway could not listen there, before anything is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotStart(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Name another with --host and --port."
        ) from error


def _reachable(host: str) -> str:
    """Where we reach what listens on `host`: «everywhere» is no address to connect to."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _status(addresses: environment.Addresses, data: DataDir, servers: Servers) -> str:
    from rich.console import Console
    from rich.text import Text

    rows = [("Cordée is ready", addresses.public_url), ("Data", str(data.root))]
    versions = " · ".join(f"{name} {binary}" for name, binary in servers.versions().items())
    if versions:
        rows.append(("Servers", versions))
    console = Console(file=sys.stdout, soft_wrap=True)
    with console.capture() as captured:
        console.print()
        for title, value in rows:
            console.print(Text.assemble((f"  {title:<16}", "bold"), value))
        console.print(Text("  Press Ctrl-C to stop", "dim"))
    return captured.get()
