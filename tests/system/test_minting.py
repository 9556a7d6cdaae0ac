"""Certificates are minted when the first cell needs them, and a run that is taken up mints the same ones."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = sorted(p.name.removeprefix("shim-")
                for p in (ROOT / "build/bin").glob("shim-*"))
SCENARIOS = 150

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")

SCENARIO = """scenario: leaf-{n}
title: A leaf of its own
states:
  - name: before
    now: 2024-06-01T00:00:00Z
    policy: free
    endpoint: device-{n}.example.com
    chains: {{ecdsa: [leaf, amazon-root-ca-3]}}
  - name: after
    now: 2024-06-02T00:00:00Z
    policy: free
    endpoint: device-{n}.example.com
    chains: {{ecdsa: [leaf, amazon-root-ca-3]}}
    leaf: {{names: [device-{n}.example.com, other-{n}.example.com]}}
"""


@pytest.fixture(name="plan")
def _plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    folder.mkdir()
    for n in range(SCENARIOS):
        (folder / f"leaf-{n}.yaml").write_text(SCENARIO.format(n=n))
    (tmp_path / "mine.yaml").write_text(f"device: mine\nstack: {STACKS[0]}\nunits: 1\ntrust_store: [amazon-root-ca-3]\n")
    return folder


def command(plan: Path, out: Path, *more: str) -> list[str]:
    return [str(PROGRAM), "run", "-q", "-j", "1", "--scenario", str(plan), "--device", str(plan.parent / "mine.yaml"),
            "--experiments", "0", "--out", str(out), *more]


def run(plan: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(plan, out, *more), capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "CHAINBREAK_CACHE": str(plan.parent / "cache")})


def stop_early(plan: Path, out: Path) -> Path:
    """A run that is killed when its first records are there. Its partial folder."""
    partial = Path(f"{out}.partial")
    lines = partial / "results.jsonl"
    with subprocess.Popen(command(plan, out), env={**os.environ, "CHAINBREAK_CACHE": str(plan.parent / "cache")}) as going:
        while not (lines.exists() and lines.stat().st_size > 0):
            assert going.poll() is None, "the run ended before it could be killed"
            os.sched_yield()
        going.send_signal(signal.SIGKILL)
    return partial


def test_minted_on_demand(plan: Path, tmp_path: Path) -> None:
    partial = stop_early(plan, tmp_path / "o")
    minted = list((tmp_path / "cache/certificates").iterdir())
    assert 0 < len(minted) < SCENARIOS, "all were minted before the first cell"
    planned = json.loads((partial / "planned.json").read_text())["certificates"]
    assert len(planned) > 2 * SCENARIOS and not any(planned)
    assert not (partial / "plan.json").exists()
    done = run(plan, tmp_path / "o", "--resume")
    assert done.returncode == 0, done.stderr
    assert not {"minted", "planned.json", "programs"} & {p.name for p in (tmp_path / "o").iterdir()}
    assert all(json.loads((tmp_path / "o/plan.json").read_text())["certificates"])
    assert run(plan, tmp_path / "p").returncode == 0
    for name in ("plan.json",):
        assert (tmp_path / "o" / name).read_bytes() == (tmp_path / "p" / name).read_bytes()


def test_other_keys_are_noticed(plan: Path, tmp_path: Path) -> None:
    partial = stop_early(plan, tmp_path / "o")
    before = (partial / "results.jsonl").read_bytes()
    shutil.rmtree(tmp_path / "cache")
    done = run(plan, tmp_path / "o", "--resume")
    assert done.returncode == 2
    assert "another one than the records so far" in done.stderr and "--fresh" in done.stderr
    assert (partial / "results.jsonl").read_bytes() == before
    assert run(plan, tmp_path / "o", "--fresh").returncode == 0


@pytest.mark.parametrize(("leaf", "told"), [
    ("pad_to: 9", "cannot be padded to 9 bytes"),
    ("extended_key_usage: [nonsense]", "extended-key-usage"),
])
def test_a_leaf_that_cannot_be_made_is_told_before_the_run(plan: Path, tmp_path: Path, leaf: str, told: str) -> None:
    last = plan / f"leaf-{SCENARIOS - 1}.yaml"
    last.write_text(SCENARIO.format(n=7).replace("leaf-7", "bad").replace("leaf: {names", "leaf: {" + leaf + "} #"))
    done = run(plan, tmp_path / "o")
    assert done.returncode == 2
    assert told in done.stderr
    assert not Path(f"{tmp_path}/o.partial").exists()
