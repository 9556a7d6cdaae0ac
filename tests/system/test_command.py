"""Clients that are attached by their command line: the ready ones in whole runs, and commands that lie, hang and die. The
shim in Python of the documentation is run here too."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
DRIVER = ROOT / "build/bin/command-client"
READY = sorted(p.stem for p in (ROOT / "clients/command").glob("*.yaml"))
SCENARIOS = {s: next((ROOT / "scenarios").rglob(f"{s}.yaml"))
             for s in ("untrusted-root", "expired-leaf", "wrong-name")}
STORE = "trust_store: [amazon-root-ca-1, amazon-root-ca-2, amazon-root-ca-3, amazon-root-ca-4]\n"


def chainbreak(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **env},
                          timeout=120, check=False)


def run_device(folder: Path, text: str, *scenarios: str,
               **env: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """A run of a device file with that text; the records by "scenario/state"."""
    device = folder / "device.yaml"
    device.write_text(text)
    chosen = [a for s in scenarios for a in ("--scenario", SCENARIOS.get(s, s))]
    done = chainbreak("run", "--device", device, *chosen, "--out", folder / "out", **env)
    lines = folder / "out/results.jsonl"
    found = map(json.loads, lines.read_text().splitlines()) if lines.exists() else []
    return done, {r["cell"].rsplit("/", 1)[0]: r for r in found}


def needs(name: str) -> str:
    """What the ready client lacks here; "": nothing."""
    listed = json.loads(chainbreak("list", "stacks", "--json").stdout)
    stack = next(s for s in listed if s["stack"] == name)
    return "" if stack["built"] else f"{name} {stack['reason']}"


@pytest.mark.parametrize("name", READY)
def test_ready_client(name: str, tmp_path: Path) -> None:
    if lacking := needs(name):
        pytest.skip(lacking)
    done, records = run_device(tmp_path, f"device: ready\nstack: {name}\n{STORE}", *SCENARIOS)
    assert len(records) == 6, done.stderr
    for cell, record in records.items():
        reason = {"own-ca": "unknown-ca", "expired": "expired", "other-host": "name-mismatch"}.get(cell.split("/")[1])
        assert record["outcome"] == ("refused" if reason else "connected"), f"{cell}: {record}"
        assert record["reason"] == (reason or "none"), cell
        assert record["shim"]["local_port"] > 0 and record["endpoint"], cell
        assert reason is None or record["refused_by"] == "client", cell
        assert isinstance(record["shim"].get("output"), (str, type(None))), cell


def test_describe() -> None:
    if lacking := needs("openssl-s-client"):
        pytest.skip(lacking)
    described = json.loads(chainbreak("describe", "openssl-s-client").stdout)
    assert described["family"] == "command"
    assert described["version"].startswith("OpenSSL ")
    assert {"tls-1.2", "sni", "clock", "identity"} <= set(described["features"])


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    client = tmp_path / "far.yaml"
    client.write_text("client: far\npackage: far-tools\nclock: none\nfeatures: [time-off]\n"
                      "command: [no-such-program-here]\nconnected: [0]\n")
    done = chainbreak("describe", client)
    assert done.returncode == 2
    assert "needs the Debian package far-tools" in done.stderr
    (tmp_path / "here").mkdir()
    done, records = run_device(tmp_path, f"device: d\nstack: [./far.yaml, openssl]\n{STORE}", "untrusted-root")
    far = [r for r in records.values() if r["stack"] == "far"]
    assert done.returncode == 3, "somebody asked about this device"
    listed = [json.loads(x) for x in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    far = [r for r in listed if r["stack"] == "far"]
    assert {(r["outcome"], r["note"]) for r in far} == {("not-built", "not built")}


INLINE = """\
device: inline
stack: {command: "openssl s_client -connect {host}:{port} -CAfile {trust_store} -verify_return_error -ign_eof",
        input: "c\\n", clock: option, features: [sni, tls-1.2, tls-1.3], connected: [0, 1],
        options: {clock: [-attime, "{clock}"], name: [-verify_hostname, "{name}"], sni: [-servername, "{name}"]},
        refused: [{exit: 1, text: "num=19:", reason: unknown-ca}, {exit: 1, text: "num=20:", reason: unknown-ca}]}
