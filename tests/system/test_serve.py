"""`chainbreak serve`: what it prints can be typed, and its errors are one line."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
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
    def __init__(self, *args: str, scenario: Path = SCENARIO) -> None:
        self.process = subprocess.Popen(command("--scenario", str(scenario), *args), stdout=subprocess.PIPE,
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
    ((), "--scenario or --account is needed"),
    (("--scenario", str(SCENARIO), "--now", "today"), "--now: today: a time, as 2024-07-01T00:00:00Z, or scenario"),
    (("--scenario", str(SCENARIO), "--application", "smtp"), "--application: smtp: there are: byte, mqtt"),
    (("--scenario", str(SCENARIO), "--mqtt-upstream", "unix:/a"), "--mqtt-upstream: it is for --application mqtt"),
    (("--scenario", str(SCENARIO), "--application", "mqtt", "--mqtt-upstream", "here:1"), "here:1: not an address"),
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


def serving(*args: str, scenario: Path = SCENARIO) -> Iterator[Serve]:
    running = Serve(*args, scenario=scenario)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def connected(command: list[str]) -> str:
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=30)
    return done.stdout


def test_the_clock_is_the_real_one() -> None:
    for serve in serving():
        command = serve.try_command()
        at = command.index("-attime")
        assert abs(int(command[at + 1]) - time.time()) < 60
        assert "Verify return code: 0 (ok)" in connected(command[:at] + command[at + 2:]), "a client with the true time"
        assert "Verify return code: 0 (ok)" in connected([word for word in command if word != "-partial_chain"])


@pytest.mark.parametrize("now, at", [("scenario", "2024-07-01T00:00:00Z"), ("2025-01-02", "2025-01-02T00:00:00Z")])
def test_another_clock(now: str, at: str) -> None:
    for serve in serving("--now", now):
        assert f"at {at}" in serve.start[0]
        assert "Verify return code: 0 (ok)" in connected(serve.try_command())


MUTUAL = """\
scenario: mutual
title: Client certificates are asked for
story: Each device has one.
source: none
concerns: [tls]
states:
  - name: only
    now: 2024-07-01T00:00:00Z
    policy: IoTSecurityPolicy_TLS13_1_2_2022_10
    endpoint: mutual.example
    leaf: {template: iot-data-ats}
    client_auth: require
    chains:
      rsa: [leaf, amazon-rsa-2048-m02, amazon-root-ca-1-by-starfield-g2]
  - name: later
    now: 2024-08-01T00:00:00Z
"""


def test_a_client_certificate_to_try_with(tmp_path: Path) -> None:
    scenario = tmp_path / "mutual.yaml"
    scenario.write_text(MUTUAL)
    for serve in serving(scenario=scenario):
        command = serve.try_command()
        assert "Verify return code: 0 (ok)" in connected(command)
        assert "handshake done" in serve.process.stdout.readline()
        at = command.index("-cert")
        connected(command[:at] + command[at + 4:])
        assert "handshake failed" in serve.process.stdout.readline()


def test_mqtt_commands_can_be_typed() -> None:
    for serve in serving("--application", "mqtt"):
        lines = "".join(serve.start).replace("\\\n", " ").splitlines()
        subscribe, publish = (shlex.split(line) for line in lines if line.split()[0] in ("mosquitto_sub", "mosquitto_pub"))
        subscriber = subprocess.Popen([*subscribe, "-C", "1", "-W", "40"], stdout=subprocess.PIPE, text=True)
        while subscriber.poll() is None:
            assert subprocess.run(publish, timeout=30).returncode == 0
        assert subscriber.stdout.read() == "demo/hello hello\n"
        text = ""
        while "client listener" not in text:
            text = serve.process.stdout.readline()
            assert "MQTT 3.1.1 client " in text
        broker = next(int(pid) for pid in subprocess.run(["pgrep", "-P", str(serve.process.pid)], capture_output=True,
                                                         text=True).stdout.split())
        folder = Path(Path(f"/proc/{broker}/cmdline").read_bytes().split(b"\0")[2].decode()).parent
        serve.process.send_signal(signal.SIGINT)
        assert serve.process.wait(30) == 0
        assert not Path(f"/proc/{broker}").exists() and not folder.exists()


def test_another_broker_is_not_started() -> None:
    for serve in serving("--application", "mqtt", "--mqtt-upstream", "unix:/nowhere/broker.sock"):
        assert subprocess.run(["pgrep", "-P", str(serve.process.pid)], capture_output=True).stdout == b""
        publish = next(line for line in "".join(serve.start).splitlines() if "mosquitto_pub" in line)
        assert subprocess.run(shlex.split(publish), capture_output=True, timeout=30).returncode != 0
        assert "the broker is unreachable" in serve.process.stdout.readline()
