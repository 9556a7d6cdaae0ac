"""A whole account in one command: the control plane through the aws CLI and curl, devices through mosquitto's clients."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
AWS = "/usr/bin/aws" if Path("/usr/bin/aws").exists() else shutil.which("aws")
PROGRAM = next((p for p in (ROOT / "build/asan/bin/chainbreak", ROOT / "build/bin/chainbreak") if p.exists()), None)

pytestmark = [pytest.mark.skipif(PROGRAM is None, reason="chainbreak is not built"),
              pytest.mark.skipif(not shutil.which("mosquitto") and not Path("/usr/sbin/mosquitto").exists(),
                                 reason="there is no mosquitto"),
              pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="there is no mosquitto_pub"),
              pytest.mark.skipif(not AWS, reason="there is no aws CLI (package awscli)")]

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iot:us-east-1:123456789012:{kind}/{name}"


class Account:
    """`serve --account`, and what is typed around it."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen([str(PROGRAM), "serve", "--account", str(folder / "account"), *more],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        self.start = ""
        for line in self.process.stdout:
            self.start += line
            if line.startswith("Ctrl-C"):
                break
        else:
            raise AssertionError(self.process.stderr.read())
        self.anchors = re.search(r"^anchors +(.*)$", self.start, re.M)[1]
        self.ports = {f"{name} {port}": int(at) for name, at, port in
                      re.findall(r"^(\S.*?) +\S+, at \S+:(\d+) \(.*?(8443|443|8883|VeriSign|HTTPS)", self.start, re.M)}

    def end_of(self, client: str) -> str:
        """What is told of a client's connection when it is over."""
        for line in self.process.stdout:
            if f"client {client}," in line:
                return line
        raise AssertionError(f"{client}: the account ended before")

    def end(self, how: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, err = self.process.communicate(timeout=60)
        if how == signal.SIGTERM:
            assert self.process.returncode == 0, err

    def aws(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(AWS), "--endpoint-url", f"https://localhost:{self.ports['control plane HTTPS']}",
                               "--ca-bundle", self.anchors, "--region", "us-east-1", "--no-sign-request", "--output", "json",
                               "iot", *words], capture_output=True, text=True, timeout=60, check=False, cwd=self.folder,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true",
                                   "AWS_MAX_ATTEMPTS": "1"})

    def call(self, *words: str) -> Any:
        done = self.aws(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def https(self, device: str, target: str, *words: str) -> tuple[int, Any]:
        """A message over HTTPS: the status, and what was answered."""
        who = ["--cert", f"{device}.crt", "--key", f"{device}.key"]
        name = re.search(r"^iot:Data-ATS +(\S+),", self.start, re.M)[1]
        done = subprocess.run(["curl", "-sS", "--capath", "/dev/null", "--cacert", self.anchors, *who, "-w", "\n%{http_code}",
                               "--connect-to", f"::127.0.0.1:{self.ports['iot:Data-ATS 8443']}", *words,
                               f"https://{name}{target}"], capture_output=True, text=True, timeout=30, check=False,
                              cwd=self.folder)
        assert done.returncode == 0, done.stderr
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body)

    def curl(self, path: str, *words: str) -> Any:
        done = subprocess.run(["curl", "-sS", "--fail-with-body", "--capath", "/dev/null", "--cacert", self.anchors, *words,
                               f"https://localhost:{self.ports['control plane HTTPS']}/{path}"],
                              capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def device(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """A new ACTIVE certificate with a policy of its own; its ARN. Files NAME.crt and NAME.key."""
        made = self.call("create-keys-and-certificate", "--set-as-active", "--certificate-pem-outfile", f"{name}.crt",
                         "--private-key-outfile", f"{name}.key")
        if policy is not None:
            self.call("create-policy", "--policy-name", name, "--policy-document", json.dumps(policy))
            self.call("attach-policy", "--policy-name", name, "--target", made["certificateArn"])
        return made["certificateArn"]

    def client(self, program: str, device: str, port: str, *words: str) -> list[str]:
        return [program, "-h", "127.0.0.1", "-p", str(self.ports[port]), "--cafile", self.anchors, "--insecure", "--cert",
                f"{device}.crt", "--key", f"{device}.key", "-i", f"{device}-{program[-3:]}", "-q", "1", *words]

    def publish(self, device: str, topic: str, message: str, *words: str, port: str = "iot:Data-ATS 8883") -> int:
        return subprocess.run(self.client("mosquitto_pub", device, port, "-t", topic, "-m", message, *words),
                              capture_output=True, timeout=30, check=False, cwd=self.folder).returncode

    def listen(self, device: str, topic: str, *words: str, port: str = "iot:Data-ATS 8883") -> subprocess.Popen[str]:
        """A subscriber that waits for one message, once it has subscribed."""
        listener = subprocess.Popen(["stdbuf", "-oL", *self.client("mosquitto_sub", device, port, "-t", topic, "-C", "1", "-W", "20", "-d", *words)],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder)
        for line in listener.stdout:
            if "SUBACK" in line:
                break
        return listener


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    served = Account(tmp_path_factory.mktemp("served"), "--era", "2018")
    served.device("all", EVERYTHING)
    yield served
    served.end()


def test_the_address_is_the_same_to_everybody(account: Account) -> None:
    told = account.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
    assert f" {told}, at" in account.start
    legacy = account.call("describe-endpoint")["endpointAddress"]
    assert legacy == told.replace("-ats.", ".")
    assert account.curl("endpoint?endpointType=iot:Data-ATS") == {"endpointAddress": told}


def test_the_control_plane_wants_tls_1_2(account: Account) -> None:
    at = f"https://localhost:{account.ports['control plane HTTPS']}/endpoint"
    for version, status in (("1.1", 35), ("1.2", 0)):
        curl = subprocess.run(["curl", "-sS", "-o", "/dev/null", "--capath", "/dev/null", "--cacert", account.anchors,
                               "--tls-max", version, "--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0", at],
                              capture_output=True, timeout=30, check=False)
        assert curl.returncode == status, curl.stderr


@pytest.mark.parametrize("ports", [("iot:Data-ATS 8883", "iot:Data VeriSign"), ("iot:Data VeriSign", "iot:Data-ATS 8883"),
                                   ("iot:Data-ATS 443", "iot:Data-ATS 8883")])
def test_all_addresses_are_one_account(account: Account, ports: tuple[str, str]) -> None:
    """Devices at the older endpoint and at the newer one exchange messages (and by ALPN on one port)."""
    alpn = [["--tls-alpn", "x-amzn-mqtt-ca"] if "443" in p else [] for p in ports]
    with account.listen("all", "both/#", *alpn[0], port=ports[0]) as listener:
        assert account.publish("all", "both/one", "hello", *alpn[1], port=ports[1]) == 0
        assert "hello" in listener.communicate(timeout=30)[0]


@pytest.mark.parametrize("name, root", [("iot:Data-ATS", "Amazon"), ("iot:Data", "Symantec"), (None, "Amazon"), ("x.example", "")])
def test_one_port_serves_both_addresses(account: Account, name: str | None, root: str) -> None:
    """By SNI; who sends none gets the newer one, who asks for somebody else is refused."""
    address = account.call("describe-endpoint", "--endpoint-type", name)["endpointAddress"] if name and ":" in name else name
    shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{account.ports['iot:Data-ATS 8883']}", "-showcerts",
                            *(["-servername", address] if address else ["-noservername"]), "-cert", "all.crt", "-key",
                            "all.key"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
                           cwd=account.folder)
    if root:
        assert re.search(rf"1 s:.*{root}", shown.stdout), shown.stdout[:500]
    else:
        assert "unrecognized name" in shown.stderr


def test_alpn_is_needed_where_ports_are_shared(account: Account) -> None:
    assert account.publish("all", "a", "b", "--tls-alpn", "x-amzn-mqtt-ca", port="iot:Data-ATS 443") == 0
    assert account.publish("all", "a", "b", port="iot:Data-ATS 443") != 0
    assert account.publish("all", "a", "b", "--tls-alpn", "h2", port="iot:Data-ATS 443") != 0


@pytest.mark.parametrize(("target", "topic"), [("/topics/h/1?qos=1", "h/1"), ("/topics/h/2?qos=0", "h/2"),
                                               ("/topics/h/3", "h/3"), ("/topics/h%2F4%20x?qos=1", "h/4 x")])
def test_a_message_over_https(account: Account, target: str, topic: str) -> None:
    """curl on the one side, a subscriber of MQTT on the other."""
    with account.listen("all", "h/#", "-v") as listener:
        status, told = account.https("all", target, "-d", "hello")
        assert (status, told["message"]) == (200, "OK") and told["traceId"]
        assert f"{topic} hello" in listener.communicate(timeout=30)[0]


@pytest.mark.parametrize(("alpn", "served"), [("x-amzn-http-ca", True), ("x-amzn-mqtt-ca", False), ("mqtt", False)])
def test_https_on_the_port_of_mqtt(account: Account, alpn: str, served: bool) -> None:
    """ALPN says what is spoken; HTTP where MQTT was agreed to is closed."""
    raw = socket.create_connection(("127.0.0.1", account.ports["iot:Data-ATS 443"]), timeout=20)
    ctx = ssl.create_default_context(cafile=account.anchors)
    ctx.check_hostname = False
    ctx.load_cert_chain(account.folder / "all.crt", account.folder / "all.key")
    ctx.set_alpn_protocols([alpn])
    with account.listen("all", "p/#") as listener, ctx.wrap_socket(raw) as tls:
        tls.sendall(b"POST /topics/p/443?qos=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        said = b""
        try:
            while more := tls.recv(4096):
                said += more
        except ConnectionResetError:
            pass
        assert said.startswith(b"HTTP/1.1 200 OK") == served and (b'"message":"OK"' in said) == served
        if not served:
            assert account.publish("all", "p/443", "hello") == 0
        assert "hello" in listener.communicate(timeout=30)[0]


def test_the_largest_message_over_https(account: Account) -> None:
    for size, status in ((128 * 1024, 200), (128 * 1024 + 1, 413)):
        (account.folder / "large").write_bytes(b"x" * size)
        assert account.https("all", "/topics/h/large?qos=1", "--data-binary", "@large")[0] == status


@pytest.mark.parametrize(("target", "words", "status"), [
    ("/topics/h/1?qos=2", ("-d", "x"), 400), ("/topics/h/1?qos=x", ("-d", "x"), 400), ("/topics/", ("-d", "x"), 400),
    ("/topics/h/%23", ("-d", "x"), 400), ("/topics/h/+", ("-d", "x"), 400), ("/topics/$aws/x", ("-d", "x"), 400),
    ("/topics/h/%00", ("-d", "x"), 400), ("/topics/h/%ff", ("-d", "x"), 400), ("/topics/" + "a/" * 8 + "a", ("-d", "x"), 400),
    ("/topics/" + "a" * 257, ("-d", "x"), 400), ("/topics/" + "a" * 256, ("-d", "x"), 200), ("/other", ("-d", "x"), 404),
    ("/topics/h/1", (), 405), ("/topics/h/1", ("-X", "PUT", "-d", "x"), 405),
    ("/topics/h/1", ("-H", "Transfer-Encoding: chunked", "-d", "x"), 400)])
def test_requests_that_are_none(account: Account, target: str, words: tuple[str, ...], status: int) -> None:
    assert account.https("all", target, "--http1.1", *words)[0] == status


def test_who_may_publish_over_https(account: Account) -> None:
    """The policy for the topic, of this certificate, as it is now; connecting is asked of nobody."""
    rule = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:Publish", "Resource": arn("topic", "h/mine")}]}
    made = account.device("poster", rule)
    assert account.https("poster", "/topics/h/mine?qos=1", "-d", "x")[0] == 200
    assert account.https("poster", "/topics/h/other?qos=1", "-d", "x")[0] == 403
    account.call("update-certificate", "--certificate-id", made.rsplit("/", 1)[1], "--new-status", "INACTIVE")
    assert account.https("poster", "/topics/h/mine?qos=1", "-d", "x")[0] == 403
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "unknown.key", "-out", "unknown.crt", "-subj", "/CN=unknown"], capture_output=True, check=True,
                   cwd=account.folder)
    assert account.https("unknown", "/topics/h/mine?qos=1", "-d", "x")[0] == 403


