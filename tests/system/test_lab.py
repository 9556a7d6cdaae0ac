"""The lab under bad conditions, with real shims and the real endpoint: processes that are stopped, files that were
changed, chains that cannot be served as they are. Knows no stack by name."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
SCENARIO = "starfield-class-2-removal"
STACKS = sorted(p.name.removeprefix("shim-") for p in (ROOT / "build/bin").glob("shim-*"))
CACHE = Path(os.environ.get("CHAINBREAK_CACHE", ROOT / "build/cache"))

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")


def chainbreak(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **env}, timeout=120, check=False)


def records(folder: Path) -> dict[str, Any]:
    return {r["cell"]: r for r in map(json.loads, (folder / "results.jsonl").read_text().splitlines())}


def outcomes(folder: Path) -> dict[str, tuple[str, str]]:
    return {cell: (r["outcome"], r["reason"]) for cell, r in records(folder).items()}


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


@pytest.fixture
def device(tmp_path: Path) -> Path:
    return write(tmp_path / "mine.yaml", f"""\
        device: mine
        title: The user's device
        stack: {STACKS[0]}
        trust_store: [starfield-class-2]
        """)


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def endpoint_of(run: subprocess.Popen[str]) -> int:
    """The endpoint's process, once it is there."""
    while run.poll() is None:
        for child in children(run.pid):
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:2] == [b"endpoint"]:
                return child
        os.sched_yield()
    pytest.fail("the run ended before its endpoint could be stopped")


def stopped_endpoint(words: tuple[str, ...], out: Path) -> int:
    """Stops the endpoint for longer than a cell and the endpoint may take, once the first record is there."""
    with subprocess.Popen([PROGRAM, *words, "-j", "1", "--timeout", "2000", "--out", str(out)],
                          stderr=subprocess.PIPE, text=True) as run:
        endpoint, lines = endpoint_of(run), Path(f"{out}.partial/results.jsonl")
        while not (lines.exists() and lines.stat().st_size > 0):
            assert run.poll() is None
            os.sched_yield()
        os.kill(endpoint, signal.SIGSTOP)
        time.sleep(5)
        os.kill(endpoint, signal.SIGCONT)
        run.wait(60)
    return run.returncode


def test_a_stopped_endpoint_is_no_refusal(tmp_path: Path) -> None:
    """Whatever the stop meets is an error, never another verdict. A stop that meets nothing shows nothing: again."""
    out = tmp_path / "o"
    words = ("run", "-q", "--device", "amazon-*", "--gate", "none", "--stack", STACKS[0],
             "--experiments", "0")
    assert chainbreak(*words, "--out", out).returncode == 0
    usual = outcomes(out)
    for attempt in range(6):
        status = stopped_endpoint(words, tmp_path / f"p{attempt}")
        got = outcomes(tmp_path / f"p{attempt}")
        assert set(got) == set(usual)
        other = {cell: got[cell] for cell in usual if got[cell] != usual[cell]}
        assert {outcome for outcome, _ in other.values()} <= {"error"}
        assert status == (3 if other else 0)
        if other:
            return
    pytest.fail("no stop met a cell")


def test_a_stopped_lab_begins_again(tmp_path: Path) -> None:
    words = ("run", "-q", "--device", "amazon-*", "--gate", "none", "--stack", STACKS[0],
             "--experiments", "0")
    assert chainbreak(*words, "--out", tmp_path / "o").returncode == 0
    with subprocess.Popen([PROGRAM, *words, "-j", "1", "--timeout", "3000", "--out", str(tmp_path / "p")],
                          stderr=subprocess.PIPE, text=True) as run:
        lines = tmp_path / "p.partial/results.jsonl"
        while not (lines.exists() and lines.stat().st_size > 0):
            assert run.poll() is None
            os.sched_yield()
        run.send_signal(signal.SIGSTOP)
        time.sleep(7)
        run.send_signal(signal.SIGCONT)
        run.wait(60)
    assert run.returncode == 0
    assert outcomes(tmp_path / "p") == outcomes(tmp_path / "o")


