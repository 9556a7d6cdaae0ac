"""`chainbreak board`: real clients and stack builds in the role of a board, in network namespaces of their own and on the
loopback address. What the bench says is held against what is known of each of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEVICE = Path(__file__).with_name("boards.py")
NAME = "board.example.com"
SMALL = ("--plan", "untrusted-root", "--plan", "leaf-20-percent-larger", "--plan", "wrong-name")
QUICK = ("--open", "150", "--name", NAME)
PLAIN = (*SMALL, *QUICK, "--no-anchors", "--retries", "0", "--drill", "0")
Json = dict[str, Any]

NAMESPACES = """
mount -t tmpfs none /run && ip link set lo up
for i in 1 2; do
    ip netns add b$i && ip link add v$i type veth peer name eth0 netns b$i && ip addr add 10.77.$i.1/24 dev v$i
    ip link set v$i up && ip -n b$i addr add 10.77.$i.2/24 dev eth0 && ip -n b$i link set eth0 up
    ip -n b$i route add default via 10.77.$i.1
done
echo ready && exec cat
"""


def program() -> str:
    for folder in ("build/asan/bin", "build/bin"):
        if (ROOT / folder / "chainbreak").exists():
            return str(ROOT / folder / "chainbreak")
    pytest.fail("chainbreak is not built")


class Bench:
    """A running bench, and the boards that connect to it."""

    def __init__(self, out: Path, *args: str, into: list[str] | None = None, listen: str = "127.0.0.1:0",
                 ending: str = "") -> None:
        self.out, self.into, self.lines, self.devices = out, into or [], [], []
        self.process = subprocess.Popen(
            [*self.into, program(), "board", "--out", f"{out}{ending}", "--listen", listen, *args], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=os.environ | {"CHAINBREAK_HOME": str(ROOT)})
        self.until("listening ")
        self.port = int(re.search(r":(\d+),", self.lines[-1]).group(1))

    def until(self, text: str) -> str:
        while not self.lines or text not in self.lines[-1]:
            line = self.process.stdout.readline()
            assert line, "".join(self.lines) + self.process.stderr.read()
            self.lines.append(line)
        return self.lines[-1]

    def field(self, name: str) -> str:
        return next(line for line in self.lines if line.startswith(name)).split(None, 1)[1].strip()

    @property
    def roots(self) -> Path:
        return Path(f"{self.out}.roots/trust-store.pem")

    def board(self, namespace: str | None = None, host: str = "127.0.0.1", **want: Any) -> subprocess.Popen[bytes]:
        want = {"host": host, "port": self.port, "name": NAME, "roots": str(self.roots)} | want
        enter = [*self.into, "ip", "netns", "exec", namespace] if namespace else []
        self.devices.append(subprocess.Popen([*enter, sys.executable, str(DEVICE), json.dumps(want)],
                                             start_new_session=True))
        return self.devices[-1]

    def end(self, status: int | None = 0) -> Json:
        """Waits until all boards are through."""
        try:
            out, err = self.process.communicate(timeout=120)
        finally:
            self.kill()
        self.lines += out.splitlines(keepends=True)
        assert status is None or self.process.returncode == status, "".join(self.lines) + err
        return json.loads((self.out / "board.json").read_text())

    def kill(self) -> None:
        for device in self.devices:
            if device.poll() is None:
                os.killpg(device.pid, signal.SIGKILL)
            device.wait()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def verdicts(self) -> dict[str, Json]:
        return {v["scenario"]: v for v in json.loads((self.out / "verdicts.json").read_text())["verdicts"]}

    def records(self) -> dict[str, Json]:
        lines = (self.out / "results.jsonl").read_text().splitlines()
        return {"/".join((r["scenario"], r["state"])): r for r in map(json.loads, lines)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Any]:
    running: list[Bench] = []

    def start(*args: str, **kwargs: Any) -> Bench:
        running.append(Bench(tmp_path / "out", *args, **kwargs))
        return running[-1]

    yield start
    for one in running:
        one.kill()


@pytest.fixture(scope="module")
def namespaces() -> Iterator[list[str]]:
    """A network of its own with two more in it, b1 and b2, at 10.77.1.2 and 10.77.2.2. The words to enter it."""
    outer = subprocess.Popen(["unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c", NAMESPACES],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if outer.stdout.readline() != "ready\n":
        outer.communicate()
        pytest.skip("this machine allows no network namespaces")
    yield ["nsenter", "-t", str(outer.pid), "-U", "-n", "-m", "--preserve-credentials"]
    outer.communicate("")


def outcomes(board: Json) -> list[tuple[str, str, str]]:
    return [(s["step"], s["outcome"], s["grade"]) for s in board["steps"]]


def shim(name: str) -> dict[str, Any]:
    path = ROOT / "build/bin" / f"shim-{name}"
    if not path.exists():
        pytest.skip(f"{name} is not built")
    return {"shim": str(path), "want": {}}


def test_a_board_behind_a_network_of_its_own(bench: Any, namespaces: list[str]) -> None:
    """All it has is the bench's address; the name is learned from it."""
    b = bench(*SMALL, "--open", "150", into=namespaces, listen="0.0.0.0:8883")
    b.board("b1", "10.77.1.1", waits="jitter")
    told = b.end()
    board, = told["boards"]
    assert told["name"] == NAME
    assert any("10.77.1.2 asks for board.example.com" in line for line in b.lines)
    assert outcomes(board)[:6] == [
        ("untrusted-root/genuine", "connected", "pass"), ("untrusted-root/own-ca", "refused", "pass"),
        ("wrong-name/genuine", "connected", "pass"), ("wrong-name/other-host", "refused", "pass"),
        ("leaf-20-percent-larger/today", "connected", "pass"), ("leaf-20-percent-larger/larger", "connected", "pass")]
    assert {name: v["verdict"] for name, v in b.verdicts().items()} == {
        "untrusted-root": "refuses", "wrong-name": "refuses", "leaf-20-percent-larger": "survives"}
    assert {r["answer"] for r in board["roots"]} == {"trusted"}
    assert (board["steps"][-1]["retry"], board["steps"][-1]["grade"]) == ("exponential-with-jitter", "pass")
    record = b.records()["untrusted-root/own-ca"]
    assert (record["shim"], record["alert_sent"], record["stack"]) == (None, 48, "bench")
    assert (b.out / "report.html").stat().st_size > 1000