def test_two_messages_over_one_connection(account: Account) -> None:
    name = re.search(r"^iot:Data-ATS +(\S+),", account.start, re.M)[1]
    urls = [f"https://{name}/topics/h/{n}?qos=1" for n in (1, 2)]
    done = subprocess.run(["curl", "-v", "--capath", "/dev/null", "--cacert", account.anchors, "--cert", "all.crt", "--key",
                           "all.key", "--connect-to", f"::127.0.0.1:{account.ports['iot:Data-ATS 8443']}", "-d", "x", *urls],
                          capture_output=True, text=True, timeout=30, check=True, cwd=account.folder)
    assert done.stdout.count('"message":"OK"') == 2
    assert "Re-using existing connection" in done.stderr


def test_https_is_served_while_the_broker_is_away(tmp_path: Path) -> None:
    """An answer of its own, and the message is not said to be there; a client that comes later is served again."""
    served = Account(tmp_path)
    try:
        served.device("all", EVERYTHING)
        assert served.https("all", "/topics/h/1?qos=1", "-d", "x")[0] == 200
        broker = subprocess.run(["pgrep", "-P", str(served.process.pid), "mosquitto"], capture_output=True, text=True,
                                check=True).stdout.split()
        subprocess.run(["kill", "-9", *broker], check=True)
        assert served.https("all", "/topics/h/1?qos=1", "-d", "x")[0] == 503
        assert served.https("all", "/other", "-d", "x")[0] == 404
    finally:
        served.end()


