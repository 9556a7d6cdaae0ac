"""`chainbreak serve`: what it prints can be typed, and its errors are one line."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios/starfield/starfield-class-2-removal.yaml"


def command(*args: str) -> list[str]:
    for folder in ("build/asan/bin", "build/bin"):
        if (ROOT / folder / "chainbreak").exists():
            return [str(ROOT / folder / "chainbreak"), "serve", *args]
    pytest.fail("chainbreak is not built")


def environment() -> dict[str, str]:
    return os.environ | {"CHAINBREAK_HOME": str(ROOT)}


class Serve:
    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(command("--scenario", str(SCENARIO), *args), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment())
        self.start = []
        while not self.start or not self.start[-1].startswith("Ctrl-C"):
            self.start.append(self.process.stdout.readline())
            assert self.start[-1], self.process.stderr.read()

    def field(self, name: str) -> str:
        return next(line for line in self.start if line.startswith(name)).split(None, 1)[1].strip()

    def try_command(self) -> list[str]:
        text = "".join(self.start)
        return shlex.split(text[text.index("try ") + 4:text.index("Ctrl-C")].replace("\\\n", " "))


@pytest.fixture
def serve() -> Iterator[Serve]:
    running = Serve("--state", "three-certificates")
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def test_the_printed_command_connects(serve: Serve) -> None:
    done = subprocess.run(serve.try_command(), input="", capture_output=True, text=True, timeout=30)
    assert "Verify return code: 0 (ok)" in done.stdout, done.stderr
    line = serve.process.stdout.readline()
    assert "handshake done" in line
    assert f"name {serve.field('name')}" in line
    assert "rsa chain, 3 certificates" in line
    assert "#1 127.0.0.1:" in line
    anchors = Path(serve.field("anchors"))
    assert anchors.read_text().count("BEGIN CERTIFICATE") == 1
    serve.process.send_signal(signal.SIGINT)
    assert serve.process.wait(30) == 0
    assert not anchors.exists()


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*args), capture_output=True, text=True, timeout=60, env=environment())


@pytest.mark.parametrize("args, message", [
    (("--scenario", str(SCENARIO), "--state", "nowhere"), "no state nowhere; there are: four-certificates, three-"),
    (("--scenario", str(SCENARIO), "--listen", "here"), "here: not an address"),
    (("--scenario", "missing.yaml"), "missing.yaml"),
    (("--scenario", str(SCENARIO), "more"), "more: no argument is expected here"),
    ((), "--scenario is needed"),
])
def test_bad_usage(args: tuple[str, ...], message: str) -> None:
    done = run(*args)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stdout == ""


def test_port_in_use(serve: Serve) -> None:
    done = run("--scenario", str(SCENARIO), "--listen", serve.field("listening"))
    assert done.returncode == 2
    assert f"cannot listen on {serve.field('listening')}: Address already in use" in done.stderr
