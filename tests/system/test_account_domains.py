"""An account's domains on the wire: custom ones by SNI, with a certificate and a TLS policy of their own, changed while devices are
connected."""

from __future__ import annotations

import json
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from test_serve_account import EVERYTHING, PROGRAM, Account, ctl
from test_serve_account import pytestmark as needs

pytestmark = needs

SELF_SIGNED = "self-signed/self-signed"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    served = Account(tmp_path_factory.mktemp("domains"), "--era", "2018")
    served.device("all", EVERYTHING)
    yield served
    served.end()


def certificate(name: str) -> str:
    return f"arn:aws:acm:us-east-1:123456789012:certificate/{name}"


def create(account: Account, name: str, chain: str, **more: Any) -> Any:
    """Members that the packaged aws CLI does not know yet go over curl."""
    if not more:
        return account.call("create-domain-configuration", "--domain-configuration-name", name, "--domain-name",
                            f"{name}.example", "--server-certificate-arns", certificate(chain))
    body = {"domainName": f"{name}.example", "serverCertificateArns": [certificate(chain)], **more}
    return account.curl(f"domainConfigurations/{name}", "-X", "POST", "-d", json.dumps(body))


def set_to(account: Account, name: str, status: str) -> None:
    account.call("update-domain-configuration", "--domain-configuration-name", name, "--domain-configuration-status", status)


def trusts(account: Account, name: str, *options: str, host: str | None = None, port: str = "iot:Data-ATS 8883",
           anchors: str | None = None) -> str:
    """What openssl says to the domain's chain, with the root that serve wrote for it: "" if it is taken."""
    host = host or f"{name}.example"
    path = anchors or str(account.folder / "account/anchors" / f"{host}.pem")
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{account.ports[port]}", "-servername", host,
                           "-verify_hostname", host, "-CAfile", path, "-no-CApath", "-no-CAstore", "-verify_return_error",
                           "-cert", "all.crt", "-key", "all.key", *options], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30, check=False, cwd=account.folder)
    return done.stdout + done.stderr if done.returncode else ""


def connack(account: Account, host: str, port: str = "iot:Data-ATS 8883", alpn: str | None = None) -> bytes:
    """A client of MQTT 3.1.1 that asks for a name: what comes back for its CONNECT; b"" if it is closed."""
    ctx = ssl.create_default_context(cafile=account.folder / "account/anchors" / f"{host}.pem")
    ctx.load_cert_chain(account.folder / "all.crt", account.folder / "all.key")
    if alpn:
        ctx.set_alpn_protocols([alpn])
    raw = socket.create_connection(("127.0.0.1", account.ports[port]), timeout=20)
    with ctx.wrap_socket(raw, server_hostname=host) as tls:
        tls.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04shop")
        try:
            return tls.recv(4)
        except ConnectionResetError:
            return b""


def test_a_custom_domain_is_served_at_once(account: Account) -> None:
    """By its name and with its certificate: self-signed, for devices that know nothing else. Off, on, gone; whoever is connected
    stays."""
    assert "unrecognized name" in trusts(account, "devices", anchors=account.anchors)
    with account.listen("all", "d/#", "-W", "90") as listener:
        create(account, "devices", SELF_SIGNED)
        assert trusts(account, "devices") == ""
        assert "self-signed certificate" in trusts(account, "devices", anchors=account.anchors)
        assert connack(account, "devices.example") == b"\x20\x02\x00\x00"
        set_to(account, "devices", "DISABLED")
        assert "unrecognized name" in trusts(account, "devices")
        set_to(account, "devices", "ENABLED")
        assert trusts(account, "devices") == ""
        set_to(account, "devices", "DISABLED")
        account.call("delete-domain-configuration", "--domain-configuration-name", "devices")
        assert "unrecognized name" in trusts(account, "devices")
        assert account.publish("all", "d/1", "still here") == 0
        assert "still here" in listener.communicate(timeout=30)[0]


def test_apps_and_devices_have_an_endpoint_each(account: Account) -> None:
    """Two endpoints of one account, as AWS recommends: a public CA for the one, a certificate of one's own for the other."""
    create(account, "things", SELF_SIGNED)
    create(account, "apps", "issued-by-acm")
    assert trusts(account, "apps") == "" and trusts(account, "apps", anchors=account.anchors) == ""
    assert trusts(account, "things") == ""
    assert trusts(account, "things", anchors=account.anchors) != ""
    assert {connack(account, f"{n}.example") for n in ("apps", "things")} == {b"\x20\x02\x00\x00"}


