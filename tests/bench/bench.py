"""`make bench`: what the matrix costs, against two bounds measured in the same run.

- cells per second: the built-in matrix, whole and per stack, certificates already minted;
- CPU ratio: CPU time of all processes over the CPU time of the same handshakes done bare in memory by one program
  (no sockets, no JSON, no processes): the bound is 1.25. Beside it, the same over loopback sockets with two processes and
  still no JSON: what a harness with real sockets cannot go below, and what the JSON of the records costs by itself;
- speed-up: for the OpenSSL cells, against starting `openssl s_server` and `s_client` once per case.

Usage: bench.py BUILD_DIR OUT.json
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENOUGH_CPU_SECONDS = 6  # a figure of that length is not repeated
BOUND = 1.25
PER_PROCESS_CASES = 40


def cpu_of(command: list[str]) -> tuple[float, float, str]:
    """User and system CPU seconds of a command and all its children, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"bench: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return (after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime,
            done.stdout)


def median(runs: list[dict], key: str) -> float:
    return sorted(r[key] for r in runs)[len(runs) // 2]


def matrix(build: Path, work: Path, name: str, stacks: list[str], repeats: int = 3) -> dict:
    """The matrix of these stack builds: medians of wall, CPU and run time."""
    out = work / name
    command = [str(build / "bin/chainbreak"), "run", "--quiet", "--gate", "none", "--experiments", "0",
               "--out", str(out), "--keep-work", str(out) + ".work"]
    command += [word for stack in stacks for word in ("--stack", stack)]
    runs = []
    for _ in range(repeats):
        user, system, _ = cpu_of(command)
        run = json.loads((out / "verdicts.json").read_text())["run"]
        runs.append({"cpu": user + system, "system": system,
                     "seconds": run["seconds"], "cells": run["cells"]})
        if sum(r["cpu"] for r in runs) > ENOUGH_CPU_SECONDS:
            break
    return {"cells": runs[0]["cells"], "work": str(out) + ".work",
            **{key: median(runs, key) for key in ("seconds", "cpu", "system")}}


def bare(build: Path, stack: str, *options: str, repeats: int = 3) -> float:
    """CPU seconds of the same handshakes, bare, by the stack's own program."""
    figures = []
    for _ in range(repeats):
        _, _, out = cpu_of([str(build / f"tests/bare-{stack}"), *options])
        figures.append(json.loads(out)["cpu_seconds"])
        if sum(figures) > ENOUGH_CPU_SECONDS:
            break
    return sorted(figures)[len(figures) // 2]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def der_to_pem(path: str, pem: Path) -> list[bytes]:
    """Splits concatenated DER certificates and writes them as PEM."""
    import base64

    data = Path(path).read_bytes()
    certificates = []
    while data:
        size = 4 + int.from_bytes(data[2:4], "big")
        certificates.append(data[:size])
        data = data[size:]
    with pem.open("w") as f:
        for c in certificates:
            f.write("-----BEGIN CERTIFICATE-----\n"
                    + base64.encodebytes(c).decode() + "-----END CERTIFICATE-----\n")
    return certificates


def one_case(chain: dict, anchors: Path, name: str, pem: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "1",
         "-cert", str(pem), "-cert_chain", str(pem), "-key", chain["key"], "-rev"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdout
    for line in server.stdout:  # "ACCEPT": it listens
        if line.startswith(b"ACCEPT"):
            break
    subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(anchors),
         "-servername", name, "-verify_hostname", name, "-verify_return_error"],
        input=b"x\n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    server.kill()
    server.wait()


def per_process(work: str, scratch: Path) -> float:
    """Seconds per case with a server and a client process started for each."""
    states = {s["id"]: s for s in
              json.loads(Path(work, "endpoint.json").read_text())["states"]}
    jobs = [json.loads(line) for line in Path(work, "jobs.jsonl").read_text().splitlines()]
    picked = [j for j in jobs if states[j["state"]]["chains"].get("rsa")]
    picked = picked[:: max(1, len(picked) // PER_PROCESS_CASES)][:PER_PROCESS_CASES]
    cases = []
    for i, job in enumerate(picked):
        chain = states[job["state"]]["chains"]["rsa"]
        pem, anchors = scratch / f"{i}.pem", scratch / f"{i}.anchors"
        der_to_pem(chain["certificates"], pem)
        der_to_pem(job["want"]["anchors"], anchors)
        cases.append((chain, anchors, job["want"]["name"], pem))
    start = time.monotonic()
    for case in cases:
        one_case(*case)
    return (time.monotonic() - start) / len(cases)


def main() -> int:
    build, out = Path(sys.argv[1]), Path(sys.argv[2])
    stacks = [s["stack"] for s in json.loads(subprocess.run(
        [build / "bin/chainbreak", "list", "stacks", "--json"],
        capture_output=True, text=True, check=True).stdout) if s["built"]]
    left_out = [s for s in stacks if not (build / f"tests/bare-{s}").exists()]
    stacks = [s for s in stacks if s not in left_out]
    rate, ratio, speedup, bare_total, sockets_total = {}, {}, {}, 0.0, 0.0
    with tempfile.TemporaryDirectory() as tmp:
        work = Path(tmp)
        whole = matrix(build, work, "all", stacks)
        _, _, out_text = cpu_of([str(build / "tests/bench-records"), str(work / "all/results.jsonl")])
        records = json.loads(out_text)["cpu_seconds"]
        for stack in stacks:
            m = matrix(build, work, stack, [stack])
            b = bare(build, stack, m["work"])
            over_sockets = bare(build, stack, "--sockets", m["work"])
            bare_total += b
            sockets_total += over_sockets
            rate[stack] = m["cells"] / m["seconds"]
            ratio[stack] = m["cpu"] / b
            print(f"{stack}: {m['cells']} cells, {rate[stack]:.0f} cells/s, "
                  f"CPU {m['cpu']:.2f} s (kernel {m['system']:.2f} s), bare {b:.2f} s "
                  f"(over sockets {over_sockets:.2f} s), ratio {ratio[stack]:.2f}")
            if stack == "openssl":
                each = per_process(m["work"], work)
                speedup[stack] = each / (m["seconds"] / m["cells"])
                print(f"{stack}: a process per case takes {each * 1000:.1f} ms a case, "
                      f"{speedup[stack]:.0f} times as long")
    result = {
        "cells_per_second": {"all": whole["cells"] / whole["seconds"], **rate},
        "cpu_ratio_to_bound": {"all": whole["cpu"] / bare_total, **ratio},
        "speedup_over_process_per_case": {"all": speedup.get("openssl"), **speedup},
        "cpu_seconds": {"matrix": whole["cpu"], "kernel": whole["system"],
                        "bare": bare_total, "bare_over_sockets": sockets_total, "records": records},
        "bound": BOUND, "cores": os.cpu_count(), "cells": whole["cells"],
    }
    print(f"all: {whole['cells']} cells, {result['cells_per_second']['all']:.0f} cells/s, "
          f"CPU {whole['cpu']:.2f} s (kernel {whole['system']:.2f} s), bare {bare_total:.2f} s "
          f"(over sockets {sockets_total:.2f} s), ratio {result['cpu_ratio_to_bound']['all']:.2f} (bound {BOUND})")
    print(f"left out, for want of a bare program: {', '.join(left_out) or 'none'}")
    print(f"floor: bare over sockets and the JSON of the records ({records:.2f} s): ratio "
          f"{(sockets_total + records) / bare_total:.2f}")
    out.parent.mkdir(exist_ok=True)
    temporary = out.with_suffix(".new")
    temporary.write_text(json.dumps(result, indent=1) + "\n")
    temporary.replace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
