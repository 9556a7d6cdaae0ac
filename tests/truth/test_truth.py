"""No sentence of the built-in matrix contradicts its own figures, and every mend that is shown was run and connected. Reads the
run that the scenarios' driver has left in results/latest."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "results/latest"
DATES = re.compile(r"[Bb]y the device's clock it is (\S+?)Z?, and (.+?) is valid from (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)")
FAILS = ("breaks", "already-broken", "insecure")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    path = RUN / "verdicts.json"
    assert path.exists() and path.stat().st_mtime > (ROOT / "build/bin/chainbreak").stat().st_mtime, \
        "run the scenarios first: make run-matrix"
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return json.loads((RUN / "plan.json").read_text())


@pytest.fixture(scope="module")
def tried() -> dict[str, Any]:
    with open(RUN / "experiments.jsonl") as lines:
        return {r["cell"]: r for r in map(json.loads, lines)}


def test_every_mend_was_run_and_connected(run: dict[str, Any], tried: dict[str, Any]) -> None:
    seen = 0
    for v in run["verdicts"]:
        for mend in v["mends"]:
            record, seen = tried[mend["cell"]], seen + 1
            # an attack's mend is a check that makes the device refuse
            wanted = "refused" if v["verdict"] == "insecure" else "connected"
            assert record["outcome"] == mend["outcome"] == wanted, mend
    assert seen > 0


def test_mends_can_be_repeated_by_hand(run: dict[str, Any]) -> None:
    """Of one change and of several, spread over the run: `explain --try` connects as the run did."""
    for sort in (lambda m: " + " in m["change"], lambda m: " + " not in m["change"]):
        mends = [m for v in run["verdicts"] for m in v["mends"] if sort(m)]
        assert mends
        for mend in mends[::len(mends) // 12 + 1]:
            cell = mend["cell"].split("#")[0]
            done = subprocess.run([ROOT / "build/bin/chainbreak", "explain", cell, "--in", RUN, "--try", mend["change"]],
                                  capture_output=True, text=True, timeout=60, check=False)
            assert f"outcome  {mend['outcome']}" in done.stdout.split("\ntried", 1)[-1], f"{mend['cell']}: {done.stderr}"


def test_what_fails_has_a_mend_or_is_counted(run: dict[str, Any]) -> None:
    failed = [v for v in run["verdicts"] if v["verdict"] in FAILS]
    undiagnosed = [v for v in failed if v["undiagnosed"]]
    assert all(v["mends"] or v["undiagnosed"] for v in failed)
    assert all(v["cause"] for v in failed)
    assert len(undiagnosed) == run["run"]["undiagnosed"] <= len(failed) * 0.02


def test_no_date_of_what_is_valid(run: dict[str, Any]) -> None:
    seen = 0
    for v in run["verdicts"]:
        for clock, _, start, end in DATES.findall(v["cause"] or ""):
            seen += 1
            assert not start < clock[:10] < end, (v["cell"], v["cause"])
    assert seen > 0


def test_nothing_is_added_that_is_there(run: dict[str, Any], plan: dict[str, Any]) -> None:
    facts = plan["certificates"]
    stores = {d["id"]: {facts[i]["common_name"] for i in d["trust_store"]} for d in plan["devices"]}
    for v in run["verdicts"]:
        for mend in v["mends"]:
            for change in mend["change"].split(" + "):
                name = change.removeprefix("add-anchor ")
                assert name == change or name not in stores[v["device"]], (v["cell"], mend)


def test_no_cause_with_two_equal_names(run: dict[str, Any], plan: dict[str, Any]) -> None:
    """Where a name stands twice in one statement, something tells the two apart."""
    names = {c["common_name"] for c in plan["certificates"] if " " in c["common_name"]}
    for v in run["verdicts"]:
        for statement in (v["cause"] or "").split("; "):
            for name in names:
                places = [m.end() for m in re.finditer(re.escape(name) + r"(?=[ ,.:]|$)", statement)]
                rests = [statement[p:p + 2] for p in places]
                if len(places) > 1 and any(n != name and name in n for n in names):
                    continue  # a part of a longer name
                assert len(places) < 2 or " (" in rests, (v["cell"], statement)


def test_the_figures_of_the_run(run: dict[str, Any]) -> None:
    assert run["run"]["errors"] == run["run"]["unmapped"] == 0
    lines = (RUN / "results.jsonl").stat().st_size
    assert lines / run["run"]["cells"] <= 1200
