"""`chainbreak explain` and what else tells a person about a run: that the story holds what the records hold, that the printed
command runs the cell alone for every kind of run, that nothing from outside steers a terminal. Knows no stack by name."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from test_run import (PROGRAM, SCENARIO, STACKS, SYSTEM_STORE, chainbreak,  # noqa: F401
                      chains, finished, records, verdicts)

STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]")

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")


def alone(told: str) -> str:
    return told.split("\nalone", 1)[1].strip().splitlines()[0]


def test_explain_tells_the_story(finished: Path) -> None:
    device = f"starfield-class-2-only-{STACKS[0]}"
    done = chainbreak("explain", f"{SCENARIO}/{device}", "--in", finished)
    assert done.returncode == 0, done.stderr
    alert = records(finished)[done.stdout.split("\n", 1)[0]]["alert_sent"]
    for part in ("trusts   starfield-class-2",
                 f"alert    the device sent {alert} " if alert else "closed by the device",
                 "outcome  refused: unknown-ca, by the device", "verdict    breaks",
                 "cause ", "mend ", "shown by ", "\nexperiments\n", "run --scenario"):
        assert part in done.stdout, done.stdout


def test_explained_command_reproduces_the_cell(finished: Path) -> None:
    device = f"starfield-class-2-only-{STACKS[0]}"
    told = chainbreak("explain", f"{SCENARIO}/{device}", "--in", finished).stdout
    done = subprocess.run(["sh", "-c", alone(told)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    again = verdicts(Path(f"{finished}.cell"))
    assert list(again) == [f"{SCENARIO}/{device}"]
    first = {k: v for k, v in verdicts(finished).items() if k in again}
    for verdict in (*again.values(), *first.values()):  # experiments stand in the order in which they ended
        verdict["experiments"].sort(key=lambda e: e["change"])
    assert again == first


def test_explain_offers_near_names(finished: Path) -> None:
    done = chainbreak("explain", f"{SCENARIO}/amazon-root-1-onyl-{STACKS[0]}",
                      "--in", finished)
    assert done.returncode == 2
    assert "did you mean" in done.stderr
    assert f"amazon-root-1-only-{STACKS[0]}" in done.stderr


def test_the_path_is_told_link_by_link(finished: Path) -> None:
    told = chainbreak("explain", f"{SCENARIO}/starfield-class-2-only-{STACKS[0]}", "--in", finished).stdout
    assert "number 1 signed it, the key identifiers match" in told
    assert "nothing follows" in told
    assert "names   DNS:" in told
    assert re.search("starfield-class-2, 2004-06-29 to 2034-06-29: not reached, ", told)


def test_again_runs_the_cell(finished: Path) -> None:
    cell = f"{SCENARIO}/starfield-class-2-only-{STACKS[0]}"
    done = chainbreak("explain", cell, "--in", finished, "--again")
    assert done.returncode == 0, done.stdout + done.stderr
    again = done.stdout.split("\nagain", 1)[1]
    assert "it comes out as in the run" in again
    assert "outcome  refused: unknown-ca, by the device" in again


def test_again_tells_another_outcome(finished: Path, tmp_path: Path) -> None:
    """The run's folder says something else than what the cell does."""
    changed = tmp_path / "changed"
    shutil.copytree(finished, changed)
    lines = (changed / "results.jsonl").read_text()
    (changed / "results.jsonl").write_text(lines.replace('"reason":"unknown-ca"', '"reason":"expired"'))
    cell = f"{SCENARIO}/starfield-class-2-only-{STACKS[0]}"
    done = chainbreak("explain", cell, "--in", changed, "--again")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "IT COMES OUT OTHERWISE" in done.stdout