"""


def test_inline_client(tmp_path: Path) -> None:
    done, records = run_device(tmp_path, INLINE + STORE, "untrusted-root")
    assert done.returncode == 0, done.stderr
    assert records["untrusted-root/own-ca"]["reason"] == "unknown-ca"
    assert records["untrusted-root/genuine"]["outcome"] == "connected"
    # Without a row for it, the same end is no refusal.
    done, records = run_device(tmp_path, INLINE + STORE, "wrong-name")
    assert records["wrong-name/other-host"]["outcome"] == "error"
    assert "verify error" in records["wrong-name/other-host"]["shim"]["output"]


def test_a_good_exit_without_application_bytes_is_no_connection(tmp_path: Path) -> None:
    silent = INLINE.replace(" -ign_eof", "").replace('input: "c\\n", ', "")
    done, records = run_device(tmp_path, silent + STORE, "untrusted-root")
    assert done.returncode == 3
    assert "no answer of the endpoint passed" in done.stderr
    assert records == {}


def test_a_row_that_the_alert_contradicts(tmp_path: Path) -> None:
    wrong = INLINE.replace("reason: unknown-ca", "reason: expired")
    done, records = run_device(tmp_path, wrong + STORE, "untrusted-root")
    assert done.returncode == 3
    assert "the command's text and its alert on the wire disagree" in done.stderr
    assert records == {}


MUTUAL = """\
scenario: mutual
title: The endpoint begins to ask for a client certificate
states:
"""
STATE = """\
  - name: {name}
    now: 2024-07-01T00:00:00Z
    policy: {policy}
    endpoint: control.iot.example.com
    leaf: {{template: iot-data-ats}}
    client_auth: {auth}
    chains: {{rsa: [leaf, amazon-rsa-2048-m01]}}