POLICIES: dict[str, tuple[list[tuple[str, str, str]], str, bool]] = {
    # effect, action, resource; topic; may it publish
    "nothing": ([], "t/1", False),
    "no-connect": ([("Allow", "iot:Publish", "*")], "t/1", False),
    "topic": ([("Allow", "iot:Connect", "*"), ("Allow", "iot:Publish", arn("topic", "t/1"))], "t/1", True),
    "other-topic": ([("Allow", "iot:Connect", "*"), ("Allow", "iot:Publish", arn("topic", "t/2"))], "t/1", False),
    "client-id": ([("Allow", "iot:Connect", arn("client", "client-id-pub")), ("Allow", "iot:Publish", "*")], "t/1", True),
    "other-id": ([("Allow", "iot:Connect", arn("client", "x")), ("Allow", "iot:Publish", "*")], "t/1", False),
    "deny": ([("Allow", "iot:*", "*"), ("Deny", "iot:Publish", arn("topic", "t/*"))], "t/1", False),
    "near-deny": ([("Allow", "iot:*", "*"), ("Deny", "iot:Publish", arn("topic", "u/*"))], "t/1", True),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policies(account: Account, name: str) -> None:
    """Seen on the other side: a message arrives, or the next one, of somebody who may, arrives in its place."""
    statements, topic, may = POLICIES[name]
    policy = {"Version": "2012-10-17",
              "Statement": [{"Effect": e, "Action": a, "Resource": r} for e, a, r in statements]} if statements else None
    account.device(name, policy)
    with account.listen("all", "t/#") as listener:
        account.publish(name, topic, "of-the-device")
        assert account.publish("all", topic, "of-another") == 0
        assert ("of-the-device" if may else "of-another") in listener.communicate(timeout=30)[0]


def test_who_may_not_receive_hears_nothing(account: Account) -> None:
    rule = [("iot:Connect", "*"), ("iot:Subscribe", "*"), ("iot:Receive", arn("topic", "r/open"))]
    account.device("deaf", {"Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in rule]})
    with account.listen("deaf", "r/#") as listener:
        assert account.publish("all", "r/closed", "closed") == 0
        assert account.publish("all", "r/open", "open") == 0
        heard = listener.communicate(timeout=30)[0]
    assert "open" in heard and "closed" not in heard.replace("r/closed", "")


@pytest.mark.parametrize("status", ["INACTIVE", "REVOKED"])
def test_only_an_active_certificate_comes_in(account: Account, status: str) -> None:
    made = account.device(f"was-{status}", EVERYTHING)
    assert account.publish(f"was-{status}", "s/1", "x") == 0
    account.call("update-certificate", "--certificate-id", made.rsplit("/", 1)[1], "--new-status", status)
    assert account.publish(f"was-{status}", "s/1", "x") != 0


def test_an_unknown_certificate_is_closed_at_connect(account: Account) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "stranger.key", "-out", "stranger.crt", "-subj", "/CN=stranger"], capture_output=True, check=True,
                   cwd=account.folder)
    assert account.publish("stranger", "s/1", "x") != 0
    told = account.end_of("stranger-pub")
    assert "handshake done" in told and "closed for not-allowed" in told


def test_a_change_holds_for_those_that_are_connected(account: Account) -> None:
    """The policy goes while the device is connected: its next message does not arrive."""
    target = account.device("fickle", EVERYTHING)
    talker = subprocess.Popen(account.client("mosquitto_pub", "fickle", "iot:Data-ATS 8883", "-t", "f/1", "-l"),
                              stdin=subprocess.PIPE, text=True, cwd=account.folder)
    with account.listen("all", "f/#") as listener:
        talker.stdin.write("first\n")
        talker.stdin.flush()
        assert "first" in listener.communicate(timeout=30)[0]
    account.call("detach-policy", "--policy-name", "fickle", "--target", target)
    with account.listen("all", "f/#") as listener:
        talker.stdin.write("second\n")
        talker.stdin.flush()
        assert "closed for not-allowed" in account.end_of("fickle-pub")
        talker.kill()
        assert account.publish("all", "f/1", "of-another") == 0
        assert "of-another" in listener.communicate(timeout=30)[0]
    talker.communicate()


def tls_1_2(account: Account) -> int:
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{account.ports['iot:Data-ATS 8883']}", "-tls1_2",
                           "-CAfile", account.anchors, "-verify_return_error", "-cert", "all.crt", "-key", "all.key"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False,
                          cwd=account.folder).returncode