@pytest.mark.parametrize("name", ["openssl", "mbedtls", "wolfssl", "gnutls", "bearssl"])
def test_stack_builds_as_boards(bench: Any, namespaces: list[str], name: str) -> None:
    """Each with one root only: it connects under that one, and refuses the others and the attacks, without the bench
    knowing more than what its endpoint sees."""
    want = shim(name)
    b = bench(*SMALL, *QUICK, "--retries", "5", into=namespaces, listen="0.0.0.0:8883")
    only = next(Path(f"{b.out}.roots/trust-store").glob("*amazon-root-ca-1.*"))
    b.board("b2", "10.77.2.1", roots=str(only), waits="exponential", **want)
    board, = b.end(None)["boards"]
    steps = {s["step"]: s for s in board["steps"]}
    assert steps["untrusted-root/own-ca"]["outcome"] == "refused"
    assert steps["untrusted-root/own-ca"]["grade"] in ("pass", "pass with warnings")
    answers = {r["root"]: r["answer"] for r in board["roots"]}
    assert answers.pop("amazon-root-ca-1") == "trusted"
    assert set(answers.values()) == {"not-known"}
    assert board["steps"][-1]["retry"] in ("exponential", "exponential-with-jitter")


@pytest.mark.parametrize("name", ["openssl", "mbedtls", "wolfssl", "gnutls", "bearssl"])
def test_what_a_board_trusts_shows_or_not(bench: Any, tmp_path: Path, name: str) -> None:
    """A board with the real root, whose key nobody here has: its library shows that it knows the name, or shows no
    difference, and then the bench claims nothing."""
    real = (ROOT / "tests/data/real/amazon-root-ca-1.pem").read_text()
    der = tmp_path / "real.der"
    subprocess.run(["openssl", "x509", "-outform", "DER", "-out", str(der)], input=real, text=True, check=True)
    b = bench("--plan", "untrusted-root", *QUICK, "--retries", "0")
    b.board(roots=str(der), **shim(name))
    board, = b.end(None)["boards"]
    answers = {r["root"]: r["answer"] for r in board["roots"]}
    assert answers.pop("amazon-root-ca-1") in ("known", "no-difference")
    assert set(answers.values()) <= {"not-known", "no-difference"}
    if name == "openssl":
        assert set(answers.values()) == {"not-known"}