QUICK = {
    "built-in scenarios": ["--trust-store", SYSTEM_STORE],
    "two chains": ["--trust-store", "one.pem", "--chain-before", "chain-one.pem", "--chain-after", "chain-two.pem"],
    "a name and a clock": ["--trust-store", "one.pem", "--chain-before", "chain-one.pem", "--chain-after",
                           "chain-one.pem", "--name", "other.example.net", "--now", "2030-01-01T00:00:00Z"],
    "a pin": ["--trust-store", "one.pem", "--trust-store", "two.pem", "--pin", "PIN", "--chain-before",
              "chain-one.pem", "--chain-after", "chain-two.pem"],
}


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command to make chains with")
@pytest.mark.parametrize("kind", QUICK)
def test_the_command_runs_the_cell_alone_in_the_quick_form(chains: Path, tmp_path: Path, kind: str) -> None:  # noqa: F811
    der = subprocess.run(["openssl", "x509", "-in", chains / "one.pem", "-noout", "-fingerprint", "-sha256"],
                         capture_output=True, text=True, check=True).stdout
    pin = der.split("=", 1)[1].strip()
    words = [str(chains / w) if str(w).endswith(".pem") else pin if w == "PIN" else str(w) for w in QUICK[kind]]
    out = tmp_path / "the team's out"
    done = chainbreak("run", "-q", *words, "--stack", STACKS[0], "--gate", "none", "--out", out)
    assert done.returncode in (0, 3), done.stderr
    first = verdicts(out)
    for key in list(first)[:3]:
        told = chainbreak("explain", key, "--in", out)
        assert told.returncode == 0, told.stderr
        again = subprocess.run(["/bin/sh", "-c", alone(told.stdout)], capture_output=True, text=True, timeout=120,
                               check=False)
        assert again.returncode in (0, 1, 3), again.stderr
        got = verdicts(Path(f"{out}.cell"))
        assert list(got) == [key]
        for part in ("verdict", "reason", "cell", "before", "after"):
            assert got[key][part] == first[key][part], f"{kind}: {key}: {part}"
    done = chainbreak("explain", list(first)[0], "--in", out, "--again")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command to make chains with")
def test_the_command_reads_a_device_file_as_the_run_did(chains: Path, tmp_path: Path) -> None:  # noqa: F811
    """What was left out of its store is left out again."""
    whole = (chains / "one.pem").read_text()
    (tmp_path / "store.pem").write_text(whole + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    device = tmp_path / "ours.yaml"
    device.write_text(f"device: ours\nstack: {STACKS[0]}\ntrust_store: [store.pem]\n")
    out = tmp_path / "out"
    words = ["run", "-q", "--scenario", SCENARIO, "--device", device, "--gate", "none", "--out", out]
    assert chainbreak(*words).returncode == 2
    assert chainbreak(*words, "--skip-damaged").returncode in (0, 3)
    key = next(iter(verdicts(out)))
    command = alone(chainbreak("explain", key, "--in", out).stdout)
    assert " --skip-damaged " in command
    again = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode in (0, 1, 3), again.stderr
    assert list(verdicts(Path(f"{out}.cell"))) == [key]
    done = chainbreak("explain", key, "--in", out, "--again")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(name="hostile")
def hostile_run(tmp_path: Path) -> tuple[Path, str]:
    """A run whose device has escape sequences and a new line in its title, and what it printed."""
    path = tmp_path / "hostile.yaml"
    path.write_text(f'''device: hostile
title: "Red \\e[31m\\x07 and\\nsurvives"
units: 7
stack: {STACKS[0]}
trust_store: [starfield-class-2]
''')
    out = tmp_path / "out"
    done = chainbreak("run", "--scenario", SCENARIO, "--device", path, "--gate", "none", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_nothing_from_outside_steers_a_reader(hostile: tuple[Path, str]) -> None:
    out, summary = hostile
    told = chainbreak("explain", f"{SCENARIO}/hostile-{STACKS[0]}", "--in", out).stdout
    texts = {"summary": summary, "explain": told, "page": (out / "report.html").read_text(),
             "Markdown": (out / "report.md").read_text()}
    for name, text in texts.items():
        assert not STEERING.search(text), name
    for name in ("explain", "page"):
        assert r"Red \x1b[31m\x07 and\x0asurvives" in texts[name], name


def test_the_headline_tells_what_is_kept_lost_and_not_known(hostile: tuple[Path, str], finished: Path) -> None:  # noqa: F811
    out, summary = hostile
    assert "        7  lose (1 types, 1 verdicts)" in summary
    assert "        0  keep (0 types, 0 verdicts)" in summary
    assert "| 7 | 1 | 1 | **lose** |" in (out / "report.md").read_text()
    page = (finished / "report.html").read_text()
    top = page[:page.index("<main>")]
    for word in ("lose", "lost before", "cannot be told", "keep"):
        assert f"<b>{word}</b>" in top


def test_an_experiment_by_hand(finished: Path) -> None:  # noqa: F811
    cell = f"{SCENARIO}/starfield-class-2-only-{STACKS[0]}"
    for change, status, told in (("add-anchor Amazon Root CA 1", 0, "outcome  connected"),
                                 ("no-such-change", 2, "")):
        done = chainbreak("explain", cell, "--in", finished, "--try", change)
        assert done.returncode == status, done.stdout + done.stderr
        assert told in done.stdout.split("\ntried", 1)[-1]
    assert "there are:" in done.stderr
    assert "add-anchor Amazon Root CA 1" in done.stderr