def test_a_policy_of_tls_holds_for_new_connections(account: Account) -> None:
    """TLS 1.2 ends for those who come from now on, and comes back; whoever is connected stays. (The packaged aws CLI is older
    than this parameter.)"""
    assert tls_1_2(account) == 0
    with account.listen("all", "p/#") as listener:
        for policy, status in (("IoTSecurityPolicy_TLS13_1_3_2022_10", 1), ("IoTSecurityPolicy_TLS13_1_2_2022_10", 0)):
            account.curl("domainConfigurations/iot:Data-ATS", "-X", "PUT", "-d",
                         json.dumps({"tlsConfig": {"securityPolicy": policy}}))
            assert tls_1_2(account) == status
        assert account.publish("all", "p/1", "still here") == 0
        assert "still here" in listener.communicate(timeout=30)[0]


def ctl(account: Account, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROGRAM), "ctl", *words], capture_output=True, text=True, timeout=60, check=False,
                          cwd=account.folder)


def test_ctl_tells_what_the_control_plane_tells(account: Account) -> None:
    for words, path in ((["list"], "domainConfigurations"), (["describe", "iot:Data-ATS"], "domainConfigurations/iot:Data-ATS"),
                        (["endpoint", "iot:Data"], "endpoint?endpointType=iot:Data")):
        told = ctl(account, "account", *words)
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout) == account.curl(path)