def test_changed_files_are_written_again(device: Path, tmp_path: Path) -> None:
    """An emptied trust store would make every refusal one for an unknown CA."""
    cache = tmp_path / "cache"
    for part in ("keys", "certificates"):
        shutil.copytree(CACHE / part, cache / part)
    words = ("run", "-q", "--scenario", SCENARIO, "--device", device, "--gate", "none")
    chainbreak(*words, "--out", tmp_path / "o", CHAINBREAK_CACHE=str(cache))
    files = list((cache / "work").glob("*.der"))
    assert files
    for path in files:
        path.write_bytes(b"")
    chainbreak(*words, "--out", tmp_path / "p", CHAINBREAK_CACHE=str(cache))
    assert outcomes(tmp_path / "p") == outcomes(tmp_path / "o")
    assert ("connected", "none") in outcomes(tmp_path / "p").values()
    assert all(path.stat().st_size > 0 for path in files)


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def chain_make(folder: Path, leaf_key: tuple[str, ...]) -> Path:
    """A leaf under a root, in a file that is called like nothing else."""
    root, leaf = folder / "root.pem", folder / "leaf.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            folder / "root.key", "-out", root, "-subj", "/CN=Root of the test", "-days", "3650")
    openssl("req", "-newkey", *leaf_key, "-nodes", "-keyout", folder / "leaf.key", "-out", folder / "leaf.csr",
            "-subj", "/CN=a.example", "-addext", "subjectAltName=DNS:a.example")
    openssl("x509", "-req", "-in", folder / "leaf.csr", "-CA", root, "-CAkey", folder / "root.key", "-out", leaf,
            "-days", "365", "-copy_extensions", "copy")
    chain = folder / "good.chain"
    chain.write_text(leaf.read_text() + root.read_text())
    return chain


def scenario_make(folder: Path, chain: str, key_type: str) -> Path:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    return write(folder / "plan.yaml", f"""\
        scenario: plan
        title: A chain in a file
        states:
          - {{name: today, now: {now}, policy: free, endpoint: a.example, chains: {{{key_type}: [{chain}]}}}}
          - {{name: tomorrow, now: {now}, policy: free, endpoint: a.example, chains: {{{key_type}: [{chain}]}}}}
        """)


def device_of(folder: Path) -> Path:
    return write(folder / "there.yaml", f"""\
        device: there
        title: It trusts the test's root
        stack: {STACKS[0]}
        trust_store: [./root.pem]
        """)


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def test_any_file_is_a_chain(tmp_path: Path) -> None:
    chain_make(tmp_path, EC)
    plan = scenario_make(tmp_path, "good.chain", "ecdsa")
    done = chainbreak("run", "-q", "--scenario", plan, "--device", device_of(tmp_path), "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    assert set(outcomes(tmp_path / "o").values()) == {("connected", "none")}


def test_a_name_that_is_neither(tmp_path: Path) -> None:
    chain_make(tmp_path, EC)
    plan = scenario_make(tmp_path, "bad.chain", "ecdsa")
    done = chainbreak("run", "-q", "--scenario", plan, "--device", device_of(tmp_path), "--out", tmp_path / "o")
    assert done.returncode == 2
    assert "bad.chain is neither a certificate of the catalog" in done.stderr
    assert "nor a file beside it" in done.stderr


def untwinned(folder: Path) -> None:
    """A leaf whose kind of key nobody here can make."""
    openssl("dsaparam", "-out", folder / "dsa.pem", 1024)
    chain_make(folder, (f"dsa:{folder / 'dsa.pem'}",))


def damaged(folder: Path) -> None:
    """A leaf that is no certificate any more."""
    chain = chain_make(folder, EC)
    lines = chain.read_text().splitlines()
    chain.write_text("\n".join([lines[0], "MIIB" + lines[1][8:], *lines[2:]]) + "\n")


@pytest.mark.parametrize(("spoil", "option", "why"), [
    (untwinned, "--skip-unsupported", "no key"),
    (damaged, "--skip-damaged", "certificate"),
])
def test_what_is_left_out_of_a_chain_is_told(tmp_path: Path, spoil: Any, option: str, why: str) -> None:
    """The next certificate is not served in the leaf's place."""
    spoil(tmp_path)
    plan = scenario_make(tmp_path, "good.chain", "ecdsa")
    words = ("run", "-q", "--scenario", plan, "--device", device_of(tmp_path), "--gate", "none",
             "--out", tmp_path / "o")
    assert chainbreak(*words).returncode == 2
    chainbreak(*words, option)
    got = records(tmp_path / "o")
    assert len(got) == 2
    for record in got.values():
        assert record["outcome"] == "unsupported"
        assert "good.chain" in record["note"] and why in record["note"]
        assert record["shim"] is None and record["endpoint"] is None
