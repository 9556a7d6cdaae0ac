"""`chainbreak run` and its sisters as processes: whole runs of a few cells, runs that are killed, shims that misbehave,
bad input. Knows no stack by name."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
SCENARIO = "starfield-class-2-removal"
STACKS = sorted(p.name.removeprefix("shim-")
                for p in (ROOT / "build/bin").glob("shim-*"))
SYSTEM_STORE = Path("/etc/ssl/certs/ca-certificates.crt")

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")


def chainbreak(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True,
        env={**os.environ, **env}, timeout=120, check=False)


def records(folder: Path) -> dict[str, Any]:
    lines = (folder / "results.jsonl").read_text().splitlines()
    return {r["cell"]: r for r in map(json.loads, lines)}


def verdicts(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "verdicts.json").read_text())["verdicts"]
    return {f"{v['scenario']}/{v['device']}": v for v in found}


def follows(schema: dict, value: Any, root: dict, at: str = "$") -> None:
    """The part of JSON Schema that results/schema uses."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].split("/")[-1]]
    kinds = {"object": dict, "array": list, "string": str, "integer": int,
             "number": (int, float), "boolean": bool, "null": type(None)}
    if "type" in schema:
        names = schema["type"]
        names = [names] if isinstance(names, str) else names
        assert isinstance(value, tuple(kinds[n] if isinstance(kinds[n], type)
                                       else float for n in names)) or (
            "number" in names and isinstance(value, int)), f"{at}: {value!r}"
    if "enum" in schema:
        assert value in schema["enum"], f"{at}: {value!r}"
    if "const" in schema:
        assert value == schema["const"], f"{at}: {value!r}"
    if isinstance(value, dict):
        for key in schema.get("required", []):
            assert key in value, f"{at}.{key} is missing"
        for key, part in schema.get("properties", {}).items():
            if key in value:
                follows(part, value[key], root, f"{at}.{key}")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            follows(schema["items"], item, root, f"{at}[{i}]")


def check_schema(name: str, value: Any) -> None:
    schema = json.loads((ROOT / "results/schema" / name).read_text())
    follows(schema, value, schema)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one scenario with three devices on all stacks."""
    out = tmp_path_factory.mktemp("run") / "out"
    done = chainbreak("run", "--scenario", SCENARIO, "--device", "amazon-root-1-only",
                      "--device", "starfield-class-2-only", "--device",
                      "verisign-g5-only", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "report: " in done.stdout
    return out


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A user's device that the removal of Starfield Class 2 breaks."""
    path = tmp_path / "mine.yaml"
    path.write_text(textwrap.dedent(f"""\
        device: mine
        title: The user's device
        units: 10
        stack: {STACKS[0]}
        trust_store: [starfield-class-2]
        """))
    return path


def test_whole_run(finished: Path) -> None:
    got = verdicts(finished)
    for stack in STACKS:
        assert got[f"{SCENARIO}/amazon-root-1-only-{stack}"]["as_expected"] is True
    broken = [got[f"{SCENARIO}/starfield-class-2-only-{s}"] for s in STACKS]
    assert all(v["as_expected"] is True for v in broken)
    broken = [v for v in broken if v["verdict"] == "breaks"]
    assert broken
    for verdict in broken:
        assert verdict["reason"] == "unknown-ca"
        assert "no longer sent" in verdict["cause"]
        assert {m["side"] for m in verdict["mends"]} == {"device", "endpoint"}
        assert all(m["outcome"] == "connected" for m in verdict["mends"])
    assert {p.name for p in finished.iterdir()} == {
        ".chainbreak", "plan.json", "results.jsonl", "hellos.jsonl", "experiments.jsonl",
        "verdicts.json", "report.html", "report.md"}


def test_documents_follow_their_schemas(finished: Path) -> None:
    check_schema("plan.json", json.loads((finished / "plan.json").read_text()))
    check_schema("verdicts.json", json.loads((finished / "verdicts.json").read_text()))
    for record in records(finished).values():
        check_schema("record.json", record)
    assert len(records(finished)) == 2 * len(verdicts(finished))