def test_a_domain_has_a_policy_of_its_own(account: Account) -> None:
    create(account, "strict", "issued-by-acm", tlsConfig={"securityPolicy": "IoTSecurityPolicy_TLS13_1_3_2022_10"})
    create(account, "older", "issued-by-acm", tlsConfig={"securityPolicy": "IoTSecurityPolicy_TLS12_1_2_2022_10"})
    assert trusts(account, "strict", "-tls1_3") == "" and trusts(account, "older", "-tls1_2") == ""
    assert "protocol version" in trusts(account, "strict", "-tls1_2")
    assert "protocol version" in trusts(account, "older", "-tls1_3")
    account.curl("domainConfigurations/older", "-X", "PUT", "-d",
                 json.dumps({"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS13_1_2_2022_10"}}))
    assert trusts(account, "older", "-tls1_3") == ""


def test_a_domain_has_a_protocol_of_its_own(account: Account) -> None:
    """MQTT alone needs no ALPN on 443, and is not there where HTTPS is; what the port says holds for DEFAULT."""
    create(account, "mqtt", "issued-by-acm", applicationProtocol="SECURE_MQTT")
    create(account, "usual", "issued-by-acm", applicationProtocol="DEFAULT")
    good = b"\x20\x02\x00\x00"
    for alpn in (None, "x-amzn-mqtt-ca", "h2"):
        assert connack(account, "mqtt.example", "iot:Data-ATS 443", alpn) == good
    assert connack(account, "usual.example", "iot:Data-ATS 443", "x-amzn-mqtt-ca") == good
    assert "unrecognized name" in trusts(account, "mqtt", port="iot:Data-ATS 443", host="none.example", anchors=account.anchors)
    create(account, "https", "issued-by-acm", applicationProtocol="HTTPS")
    for port, status in (("8443", True), ("443", True), ("8883", False)):
        assert (trusts(account, "https", port=f"iot:Data-ATS {port}", anchors=account.anchors) == "") == status
    done = subprocess.run(["curl", "-sS", "--fail", "--capath", "/dev/null", "--cacert", account.anchors, "--cert", "all.crt",
                           "--key", "all.key", "--connect-to", f"::127.0.0.1:{account.ports['iot:Data-ATS 443']}", "-d", "x",
                           "https://https.example/topics/h/1?qos=1"], capture_output=True, text=True, timeout=30, check=False,
                          cwd=account.folder)
    assert done.returncode == 0 and '"message":"OK"' in done.stdout, done.stderr


def test_a_chain_of_a_file(account: Account) -> None:
    """Of one's own CA: what the file says, in twins."""
    folder = account.folder / "account/certificates"
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "own.key", "-out", folder / "own.pem", "-subj", "/CN=own.example", "-addext",
                    "subjectAltName=DNS:own.example"], capture_output=True, check=True, cwd=account.folder)
    create(account, "own", "own")
    assert trusts(account, "own") == ""
    (folder / "bad.pem").write_text("no certificate")
    done = account.aws("create-domain-configuration", "--domain-configuration-name", "bad", "--domain-name", "bad.example",
                       "--server-certificate-arns", certificate("bad"))
    assert "CertificateValidationException" in done.stderr and "bad.pem" in done.stderr


@pytest.mark.parametrize(("chain", "host", "told"), [
    ("self-signed/nobody", "x.example", "scenario self-signed has no state nobody"),
    ("nobody/here", "x.example", "nobody"),
    ("issued-by-acm", "x..example", "x..example")])
def test_what_cannot_be_served_is_refused(account: Account, chain: str, host: str, told: str) -> None:
    done = account.aws("create-domain-configuration", "--domain-configuration-name", "x", "--domain-name", host,
                       "--server-certificate-arns", certificate(chain))
    assert "CertificateValidationException" in done.stderr and told in done.stderr
    assert "\"x\"" not in json.dumps(account.call("list-domain-configurations"))


def test_the_older_address_can_be_switched_off(account: Account) -> None:
    address = account.call("describe-endpoint", "--endpoint-type", "iot:Data")["endpointAddress"]
    assert trusts(account, "", host=address, anchors=account.anchors) == ""
    set_to(account, "iot:Data", "DISABLED")
    assert "unrecognized name" in trusts(account, "", host=address, anchors=account.anchors)
    set_to(account, "iot:Data", "ENABLED")
    assert trusts(account, "", host=address, anchors=account.anchors) == ""


def test_domains_are_served_after_a_restart(tmp_path: Path) -> None:
    served = Account(tmp_path)
    served.device("all", EVERYTHING)
    create(served, "kept", SELF_SIGNED)
    create(served, "off", SELF_SIGNED)
    set_to(served, "off", "DISABLED")
    anchors = shutil.copy(tmp_path / "account/anchors/kept.example.pem", tmp_path / "kept.pem")
    served.end()
    served = Account(tmp_path)
    assert trusts(served, "kept", anchors=anchors) == ""
    assert "unrecognized name" in trusts(served, "off", anchors=anchors)
    served.end()