def test_a_rollover_is_played_from_a_shell(account: Account) -> None:
    """Whoever is connected stays, new ones get what was said, and the account's terminal tells of it."""
    assert tls_1_2(account) == 0
    with account.listen("all", "ctl/#") as listener:
        for policy, status in (("IoTSecurityPolicy_TLS13_1_3_2022_10", 1), ("IoTSecurityPolicy_TLS13_1_2_2022_10", 0)):
            told = ctl(account, "account", "policy", "iot:Data-ATS", policy)
            assert told.returncode == 0, told.stderr
            assert tls_1_2(account) == status
            assert any(f"): {policy} for new connections" in line and "iot:Data-ATS (" in line for line in account.process.stdout)
        assert account.publish("all", "ctl/1", "still here") == 0
        assert "still here" in listener.communicate(timeout=30)[0]


@pytest.mark.parametrize("words, told", [
    (["account", "policy", "iot:Data-ATS", "Nobodys"], "Security policy Nobodys does not exist"),
    (["account", "describe", "nobody"], "nobody"),
    (["account", "describe", "x HTTP/1.0"], "'x HTTP/1.0' is no name"),
    (["account", "describe", ""], "'' is no name"),
    (["account", "describe"], "words behind it: 1, not 0"),
    (["account", "drop"], "'drop' is not list, describe, endpoint, policy, chain or follow"),
    (["account"], "say the account's folder and what to do"),
    (["nowhere", "list"], "is the account served"),
    (["x" * 120, "list"], "the path of a socket has at most"),
])
def test_ctl_says_what_is_wrong(account: Account, words: list[str], told: str) -> None:
    done = ctl(account, *words)
    assert done.returncode == 2 and not done.stdout
    assert told in done.stderr and len(done.stderr.splitlines()) == 1