@pytest.mark.parametrize("command", [
    ["curl", "-s", "--http0.9", "--max-time", "5", "--cacert", "{roots}", "--resolve", "{name}:{port}:{host}",
     "https://{name}:{port}/"],
    ["sh", "-c", "echo x | timeout 5 openssl s_client -connect {host}:{port} -servername {name} -CAfile {roots} "
                 "-verify_return_error -verify_hostname {name} -quiet"]])
def test_real_programs_as_boards(bench: Any, command: list[str]) -> None:
    b = bench(*PLAIN)
    b.board(command=command)
    b.end()
    assert [v["verdict"] for v in b.verdicts().values()] == ["refuses", "refuses", "survives"]


def test_mosquitto_as_a_board(bench: Any) -> None:
    b = bench(*PLAIN, "--application", "mqtt")
    b.board(command=["mosquitto_pub", "-h", "{name}", "-p", "{port}", "--cafile", "{roots}", "-t", "a/b", "-m", "x", "-q",
                     "1", "-i", "lamp"], name="localhost")
    assert b.end(None)["boards"][0]["steps"][0]["note"].startswith("the device asked for localhost")
    again = bench(*SMALL, "--open", "150", "--name", "localhost", "--no-anchors", "--retries", "0", "--application", "mqtt",
                  "--fresh", "--drill", "0")
    again.board(command=["mosquitto_pub", "-h", "{name}", "-p", "{port}", "--cafile", "{roots}", "-t", "a/b", "-m", "x",
                         "-q", "1", "-i", "lamp"], name="localhost")
    again.end()
    assert [v["verdict"] for v in again.verdicts().values()] == ["refuses", "refuses", "survives"]
    assert again.records()["untrusted-root/genuine"]["endpoint"]["application"]["mqtt"]["client_id"] == "lamp"


def test_drills_of_mqtt(bench: Any) -> None:
    """A real client library, whose ways are known: paho answers and subscribes at each CONNECT, ends a connection without
    PINGRESP, and sends nothing again while the connection stands."""
    pytest.importorskip("paho.mqtt.client")
    b = bench("--plan", "untrusted-root", "--open", "400", "--name", "localhost", "--no-anchors", "--application", "mqtt",
              "--drill", "3500", "--retries", "4", "--gate", "none")
    b.board(client_id="lamp", host="localhost", name="localhost", keep_alive=1, clean=False, waits="exponential")
    board, = b.end()["boards"]
    steps = {s["step"]: s for s in board["steps"]}
    assert steps["untrusted-root/genuine"]["outcome"] == "connected"
    grades = {name.removeprefix("MQTT: "): s["grade"] for name, s in steps.items() if name.startswith("MQTT: ")}
    assert grades.pop("closed each time") == "fail"  # its loop here comes back at once
    assert grades.pop("no CONNACK") in ("fail", "pass with warnings", "pass", "-")
    assert grades == {"no PUBACK": "fail", "no SUBACK": "fail", "no PINGRESP": "pass", "a message of 128 KB": "pass",
                      "a session that has ended": "pass"}
    assert len(steps["MQTT: no CONNACK"]["pauses_ms"]) == 4
    assert board["mqtt"]["connects"] > 0 and board["mqtt"]["published"] > 0 and board["mqtt"]["subscribed"] > 0


def test_a_board_that_verifies_nothing_is_insecure(bench: Any) -> None:
    b = bench(*PLAIN)
    b.board(insecure=True)
    board, = b.end(1)["boards"]
    assert {name: v["verdict"] for name, v in b.verdicts().items()} == {
        "untrusted-root": "insecure", "wrong-name": "insecure", "leaf-20-percent-larger": "survives"}
    assert [grade for _, _, grade in outcomes(board)] == ["pass", "fail", "pass", "fail", "pass", "pass"]


@pytest.mark.parametrize(("waits", "retry", "grade"), [
    ("constant", "constant", "fail"), ("exponential", "exponential", "pass with warnings"), ("gives-up", "none", "fail")])
def test_how_a_board_comes_back(bench: Any, waits: str, retry: str, grade: str) -> None:
    b = bench("--plan", "untrusted-root", *QUICK, "--no-anchors", "--wait", "4", "--retries", "5")
    b.board(waits=waits)
    board, = b.end()["boards"]
    assert (board["steps"][-1]["retry"], board["steps"][-1]["grade"]) == (retry, grade)