def test_both_sides_are_in_the_record(finished: Path) -> None:
    hellos = {h["id"] for h in map(json.loads, (finished / "hellos.jsonl").read_text().splitlines())}
    for cell, record in records(finished).items():
        assert cell == "/".join(record[k] for k in ("scenario", "state", "device"))
        if record["stage"] in ("setup", "trust-store"):
            assert record["endpoint"] is None
            continue
        assert record["shim"]["local_port"] > 0
        assert record["endpoint"]["hello"] in hellos


def test_a_record_is_small(finished: Path) -> None:
    assert (finished / "results.jsonl").stat().st_size <= 1200 * len(records(finished))
    # Each ClientHello stands once.
    hellos = (finished / "hellos.jsonl").read_text().splitlines()
    assert len(hellos) == len(set(hellos)) < len(records(finished)) / 2


def test_same_input_same_verdicts(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    chainbreak("run", "--scenario", SCENARIO, "--device", "amazon-root-1-only",
               "--device", "starfield-class-2-only", "--device", "verisign-g5-only",
               "--out", out, "-j", 1)
    assert (out / "plan.json").read_bytes() == (finished / "plan.json").read_bytes()
    first, second = (json.loads((d / "verdicts.json").read_text())["verdicts"]
                     for d in (finished, out))
    assert first == second
    assert list(records(finished)) == list(records(out))


def test_report_judges_again(finished: Path) -> None:
    before = (finished / "verdicts.json").read_bytes()
    (finished / "report.html").unlink()
    done = chainbreak("report", finished)
    assert done.returncode == 0, done.stderr
    assert (finished / "verdicts.json").read_bytes() == before
    assert (finished / "report.html").stat().st_size > 0


def test_gate(device: Path, tmp_path: Path) -> None:
    common = ("run", "--scenario", SCENARIO, "--device", device, "--out", tmp_path / "o")
    assert chainbreak(*common).returncode == 1
    assert chainbreak(*common, "--gate", "none").returncode == 0
    verdict = verdicts(tmp_path / "o")[f"{SCENARIO}/mine-{STACKS[0]}"]
    assert verdict["verdict"] == "breaks"
    assert verdict["expected"] is None and verdict["as_expected"] is None


def test_the_previous_run_goes(device: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    chainbreak("run", "--scenario", SCENARIO, "--device", device, "--out", out)
    (out / "junit.xml").write_text("of the old run")
    chainbreak("run", "--scenario", SCENARIO, "--device", device, "--out", out)
    assert not (out / "junit.xml").exists()
    assert not Path(f"{out}.partial").exists()
    assert verdicts(out)


def test_a_stack_that_is_not_built_is_told(device: Path, tmp_path: Path) -> None:
    device.write_text(device.read_text().replace(
        f"stack: {STACKS[0]}", f"stack: [{STACKS[0]}, never-built]"))
    done = chainbreak("run", "--scenario", SCENARIO, "--device", device,
                      "--out", tmp_path / "o", "--gate", "none")
    assert done.returncode == 3, "somebody asked about this device"
    assert "1 verdicts in" in done.stdout
    assert "and 1 not built" in done.stdout
    assert "not built, so not run: never-built" in done.stdout
    verdict = verdicts(tmp_path / "o")[f"{SCENARIO}/mine-never-built"]
    assert (verdict["verdict"], verdict["cause"]) == ("not-built", "Not built.")
    assert len(records(tmp_path / "o")) == 4


def test_a_built_in_device_without_all_its_builds(tmp_path: Path) -> None:
    """The built-in devices are on more builds than a machine has; one that was asked for by name is missed."""
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "shim-openssl").symlink_to(ROOT / "build/bin/shim-openssl")
    args = ("run", "--scenario", SCENARIO, "--device", "amazon-root-1-only",
            "--out", tmp_path / "o")
    done = chainbreak(*args, CHAINBREAK_SHIMS=str(shims))
    assert done.returncode == 0, done.stderr
    assert "1 verdicts in" in done.stdout and "not built" in done.stdout
    done = chainbreak(*args, "--stack", "openssl", "--stack", "mbedtls",
                      CHAINBREAK_SHIMS=str(shims))
    assert done.returncode == 3
    assert "not built: mbedtls" in done.stderr


# Shims that misbehave: a script beside the real ones. It answers the controls through a real shim, and then does what
# the test is about.
FAKE = """\
#!{python}
import os, signal, subprocess, sys, time
real = subprocess.Popen([{real!r}, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
if "--describe" in sys.argv:
    print(real.communicate()[0])
    sys.exit()
for line in sys.stdin:
    if {trigger!r} in line:
        {action}
    real.stdin.write(line)
    real.stdin.flush()
    print(real.stdout.readline(), end="", flush=True)
real.stdin.close()
sys.exit(real.wait())
"""


@pytest.fixture
def fake_shims(tmp_path: Path):
    def make(action: str, trigger: str = "three-certificates/mine") -> str:
        folder = tmp_path / "shims"
        folder.mkdir()
        path = folder / f"shim-{STACKS[0]}"
        real = str(ROOT / f"build/bin/shim-{STACKS[0]}")
        path.write_text(FAKE.format(python=sys.executable, real=real, action=action, trigger=trigger))
        path.chmod(0o755)
        return str(folder)
    return make


@pytest.mark.parametrize(("action", "reason", "note"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "crash", "signal 11"),
    ("os._exit(9)", "crash", "status 9"),
    ("signal.pause()", "timeout", "no answer within"),
    ("print('{', flush=True)", "crash", "no answer"),
    ("print('{\"id\": \"another\"}', flush=True); continue", "crash", "another job"),
])
def test_a_bad_shim_costs_its_cell_only(
        device: Path, tmp_path: Path, fake_shims, action: str, reason: str, note: str) -> None:
    shims = fake_shims(action)
    done = chainbreak("run", "--scenario", SCENARIO, "--device", device, "-j", 1, "--timeout", 500,
                      "--out", tmp_path / "o", CHAINBREAK_SHIMS=shims)
    assert done.returncode == 3, done.stdout + done.stderr
    got = records(tmp_path / "o")
    bad = got[f"{SCENARIO}/three-certificates/mine-{STACKS[0]}"]
    assert (bad["outcome"], bad["reason"]) == ("error", reason)
    assert note in bad["note"]
    good = got[f"{SCENARIO}/four-certificates/mine-{STACKS[0]}"]
    assert good["outcome"] == "connected"
    verdict = verdicts(tmp_path / "o")[f"{SCENARIO}/mine-{STACKS[0]}"]
    assert verdict["verdict"] == "error"


