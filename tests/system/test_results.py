"""What a run does to folders, what it says when it can say nothing, and how it is taken up. Knows no stack by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
SCENARIO = "starfield-class-2-removal"
STACKS = sorted(p.name.removeprefix("shim-")
                for p in (ROOT / "build/bin").glob("shim-*"))

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")


def chainbreak(*arguments: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(os.fspath, map(str, arguments))], capture_output=True, text=True,
        env={**os.environ, **env}, timeout=120, check=False, cwd=cwd)


def one(out: object, *more: object, **env: Any) -> subprocess.CompletedProcess[str]:
    """The smallest run there is."""
    return chainbreak("run", "-q", "--scenario", SCENARIO, "--device", "amazon-root-1-only", "--stack",
                      STACKS[0], "--out", out, *more, **env)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def mine(folder: Path, store: str = "starfield-class-2", name: str = "mine") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"device: {name}\nstack: {STACKS[0]}\nunits: 1\ntrust_store: [{store}]\n")
    return path


@pytest.mark.parametrize("out", [".", "..", "./", "/"])
def test_the_current_folder_is_no_place_for_results(tmp_path: Path, out: str) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = one(out, cwd=tmp_path)
    assert done.returncode == 2
    assert "current folder" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_not_ours_is_not_touched(tmp_path: Path) -> None:
    folder, partial, kept = tmp_path / "verdicts", tmp_path / "o.partial", tmp_path / "kept"
    for each in (folder, partial, kept):
        each.mkdir()
        (each / "verdicts.json").write_text("mine")
    (tmp_path / "link").symlink_to(kept)
    (tmp_path / "p.partial").symlink_to(kept)
    for out in (folder, tmp_path / "o", tmp_path / "link", tmp_path / "p"):
        done = one(out)
        assert done.returncode == 2, out
        assert "not touched" in done.stderr
    for each in (folder, partial, kept):
        assert (each / "verdicts.json").read_text() == "mine"
    assert one(tmp_path / "fine").returncode == 0
    assert one(tmp_path / "fine").returncode == 0, "a run of ours is replaced"


def stopped(tmp_path: Path) -> tuple[Path, Path]:
    """A run's folder and the partial one of a run that was stopped after its first cell."""
    out, partial = tmp_path / "o", tmp_path / "o.partial"
    assert one(out).returncode == 0
    shutil.move(out, partial)
    lines = (partial / "results.jsonl").read_text().splitlines(keepends=True)
    (partial / "results.jsonl").write_text(lines[0])
    (partial / "verdicts.json").unlink()
    return out, partial


def test_a_stopped_run_is_not_dropped_without_a_word(tmp_path: Path) -> None:
    out, partial = stopped(tmp_path)
    done = one(out)
    assert done.returncode == 2
    assert "--resume" in done.stderr and "--fresh" in done.stderr
    assert len(records(partial)) == 1
    assert one(out, "--fresh").returncode == 0
    assert len(records(out)) == 2 and not partial.exists()


def test_the_newest_run_wins(tmp_path: Path) -> None:
    """As after a kill between the exchange of the folders and the removal of the old one."""
    out, partial = tmp_path / "o", tmp_path / "o.partial"
    assert one(partial.with_name("older")).returncode == 0
    shutil.move(tmp_path / "older", partial)
    (partial / "results.jsonl").write_text((partial / "results.jsonl").read_text().replace('"connected"', '"old"'))
    assert one(tmp_path / "newer").returncode == 0
    shutil.move(tmp_path / "newer", out)
    for mode in ([], ["--resume"]):
        done = one(out, *mode)
        assert done.returncode == 0, done.stderr
        assert {r["outcome"] for r in records(out)} == {"connected"}
        assert not partial.exists()


FAKE = """#!/usr/bin/env python3
import json, subprocess, sys
real = subprocess.Popen([{real!r}, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
if len(sys.argv) > 1:
    sys.stdout.write(real.communicate()[0])
    sys.exit(real.returncode)
for line in sys.stdin:
    if {marker!r} in line:
        sys.exit(9)
    real.stdin.write(line)
    real.stdin.flush()
    sys.stdout.write(real.stdout.readline())
    sys.stdout.flush()
"""