def test_several_boards_at_one_address(bench: Any) -> None:
    """Each has its own place in the plan, and a stranger none."""
    b = bench(*PLAIN, "--board", "good=127.0.0.5", "--board", "bad=127.0.0.6", "--gate", "none")
    b.board(source="127.0.0.7")
    b.until("127.0.0.7: none of the boards")
    b.board(source="127.0.0.5")
    b.board(source="127.0.0.6", insecure=True)
    boards = {one["board"]: one for one in b.end()["boards"]}
    assert [o for _, o, _ in outcomes(boards["good"])] == ["connected", "refused"] * 2 + ["connected"] * 2
    assert [o for _, o, _ in outcomes(boards["bad"])] == ["connected"] * 6
    verdicts = json.loads((b.out / "verdicts.json").read_text())["verdicts"]
    assert {(v["device"], v["verdict"]) for v in verdicts if v["scenario"] == "wrong-name"} == {
        ("good-bench", "refuses"), ("bad-bench", "insecure")}


def test_a_board_told_by_its_certificate(bench: Any, tmp_path: Path) -> None:
    """From an address that nobody has named; refusals from there are its own."""
    pem = tmp_path / "device.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    str(pem), "-out", str(tmp_path / "cert.pem"), "-subj", "/CN=device"], check=True, capture_output=True)
    pem.write_text((tmp_path / "cert.pem").read_text() + pem.read_text())
    printed = subprocess.run(["openssl", "x509", "-in", str(pem), "-noout", "-fingerprint", "-sha256"], check=True,
                             capture_output=True, text=True).stdout
    digest = printed.strip().split("=")[1].replace(":", "")
    b = bench(*PLAIN, "--board", f"a=certificate:{digest}", "--board", "b=127.0.0.9", "--wait", "3")
    b.board(certificate=str(pem))
    boards = {one["board"]: one for one in b.end(3)["boards"]}
    assert [o for _, o, _ in outcomes(boards["a"])] == ["connected", "refused"] * 2 + ["connected"] * 2
    assert {o for _, o, _ in outcomes(boards["b"])} == {"error"}


def test_a_bench_that_is_stopped_goes_on(bench: Any) -> None:
    """Killed, not asked: what was told is there, and nothing is asked twice."""
    first = bench(*PLAIN)
    first.board()
    first.until("3/6 wrong-name/genuine: connected")
    first.process.kill()
    first.kill()
    again = bench(*PLAIN)
    again.board()
    again.end()
    told = "".join(again.lines)
    assert "1/6 untrusted-root/genuine" not in told and "3/6 wrong-name/genuine" not in told
    assert "4/6 wrong-name/other-host: refused" in told
    assert [v["verdict"] for v in again.verdicts().values()] == ["refuses", "refuses", "survives"]


def test_slashes_behind_the_folder(bench: Any) -> None:
    """Results, roots and the run that is not whole stand where they do without them."""
    first = bench(*PLAIN, ending="//")
    assert f" {first.out}.roots/ " in first.until("roots ")
    first.board()
    first.until("1/6 untrusted-root/genuine: connected")
    first.kill()
    again = bench(*PLAIN, ending="/")
    again.board()
    again.end()
    assert "1/6 untrusted-root/genuine" not in "".join(again.lines)
    assert sorted(one.name for one in first.out.parent.iterdir()) == ["out", "out.roots"]


def test_a_board_that_never_comes(bench: Any) -> None:
    b = bench(*PLAIN, "--wait", "1")
    board, = b.end(3)["boards"]
    assert {s["outcome"] for s in board["steps"]} == {"error"}
    assert {r["outcome"] for r in b.records().values()} == {"error"}


def test_what_is_no_board_counts_for_nothing(bench: Any) -> None:
    """A port scan, a browser that is lost, half a hello."""
    import socket
    b = bench(*PLAIN)
    for noise in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"):
        with socket.create_connection(("127.0.0.1", b.port)) as sock:
            sock.sendall(noise)
        b.until("no ClientHello; it counts for nothing")
        b.lines.append("\n")
    b.board()
    b.end()
    assert [v["verdict"] for v in b.verdicts().values()] == ["refuses", "refuses", "survives"]