def test_the_job_behind_a_crash_is_given_again(
        device: Path, tmp_path: Path, fake_shims) -> None:
    shims = fake_shims("os.kill(os.getpid(), signal.SIGABRT)", "four-certificates/mine")
    chainbreak("run", "--scenario", SCENARIO, "--device", device, "-j", 1, "--out",
               tmp_path / "o", CHAINBREAK_SHIMS=shims)
    got = records(tmp_path / "o")
    assert got[f"{SCENARIO}/four-certificates/mine-{STACKS[0]}"]["reason"] == "crash"
    assert got[f"{SCENARIO}/three-certificates/mine-{STACKS[0]}"]["outcome"] == "refused"


def test_a_failed_control_is_a_harness_error(
        device: Path, tmp_path: Path, fake_shims) -> None:
    lie = ("print('{\"id\": \"control/state/declines-%s\", \"outcome\": \"connected\"}' % "
           f"{STACKS[0]!r}, flush=True); continue")
    shims = fake_shims(lie, "no-such-feature")
    done = chainbreak("run", "--scenario", SCENARIO, "--device", device, "--out",
                      tmp_path / "o", CHAINBREAK_SHIMS=shims)
    assert done.returncode == 3
    assert f"control of {STACKS[0]} failed" in done.stderr
    assert not (tmp_path / "o").exists()