def fake(folder: Path, marker: str) -> None:
    """A shim that dies of jobs with the marker."""
    folder.mkdir(exist_ok=True)
    program = folder / f"shim-{STACKS[0]}"
    program.write_text(FAKE.format(real=str(ROOT / f"build/bin/shim-{STACKS[0]}"), marker=marker))
    program.chmod(0o755)


def test_quiet_is_not_silent(tmp_path: Path) -> None:
    fake(tmp_path / "shims", "four-certificates/")
    done = one(tmp_path / "o", CHAINBREAK_SHIMS=str(tmp_path / "shims"))
    assert done.returncode == 3
    assert "ended in an error" in done.stderr and "four-certificates/" in done.stderr
    assert not done.stdout


def test_another_program_is_noticed(tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    fake(shims, "control/state/connects")
    assert one(tmp_path / "o", CHAINBREAK_SHIMS=str(shims)).returncode == 3
    fake(shims, "no such job")
    done = one(tmp_path / "o", "--resume", CHAINBREAK_SHIMS=str(shims))
    assert done.returncode == 2
    assert "another one now" in done.stderr and "--fresh" in done.stderr
    assert one(tmp_path / "o", "--fresh", CHAINBREAK_SHIMS=str(shims)).returncode == 0


def test_names_of_any_bytes(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff\xfe\x1b[31m"))
    folder.mkdir()
    device = mine(folder, "amazon-root-ca-1")
    scenario = folder / "plan.yaml"
    shutil.copy(next((ROOT / "scenarios").rglob(f"{SCENARIO}.yaml")), scenario)
    done = subprocess.run(
        [PROGRAM, "run", "--scenario", scenario, "--device", device, "--out", folder / "o"],
        capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = json.loads((folder / "o/verdicts.json").read_text())["verdicts"]
    assert [v["verdict"] for v in verdicts] == ["survives"]
    assert b"\x1b" not in done.stdout + done.stderr
    again = subprocess.run([PROGRAM, "report", folder / "o"], capture_output=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads((folder / "o/verdicts.json").read_text())["verdicts"] == verdicts


def test_a_device_that_no_state_lets_connect(tmp_path: Path) -> None:
    device = mine(tmp_path, "isrg-root-x1")
    common = ("run", "-q", "--scenario", SCENARIO, "--device", device, "--out", tmp_path / "o")
    done = chainbreak(*common)
    assert done.returncode == 3
    assert f"mine-{STACKS[0]}" in done.stderr and "no state lets" in done.stderr
    assert chainbreak(*common, "--gate", "none").returncode == 0
    # One of ours is on more stores than each scenario is about.
    assert chainbreak("run", "-q", "--scenario", SCENARIO, "--device", "isrg-x1-only", "--stack", STACKS[0],
                      "--out", tmp_path / "o").returncode == 0


ATTACK = """\
scenario: old-version-attack
title: An attack over a version that the device does not speak
kind: attack
states:
  - name: genuine
    now: 2024-07-01T00:00:00Z
    policy: IoTSecurityPolicy_TLS12_1_2_2022_10
    chains: {rsa: [leaf, amazon-rsa-2048-m02, amazon-root-ca-1]}
  - name: attack
    tls: {min: "1.0", max: "1.0"}
    chains: {rsa: [leaf, untrusted-root]}
"""


def test_an_attack_that_the_endpoint_refused_proves_nothing(tmp_path: Path) -> None:
    scenario, device = tmp_path / "attack.yaml", tmp_path / "mine.yaml"
    scenario.write_text(ATTACK)
    device.write_text(f"device: mine\nstack: {STACKS[0]}\ntrust_store: [amazon-root-ca-1]\n"
                      "tls: {min: \"1.2\"}\nverify: {chain: false, name: false, time: false}\n")
    done = chainbreak("run", "-q", "--scenario", scenario, "--device", device, "--out", tmp_path / "o")
    verdict, = json.loads((tmp_path / "o/verdicts.json").read_text())["verdicts"]
    if verdict["verdict"] == "unsupported":
        pytest.skip("this build verifies always")
    assert verdict["verdict"] == "untested", verdict
    assert done.returncode == 3
    assert "untested" in done.stderr