def reaches(address: str, port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(20)
        return s.connect_ex((address, port)) == 0


@pytest.mark.parametrize("address", [None, "0.0.0.0"])
def test_it_stays_on_the_loopback_address_unless_told(tmp_path: Path, address: str | None) -> None:
    """127.0.0.2 is this machine as well, and not where it listens by itself. The control plane stays."""
    served = Account(tmp_path, *(["--listen", address] if address else []))
    try:
        data, control = served.ports["iot:Data-ATS 8883"], served.ports["control plane HTTPS"]
        assert reaches("127.0.0.1", data) and reaches("127.0.0.1", control)
        assert reaches("127.0.0.2", data) == (address is not None)
        assert not reaches("127.0.0.2", control)
        assert ("listens       beyond this machine, on 0.0.0.0" in served.start) == (address is not None)
        served.device("all", EVERYTHING)
        assert served.publish("all", "a", "b") == 0
    finally:
        served.end()


def is_free(port: int) -> bool:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_the_ports_of_aws(tmp_path: Path) -> None:
    if not all(map(is_free, (443, 8443, 8883))):
        pytest.skip("a port of 443, 8443 and 8883 is in use, or not for this user")
    served = Account(tmp_path, "--aws-ports")
    try:
        assert {p: served.ports[f"iot:Data-ATS {p}"] for p in (443, 8883)} == {443: 443, 8883: 8883}
        assert "127.0.0.1:8443 (as on port 8443" in served.start
        served.device("all", EVERYTHING)
        assert served.publish("all", "a", "b") == 0
    finally:
        served.end()


@pytest.fixture
def boto(account: Account) -> Any:
    boto3 = pytest.importorskip("boto3", reason="there is no boto3 (package python3-boto3)")
    from botocore import UNSIGNED
    from botocore.config import Config

    return boto3.session.Session(region_name="us-east-1").client(
        "iot", endpoint_url=f"https://localhost:{account.ports['control plane HTTPS']}", verify=account.anchors,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={}))


