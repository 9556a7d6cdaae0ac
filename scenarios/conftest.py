"""The driver: collects scenario files as tests, has `chainbreak run` run all the selected cells at once, and asserts
verdict by verdict. No meaning lives here: ids, verdicts, expectations and explanations are chainbreak's."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("CHAINBREAK", HOME / "build/bin/chainbreak"))
RESULTS = Path(os.environ.get("CHAINBREAK_RESULTS", HOME / "results/latest"))


def chainbreak(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, check=False
    )


class Plan:
    """What `chainbreak list` says and what one run found."""

    def __init__(self) -> None:
        done = chainbreak("list", "cells", "--json")
        if done.returncode:
            raise pytest.UsageError(done.stderr.strip())
        self.scenarios = {
            Path(s["file"]).resolve(): s for s in json.loads(done.stdout)
        }
        self.verdicts: dict[tuple[str, str], dict] = {}

    def run(self, items: list[VerdictItem]) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".cells") as cells:
            cells.writelines(f"{i.scenario}/{i.device}\n" for i in items)
            cells.flush()
            mark = RESULTS / ".chainbreak"
            before = mark.read_bytes() if mark.exists() else b""
            partial = RESULTS.with_name(RESULTS.name + ".partial")
            if partial.exists():
                print(f"{partial}: a run that was stopped goes")
            done = subprocess.run(
                [PROGRAM, "run", "--cells", cells.name, "--gate", "none",
                 "--out", RESULTS, "--fresh"], check=False)
        verdicts = RESULTS / "verdicts.json"
        # The verdicts of an earlier run say nothing about this one.
        if done.returncode not in (0, 3) or not mark.exists() or mark.read_bytes() == before:
            pytest.exit("chainbreak run failed, see above", done.returncode or 3)
        for v in json.loads(verdicts.read_text())["verdicts"]:
            self.verdicts[v["scenario"], v["device"]] = v


class ScenarioFile(pytest.File):
    def collect(self):
        plan = self.config.stash[PLAN]
        found = plan.scenarios.get(self.path.resolve())
        if not found:
            raise pytest.UsageError(f"{self.path}: not a scenario")
        for device in found["devices"]:
            yield VerdictItem.from_parent(
                self,
                name=f"{found['scenario']}/{found['states'][-1]}/{device['id']}",
                scenario=found["scenario"],
                device=device["id"],
                built=device["built"],
            )


class VerdictItem(pytest.Item):
    def __init__(self, *, scenario: str, device: str, built: bool, **kw) -> None:
        super().__init__(**kw)
        self.scenario, self.device, self.built = scenario, device, built

    def runtest(self) -> None:
        if not self.built:
            pytest.skip("the stack build is not there: see `make stacks`")
        verdict = self.config.stash[PLAN].verdicts.get((self.scenario, self.device))
        if verdict is None or verdict["as_expected"] is not True:
            raise Unexpected(verdict)

    def repr_failure(self, excinfo):
        if not isinstance(excinfo.value, Unexpected):
            return super().repr_failure(excinfo)
        verdict = excinfo.value.verdict
        if verdict is None:
            return "chainbreak run gave no verdict for it"
        told = chainbreak("explain", verdict["cell"], "--in", str(RESULTS))
        return told.stdout + told.stderr

    def reportinfo(self):
        return self.path, None, self.name


class Unexpected(Exception):
    def __init__(self, verdict: dict | None) -> None:
        super().__init__(verdict)
        self.verdict = verdict


PLAN = pytest.StashKey[Plan]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    if file_path.suffix == ".yaml":
        if PLAN not in parent.config.stash:
            parent.config.stash[PLAN] = Plan()
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report, config: pytest.Config):
    """No dot per verdict: the summary of the run says it better."""
    if config.option.verbose > 0 or not report.nodeid.startswith("scenarios/"):
        return None
    if report.passed and report.when == "call":
        return "passed", "", ""
    if report.skipped:
        return "not built", "", ""
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    items = [i for i in session.items if isinstance(i, VerdictItem) and i.built]
    if items and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            session.config.stash[PLAN].run(items)