def test_a_trigger_makes_a_board_connect(bench: Any, tmp_path: Path) -> None:
    """The command of the bench is told what is served; the board connects when it is told to."""
    log = tmp_path / "triggered"
    curl = f"curl -s --http0.9 --max-time 5 --cacert {tmp_path}/out.roots/trust-store.pem " \
           f"--resolve {NAME}:$CHAINBREAK_PORT:127.0.0.1 https://{NAME}:$CHAINBREAK_PORT/"
    b = bench(*PLAIN, "--trigger", f'echo "$CHAINBREAK_BOARD $CHAINBREAK_STEP" >> {log}; {curl}')
    b.end()
    assert log.read_text().splitlines() == [f"board {s}" for s in (
        "untrusted-root/genuine", "untrusted-root/own-ca", "wrong-name/genuine", "wrong-name/other-host",
        "leaf-20-percent-larger/today", "leaf-20-percent-larger/larger")]


def test_the_page_follows(bench: Any) -> None:
    b = bench(*PLAIN)
    b.until("steps ")
    url = b.field("page")
    page = urllib.request.urlopen(url).read().decode()
    assert "<title>chainbreak: the bench</title>" in page
    before = json.loads(urllib.request.urlopen(url + "progress.json").read())
    assert before["boards"][0]["at"] == 0 and "outcome" not in before["boards"][0]["steps"][0]
    b.board()
    b.until("2/6 untrusted-root/own-ca")
    after = json.loads(urllib.request.urlopen(url + "progress.json").read())
    assert after["boards"][0]["at"] >= 2
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "evil.example"}))


def test_roots_for_firmware_compile(bench: Any, tmp_path: Path) -> None:
    """What is written for Arduino, ESP-IDF and Zephyr is C, and holds the same roots."""
    b = bench(*PLAIN, "--trust-store", str(ROOT / "tests/data/real/amazon-root-ca-1.pem"))
    roots = Path(f"{b.out}.roots")
    stub = tmp_path / "zephyr/net"
    stub.mkdir(parents=True)
    (stub / "tls_credentials.h").write_text(
        "typedef int sec_tag_t;\nenum { TLS_CREDENTIAL_CA_CERTIFICATE };\n"
        "int tls_credential_add(sec_tag_t tag, int type, const void *cred, unsigned long size);\n")
    for header in ("trust_store.h", "esp-idf/trust_store.h", "zephyr/trust_store.h"):
        source = tmp_path / "a.c"
        source.write_text(f'#include "{roots}/{header}"\nint main(void) {{ return 0; }}\n')
        subprocess.run(["cc", "-Wall", "-Wno-unused", "-Werror", f"-I{tmp_path}", "-fsyntax-only", str(source)], check=True)
    arduino = (roots / "arduino/trust_store.h").read_text()
    pem = re.sub(r"^#.*\n", "", (roots / "trust-store.pem").read_text(), flags=re.M)
    assert arduino.split('R"EOF(\n')[1].split(')EOF"')[0].split() == pem.split()
    assert (roots / "esp-idf/trust_store.pem").read_text().split() == pem.split()


@pytest.mark.parametrize(("args", "said"), [
    (("--board", "A"), "--board A: a name is of a-z"),
    (("--board", "a", "--board", "b"), "several boards are told apart by a key"),
    (("--board", "a=300.1.1.1"), "an IP address, client-id:ID"),
    (("--now", "tomorrow"), "--now: tomorrow: a time"),
    (("--name", "no name"), "--name no name:"),
    (("--plan", "no-such"), "no-such"),
    (("--plan", "dst-root-x3-expires"), "set the board's clock, and --now scenario"),
    (("--application", "gopher"), "--application gopher: byte or mqtt"),
    (("--trust-store", "/no/such"), "/no/such"),
    (("--listen", "here"), "here: not an address"),
    (("--wait", "0"), "--wait 0: a number from 1"),
    (("what",), "what: no argument is expected"),
])
def test_bad_use_is_one_line(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = subprocess.run([program(), "board", "--out", str(tmp_path / "out"), *args], capture_output=True, text=True,
                          timeout=60, env=os.environ | {"CHAINBREAK_HOME": str(ROOT)})
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_board_is_nothing_to_start(tmp_path: Path) -> None:
    """`run` has no program for it, and says where to go."""
    device = tmp_path / "a.yaml"
    device.write_text("device: a\ntitle: A board\nunits: 1\nstack: bench\ntrust_store: [amazon-root-ca-1]\n")
    done = subprocess.run([program(), "run", "--device", str(device), "--out", str(tmp_path / "out"), "--quiet"],
                          capture_output=True, text=True, timeout=60, env=os.environ | {"CHAINBREAK_HOME": str(ROOT)})
    assert done.returncode == 2 and "chainbreak board" in done.stderr