def test_boto3_is_told_the_same(account: Account, boto: Any) -> None:
    told = boto.describe_endpoint(endpointType="iot:Data-ATS")
    assert told["endpointAddress"] == account.curl("endpoint?endpointType=iot:Data-ATS")["endpointAddress"]
    with pytest.raises(boto.exceptions.InvalidRequestException):
        boto.describe_endpoint(endpointType="iot:Nothing")


def test_a_device_that_boto3_made_comes_in(account: Account, boto: Any) -> None:
    made = boto.create_keys_and_certificate(setAsActive=True)
    (account.folder / "boto.crt").write_text(made["certificatePem"])
    (account.folder / "boto.key").write_text(made["keyPair"]["PrivateKey"])
    boto.create_policy(policyName="boto", policyDocument=json.dumps(EVERYTHING))
    assert account.publish("boto", "s/1", "x") != 0
    boto.attach_policy(policyName="boto", target=made["certificateArn"])
    assert account.publish("boto", "s/1", "x") == 0
    with pytest.raises(boto.exceptions.CertificateStateException):
        boto.delete_certificate(certificateId=made["certificateId"])


def test_domain_configurations_by_boto3(boto: Any) -> None:
    acm = "arn:aws:acm:us-east-1:123456789012:certificate/boto"
    made = boto.create_domain_configuration(domainConfigurationName="boto", domainName="boto.example",
                                            serverCertificateArns=[acm])
    assert "boto" in [d["domainConfigurationName"] for d in boto.list_domain_configurations()["domainConfigurations"]]
    boto.update_domain_configuration(domainConfigurationName="boto", domainConfigurationStatus="DISABLED")
    told = boto.describe_domain_configuration(domainConfigurationName="boto")
    assert told["domainConfigurationArn"] == made["domainConfigurationArn"]
    assert told["domainConfigurationStatus"] == "DISABLED" and told["domainName"] == "boto.example"
    assert told["serverCertificates"][0]["serverCertificateArn"] == acm
    boto.delete_domain_configuration(domainConfigurationName="boto")
    with pytest.raises(boto.exceptions.ResourceNotFoundException):
        boto.describe_domain_configuration(domainConfigurationName="boto")