def test_killed_and_resumed(tmp_path: Path) -> None:
    out = tmp_path / "o"
    lines = Path(f"{out}.partial/results.jsonl")
    # Its standard output is a pipe that nobody reads: the run is stopped by the kill alone.
    with subprocess.Popen([PROGRAM, "run", "-q", "-j", "1", "--stack", STACKS[0], "--out", out]) as run:
        while not (lines.exists() and lines.stat().st_size > 100_000):
            assert run.poll() is None, "the run ended before it could be killed"
            os.sched_yield()
        run.send_signal(signal.SIGKILL)
    assert not out.exists()
    data = lines.read_bytes()
    kept = data[:data.rindex(b"\n") + 1]
    lines.write_bytes(kept + b'{"cell": "torn')
    done = chainbreak("run", "-q", "--resume", "--gate", "none", "--stack", STACKS[0], "--experiments", "0", "--out", out)
    assert done.returncode == 0, done.stderr
    after = records(out)
    for line in kept.splitlines():
        record = json.loads(line)
        assert after[record["cell"]]["shim"] == record["shim"]
    assert len(after) > len(kept.splitlines())
    assert json.loads((out / "verdicts.json").read_text())["run"]["errors"] == 0


def test_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "o"
    lines = Path(f"{out}.partial/results.jsonl")
    with subprocess.Popen([PROGRAM, "run", "-q", "-j", "1", "--out", out],
                          stderr=subprocess.PIPE, text=True) as run:
        while not (lines.exists() and lines.stat().st_size > 0):
            assert run.poll() is None, "the run ended before it could be interrupted"
            os.sched_yield()
        run.send_signal(signal.SIGINT)
        told = run.stderr.read()
    assert run.returncode == 3
    assert "--resume" in told
    assert all(r["outcome"] != "error" for r in map(json.loads, lines.read_text().splitlines()))


def test_resume_with_another_plan_is_refused(device: Path, tmp_path: Path) -> None:
    partial = tmp_path / "o.partial"
    chainbreak("run", "-q", "--scenario", SCENARIO, "--device", device, "--out", partial)
    (partial / "planned.json").write_text("{}")
    done = chainbreak("run", "--scenario", SCENARIO, "--device", device, "--resume",
                      "--out", tmp_path / "o")
    assert done.returncode == 2
    assert "another plan" in done.stderr


def test_quick_form(tmp_path: Path) -> None:
    done = chainbreak("run", "--trust-store", SYSTEM_STORE, "--stack", STACKS[0], "--out",
                      tmp_path / "o", "--gate", "none")
    assert done.returncode == 0, done.stderr
    got = verdicts(tmp_path / "o")
    assert got[f"{SCENARIO}/ca-certificates-{STACKS[0]}"]["verdict"] == "survives"
    assert all(v["expected"] is None for v in got.values())


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def chains(tmp_path: Path) -> Path:
    """A folder, with a space in its name, of two roots and a chain under each."""
    folder = tmp_path / "real files"
    folder.mkdir()
    for ca in ("one", "two"):
        root, key = folder / f"{ca}.pem", folder / f"{ca}.key"
        leaf, request = folder / f"chain-{ca}.pem", folder / f"{ca}.csr"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                "-out", root, "-subj", f"/CN=Root {ca}", "-days", 3650)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "leaf.key",
                "-out", request, "-subj", "/CN=mqtt.example.com")
        (folder / "san").write_text("subjectAltName=DNS:*.example.com")
        openssl("x509", "-req", "-in", request, "-CA", root, "-CAkey", key, "-CAcreateserial",
                "-days", 90, "-extfile", folder / "san", "-out", leaf)
    return folder


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command to make chains with")
def test_quick_form_with_chains(chains: Path, tmp_path: Path) -> None:
    common = ("run", "--chain-before", chains / "chain-one.pem", "--chain-after",
              chains / "chain-two.pem", "--out", tmp_path / "o", "--trust-store", chains / "one.pem")
    done = chainbreak(*common)
    assert done.returncode == 1, done.stderr
    for stack in STACKS:
        broken = verdicts(tmp_path / "o")[f"chains/one-{stack}"]
        assert (broken["verdict"], broken["reason"]) == ("breaks", "unknown-ca")
        assert "Root two" in broken["cause"] and "store holds only Root one" in broken["cause"]
    done = chainbreak(*common, "--trust-store", chains / "two.pem")
    assert done.returncode == 0, done.stderr
    assert {v["verdict"] for v in verdicts(tmp_path / "o").values()} == {"survives"}


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def bad_device(tmp_path: Path, change: str) -> Path:
    return write(tmp_path / "bad.yaml", f"""\
        device: bad
        title: Bad
        units: 1
        stack: {STACKS[0]}
        {change}
        """)


