"""`chainbreak diff` over real runs, checked against a comparison made here from results.jsonl. Knows no stack by name."""

from __future__ import annotations

import itertools
import json
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from test_run import (PROGRAM, STACKS, chainbreak, check_schema, records,
                      verdicts)

SCENARIOS = ("data-endpoint-policies", "leaf-8-kib")
MISSING = "never@0"
JUDGED = ("connected", "refused")

pytestmark = pytest.mark.skipif(len(STACKS) < 2, reason="one stack build differs from nothing")


def write_device(folder: Path, name: str, stacks: list[str]) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(textwrap.dedent(f"""\
        device: {name}
        title: The device {name}
        units: 10
        stack: [{', '.join(stacks)}]
        trust_store: [amazon-root-ca-1]
        """))
    return path


def run(out: Path, *devices: Path) -> Path:
    options = [o for s in SCENARIOS for o in ("--scenario", s)]
    options += [o for d in devices for o in ("--device", str(d))]
    done = chainbreak("run", *options, "--gate", "none", "--out", out)
    missed = any(MISSING in d.read_text() for d in devices)
    assert done.returncode == (3 if missed else 0), done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One device on every stack build and on one that nobody has, and one on the first only."""
    folder = tmp_path_factory.mktemp("diff")
    return run(folder / "out", write_device(folder, "wide", [*STACKS, MISSING]),
               write_device(folder, "narrow", STACKS[:1]))


def compare(folder: Path, a: str, b: str) -> dict[str, set[str]]:
    """The same question, asked in another language."""
    found: dict[str, set[str]] = {"compared": set(), "differ": set(), "apart": set()}
    every = records(folder)
    for record in every.values():
        other = every.get(f"{record['scenario']}/{record['state']}/wide-{b}")
        if record["device"] != f"wide-{a}" or other is None:
            continue
        place = f"{record['scenario']}/{record['state']}"
        if record["outcome"] not in JUDGED or other["outcome"] not in JUDGED:
            found["apart"].add(place)
            continue
        found["compared"].add(place)
        if any(record[k] != other[k] for k in ("outcome", "reason", "refused_by")):
            found["differ"].add(place)
    return found


def places(pairs: list[dict[str, Any]]) -> set[str]:
    return {f"{p['scenario']}/{p['state']}" for p in pairs if p["device"] == "wide"}


def diff(folder: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    done = chainbreak("diff", "--results", folder, "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_every_pair_of_builds(finished: Path) -> None:
    seen = set()
    for a, b in itertools.combinations(STACKS, 2):
        wanted = compare(finished, a, b)
        if not wanted["compared"]:
            continue
        status, told = diff(finished, "--stack", a, "--stack", b)
        check_schema("diff.json", told)
        assert places(told["cells"]) == wanted["differ"], f"{a} {b}"
        assert places(told["apart"]) == wanted["apart"], f"{a} {b}"
        assert told["totals"]["compared"] == len(wanted["compared"])
        assert told["totals"]["differ"] == len(told["cells"])
        assert told["totals"]["only_a"] == (len(records(finished)) // (len(STACKS) + 2) if a == STACKS[0] else 0)
        assert status == (1 if wanted["differ"] or told["verdicts"] else 0)
        seen.add(status)
    assert 1 in seen, "no two stack builds differ: this test shows nothing"


def test_verdicts_that_differ(finished: Path) -> None:
    every = verdicts(finished)
    judged = ("survives", "breaks", "already-broken", "recovers")
    for a, b in itertools.combinations(STACKS, 2):
        if not compare(finished, a, b)["compared"]:
            continue
        _, told = diff(finished, "--stack", a, "--stack", b)
        wanted = set()
        for scenario in SCENARIOS:
            one, two = every[f"{scenario}/wide-{a}"], every[f"{scenario}/wide-{b}"]
            if one["verdict"] in judged and two["verdict"] in judged and (
                    one["verdict"], one["reason"]) != (two["verdict"], two["reason"]):
                wanted.add(scenario)
        assert {v["scenario"] for v in told["verdicts"]} == wanted, f"{a} {b}"


def differing(folder: Path) -> tuple[str, str, str]:
    for a, b in itertools.combinations(STACKS, 2):
        for place in sorted(compare(folder, a, b)["differ"]):
            return a, b, place
    pytest.fail("no two stack builds differ")


def test_text_names_the_cell_and_both_outcomes(finished: Path) -> None:
    a, b, place = differing(finished)
    done = chainbreak("diff", "--results", finished, "--stack", a, "--stack", b)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    line = lines[lines.index(f"  {place}/wide") + 1]
    left, right = line.strip().split("  vs  ")
    for stack, side in ((a, left), (b, right)):
        record = records(finished)[f"{place}/wide-{stack}"]
        assert side.startswith(f"{stack}: {record['outcome']}")
        assert record["outcome"] == "connected" or record["reason"] in side
    assert "cells compared" in lines[-1]


def test_heap_is_what_the_records_say(finished: Path) -> None:
    told = 0
    for a, b in itertools.combinations(STACKS, 2):
        if not compare(finished, a, b)["compared"]:
            continue
        for row in diff(finished, "--stack", a, "--stack", b)[1]["heap"]:
            place = f"{row['scenario']}/{row['state']}"
            assert row["a"] == records(finished)[f"{place}/wide-{a}"]["peak_heap"]
            assert row["b"] == records(finished)[f"{place}/wide-{b}"]["peak_heap"]
            told += 1
    assert told > 0
    a, b, _ = differing(finished)
    done = chainbreak("diff", "--results", finished, "--stack", a, "--stack", b, "--heap")
    assert ("peak heap in bytes" in done.stdout) == bool(diff(finished, "--stack", a, "--stack", b)[1]["heap"])


def test_scenario_is_a_glob(finished: Path) -> None:
    a, b, _ = differing(finished)
    _, whole = diff(finished, "--stack", a, "--stack", b)
    _, part = diff(finished, "--stack", a, "--stack", b, "--scenario", "leaf-*")
    assert 0 < part["totals"]["compared"] < whole["totals"]["compared"]
    assert {c["scenario"] for c in part["cells"] + part["apart"]} <= {"leaf-8-kib"}


def test_two_runs(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(finished, again)
    status, same = diff(finished, "--against", again)
    assert (status, same["totals"]["differ"]) == (0, 0)
    assert same["totals"]["compared"] > 0
    a, _, place = differing(finished)
    cell = f"{place}/wide-{a}"
    lines = []
    for line in (again / "results.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["cell"] == cell:
            record["outcome"], record["reason"] = "refused", "key-usage"
        lines.append(json.dumps(record))
    (again / "results.jsonl").write_text("\n".join(lines) + "\n")
    status, changed = diff(finished, "--against", again)
    assert status == 1
    assert [c["b"]["cell"] for c in changed["cells"]] == [cell]
    assert changed["cells"][0]["b"]["reason"] == "key-usage"
    status, one = diff(finished, "--against", again, "--stack", STACKS[0] if a != STACKS[0] else STACKS[1])
    assert (status, one["totals"]["differ"]) == (0, 0)


@pytest.mark.parametrize("arguments, told", [
    ((), "name two stack builds"),
    (("--stack", "{a}"), "name two stack builds"),
    (("--stack", "{a}", "--stack", "{a}"), "twice the same"),
    (("--stack", "{a}", "--stack", "nobody@1"), "which has: "),
    (("--stack", "{a}", "--stack", MISSING), "make stacks"),
    (("--stack", "{a}", "--stack", "{b}", "--scenario", "nope*"), "no such scenario"),
    (("--stack", "{a}", "--stack", "{b}", "--format", "xml"), "text or json"),
    (("--stack", "{a}", "--stack", "{b}", "--against", "/nonexistent"), "No such file"),
])
def test_bad_usage(finished: Path, arguments: tuple[str, ...], told: str) -> None:
    filled = [x.format(a=STACKS[0], b=STACKS[1]) for x in arguments]
    done = chainbreak("diff", "--results", finished, *filled)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert done.stdout == ""


def test_a_torn_result_is_told(finished: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(finished, torn)
    with (torn / "results.jsonl").open("a") as f:
        f.write('{"cell": "half')
    done = chainbreak("diff", "--results", torn, "--stack", STACKS[0], "--stack", STACKS[1])
    assert done.returncode == 2
    assert "results.jsonl" in done.stderr


def test_what_is_not_built_is_told_everywhere(finished: Path) -> None:
    plan = json.loads((finished / "plan.json").read_text())
    assert [s["stack"] for s in plan["stacks"] if not s["built"]] == [MISSING]
    for name, below in (("report.html", '<section id="breaks">'), ("report.md", "## breaks")):
        page = (finished / name).read_text()
        top = page[:page.index(below)]
        assert MISSING in top, name
        assert "make stacks" in top, name
        assert "not built" in page[page.index(below):], name


def test_summary_names_what_is_not_built(tmp_path: Path) -> None:
    out = tmp_path / "o"
    device = write_device(tmp_path, "wide", [STACKS[0], MISSING, "never@1"])
    done = chainbreak("run", "--scenario", SCENARIOS[1], "--device", device,
                      "--gate", "none", "--out", out)
    lines = [x for x in done.stdout.splitlines() if MISSING in x and "never@1" in x]
    assert len(lines) == 1
    assert lines[0].startswith("not built") and "make stacks" in lines[0]


def test_builds_in_the_report(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    section = page[page.index('<section id="stacks">'):]
    section = section[:section.index("</section>")]
    for stack in [*STACKS, MISSING]:
        assert section.count(f'<th scope="row">{stack}<') == 1
    measured = [r["peak_heap"] for r in records(finished).values()
                if r["outcome"] == "connected" and r["peak_heap"]]
    assert any(f">{m:,}<" in section for m in measured)


def test_a_path_with_an_apostrophe_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "team's firmware"
    folder.mkdir()
    out = run(folder / "out", write_device(folder, "ours", STACKS[:1]))
    told = chainbreak("explain", f"{SCENARIOS[1]}/ours-{STACKS[0]}", "--in", out).stdout
    command = told.split("\nalone", 1)[1].strip()
    words = shlex.split(command)
    assert words[0] == str(PROGRAM)
    assert str(folder / "ours.yaml") in words
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    again, first = verdicts(folder / "out.cell"), verdicts(out)
    key = f"{SCENARIOS[1]}/ours-{STACKS[0]}"
    assert again[key]["verdict"] == first[key]["verdict"]
