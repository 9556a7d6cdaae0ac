"""`make bench-connections`: what a connection costs the endpoint, beside mosquitto's and nginx's own TLS in the same run.

- memory: private dirty kB of the process per connected MQTT device, the first few not counted. Behind the endpoint and
  behind nginx (a TLS stream) stands a mosquitto, whose memory is not counted;
- handshakes: new ones per second of the server's own CPU (all its processes), one byte each way inside TLS, no session
  cache, no tickets; the median of the rounds, in which the servers take turns.

Usage: connections.py BUILD_DIR OUT.json [--devices N] [--handshakes N] [--rounds N] [--nginx PATH] [--stream MODULE]
Without an nginx its figures are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

WARM = 50  # connections before anything is measured
WAIT = 10  # seconds
KEYS = {"P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "RSA-2048": ["rsa:2048"]}
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
ENGINES = {"chainbreak": "openssl", "chainbreak by GnuTLS": "gnutls"}
MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"


class Server:
    """A process that serves at `port`; `pid` is the one that has the connections."""

    def __init__(self, command: list[str], port: int = 0, says: str | None = None) -> None:
        # a file, as an access log is one: a reader would take the client's time
        self.out = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self.out, stderr=subprocess.DEVNULL, text=True)
        self.pid, self.port = self.process.pid, port
        if says is not None:  # the endpoint: configuration in, where it listens out
            assert self.process.stdin
            self.process.stdin.write(says + "\n")
            self.process.stdin.flush()
            self.port = self.port_told()

    def port_told(self) -> int:
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            for line in os.pread(self.out.fileno(), 4096, 0).splitlines():
                if b'"port"' in line and line.endswith(b"}"):
                    return json.loads(line)["port"]
            time.sleep(0.02)
        raise SystemExit(f"bench: {self.process.args} does not listen")

    def wait(self) -> None:
        end = time.monotonic() + WAIT
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"bench: nothing listens at {self.port}: {self.process.args}")
            time.sleep(0.02)

    def processes(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def cpu(self) -> float:
        """Seconds, user and system, by the scheduler's own clock: ticks of 10 ms are too coarse."""
        times = [int((task / "schedstat").read_text().split()[0])
                 for p in self.processes() for task in Path(f"/proc/{p}/task").iterdir()]
        return sum(times) / 1e9

    def memory(self) -> int:
        """kB that are its own."""
        return sum(int(Path(f"/proc/{p}/smaps_rollup").read_text().split("Private_Dirty:")[1].split()[0])
                   for p in self.processes())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificates(work: Path) -> None:
    for name, how in KEYS.items():
        base = work / name
        subprocess.run(["openssl", "req", "-x509", "-newkey", *how, "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.pem",
                        "-subj", "/CN=localhost", "-days", "2"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-in", f"{base}.pem", "-outform", "der", "-out", f"{base}.der"], check=True)


def chainbreak(program: str, work: Path, key: str, application: object, engine: str = "openssl") -> Server:
    chain = {"key": f"{work / key}.key", "certificates": f"{work / key}.der"}
    chains = {"rsa": chain if key.startswith("RSA") else None, "ecdsa": None if key.startswith("RSA") else chain}
    return Server([program, "endpoint"], says=json.dumps({
        "threads": 1,
        "limits": {"connections": 60000, "handshake_ms": 60000, "idle_ms": 600000, "message_bytes": 65536},
        "states": [{"id": "bench/state", "listen": "127.0.0.1:0", "clock": int(time.time()), "chains": chains,
                    "tls": {"min": "1.2", "max": "1.3", "suites": [], "groups": [], "signature_algorithms": [],
                            "alpn": [], "max_record": 0},
                    "client_auth": {"mode": "none", "anchors": None}, "application": application, "engine": engine}]}))


def mosquitto(work: Path, key: str | None) -> Server:
    port, path = free_port(), work / f"mosquitto-{key}.conf"
    tls = f"certfile {work / key}.pem\nkeyfile {work / key}.key\n" if key else ""
    path.write_text(f"listener {port} 127.0.0.1\n{tls}allow_anonymous true\nmax_connections -1\nlog_type none\n")
    server = Server([str(MOSQUITTO), "-c", str(path)], port)
    server.wait()
    return server


def nginx(args: argparse.Namespace, work: Path, key: str, does: str) -> Server:
    port, path = free_port(), work / f"nginx-{key}.conf"
    path.write_text(f"""load_module {args.stream}; daemon off; worker_processes 1; pid {work}/nginx.pid;
        error_log /dev/null; worker_rlimit_nofile 60000; events {{ worker_connections 30000; }}
        stream {{ server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {work / key}.pem;
        ssl_certificate_key {work / key}.key; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off;
        ssl_session_tickets off; proxy_timeout 1h; {does}; }} }}""")
    server = Server([args.nginx, "-p", str(work), "-c", str(path)], port)
    server.wait()
    return server


def client(version: str) -> ssl.SSLContext:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    c.minimum_version = c.maximum_version = VERSIONS[version]
    return c


def connect(context: ssl.SSLContext, port: int) -> ssl.SSLSocket:
    """Without Nagle's delay: a server that sleeps 40 ms between a client's two writes pays for waking up cold."""
    s = socket.create_connection(("127.0.0.1", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(s)


def device(context: ssl.SSLContext, port: int, name: str) -> ssl.SSLSocket:
    """Connected, with a keep-alive of ten minutes."""
    body = b"\0\4MQTT\4\2" + (600).to_bytes(2, "big") + len(name).to_bytes(2, "big") + name.encode()
    s = connect(context, port)
    s.sendall(bytes([0x10, len(body)]) + body)
    if (answer := s.recv(4)) != b"\x20\2\0\0":
        raise SystemExit(f"bench: CONNECT was answered with {answer!r}")
    return s


def memory(server: Server, version: str, count: int) -> float:
    context = client(version)
    with contextlib.ExitStack() as held:
        for i in range(WARM):
            held.enter_context(device(context, server.port, f"warm-{i}"))
        before = server.memory()
        for i in range(count):
            held.enter_context(device(context, server.port, f"device-{i}"))
        return round((server.memory() - before) / count, 2)


def handshakes(server: Server, version: str, count: int) -> float:
    """Per second of the server's CPU."""
    context = client(version)
    for i in range(-WARM, count):
        if i == 0:
            before = server.cpu()
        with connect(context, server.port) as s:
            s.sendall(b"x")
            assert len(s.recv(1)) == 1
    return count / (server.cpu() - before)


@contextlib.contextmanager
def stopping(*servers: Server) -> Iterator[list[Server]]:
    try:
        yield list(servers)
    finally:
        for s in servers:
            s.stop()


def measure_memory(args: argparse.Namespace, work: Path, program: str) -> dict:
    figures: dict = {}
    for version in VERSIONS:
        row = figures[f"P-256 TLS {version}"] = {}
        with stopping(mosquitto(work, None)) as [broker]:
            upstream = f"127.0.0.1:{broker.port}"
            for name, engine in ENGINES.items():
                application = {"protocol": "mqtt", "upstream": upstream}
                with stopping(chainbreak(program, work, "P-256", application, engine)) as [s]:
                    row[name] = memory(s, version, args.devices)
            if args.nginx:
                with stopping(nginx(args, work, "P-256", f"proxy_pass {upstream}")) as [s]:
                    row["nginx"] = memory(s, version, args.devices)
        with stopping(mosquitto(work, "P-256")) as [s]:
            row["mosquitto"] = memory(s, version, args.devices)
    return figures


def measure_handshakes(args: argparse.Namespace, work: Path, program: str) -> dict:
    figures: dict = {}
    for key, version in (("P-256", "1.2"), ("P-256", "1.3"), ("RSA-2048", "1.2")):
        started = {name: chainbreak(program, work, key, "byte", engine) for name, engine in ENGINES.items()}
        if args.nginx:
            started["nginx"] = nginx(args, work, key, "return x")
        with stopping(*started.values()):
            rounds = [{name: handshakes(s, version, args.handshakes) for name, s in started.items()}
                      for _ in range(args.rounds)]
        figures[f"{key} TLS {version}"] = {n: round(statistics.median(r[n] for r in rounds)) for n in started}
    return figures


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("build", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--devices", type=int, default=3000)
    p.add_argument("--handshakes", type=int, default=2000)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--nginx", default=shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"))
    p.add_argument("--stream", default=STREAM)
    args = p.parse_args()
    if MOSQUITTO is None:
        raise SystemExit("bench: there is no mosquitto")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as tmp:
        work = Path(tmp)
        work.chmod(0o755)  # mosquitto and nginx give root up
        certificates(work)
        for path in work.iterdir():
            path.chmod(0o644)
        program = str(args.build / "bin/chainbreak")
        figures = {"devices": args.devices, "kB_per_mqtt_device": measure_memory(args, work, program),
                   "handshakes_per_cpu_second": measure_handshakes(args, work, program)}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