"""


@pytest.mark.parametrize(("device", "state", "reason"), [
    ("", {"auth": "require", "policy": "free"}, "identity-refused"),
    ("identity: rsa-2048\n", {"auth": "require", "policy": "free"}, "none"),
    ('tls: {max: "1.2"}\n', {"auth": "none", "policy": "IoTSecurityPolicy_TLS13_1_3_2022_10"}, "version-unsupported"),
])
def test_what_the_endpoint_refuses(device: str, state: dict[str, str], reason: str, tmp_path: Path) -> None:
    if lacking := needs("openssl-s-client"):
        pytest.skip(lacking)
    scenario = tmp_path / "mutual.yaml"
    scenario.write_text(MUTUAL + STATE.format(name="open", auth="none", policy="free") + STATE.format(name="then", **state))
    done, records = run_device(tmp_path, f"device: ready\nstack: openssl-s-client\n{device}{STORE}", str(scenario))
    assert done.returncode != 3, done.stderr
    assert records["mutual/open"]["outcome"] == "connected"
    then = records["mutual/then"]
    assert then["reason"] == reason, then
    assert then["refused_by"] == (None if reason == "none" else "server")


def test_two_clients_of_one_name(tmp_path: Path) -> None:
    for d in ("a", "b"):
        (tmp_path / f"{d}.yaml").write_text(INLINE.replace("inline", d) + STORE)
    done = chainbreak("run", "--device", tmp_path / "a.yaml", "--device", tmp_path / "b.yaml", "--scenario",
                      SCENARIOS["untrusted-root"], "--out", tmp_path / "out")
    assert done.returncode in (2, 3)
    assert "the client's name command is taken by" in done.stderr


def test_a_client_with_the_name_of_a_stack(tmp_path: Path) -> None:
    device = tmp_path / "a.yaml"
    device.write_text(INLINE.replace("{command:", "{client: openssl, command:") + STORE)
    done = chainbreak("run", "--device", device, "--scenario", SCENARIOS["untrusted-root"], "--out", tmp_path / "out")
    assert done.returncode in (2, 3)
    assert "the client's name openssl is taken by a stack build" in done.stderr


@pytest.fixture
def job(tmp_path: Path) -> dict[str, Any]:
    """A job against a port where nobody listens."""
    (tmp_path / "anchors.der").write_bytes(b"")
    return {"id": "s/t/d", "host": "127.0.0.1", "port": 1, "timeout_ms": 400,
            "want": {"anchors": str(tmp_path / "anchors.der"), "name": "a.example", "clock": 1719792000,
                     "verify": {"time": False}}}


def answers(folder: Path, job: dict[str, Any], command: list[str], count: int = 1) -> list[dict[str, Any]]:
    """The answers of a client with that command to the job, `count` times."""
    client = folder / "client.yaml"
    client.write_text("clock: none\nfeatures: [sni, time-off]\nconnected: [0]\nrefused: [{exit: 60, reason: unknown-ca}]\n"
                      f"command: {json.dumps(command)}\n")
    done = subprocess.run([DRIVER, client], input=(json.dumps(job) + "\n") * count, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


CONNECT = "import socket, sys; s = socket.create_connection(('127.0.0.1', {port})); s.close(); sys.exit(60)"
WRONG = {
    "hangs": (["sleep", "100"], "timeout", "did not end in time"),
    "hangs with a child": (["sh", "-c", "sleep 100 & sleep 100"], "timeout", "did not end in time"),
    "crashes": (["sh", "-c", "kill -SEGV $$"], "crash", "died of signal 11"),
    "succeeds without connecting": (["true"], "none", "no answer of the endpoint passed"),
    "refuses without connecting": (["sh", "-c", "exit 60"], "none", "no ClientHello of it was seen"),
    "an exit without a row": (["sh", "-c", "echo why; exit 7"], "unmapped", "exit 7 has no row: why"),
}


@pytest.mark.parametrize("name", WRONG)
def test_no_verdict(name: str, tmp_path: Path, job: dict[str, Any]) -> None:
    command, reason, text = WRONG[name]
    started = time.monotonic()
    for answer in answers(tmp_path, job, command, 2):
        assert answer["outcome"] == "error"
        assert answer["why"]["reason"] == reason
        assert text in answer["why"]["native"]["text"]
        assert answer["local_port"] is None
    assert time.monotonic() - started < 20


def test_nothing_of_a_hanging_command_is_left(tmp_path: Path, job: dict[str, Any]) -> None:
    pid_file = tmp_path / "pid"
    answer, = answers(tmp_path, job, ["sh", "-c", f"sleep 100 & echo $! > {pid_file}; wait"])
    assert answer["why"]["reason"] == "timeout"
    status = Path(f"/proc/{pid_file.read_text().strip()}/status")
    # Killed with its group; perhaps nobody has waited for it yet.
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_a_refusal_before_a_hello_is_no_refusal(tmp_path: Path, job: dict[str, Any]) -> None:
    listener = subprocess.Popen(
        ["/usr/bin/env", "python3", "-c",
         "import socket; l = socket.create_server(('127.0.0.1', 0)); print(l.getsockname()[1], flush=True);"
         "c, _ = l.accept(); c.recv(1)"], stdout=subprocess.PIPE, text=True)
    assert listener.stdout
    job["port"] = int(listener.stdout.readline())
    job["timeout_ms"] = 10000
    answer, = answers(tmp_path, job, ["/usr/bin/env", "python3", "-c", CONNECT])
    listener.wait(10)
    assert answer["outcome"] == "error"
    assert "no ClientHello of it was seen" in answer["why"]["native"]["text"]
    assert answer["local_port"] > 0


def test_the_output_is_kept(tmp_path: Path, job: dict[str, Any]) -> None:
    script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo last >&2; exit 7"
    answer, = answers(tmp_path, job, ["sh", "-c", script])
    assert len(answer["output"]) == 4096
    assert answer["output"].endswith("line 1999\nlast\n")


LATE = ("import socket, ssl, sys; c = ssl._create_unverified_context(); c.maximum_version = ssl.TLSVersion.TLSv1_{0};"
        "s = c.wrap_socket(socket.create_connection(('127.0.0.1', {{port}}))); s.do_handshake(); sys.exit(60)")


@pytest.mark.parametrize("version", [2, 3])
def test_an_exit_after_the_handshake_is_no_refusal(version: int, tmp_path: Path, job: dict[str, Any]) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem",
                    "-subj", "/CN=a.example"], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        raw, _ = listener.accept()
        with context.wrap_socket(raw, server_side=True) as peer:
            peer.recv(1)

    server = threading.Thread(target=serve)
    server.start()
    job |= {"port": listener.getsockname()[1], "timeout_ms": 10000}
    answer, = answers(tmp_path, job, ["/usr/bin/env", "python3", "-c", LATE.format(version)])
    server.join(10)
    listener.close()
    assert answer["outcome"] == "error"
    assert "finished the handshake" in answer["why"]["native"]["text"]
    # What passed is marked in both directions.
    for way in answer["wire"].values():
        assert int(way["marks"].split()[-1].split(":")[0]) == way["bytes"]


def test_an_endless_output_ends(tmp_path: Path, job: dict[str, Any]) -> None:
    answer, = answers(tmp_path, job | {"timeout_ms": 60000}, ["yes"])
    assert answer["outcome"] == "error"
    assert "more than 16 MiB" in answer["why"]["native"]["text"]


def test_the_environment_is_an_allow_list(tmp_path: Path, job: dict[str, Any],
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENSSL_CONF", "GNUTLS_SYSTEM_PRIORITY_FILE", "PYTHONPATH", "https_proxy", "NAMED", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/leaks")
    client = tmp_path / "client.yaml"
    client.write_text("clock: none\nfeatures: [sni, time-off]\nconnected: [0]\nenvironment: [NAMED, OTHER=a=b]\n"
                      "command: [env]\n")
    done = subprocess.run([DRIVER, client], input=json.dumps(job) + "\n", capture_output=True, text=True, check=True)
    got = dict(line.split("=", 1) for line in json.loads(done.stdout)["output"].splitlines())
    assert got.pop("NAMED") == "/leaks" and got.pop("OTHER") == "a=b" and got.pop("LC_ALL") == "C"
    assert set(got) <= {"PATH", "HOME", "LANG", "TZ", "TMPDIR"}
    client.write_text("command: [env]\nconnected: [0]\nenvironment: ['1=2']\n")
    done = subprocess.run([DRIVER, client], input="", capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "environment: a list of NAME and NAME=value" in done.stderr


def test_nothing_is_left_of_a_killed_driver(tmp_path: Path, job: dict[str, Any]) -> None:
    """Not even what the command has started: a driver that is killed cannot end anything itself."""
    pid_file = tmp_path / "pid"
    client = tmp_path / "client.yaml"
    client.write_text("clock: none\nfeatures: [sni, time-off]\nconnected: [0]\n"
                      f"command: [sh, -c, 'sleep 100 & echo $! > {pid_file}.new; mv {pid_file}.new {pid_file}; wait']\n")
    driver = subprocess.Popen([DRIVER, client], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert driver.stdin
    driver.stdin.write(json.dumps(job | {"timeout_ms": 60000}) + "\n")
    driver.stdin.flush()
    deadline = time.monotonic() + 20
    while not pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    status = Path(f"/proc/{pid_file.read_text().strip()}/status")
    assert status.exists()
    driver.kill()
    driver.wait()
    while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_a_program_without_a_version_does_not_hang(tmp_path: Path) -> None:
    client = tmp_path / "slow.yaml"
    client.write_text("client: slow\nclock: none\nfeatures: [time-off]\nconnected: [0]\n"
                      "command: [sleep, '100']\nversion: [sh, -c, 'echo Slow 1; echo more; sleep 100']\n")
    described = json.loads(chainbreak("describe", client).stdout)
    assert described["version"] == "Slow 1"


UNSUPPORTED = {
    "clock": {"verify": {"time": True}},
    "identity": {"identity": {"certificate": "/c.pem", "key": "/k.pem"}},
    "chain-off": {"verify": {"chain": False}},
    "no-sni": {"sni": False},
    "max-1.2": {"versions": {"max": "1.2"}},
    "tls-1.1": {"versions": {"max": "1.1"}},
    "peer-chain": {"pins": [{"what": "any", "match": "spki-sha256", "hash": "0" * 64}]},
    "no-such-feature": {"require": ["no-such-feature"]},
}


@pytest.mark.parametrize("feature", UNSUPPORTED)
def test_unsupported(feature: str, tmp_path: Path, job: dict[str, Any]) -> None:
    part = UNSUPPORTED[feature]
    job["want"].update(part)
    job["want"]["verify"] = {"time": False} | part.get("verify", {})
    answer, = answers(tmp_path, job, ["sh", "-c", f"touch {tmp_path}/started"])
    assert (answer["outcome"], answer["why"]["feature"]) == ("unsupported", feature)
    assert [p.name for p in tmp_path.iterdir() if p.name == "started"] == []


@pytest.mark.parametrize(("text", "said"), [
    ("stack: {command: [x]}\n", "device.yaml:2: connected: missing"),
    ("stack:\n  command: [x, '{hosts}']\n  connected: [0]\n", "device.yaml:3: command: {hosts}: no such placeholder"),
    ("stack: {comand: [x], connected: [0]}\n", "device.yaml:2: comand"),
    ("stack: ./none.yaml\n", "none.yaml"),
])
def test_bad_input(text: str, said: str, tmp_path: Path) -> None:
    done, _ = run_device(tmp_path, "device: bad\n" + text + STORE, "untrusted-root")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr


def test_the_shim_in_python(tmp_path: Path) -> None:
    """docs/examples/shim-python, as docs/adding-a-client.md attaches it."""
    text = f"device: gateway\nstack: python\nclock: none\n{STORE}"
    done, records = run_device(tmp_path, text, *SCENARIOS, CHAINBREAK_SHIMS=str(ROOT / "docs/examples"))
    assert {c: (r["outcome"], r["reason"]) for c, r in records.items()} == {
        "untrusted-root/genuine": ("connected", "none"), "untrusted-root/own-ca": ("refused", "unknown-ca"),
        "wrong-name/genuine": ("connected", "none"), "wrong-name/other-host": ("refused", "name-mismatch"),
        "expired-leaf/genuine": ("connected", "none"), "expired-leaf/expired": ("connected", "none")}, done.stderr
    verdicts = json.loads((tmp_path / "out/verdicts.json").read_text())["verdicts"]
    assert {v["scenario"]: v["verdict"] for v in verdicts} == {
        "untrusted-root": "refuses", "wrong-name": "refuses", "expired-leaf": "insecure"}


def test_a_repeated_run_is_the_same(tmp_path: Path) -> None:
    if lacking := needs("openssl-s-client"):
        pytest.skip(lacking)
    text = f"device: ready\nstack: openssl-s-client\n{STORE}"
    runs = []
    for _ in range(2):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        _, records = run_device(tmp_path, text, *SCENARIOS)
        runs.append({c: (r["outcome"], r["reason"], r["stage"], r["alert_sent"]) for c, r in records.items()})
    assert runs[0] == runs[1]
    assert len(runs[0]) == 6