def test_an_audit_by_boto3(account: Account, boto: Any) -> None:
    """One that ends in ten days is found, one that ends in ninety is not."""
    check, made = "DEVICE_CERTIFICATE_EXPIRING_CHECK", {}
    for days in (10, 90):
        pem = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                              "ends.key", "-days", str(days), "-subj", f"/CN=ends-{days}"], capture_output=True, text=True,
                             check=True, cwd=account.folder).stdout
        made[days] = boto.register_certificate_without_ca(certificatePem=pem, status="ACTIVE")["certificateId"]
    task = boto.start_on_demand_audit_task(targetCheckNames=[check])["taskId"]
    told = boto.describe_audit_task(taskId=task)
    found = [f["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]
             for f in boto.list_audit_findings(taskId=task)["findings"]]
    assert told["taskStatus"] == "COMPLETED" and told["auditDetails"][check]["nonCompliantResourcesCount"] == len(found)
    assert made[10] in found and made[90] not in found
    with pytest.raises(boto.exceptions.ResourceNotFoundException):
        boto.describe_audit_task(taskId="0" * 32)


def test_a_certificate_is_rotated(account: Account) -> None:
    """The steps of a rotation over the account's own services: a request from the device by MQTT, a certificate of it with the
    old one's policy, a new session, the acknowledgement, and the old certificate goes."""
    old = account.device("turning", EVERYTHING)
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "turned.key",
                    "-out", "turned.csr", "-subj", "/CN=turning"], capture_output=True, check=True, cwd=account.folder)
    request = (account.folder / "turned.csr").read_text()
    with account.listen("all", "management/topic/+/csr_res") as cloud:
        assert account.publish("turning", "management/topic/turning/csr_res", json.dumps({"CSR": request})) == 0
        heard = cloud.communicate(timeout=30)[0]
    request = json.loads(heard[heard.index("{"):heard.rindex("}") + 1])["CSR"]
    made = account.call("create-certificate-from-csr", "--certificate-signing-request", request, "--set-as-active")
    for policy in account.call("list-attached-policies", "--target", old)["policies"]:
        account.call("attach-policy", "--policy-name", policy["policyName"], "--target", made["certificateArn"])
    (account.folder / "turned.crt").write_text(made["certificatePem"])
    with account.listen("all", "management/topic/+/crt_ack") as cloud:
        assert account.publish("turned", "management/topic/turning/crt_ack", "{}") == 0
        assert "{}" in cloud.communicate(timeout=30)[0]
    name = old.rsplit("/", 1)[1]
    account.call("update-certificate", "--certificate-id", name, "--new-status", "INACTIVE")
    account.call("detach-policy", "--policy-name", "turning", "--target", old)
    account.call("delete-certificate", "--certificate-id", name)
    assert account.publish("turning", "s/1", "x") != 0
    assert account.publish("turned", "s/1", "x") == 0


def test_what_was_answered_is_kept(tmp_path: Path) -> None:
    served = Account(tmp_path)
    address = served.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS")
    made = served.device("kept", EVERYTHING)
    served.end(signal.SIGKILL)
    served = Account(tmp_path)
    assert served.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS") == address
    assert served.call("list-policies")["policies"][0]["policyName"] == "kept"
    assert made in json.dumps(served.call("list-certificates"))
    assert served.publish("kept", "k/1", "x") == 0
    assert "iot:Data " not in " ".join(served.ports), "iot:Data is retired in 2026"
    served.end()


BAD_USE: dict[str, tuple[list[str], str]] = {
    "era": (["--account", "a", "--era", "2019"], "--era: 2018 or 2026, not '2019'"),
    "era-alone": (["--scenario", "mqtt-on-port-443", "--era", "2018"], "--era, --region and --aws-ports are for --account"),
    "nothing": ([], "--scenario or --account is needed"),
    "ports-alone": (["--scenario", "mqtt-on-port-443", "--aws-ports"], "--aws-ports are for --account"),
    "settings-alone": (["--scenario", "mqtt-on-port-443", "--fixed-defaults"], "and so are --fixed-defaults, --cap-keep-alive and"),
    "both": (["--account", "a", "--scenario", "x"], "--account takes --era, --region, --listen and --aws-ports only"),
    "listen": (["--account", "a", "--listen", "127.0.0.1:8883"], "--listen: 127.0.0.1:8883: an account takes an IP address without"),
    "listen-name": (["--account", "a", "--listen", "localhost"], "--listen: localhost: an account takes an IP address without"),
    "region": (["--account", "a", "--region", "US east"], "US east"),
    "file": (["--account", "file"], "file"),
}


@pytest.mark.parametrize("name", BAD_USE)
def test_bad_use(tmp_path: Path, name: str) -> None:
    words, told = BAD_USE[name]
    (tmp_path / "file").write_text("")
    done = subprocess.run([str(PROGRAM), "serve", *words], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_an_account_is_served_once(account: Account) -> None:
    done = subprocess.run([str(PROGRAM), "serve", "--account", str(account.folder / "account")], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 2
    assert "another process has this account open" in done.stderr
    assert len(done.stderr.splitlines()) == 1
