"""The account behind the endpoint: its control plane with the unchanged aws CLI and curl. No TLS here: the endpoint is not
joined to it yet."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

ROOT = Path(__file__).parents[2]
SANITIZED = ROOT / "build/asan/tests/account-service"
PROGRAM = SANITIZED if SANITIZED.exists() else ROOT / "build/tests/account-service"
# The distribution's: another one may come first on PATH.
AWS = "/usr/bin/aws" if Path("/usr/bin/aws").exists() else shutil.which("aws")

needs_aws = pytest.mark.skipif(not AWS, reason="no aws CLI (package awscli)")
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="no curl")


class Service:
    """One account, served."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.socket = folder.parent / f"{folder.name}.sock"
        self.options = options
        self.begin()

    def begin(self) -> None:
        self.process = subprocess.Popen([PROGRAM, *self.options, self.folder, self.socket], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = self.process.stdout.readline().strip()
        assert self.port, self.process.communicate()[1]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def finish(self) -> str:
        self.process.terminate()
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return err

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder.parent), "AWS_ACCESS_KEY_ID": "a",
               "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_MAX_ATTEMPTS": "1"}
        return subprocess.run([str(AWS), "--endpoint-url", f"http://127.0.0.1:{self.port}", "--output", "json", "iot",
                               *words], capture_output=True, text=True, env=env, timeout=60, check=False)

    def ask(self, *words: str) -> dict[str, Any]:
        done = self.cli(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(self, *words: str) -> str:
        """The error's name."""
        done = self.cli(*words)
        assert done.returncode == 254, done.stdout + done.stderr
        return done.stderr.split("(", 1)[1].split(")", 1)[0]

    def curl(self, method: str, path: str, *words: str) -> tuple[int, str]:
        done = subprocess.run(["curl", "-sS", "--unix-socket", self.socket, "-X", method, "-w", "\n%{http_code}", *words,
                               f"http://account{path}"], capture_output=True, text=True, timeout=60, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    running: list[Service] = []

    def begin(*options: str, name: str = "account") -> Service:
        running.append(Service(tmp_path / name, *options))
        return running[-1]

    yield begin
    for service in running:
        if service.process.poll() is None:
            service.finish()


def certificate(folder: Path, name: str = "device") -> Path:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "365", "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                   capture_output=True, check=True)
    return folder / f"{name}.pem"


@needs_aws
def test_endpoints_are_made_once(serve: Callable[..., Service]) -> None:
    """Source 001: the first call creates an endpoint, later ones give the same; no type is the legacy one."""
    account = serve("--era", "2018")
    ats = account.ask("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
    assert ats.endswith("-ats.iot.us-east-1.amazonaws.com")
    legacy = account.ask("describe-endpoint")["endpointAddress"]
    assert legacy.endswith(".iot.us-east-1.amazonaws.com") and "-ats." not in legacy
    account.kill()
    account.begin()
    assert account.ask("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"] == ats
    assert account.ask("describe-endpoint")["endpointAddress"] == legacy
    assert account.refused("describe-endpoint", "--endpoint-type", "iot:Nothing") == "InvalidRequestException"


@needs_aws
@pytest.mark.parametrize("options", [("--era", "2026"), ("--era", "2018", "--region", "ap-south-1")])
def test_no_legacy_endpoint(serve: Callable[..., Service], options: tuple[str, ...]) -> None:
    """Retired in 2026; regions opened after May 2018 never had it (source 001)."""
    account = serve(*options)
    assert account.refused("describe-endpoint", "--endpoint-type", "iot:Data") == "InvalidRequestException"
    assert account.ask("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]


@needs_aws
def test_a_device_is_registered(serve: Callable[..., Service], tmp_path: Path) -> None:
    account = serve()
    pem = certificate(tmp_path)
    made = account.ask("register-certificate-without-ca", "--certificate-pem", f"file://{pem}", "--status", "ACTIVE")
    arn, number = made["certificateArn"], made["certificateId"]
    assert arn.endswith(f":cert/{number}") and len(number) == 64
    assert account.refused("register-certificate-without-ca", "--certificate-pem",
                           f"file://{pem}") == "ResourceAlreadyExistsException"
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
    account.ask("create-policy", "--policy-name", "all", "--policy-document", document)
    account.ask("attach-policy", "--policy-name", "all", "--target", arn)
    account.ask("create-thing", "--thing-name", "thermostat")
    account.ask("attach-thing-principal", "--thing-name", "thermostat", "--principal", arn)
    account.kill()
    account.begin()
    assert account.ask("describe-certificate", "--certificate-id",
                       number)["certificateDescription"]["status"] == "ACTIVE"
    assert [p["policyName"] for p in account.ask("list-attached-policies", "--target", arn)["policies"]] == ["all"]
    assert account.ask("list-thing-principals", "--thing-name", "thermostat")["principals"] == [arn]
    assert account.refused("delete-certificate", "--certificate-id", number) == "CertificateStateException"
    account.ask("update-certificate", "--certificate-id", number, "--new-status", "INACTIVE")
    assert account.refused("delete-certificate", "--certificate-id", number) == "DeleteConflictException"
    account.ask("detach-policy", "--policy-name", "all", "--target", arn)
    account.ask("detach-thing-principal", "--thing-name", "thermostat", "--principal", arn)
    account.ask("delete-certificate", "--certificate-id", number)
    assert account.refused("describe-certificate", "--certificate-id", number) == "ResourceNotFoundException"


@needs_curl
def test_a_domain_is_configured(serve: Callable[..., Service]) -> None:
    """Sources 000 and 003: an endpoint has a TLS policy, which can be changed. The distribution's aws CLI is older than
    that option."""
    account = serve()
    path = "/domainConfigurations/iot:Data-ATS"
    account.curl("GET", "/endpoint?endpointType=iot:Data-ATS")
    change = {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_2_2022_10"}}
    status, body = account.curl("PUT", path, "-d", json.dumps(change))
    assert status == 200, body
    assert json.loads(account.curl("GET", path)[1])["tlsConfig"] == change["tlsConfig"]
    status, body = account.curl("PUT", path, "-d", '{"tlsConfig": {"securityPolicy": "TLS13_only"}}')
    assert status == 400 and "TLS13_only" in json.loads(body)["message"]
    assert json.loads(account.curl("GET", path)[1])["tlsConfig"] == change["tlsConfig"]


@needs_curl
@pytest.mark.parametrize("method, path, words, status", [
    ("GET", "/nothing", [], 404),
    ("PATCH", "/endpoint", [], 405),
    ("POST", "/policies/a", ["-d", "{"], 400),
    ("POST", "/policies/a", ["-d", '{"policyDocument": 7}'], 400),
    ("POST", "/policies/a", ["-d", "LARGE"], 413),
    ("POST", "/certificate/register-no-ca", ["-d", '{"certificatePem": "no"}'], 400),
    ("GET", "/certificates/..%2f..", [], 400),
])
def test_bad_requests(serve: Callable[..., Service], tmp_path: Path, method: str, path: str, words: list[str], status: int) -> None:
    account = serve()
    (tmp_path / "large").write_text("x" * 2_000_000)
    words = [f"@{tmp_path}/large" if w == "LARGE" else w for w in words]
    got, body = account.curl(method, path, *words)
    assert got == status, body
    assert account.curl("GET", "/endpoint?endpointType=iot:Data-ATS")[0] == 200


def test_one_process_at_a_time(serve: Callable[..., Service], tmp_path: Path) -> None:
    account = serve()
    second = subprocess.run([PROGRAM, account.folder, tmp_path / "other.sock"], capture_output=True, text=True, timeout=60,
                            check=False, stdin=subprocess.DEVNULL, env=os.environ)
    assert second.returncode != 0 and second.stderr.count("\n") == 1, second.stderr
