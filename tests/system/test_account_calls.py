"""Every call of the account's control plane over its local socket: against the public API's own model where it is installed
(package python3-botocore), with bad input, in pages, and killed in mid-use."""

from __future__ import annotations

import glob
import gzip
import http.client
import json
import re
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

import pytest

from authority import Authority, Certificate, openssl
from test_account import ROOT, Service, serve  # noqa: F401

Serve = Callable[..., Service]
DAY = 86400
NOW = 1782000000  # 2026-06-21
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
CALLS = re.findall(r'^CALL\((\w+), "(\w+)",\s*"([^"]+)"\)', (ROOT / "account/calls.def").read_text(), re.M)


class Local(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("account", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(self.path))


@dataclass
class Reply:
    status: int
    error: str | None
    body: dict[str, Any]


@dataclass
class Client:
    """Keeps what was answered, by route."""

    service: Service
    seen: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = Local(self.service.socket)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        self.http.request(method, path, data, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = self.http.getresponse()
        text = answer.read()
        assert answer.headers["Content-Type"] == "application/json"
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-amzn-RequestId"])
        reply = Reply(answer.status, answer.headers["x-amzn-ErrorType"], json.loads(text))
        assert (reply.status == 200) == (reply.error is None)
        if reply.status == 200:
            self.seen.append((method, path, reply.body))
        else:
            assert reply.body["message"]
        return reply

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        reply = self.send(method, path, body, **headers)
        assert reply.status == 200, reply
        return reply.body

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        reply = self.send(method, path, body, **headers)
        assert 400 <= reply.status < 500, reply
        return f"{reply.status} {reply.error}"


def arn(number: str) -> str:
    return f"arn:aws:iot:us-east-1:123456789012:cert/{number}"


def make_ca(client: Client, authority: Authority, ca: Certificate, query: str = "setAsActive=true", **more: Any) -> str:
    code = client.ask("GET", "/registrationcode")["registrationCode"]
    proof = authority.issue(code, ca)
    return client.ask("POST", f"/cacertificate?{query}", {"caCertificate": ca.pem, "verificationCertificate": proof.pem}
                      | more)["certificateId"]


def test_certificates_of_a_ca(serve: Serve, tmp_path: Path) -> None:
    client, authority = Client(serve()), Authority(tmp_path)
    ca, other = authority.issue("ca", ca=True), authority.issue("other", ca=True)
    leaf = authority.issue("device", ca)
    request = {"certificatePem": leaf.pem}
    assert client.refused("POST", "/certificate/register", request) == "400 CertificateValidationException"
    body = {"caCertificate": ca.pem, "verificationCertificate": authority.issue("wrong", ca).pem}
    assert client.refused("POST", "/cacertificate", body) == "400 RegistrationCodeValidationException"
    body["verificationCertificate"] = authority.issue("wrong", other).pem
    assert client.refused("POST", "/cacertificate", body) == "400 CertificateValidationException"
    body = {"caCertificate": leaf.pem, "certificateMode": "SNI_ONLY"}
    assert client.refused("POST", "/cacertificate", body) == "400 CertificateValidationException"
    number = make_ca(client, authority, ca, "setAsActive=false")
    assert client.refused("POST", "/certificate/register", request) == "400 CertificateValidationException"
    client.ask("PUT", f"/cacertificate/{number}?newStatus=ACTIVE")
    assert client.refused("POST", "/certificate/register", request | {"status": "PENDING_ACTIVATION"}) == \
        "406 CertificateStateException"
    device = client.ask("POST", "/certificate/register?setAsActive=true", request)["certificateId"]
    again = client.send("POST", "/certificate/register", request)
    assert (again.status, again.error) == (409, "ResourceAlreadyExistsException")
    assert (again.body["resourceId"], again.body["resourceArn"]) == (device, arn(device))
    described = client.ask("GET", f"/certificates/{device}")["certificateDescription"]
    assert (described["caCertificateId"], described["status"], described["certificateMode"]) == (number, "ACTIVE", "DEFAULT")
    assert described["certificatePem"] == leaf.pem and described["validity"]["notAfter"] == 1798761600
    assert device == openssl("x509", "-in", leaf.path, "-noout", "-fingerprint", "-sha256").decode().split("=")[1] \
        .strip().replace(":", "").lower()
    assert [c["certificateId"] for c in client.ask("GET", f"/certificates-by-ca/{number}")["certificates"]] == [device]
    # A CA with the same name and key once more: whose is it?
    twin = authority.issue("ca", ca=True, key=ca.key)
    make_ca(client, authority, twin)
    second = {"certificatePem": authority.issue("second", ca).pem}
    assert client.refused("POST", "/certificate/register", second) == "409 CertificateConflictException"
    client.ask("POST", "/certificate/register", second | {"caCertificatePem": ca.pem})
    assert client.refused("DELETE", f"/cacertificate/{number}") == "406 CertificateStateException"
    client.ask("PUT", f"/cacertificate/{number}?newStatus=INACTIVE")
    client.ask("DELETE", f"/cacertificate/{number}")
    assert len(client.ask("GET", "/cacertificates")["certificates"]) == 1
    client.ask("PUT", f"/certificates/{device}?newStatus=REVOKED")
    assert client.refused("PUT", f"/certificates/{device}?newStatus=ACTIVE") == "406 CertificateStateException"


@pytest.mark.parametrize("kind, refused", [("rsa-1024", True), ("ed25519", True), ("rsa-2048", False), ("ec", False)])
def test_keys_of_devices(serve: Serve, tmp_path: Path, kind: str, refused: bool) -> None:
    client, authority = Client(serve()), Authority(tmp_path)
    reply = client.send("POST", "/certificate/register-no-ca", {"certificatePem": authority.issue("d", kind=kind).pem})
    assert reply.error == ("CertificateValidationException" if refused else None)


def test_certificates_are_made(serve: Serve, tmp_path: Path) -> None:
    """The request's key and subject; valid to the end of 2049, as the service's are."""
    client, authority = Client(serve()), Authority(tmp_path)
    openssl("req", "-new", "-key", authority.key(), "-subj", "/CN=thermostat", "-out", tmp_path / "csr")
    csr = (tmp_path / "csr").read_text()
    made = client.ask("POST", "/certificates?setAsActive=true", {"certificateSigningRequest": csr})
    (tmp_path / "made.pem").write_text(made["certificatePem"])
    text = openssl("x509", "-in", tmp_path / "made.pem", "-noout", "-subject", "-issuer", "-enddate", "-pubkey").decode()
    assert "thermostat" in text and "Amazon Web Services" in text and "Dec 31 23:59:59 2049" in text
    assert openssl("req", "-in", tmp_path / "csr", "-noout", "-pubkey").decode() in text
    again = client.ask("POST", "/certificates", {"certificateSigningRequest": csr})
    assert again["certificateId"] != made["certificateId"]
    for bad in ("", "no", csr.replace("A", "B"), "x" * 5000):
        assert client.refused("POST", "/certificates", {"certificateSigningRequest": bad}) == "400 InvalidRequestException"
    pair = client.ask("POST", "/keys-and-certificate")
    for name, words in (("PrivateKey", ("rsa",)), ("PublicKey", ("rsa", "-pubin"))):
        (tmp_path / name).write_text(pair["keyPair"][name])
        openssl(*words, "-in", tmp_path / name, "-noout")


def test_policies_and_their_versions(serve: Serve) -> None:
    client = Client(serve())
    body = {"policyDocument": DOCUMENT}
    assert client.ask("POST", "/policies/p", body)["policyVersionId"] == "1"
    assert client.refused("POST", "/policies/p", body) == "409 ResourceAlreadyExistsException"
    for bad in ("{}", "no", DOCUMENT.replace("Allow", "Maybe"), DOCUMENT.replace('"*"', json.dumps("x" * 2100))):
        assert client.refused("POST", "/policies/q", {"policyDocument": bad}) == "400 MalformedPolicyException"
    for number in "2345":
        assert client.ask("POST", "/policies/p/version", body)["policyVersionId"] == number
    assert client.refused("POST", "/policies/p/version", body) == "409 VersionsLimitExceededException"
    client.ask("PATCH", "/policies/p/version/3")
    assert client.ask("GET", "/policies/p")["defaultVersionId"] == "3"
    assert client.ask("GET", "/policies/p/version/3")["isDefaultVersion"] is True
    assert client.refused("DELETE", "/policies/p/version/3") == "409 DeleteConflictException"
    assert client.refused("DELETE", "/policies/p") == "409 DeleteConflictException"
    for number in "1245":
        client.ask("DELETE", f"/policies/p/version/{number}")
    # A number is not given twice.
    assert client.ask("POST", "/policies/p/version?setAsDefault=true", body)["policyVersionId"] == "6"
    assert [v["versionId"] for v in client.ask("GET", "/policies/p/version")["policyVersions"]] == ["6", "3"]
    client.ask("DELETE", "/policies/p/version/3")
    number = client.ask("POST", "/keys-and-certificate")["certificateId"]
    target = {"target": arn(number)}
    client.ask("PUT", "/target-policies/p", target)
    client.ask("PUT", "/target-policies/p", target)
    attached = client.ask("POST", f"/attached-policies/{quote(arn(number), '')}")["policies"]
    assert attached == client.ask("GET", "/principal-policies", x_amzn_iot_principal=arn(number))["policies"]
    assert [p["policyArn"] for p in attached] == ["arn:aws:iot:us-east-1:123456789012:policy/p"]
    assert client.ask("POST", "/policy-targets/p")["targets"] == [arn(number)]
    assert client.ask("GET", "/policy-principals", x_amzn_iot_policy="p")["principals"] == [arn(number)]
    assert client.refused("DELETE", "/policies/p") == "409 DeleteConflictException"
    client.ask("DELETE", "/principal-policies/p", x_amzn_iot_principal=arn(number))
    client.ask("DELETE", "/policies/p")
    assert client.refused("GET", "/policies/p") == "404 ResourceNotFoundException"
    for i in range(11):
        client.ask("POST", f"/policies/p{i}", body)
        reply = client.send("PUT", f"/target-policies/p{i}", target)
        assert reply.status == (410 if i == 10 else 200), reply
    client.ask("DELETE", f"/certificates/{number}?forceDelete=true")
    assert client.ask("POST", "/policy-targets/p1")["targets"] == []


def test_things(serve: Serve) -> None:
    client = Client(serve())
    body = {"attributePayload": {"attributes": {"a": "1", "b": "2"}}}
    made = client.ask("POST", "/things/t", body)
    assert client.ask("POST", "/things/t", body) == made
    assert client.refused("POST", "/things/t") == "409 ResourceAlreadyExistsException"
    change = {"attributePayload": {"attributes": {"a": "", "c": "3"}, "merge": True}, "expectedVersion": 1}
    client.ask("PATCH", "/things/t", change)
    assert client.refused("PATCH", "/things/t", change) == "409 VersionConflictException"
    told = client.ask("GET", "/things/t")
    assert (told["attributes"], told["version"], told["thingId"]) == ({"b": "2", "c": "3"}, 2, made["thingId"])
    number = client.ask("POST", "/keys-and-certificate")["certificateId"]
    principal = {"x_amzn_principal": arn(number)}
    client.ask("PUT", "/things/t/principals", **principal)
    assert client.ask("GET", "/principals/things", **principal)["things"] == ["t"]
    client.ask("POST", "/things/u")
    assert client.refused("PUT", "/things/u/principals?thingPrincipalType=EXCLUSIVE_THING", **principal) == \
        "400 InvalidRequestException"
    assert client.refused("DELETE", "/things/t") == "400 InvalidRequestException"
    assert client.refused("DELETE", f"/certificates/{number}?forceDelete=true") == "409 DeleteConflictException"
    client.ask("DELETE", "/things/t/principals", **principal)
    client.ask("DELETE", "/things/t")
    client.ask("DELETE", "/things/t")


@pytest.mark.parametrize("size", [1, 7, 250])
def test_pages(serve: Serve, size: int) -> None:
    client = Client(serve())
    names = [f"t{i}" for i in range(20)]
    for name in names:
        client.ask("POST", f"/things/{name}")
        client.ask("POST", f"/policies/{name}", {"policyDocument": DOCUMENT})
    for first, more, expected in (
            (f"/things?maxResults={size}", "nextToken", names),
            (f"/policies?pageSize={size}", "marker", names[::-1]),
            (f"/policies?pageSize={size}&isAscendingOrder=true", "marker", names)):
        found, token = [], ""
        while True:
            page = client.ask("GET", first + (f"&{more}={token}" if token else ""))
            items = page.get("things", page.get("policies"))
            assert 0 < len(items) <= size
            found += [i.get("thingName", i.get("policyName")) for i in items]
            token = page.get("nextToken", page.get("nextMarker"))
            if not token:
                break
        assert found == expected
    for bad in ("maxResults=0", "maxResults=251", "maxResults=x", "nextToken=zz", "nextToken=abc", "nextToken=00"):
        assert client.refused("GET", f"/things?{bad}") == "400 InvalidRequestException"


def test_audits(serve: Serve, tmp_path: Path) -> None:
    """Source 004: expiring within 30 days, or has expired, at the account's clock; ACTIVE ones are looked at."""
    service, authority = serve("--now", str(NOW)), Authority(tmp_path)
    client = Client(service)
    ca = authority.issue("ca", ca=True, end="20260701000000Z")
    number = make_ca(client, authority, ca)
    made = {}
    for name, end, status in (("past", "20260620000000Z", "ACTIVE"), ("soon", "20260720000000Z", "ACTIVE"),
                              ("later", "20260801000000Z", "ACTIVE"), ("off", "20260620000000Z", "INACTIVE")):
        body = {"certificatePem": authority.issue(name, end=end).pem, "status": status}
        made[client.ask("POST", "/certificate/register-no-ca", body)["certificateId"]] = name
    check = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
    task = client.ask("POST", "/audit/tasks", {"targetCheckNames": [check]})["taskId"]
    both = client.ask("POST", "/audit/tasks", {"targetCheckNames": [check, "CA_CERTIFICATE_EXPIRING_CHECK"]})["taskId"]
    told = client.ask("GET", f"/audit/tasks/{task}")
    assert (told["taskStatus"], told["taskType"], told["taskStartTime"]) == ("COMPLETED", "ON_DEMAND_AUDIT_TASK", NOW)
    assert told["auditDetails"] == {check: {"checkRunStatus": "COMPLETED_NON_COMPLIANT", "checkCompliant": False,
                                            "totalResourcesCount": 4, "nonCompliantResourcesCount": 2}}
    service.kill()
    service.begin()
    client = Client(service)
    findings = client.ask("POST", "/audit/findings", {"taskId": task})["findings"]
    assert {made[f["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]]:
            f["reasonForNonComplianceCode"] for f in findings} == \
        {"past": "CERTIFICATE_PAST_EXPIRATION", "soon": "CERTIFICATE_APPROACHING_EXPIRATION"}
    of_ca = client.ask("POST", "/audit/findings", {"taskId": both, "checkName": "CA_CERTIFICATE_EXPIRING_CHECK"})["findings"]
    assert [f["nonCompliantResource"]["resourceIdentifier"]["caCertificateId"] for f in of_ca] == [number]
    assert client.ask("GET", f"/audit/findings/{findings[0]['findingId']}")["finding"] == findings[0]
    span = {"startTime": NOW - DAY, "endTime": NOW + DAY}
    assert len(client.ask("POST", "/audit/findings", span)["findings"]) == 5
    assert client.ask("POST", "/audit/findings", {"startTime": 0, "endTime": NOW - 1})["findings"] == []
    first = client.ask("POST", "/audit/findings", span | {"maxResults": 3})
    assert len(client.ask("POST", "/audit/findings", span | {"nextToken": first["nextToken"]})["findings"]) == 2
    for bad in ({}, span | {"taskId": task}):
        assert client.refused("POST", "/audit/findings", bad) == "400 InvalidRequestException"
    for names in ([], ["LOGGING_DISABLED_CHECK"], [1], "x"):
        assert client.refused("POST", "/audit/tasks", {"targetCheckNames": names}) == "400 InvalidRequestException"


def test_domains(serve: Serve) -> None:
    client = Client(serve())
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a"
    path = "/domainConfigurations/"
    mine = {"domainName": "Iot.Example.com", "serverCertificateArns": [certificate], "applicationProtocol": "SECURE_MQTT",
            "authenticationType": "AWS_X509", "authorizerConfig": {"defaultAuthorizerName": "a"}}
    client.ask("POST", path + "mine", mine)
    told = client.ask("GET", path + "mine")
    assert told["domainName"] == "iot.example.com" and told["domainType"] == "CUSTOMER_MANAGED"
    assert told["serverCertificates"] == [{"serverCertificateArn": certificate, "serverCertificateStatus": "VALID"}]
    assert (told["applicationProtocol"], told["authenticationType"]) == ("SECURE_MQTT", "AWS_X509")
    assert client.refused("POST", path + "mine", {}) == "409 ResourceAlreadyExistsException"
    assert client.refused("POST", path + "other", mine) == "409 ResourceAlreadyExistsException"
    for bad in ({"domainName": "a.example"}, {"serverCertificateArns": [certificate]},
                mine | {"domainName": "b.example", "serverCertificateArns": [certificate] * 2},
                {"serviceType": "NONE"}, {"applicationProtocol": 1}, {"tlsConfig": {"securityPolicy": "free"}}):
        assert client.refused("POST", path + "bad", bad) == "400 InvalidRequestException", bad
    assert client.refused("DELETE", path + "mine") == "400 InvalidRequestException"
    client.ask("PUT", path + "mine", {"domainConfigurationStatus": "DISABLED", "removeAuthorizerConfig": True})
    assert "authorizerConfig" not in client.ask("GET", path + "mine")
    client.ask("DELETE", path + "mine")
    assert client.refused("GET", path + "mine") == "404 ResourceNotFoundException"
    assert client.ask("GET", path + "iot:Data-ATS")["domainType"] == "ENDPOINT"
    assert client.refused("DELETE", path + "iot:Data-ATS") == "400 InvalidRequestException"
    assert client.refused("GET", path + "iot:Data") == "404 ResourceNotFoundException"
    for i in range(11):
        reply = client.send("POST", path + f"d{i}", {})
        assert reply.status == (410 if i == 10 else 200), reply
    names = [d["domainConfigurationName"] for d in client.ask("GET", "/domainConfigurations")["domainConfigurations"]]
    assert names == sorted(names) and "iot:Data-ATS" in names


def test_default_endpoints_may_be_fixed(serve: Serve) -> None:
    client = Client(serve("--fixed-defaults"))
    change = {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS13_1_3_2022_10"}}
    assert client.refused("PUT", "/domainConfigurations/iot:Data-ATS", change) == "400 InvalidRequestException"


@pytest.mark.parametrize("region, policy", [("us-east-1", "2015_01"), ("eu-west-2", "2016_01")])
def test_endpoints_of_2018_have_the_regions_policy(serve: Serve, region: str, policy: str) -> None:
    client = Client(serve("--era", "2018", "--region", region))
    client.ask("GET", "/endpoint")
    told = client.ask("GET", "/domainConfigurations/iot:Data")
    assert told["tlsConfig"] == {"securityPolicy": f"IoTSecurityPolicy_TLS12_1_0_{policy}"}


def test_china_has_names_of_its_own(serve: Serve) -> None:
    client = Client(serve("--era", "2018", "--region", "cn-north-1"))
    assert client.ask("GET", "/endpoint")["endpointAddress"].endswith(".iot.cn-north-1.amazonaws.com.cn")
    assert client.ask("POST", "/things/t")["thingArn"].startswith("arn:aws-cn:iot:cn-north-1:")


WRONG: list[Any] = [b"", b"{", b"[]", b"\xff\xfe", b'{"a":1,"a":2}', b'{"a":"\\u0000"}', b"[" * 5000, {}]


@pytest.mark.parametrize("name, method, path", CALLS, ids=[c[0] for c in CALLS])
def test_bad_input_at_every_call(serve: Serve, name: str, method: str, path: str) -> None:
    """A fault of the caller is told as one, and the next call is served."""
    client = Client(serve())
    members = ("certificatePem", "caCertificate", "certificateSigningRequest", "policyDocument", "target", "taskId",
               "targetCheckNames", "tlsConfig", "attributePayload", "domainName", "startTime", "maxResults", "nextToken")
    values: list[Any] = [None, 1, 1e300, True, "", "x" * 70000, "\udc00", [], [[]], {}, {"attributes": {"a": 1}}]
    bodies = WRONG + [{m: v for m in members} for v in values]
    for text in ("x", "a%2Fb", "%00", "%zz", "%ff", "", "x" * 3000, "0" * 64, "..", "%7B"):
        target = re.sub(r"{\w+}", text, path)
        for query in ("", "?newStatus=&x", "?newStatus=DEAD&maxResults=-1&pageSize=999&marker=%", "?" + "a=b&" * 40):
            assert client.send(method, target + query).status < 500
    target = re.sub(r"{\w+}", "x", path)
    for body in bodies:
        assert client.send(method, target, body).status < 500
    for other in {"GET", "POST", "PUT", "DELETE", "PATCH"} - {m for _, m, p in CALLS if p == path}:
        assert client.refused(other, target) == "405 UnknownOperationException"
    assert client.ask("GET", "/endpoint?endpointType=iot:Data-ATS")


def raw(service: Service, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(service.socket))
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            try:
                part = s.recv(65536)
            except ConnectionResetError:  # it closed with some of the request unread; what it said before stands behind that
                continue
            if not part:
                return answer
            answer += part


@pytest.mark.parametrize("request_, status", [
    (b"POST /things/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
     b"POST /things/smuggled HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
    (b"POST /things/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n{}", b"413"),
    (b"GET /endpoint HTTP/1.1\r\n" + b"A: " + b"b" * 70000 + b"\r\n\r\n", b"400"),
    (b"FOO /endpoint HTTP/1.1\r\nHost: a\r\n\r\n", b"501"),
    (b"GET http://other/endpoint?endpointType=iot:Data-ATS HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"200"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b""),
    (b"GET /endpoint", b""),
], ids=["chunked", "large", "headers", "method", "absolute", "tls", "cut"])
def test_odd_http(serve: Serve, request_: bytes, status: bytes) -> None:
    service = serve()
    answer = raw(service, request_)
    assert answer.split(b" ", 2)[1:2] == ([status] if status else []) or (not status and b" 400 " in answer), answer
    client = Client(service)
    assert client.refused("GET", "/things/smuggled") == "404 ResourceNotFoundException"


def test_killed_in_mid_use(serve: Serve) -> None:
    """What was answered is there afterwards, and what was not is whole or not at all."""
    service = serve()
    answered: list[str] = []

    def write(worker: int, first: int) -> None:
        try:
            client = Client(service)
            for i in range(first, first + 10000):
                name = f"w{worker}-{i}"
                client.ask("POST", f"/policies/{name}", {"policyDocument": DOCUMENT})
                answered.append(name)
        except (OSError, http.client.HTTPException):
            pass

    for turn in range(3):
        workers = [threading.Thread(target=write, args=(n, turn * 10000)) for n in range(3)]
        for w in workers:
            w.start()
        while len(answered) < (turn + 1) * 40:
            assert any(w.is_alive() for w in workers)
            workers[0].join(0.01)
        service.kill()
        for w in workers:
            w.join()
        service.begin()
    client, found, marker = Client(service), [], ""
    while True:
        page = client.ask("GET", f"/policies?pageSize=250{marker}")
        found += [p["policyName"] for p in page["policies"]]
        if "nextMarker" not in page:
            break
        marker = f"&marker={page['nextMarker']}"
    assert set(answered) <= set(found) and len(found) <= len(answered) + 9
    for name in found:
        assert client.ask("GET", f"/policies/{name}")["policyDocument"] == DOCUMENT


def model() -> dict[str, Any]:
    for pattern in ("/usr/lib/python3/dist-packages/botocore/data/iot/2015-05-28/service-2.json*",
                    "/usr/lib/python3*/site-packages/botocore/data/iot/2015-05-28/service-2.json*"):
        for path in glob.glob(pattern):
            with (gzip.open if path.endswith("gz") else open)(path, "rb") as f:
                return json.load(f)
    pytest.skip("no model of the public API (package python3-botocore)")


def anonymous(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


# Later than the model of the distribution.
LATER = {"applicationProtocol", "authenticationType", "tlsConfig", "serverCertificateConfig", "clientCertificateConfig"}


def check(shapes: dict[str, Any], name: str, value: Any, where: str) -> None:
    shape = shapes[name]
    kinds = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": int, "list": list, "map": dict,
             "structure": dict}
    assert isinstance(value, kinds[shape["type"]]), (where, value)
    if "enum" in shape:
        assert value in shape["enum"], (where, value)
    if shape["type"] == "string" and "pattern" in shape and "\\p" not in shape["pattern"]:
        assert re.fullmatch(shape["pattern"], value), (where, value)
    if shape["type"] == "list":
        for item in value:
            check(shapes, shape["member"]["shape"], item, where)
    elif shape["type"] == "map":
        for item in value.values():
            check(shapes, shape["value"]["shape"], item, where)
    elif shape["type"] == "structure":
        for member, inner in value.items():
            if member not in LATER:
                assert member in shape["members"], f"{where}.{member}"
                check(shapes, shape["members"][member]["shape"], inner, f"{where}.{member}")


def test_routes_and_faults_are_the_public_ones() -> None:
    m = model()
    public = {(o["http"]["method"], anonymous(o["http"]["requestUri"])) for o in m["operations"].values()}
    for name, method, path in CALLS:  # what is ours alone is told by its path
        assert ((method, anonymous(path)) in public) != path.startswith("/chainbreak/"), name
    faults = re.findall(r'^FAULT\(\w+, "(\w+)", (\d+)\)', (ROOT / "account/fault.def").read_text(), re.M)
    assert len(faults) > 10
    for name, status in faults:
        if name not in ("UnknownOperationException", "RequestEntityTooLargeException"):
            assert m["shapes"][name]["error"]["httpStatusCode"] == int(status), name


def test_answers_have_the_public_shapes(serve: Serve, tmp_path: Path) -> None:
    m = model()
    client, authority = Client(serve("--now", str(NOW))), Authority(tmp_path)
    number = make_ca(client, authority, authority.issue("ca", ca=True, end="20260701000000Z"))
    device = client.ask("POST", "/keys-and-certificate?setAsActive=true")["certificateId"]
    client.ask("POST", "/policies/p", {"policyDocument": DOCUMENT})
    client.ask("POST", "/policies/p/version", {"policyDocument": DOCUMENT})
    client.ask("PUT", "/target-policies/p", {"target": arn(device)})
    client.ask("POST", "/things/t", {"attributePayload": {"attributes": {"a": "b"}}})
    client.ask("PUT", "/things/t/principals", x_amzn_principal=arn(device))
    client.ask("POST", "/domainConfigurations/d", {"authorizerConfig": {"defaultAuthorizerName": "a"}})
    task = client.ask("POST", "/audit/tasks", {"targetCheckNames": ["CA_CERTIFICATE_EXPIRING_CHECK"]})["taskId"]
    finding = client.ask("POST", "/audit/findings", {"taskId": task})["findings"][0]["findingId"]
    for path in ("/endpoint?endpointType=iot:CredentialProvider", f"/certificates/{device}", f"/cacertificate/{number}",
                 "/certificates", "/cacertificates", f"/certificates-by-ca/{number}", "/policies", "/policies/p",
                 "/policies/p/version", "/policies/p/version/1", "/things", "/things/t", "/things/t/principals",
                 "/domainConfigurations", "/domainConfigurations/d", "/domainConfigurations/iot:CredentialProvider",
                 f"/audit/tasks/{task}", f"/audit/findings/{finding}"):
        client.ask("GET", path)
    client.ask("POST", f"/attached-policies/{quote(arn(device), '')}")
    client.ask("POST", "/policy-targets/p")
    client.ask("GET", "/principals/things", x_amzn_principal=arn(device))
    for method, target, body in client.seen:
        path = target.split("?")[0]
        operation = next(o for o in m["operations"].values() if o["http"]["method"] == method and
                         re.fullmatch(re.sub(r"{\w+}", "[^/]+", o["http"]["requestUri"]), path))
        if "output" in operation:
            check(m["shapes"], operation["output"]["shape"], body, operation["name"])
        else:
            assert body == {}
    assert len(client.seen) > 30


@pytest.mark.parametrize("words", [(), ("only-one",), ("--no-such", "a", "b")])
def test_usage(words: tuple[str, ...], serve: Serve, tmp_path: Path) -> None:
    program = serve().process.args[0]  # type: ignore[index]
    assert subprocess.run([program, *words], capture_output=True, check=False, timeout=60).returncode == 2