def test_a_chain_is_changed_from_a_shell(account: Account) -> None:
    """To another root for who comes from now on, and back; whoever is connected stays, and a second terminal follows."""
    address = account.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
    follower = subprocess.Popen([str(PROGRAM), "ctl", "account", "follow"], stdout=subprocess.PIPE, text=True, cwd=account.folder)
    patience = threading.Timer(60, follower.kill)
    patience.start()
    try:
        while follower.poll() is None:
            assert account.publish("all", "f/0", "x") == 0
            if select.select([follower.stdout], [], [], 0.2)[0]:
                break
        with account.listen("all", "c/#", "-W", "90") as listener:
            for chain, is_amazon in ((SELF_SIGNED, False), ("data", False), ("cross-signature-appears/four-certificates", True),
                                     (SELF_SIGNED, False), ("default", True)):
                told = ctl(account, "account", "chain", "iot:Data-ATS", chain)
                assert told.returncode == 0, told.stderr
                assert trusts(account, "", host=address) == ""
                assert ("CN = Amazon Root" in chain_of(account, address)) == is_amazon
            assert account.publish("all", "c/1", "still here") == 0
            assert "still here" in listener.communicate(timeout=30)[0]
        opened, closed = "client all-pub: let in", f"name {address} client - TLS 1.2 chain"
        heard = set()
        for line in follower.stdout:
            heard |= {what for what in (opened, closed) if what in line}
            if len(heard) == 2:
                break
        assert heard == {opened, closed}
    finally:
        patience.cancel()
        follower.kill()
        follower.communicate()


def chain_of(account: Account, host: str) -> str:
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{account.ports['iot:Data-ATS 8883']}", "-servername",
                           host, "-showcerts"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                          check=False).stdout.split("Server certificate")[0]


@pytest.mark.parametrize(("name", "chain", "told"), [
    ("iot:Data-ATS", "nobody", "there is none of that name"), ("iot:Data-ATS", "self-signed/nobody", "has no state nobody"),
    ("nobody", "data", "not found: nobody"), ("iot:Data-ATS", "../own", "Chain ../own cannot be served")])
def test_a_chain_that_is_none(account: Account, name: str, chain: str, told: str) -> None:
    done = ctl(account, "account", "chain", name, chain)
    assert done.returncode == 2 and told in done.stderr and len(done.stderr.splitlines()) == 1


def web(account: Account, device: str, path: str = "/mqtt", alpn: str | None = None) -> tuple[Any, list[str]]:
    """paho over WebSocket and mutual TLS at the port that is as 443; what it heard."""
    paho = pytest.importorskip("paho.mqtt.client", reason="there is no paho (package python3-paho-mqtt)")
    client = paho.Client(client_id=f"{device}-web", transport="websockets")
    heard: list[str] = []
    ctx = ssl.create_default_context(cafile=account.anchors)
    ctx.check_hostname = False
    ctx.load_cert_chain(account.folder / f"{device}.crt", account.folder / f"{device}.key")
    if alpn:
        ctx.set_alpn_protocols([alpn])
    client.tls_set_context(ctx)
    client.ws_set_options(path=path)
    client.on_connect = lambda c, *_: c.subscribe("w/#", 1)
    client.on_subscribe = lambda *_: heard.append("subscribed")
    client.on_message = lambda _c, _u, m: heard.append(m.payload.decode())
    return client, heard