@pytest.mark.parametrize(("change", "told"), [
    ("trust_store: [amazon-root-ca-9]", "amazon-root-ca-9"),
    ("trust_store: [./missing.pem]", "missing.pem"),
    ("trust_stores: [amazon-root-ca-1]", "trust_stores"),
    ("trust_store: [./empty.pem]", "empty.pem"),
    ("trust_store: [./key.pem]", "key.pem"),
])
def test_bad_device(tmp_path: Path, change: str, told: str) -> None:
    (tmp_path / "empty.pem").write_text("")
    kind = "PRIVATE KEY"
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN {kind}-----\n{'A' * 64}\n-----END {kind}-----\n")
    done = chainbreak("run", "--scenario", SCENARIO, "--device",
                      bad_device(tmp_path, change), "--out", tmp_path / "o")
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert not list(tmp_path.glob("o*"))


@pytest.mark.parametrize("arguments", [
    ("--scenario", "no-such-scenario"),
    ("--device", "no-such-device-*"),
    ("--stack", "no-such-stack"),
    ("--cells", "/nonexistent/cells"),
    ("--gate", "sometimes"),
    ("-j", "many"),
    ("--chain-before", "/etc/hostname"),
    ("--trust-store", "/nonexistent/store.pem"),
    ("--trust-store", str(SYSTEM_STORE), "--pin", "0" * 64),
    ("--trust-store", str(SYSTEM_STORE), "--pin", "abc"),
    ("--no-such-option",),
    ("word",),
])
def test_bad_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = chainbreak("run", *arguments, "--out", tmp_path / "o")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("chainbreak")
    assert not list(tmp_path.iterdir())


def test_a_foreign_folder_is_not_overwritten(device: Path, tmp_path: Path) -> None:
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    done = chainbreak("run", "--scenario", SCENARIO, "--device", device, "--out", out)
    assert done.returncode == 2
    assert "thesis.txt" in {p.name for p in out.iterdir()}


def test_no_shim_built(tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    done = chainbreak("run", "--out", tmp_path / "o", CHAINBREAK_SHIMS=str(empty))
    assert done.returncode == 3
    assert "type: make" in done.stderr
    assert not (tmp_path / "o").exists()


def test_full_disk(device: Path, tmp_path: Path) -> None:
    """A file size limit stands for it: the write of a record fails in the same place."""
    command = (f"ulimit -f 40; exec '{PROGRAM}' run --scenario '{SCENARIO}' -q "
               f"--out '{tmp_path}/o'")
    done = subprocess.run(["bash", "-c", f"trap '' XFSZ; {command}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "File too large" in done.stderr or "no space left" in done.stderr
    assert not (tmp_path / "o").exists()


def test_list_cells_is_fast_and_whole() -> None:
    began = time.monotonic()
    done = chainbreak("list", "cells", "--json")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 5
    listed = json.loads(done.stdout)
    one = next(s for s in listed if s["scenario"] == SCENARIO)
    assert len(one["states"]) >= 2
    assert {d["stack"] for d in one["devices"] if d["built"]} == set(STACKS)
    assert Path(one["file"]).is_file()


@pytest.mark.parametrize("what", ["scenarios", "devices", "stacks", "cells"])
def test_list(what: str) -> None:
    done = chainbreak("list", what)
    assert done.returncode == 0
    assert done.stdout.count("\n") >= len(STACKS)


def test_describe() -> None:
    done = chainbreak("describe", STACKS[0])
    assert json.loads(done.stdout)["features"]
    assert chainbreak("describe", "never-built").returncode == 2


def test_help_and_version() -> None:
    assert chainbreak("--version").stdout.startswith("chainbreak ")
    listed = chainbreak("--help").stdout
    for command in ("run", "explain", "report", "list", "describe", "serve", "ctl", "twin"):
        assert f"  {command} " in listed
        assert "Usage: " in chainbreak(command, "--help").stdout
    assert chainbreak().returncode == 2
    assert chainbreak("nonsense").returncode == 2
