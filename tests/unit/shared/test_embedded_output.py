"""What children say reaches the log files always, and the terminal when it listens."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

from shared.embedded.output import ChildLog, Terminal, rotate_if_large
from shared.embedded.program import Program


class Stalled(io.StringIO):
    """A terminal on which somebody pressed Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def write(self, text: str) -> int:
        self.go_on.wait(20)
        return super().write(text)


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_stalled_terminal_stalls_nobody() -> None:
    stream = Stalled()
    terminal = Terminal(stream, ["runs"])
    for number in range(20_000):
        terminal.show("runs", str(number))
    stream.go_on.set()
    terminal.close(20)
    terminal_lines = stream.getvalue().splitlines()
    assert 10_000 <= len(terminal_lines) <= 10_003


def test_a_reader_that_left_stalls_nobody() -> None:
    terminal = Terminal(Gone(), [])
    for number in range(20_000):
        terminal.show("runs", str(number))
    terminal.close()


def test_names_are_aligned_and_what_they_say_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, ["runs", "identity"])
    terminal.show("runs", "a \x1b[2J\tb\x9b")
    terminal.close()
    assert stream.getvalue() == "runs     │ a \\x1b[2J\tb\\x9b\n"


def test_lines_are_put_together_from_pieces(tmp_path: Path) -> None:
    shown: list[tuple[str, str]] = []
    log = ChildLog("runs", tmp_path / "runs.log", lambda name, line: shown.append((name, line)))
    for piece in (b"one\ntw", b"o\r\n\xff\n", b"end"):
        log.feed(piece)
    log.close()
    assert shown == [("runs", text) for text in ("one", "two", "\\xff", "end")]
    assert (tmp_path / "runs.log").read_text(encoding="utf-8").split() == [t for _, t in shown]
    assert list(log.last_lines) == [text for _, text in shown]


def test_a_line_without_end_does_not_fill_memory(tmp_path: Path) -> None:
    shown: list[str] = []
    log = ChildLog("runs", tmp_path / "runs.log", lambda _, line: shown.append(line))
    for _ in range(4):
        log.feed(b"x" * 50_000)
    log.close()
    assert [len(line) for line in shown] == [100_000, 100_000]


def test_a_large_log_moves_aside_and_old_ones_go(tmp_path: Path) -> None:
    log = tmp_path / "mongod.log"
    log.write_text("12", encoding="utf-8")
    assert not rotate_if_large(log, limit=3)
    for text in "abcdef":
        log.write_text(text * 3, encoding="utf-8")
        assert rotate_if_large(log, limit=3)
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert kept == {"mongod.log.1": "fff", "mongod.log.2": "eee", "mongod.log.3": "ddd"}


class TestLastWords:
    def words(self, log: Path, said: list[str], log_from: int = 0) -> list[str]:
        return Program("mongod", (), {}, own_log=log).last_words(said, log_from)

    def test_troubles_are_made_readable_and_come_first(self, tmp_path: Path) -> None:
        entries = [
            {"s": "I", "msg": "fine", "attr": {}},
            {"s": "E", "msg": "Address in use", "attr": {"port": 1}},
        ]
        log = tmp_path / "log"
        log.write_text("\n".join(map(json.dumps, entries)) + "\n", encoding="utf-8")
        assert self.words(log, ['{"s": "I", "msg": "began"}']) == ['Address in use {"port": 1}']

    def test_troubles_of_an_earlier_life_are_not_told(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("[1] [ERR] old\n", encoding="utf-8")
        before = log.stat().st_size
        log.write_text("[1] [ERR] old\n[2] [INF] new\n", encoding="utf-8")
        assert self.words(log, [], before) == ["[2] [INF] new"]

    def test_a_panic_is_said_elsewhere(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("[2] [INF] all is well\n", encoding="utf-8")
        assert self.words(log, ["panic: nil"]) == ["panic: nil"]

    def test_a_program_without_a_log_of_its_own(self) -> None:
        assert Program("runs", (), {}).last_words(["a", "b"]) == ["a", "b"]