def wait_for(client: Any, heard: list[str], what: str, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while what not in heard and time.monotonic() < end:
        client.loop(0.1)
    return what in heard


@pytest.mark.parametrize("alpn", [None, "http/1.1"])
def test_mqtt_over_websocket(account: Account, alpn: str | None) -> None:
    """Both ways with a client of plain MQTT."""
    client, heard = web(account, "all", alpn=alpn)
    client.connect("127.0.0.1", account.ports["iot:Data-ATS 443"])
    try:
        assert wait_for(client, heard, "subscribed")
        assert account.publish("all", "w/1", "to the web") == 0
        assert wait_for(client, heard, "to the web")
        with account.listen("all", "x/#") as listener:
            client.publish("x/1", "from the web", 1)
            while listener.poll() is None:
                client.loop(0.1)
            assert "from the web" in listener.communicate(timeout=30)[0]
    finally:
        client.disconnect()


@pytest.mark.parametrize(("device", "path", "alpn"), [("nobody", "/mqtt", None), ("all", "/other", None),
                                                      ("all", "/mqtt", "x-amzn-mqtt-ca")])
def test_a_websocket_that_is_refused(account: Account, device: str, path: str, alpn: str | None) -> None:
    """A certificate without a policy, another path, and ALPN that says MQTT."""
    if device == "nobody":
        account.device("nobody")
    client, heard = web(account, device, path, alpn)
    try:
        client.connect("127.0.0.1", account.ports["iot:Data-ATS 443"])
    except (ValueError, OSError):
        return
    assert not wait_for(client, heard, "subscribed", 2)


def test_a_domain_of_websocket_alone(account: Account) -> None:
    create(account, "web", "issued-by-acm", applicationProtocol="MQTT_WSS")
    assert trusts(account, "web", port="iot:Data-ATS 443") == ""
    assert "unrecognized name" in trusts(account, "web", port="iot:Data-ATS 8883")
    ctx = ssl.create_default_context(cafile=account.anchors)
    ctx.load_cert_chain(account.folder / "all.crt", account.folder / "all.key")
    raw = socket.create_connection(("127.0.0.1", account.ports["iot:Data-ATS 443"]), timeout=20)
    with ctx.wrap_socket(raw, server_hostname="web.example") as tls:
        tls.sendall(b"GET /mqtt HTTP/1.1\r\nHost: web.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    b"Sec-WebSocket-Protocol: mqtt\r\n\r\n")
        assert tls.recv(4096).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("words", [(), ("--cap-keep-alive", "--fixed-defaults")])
def test_what_sources_do_not_agree_on_is_a_setting(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A keep-alive above 1,200 s (at it, it is good either way), and another policy for the account's own endpoint."""
    served = Account(tmp_path, *words)
    try:
        served.device("all", EVERYTHING)
        assert served.publish("all", "k/1", "x", "-k", "1200") == 0
        assert (served.publish("all", "k/1", "x", "-k", "1201") == 0) == bool(words)
        done = ctl(served, "account", "policy", "iot:Data-ATS", "IoTSecurityPolicy_TLS13_1_3_2022_10")
        assert (done.returncode == 0) != bool(words)
        create(served, "own", SELF_SIGNED)
        assert ctl(served, "account", "policy", "own", "IoTSecurityPolicy_TLS13_1_3_2022_10").returncode == 0
    finally:
        served.end()


@pytest.mark.parametrize("words", [(), ("--alert-unregistered",)])
def test_an_unregistered_certificate_is_refused_where_the_setting_says(tmp_path: Path, words: tuple[str, ...]) -> None:
    """At CONNECT, or in the handshake; one that is active comes through either way, and so does the next moment's."""
    served = Account(tmp_path, *words)
    try:
        number = served.device("all", EVERYTHING).rsplit("/", 1)[1]
        assert served.publish("all", "k/1", "x") == 0
        address = served.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
        for name in ("stranger", "all"):
            if name == "stranger":
                subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                "-keyout", served.folder / "stranger.key", "-out", served.folder / "stranger.crt", "-subj",
                                "/CN=stranger"], check=True, capture_output=True)
            else:
                served.call("update-certificate", "--certificate-id", number, "--new-status", "INACTIVE")
            for version in ("-tls1_2", "-tls1_3"):
                client = (f'openssl s_client -connect 127.0.0.1:{served.ports["iot:Data-ATS 8883"]} -servername {address} '
                          f"{version} -cert {name}.crt -key {name}.key")
                done = subprocess.run(["sh", "-c", f"sleep 1 | {client}"], capture_output=True, text=True, timeout=30,
                                      check=False, cwd=served.folder)
                assert ("certificate unknown" in done.stderr) == bool(words), (name, version, done.stderr)
            assert served.publish(name, "k/1", "x") != 0
        served.call("update-certificate", "--certificate-id", number, "--new-status", "ACTIVE")
        assert served.publish("all", "k/1", "x") == 0
    finally:
        served.end()


@pytest.mark.parametrize(("era", "version", "is_served"), [("2018", "-tls1", True), ("2018", "-tls1_1", True), ("2018", "-tls1_2", True),
                                                           ("2018", "-tls1_3", False), ("2026", "-tls1_1", False),
                                                           ("2026", "-tls1_3", True)])
def test_an_era_has_its_versions(tmp_path: Path, era: str, version: str, is_served: bool) -> None:
    """The region's policy of 2018 with the versions that existing endpoints kept; today's without."""
    served = Account(tmp_path, "--era", era)
    try:
        served.device("all", EVERYTHING)
        address = served.call("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
        for port in ("8883", "443"):
            said = trusts(served, "", version, "-cipher", "DEFAULT@SECLEVEL=0", host=address, anchors=served.anchors,
                          port=f"iot:Data-ATS {port}")
            assert (said == "") == is_served, said
    finally:
        served.end()
