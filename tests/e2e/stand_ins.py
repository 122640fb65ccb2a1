"""Tiny services to be supervised: `stand_ins.py up` is `cordee up` with them in place of ours.

Each notes in `<data>/story` that it began and that it drained, and whether NATS and MongoDB were
still there then. A file `<data>/sick-<name>` makes it die at once; `<data>/stubborn-<name>` makes
it ignore SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

DATA = Path(os.environ["CORDEE_DATA_DIR"])
NAMES = ("identity", "runs", "alerts", "gateway")


def up() -> int:
    """Run the supervisor with stand-ins."""
    from gateway.cli.up import Options, start

    argv = {name: (sys.executable, __file__, name) for name in NAMES}
    options = Options(
        host=os.environ["CORDEE_HOST"],
        port=int(os.environ["CORDEE_PORT"]),
        data_dir=DATA,
        nats_url=os.environ.get("CORDEE_NATS_URL"),
        mongo_url=os.environ.get("CORDEE_MONGO_URL"),
    )
    return start(options, argv)


async def serve(name: str) -> None:
    """Be one of the services until SIGTERM."""
    stop = asyncio.Event()
    stubborn = (DATA / f"stubborn-{name}").exists()
    told = (lambda: None) if stubborn else stop.set
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told)
    if name == "gateway":
        host, port = os.environ["CORDEE_HOST"], int(os.environ["CORDEE_PORT"])
        await asyncio.start_server(answer, host, port)
    note(f"{name} began")
    print(f"{name} says hello", flush=True)
    await stop.wait()
    note(f"{name} drained with {await neighbours()}")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say 200 to everything."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def neighbours() -> str:
    """Which of the servers and of the services still run."""
    there = [one.stem for one in sorted((DATA / "run").glob("*.pid"))]
    where = urlsplit(os.environ["CORDEE_NATS_URL"])
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.close()
    return " ".join(there)


def note(text: str) -> None:
    """Add a line to the story, whole even when two write at once."""
    with (DATA / "story").open("a", encoding="utf-8") as story:
        story.write(text + "\n")


if __name__ == "__main__":
    role = sys.argv[1]
    if role == "up":
        sys.exit(up())
    elif (DATA / f"sick-{role}").exists():
        sys.exit(f"{role} is sick today")
    else:
        asyncio.run(serve(role))
