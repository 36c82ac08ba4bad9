"""The distribution: pages and API as one product (docs/decisions/0084)."""

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest

from chalicelib.handlers.http import edge as application
from sandbox.engine.engine import REGION
from sandbox.http import site
from tests.support.merged import ROOT
from tools.deployment import __main__ as command
from tools.deployment import edge as deployed
from tools.deployment.account import Account
from tools.packaging import edge, pages
from tools.packaging.stage import read

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
CHINA = {
    "ABTC_MAIL_SERVER": "smtps://portal@smtp.test",
    "ABTC_SCANNER": "clamd://10.0.1.20:3310",
}
NETWORK = {"scanner_subnets": ["subnet-0a"], "scanner_security_groups": ["sg-0123456789abcdef0"]}
FILES = "https://files.s3.eu-central-1.amazonaws.com"


def stage(region="eu-central-1"):
    if region.startswith("cn-"):
        return read("prod", region, CHINA, deployment={"certificate": "ASCAEXAMPLECERTIFICATE", **NETWORK})
    return read("prod", region, deployment={"certificate": CERTIFICATE, "alarm_email": "oncall@portal.test"})


@pytest.fixture(scope="module")
def template():
    return edge.template(stage())


def properties(template, name):
    return template["Resources"][name]["Properties"]


def config(template):
    return properties(template, "Distribution")["DistributionConfig"]


def behaviour_of_api(template):
    (found,) = config(template)["CacheBehaviors"]
    return found


@pytest.mark.parametrize("regions", [("eu-central-1", "us-east-1"), ("cn-north-1", "cn-northwest-1")])
def test_cfn_lint_accepts_the_template_where_the_distribution_is_deployed(regions, tmp_path):
    first, other = (stage(region) for region in regions)
    assert edge.template(first) == edge.template(other)
    places = {first.of_edge.region, other.of_edge.region}
    assert places == ({*regions} if "cn-north-1" in regions else {"us-east-1"})
    file = tmp_path / "edge.json"
    file.write_text(json.dumps(edge.template(first)), encoding="utf-8")
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [lint, "--regions", *sorted(places), "--", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr
    assert len(deployed.body(file.read_text(encoding="utf-8"))) < 51_200


def test_pages_have_the_headers_of_the_sandbox(template):
    """What was tested on the sandbox's pages holds for the deployed ones."""
    policy = properties(template, "PageHeaders")["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    text = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert text.replace("${FilesOrigin}", FILES) == site.policy(FILES)
    sent = {item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]}
    sent["Referrer-Policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    sent["X-Content-Type-Options"] = "nosniff" if "ContentTypeOptions" in security else ""
    assert sent == site.HEADERS
    assert (deployed.IMMUTABLE, deployed.REVALIDATED) == (site.IMMUTABLE, site.REVALIDATED)


def test_browsers_come_by_tls_only_for_a_year(template):
    transport = properties(template, "PageHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert transport["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31_536_000
    assert config(template)["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    # A redirected POST would lose what was sent, and its secret would have been sent in clear before.
    assert behaviour_of_api(template)["ViewerProtocolPolicy"] == "https-only"
    assert config(template)["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_only_the_distribution_reads_the_bucket_of_the_pages(template):
    bucket = properties(template, "SiteBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    denied, allowed = properties(template, "SiteBucketPolicy")["PolicyDocument"]["Statement"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "distribution/${Distribution}" in json.dumps(allowed["Condition"])


def test_no_reply_of_the_api_is_shared_by_two_callers(template):
    """The key of the cache has every credential, and every reply is `no-store` besides."""
    key = properties(template, "ApiCache")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "all"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert {"Authorization", "X-Ticket-Secret", "Accept-Language"} <= set(key["HeadersConfig"]["Headers"])
    policy = properties(template, "ApiCache")["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)


def test_every_header_that_the_api_reads_reaches_it(template):
    read_by_api = {"authorization", "accept-language", "idempotency-key", "origin", "x-ticket-secret", "content-type"}
    key = properties(template, "ApiCache")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    sent = properties(template, "ApiRequests")["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"]
    names = {name.lower() for name in (*key["HeadersConfig"]["Headers"], *sent)}
    assert read_by_api | {application.VIEWER_HEADER} <= names
    # CloudFront takes ten of each, and sends a Host of its own: the API's gateway knows no other.
    assert len(sent) <= 10
    assert len(key["HeadersConfig"]["Headers"]) <= 10
    assert "host" not in names
    (origin,) = [one for one in config(template)["Origins"] if one["Id"] == "api"]
    (custom,) = origin["OriginCustomHeaders"]
    assert custom["HeaderName"].lower() == application.KEY_HEADER
    # CloudFront Developer Guide: "Custom headers that CloudFront can't add to origin requests".
    assert not application.KEY_HEADER.startswith(("x-edge-", "x-amz-", "x-amzn-", "x-real-ip"))
    assert template["Parameters"]["OriginKey"]["NoEcho"] is True


def test_the_firewall_answers_429_with_a_time_and_guards_the_distribution(template):
    acl = properties(template, "WebAcl")
    assert acl["Scope"] == "CLOUDFRONT"
    reply = acl["Rules"][0]["Action"]["Block"]["CustomResponse"]
    headers = {one["Name"]: one["Value"] for one in reply["ResponseHeaders"]}
    assert (reply["ResponseCode"], headers["Retry-After"]) == (429, "60")
    assert headers["Access-Control-Allow-Origin"] == "https://portal.example"
    assert config(template)["WebACLId"]["Fn::If"][1] == {"Fn::GetAtt": ["WebAcl", "Arn"]}


def test_in_china_nothing_is_in_the_template_that_cloudfront_lacks_there():
    made = edge.template(stage("cn-north-1"))
    kinds = {resource["Type"] for resource in made["Resources"].values()}
    assert "AWS::CloudFront::CloudFrontOriginAccessIdentity" in kinds
    assert not {"AWS::CloudFront::Function", "AWS::CloudFront::OriginAccessControl", "AWS::WAFv2::WebACL"} & kinds
    assert config(made)["ViewerCertificate"]["IamCertificateId"] == "ASCAEXAMPLECERTIFICATE"
    assert "arn:aws:" not in json.dumps(made)


# Pages


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The pages, built twice: here and of a copy at another path."""
    folder = tmp_path_factory.mktemp("pages")
    copy = folder / "an other" / "web"
    shutil.copytree(ROOT / "web", copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    (copy.parent / "docs").symlink_to(ROOT / "docs")
    path = f"{ROOT / '.node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for web, target in ((ROOT / "web", folder / "one"), (copy, folder / "two")):
        subprocess.run(
            [ROOT / ".node" / "bin" / "npx", "--no", "vite", "build", "--outDir", target / "pages", "--emptyOutDir"],
            cwd=web,
            env={**os.environ, "PATH": path},
            check=True,
            capture_output=True,
        )
    return [pages.pack(folder / name / "pages", folder / name) for name in ("one", "two")]


def test_two_builds_of_the_pages_are_the_same_bytes(built):
    one, two = built
    assert one.read_bytes() == two.read_bytes()


def test_the_deployed_pages_have_nothing_of_the_sandbox(built):
    with zipfile.ZipFile(built[0]) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names if name.endswith((".js", ".html")))
    assert "index.html" in names
    assert b"sandbox.json" not in text
    assert b"demo_accounts" not in text


@pytest.fixture
def account(engine, monkeypatch):
    """An account in the engine whose distribution has a bucket."""
    engine.reset()
    wanted = dataclasses.replace(stage(), region=REGION)
    boto3.client("s3").create_bucket(Bucket="pages")
    monkeypatch.setattr(deployed, "outputs", lambda _: {"SiteBucketName": "pages"})
    yield Account(wanted)
    engine.reset()


def archive_of(folder, files):
    target = folder / "pages.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


def test_assets_are_uploaded_first_and_index_html_last_and_old_assets_stay(account, tmp_path, monkeypatch):
    uploaded: list[str] = []
    put = deployed._put

    def noted(s3, bucket, name, content):
        uploaded.append(name)
        return put(s3, bucket, name, content)

    monkeypatch.setattr(deployed, "_put", noted)
    first = {"index.html": "1", "assets/a-1.js": "a", "assets/b.css": "b", "favicon.svg": "f"}
    assert deployed.publish(account, archive_of(tmp_path, first)) == 4
    assert uploaded == ["assets/a-1.js", "assets/b.css", "favicon.svg", "index.html"]
    second = {"index.html": "2", "assets/a-2.js": "a2", "assets/b.css": "b", "favicon.svg": "f"}
    assert deployed.publish(account, archive_of(tmp_path, second)) == 2
    client = boto3.client("s3")
    kept = {entry["Key"] for entry in client.list_objects_v2(Bucket="pages")["Contents"]}
    assert kept == {*first, *second}
    index, asset = (client.get_object(Bucket="pages", Key=key) for key in ("index.html", "assets/a-2.js"))
    assert (index["Body"].read(), index["CacheControl"]) == (b"2", "no-cache")
    assert index["ContentType"] == "text/html; charset=utf-8"
    assert (asset["CacheControl"], asset["ContentType"]) == (site.IMMUTABLE, "text/javascript; charset=utf-8")
    assert deployed.publish(account, archive_of(tmp_path, second)) == 0


class Deployments:
    """Deployments to an account whose stacks only note what they would be changed to."""

    def __init__(self, account, folder, monkeypatch):
        self.account, self._folder, self.changed = account, folder, []
        monkeypatch.setattr(command, "check", lambda _: None)
        monkeypatch.setattr(command, "parameters", lambda account, facts, hashes: {"EdgeKeyHash": hashes})
        monkeypatch.setattr(deployed, "parameters", lambda account, keys: {"OriginKey": keys.read()[0]})
        monkeypatch.setattr(command, "_change", self._change)

    def _change(self, account, template, values, moment, agreed):
        self.changed.append((account.stage.stack, dict(values), template.get("TemplateBody", "")))
        return True

    def deploy(self, index):
        sam = {"Resources": {"Api": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "a.zip"}}}}
        (self._folder / "sam.json").write_text(json.dumps(sam), encoding="utf-8")
        (self._folder / "a.zip").write_bytes(index.encode())
        (self._folder / "edge.json").write_text(json.dumps({"Description": index}), encoding="utf-8")
        archive_of(self._folder, {"index.html": index, f"assets/{index}.js": index})
        command.deploy(self.account, self._folder, lambda: True, smoke=False)

    def index(self):
        return boto3.client("s3").get_object(Bucket="pages", Key="index.html")["Body"].read().decode()


@pytest.fixture
def deployments(account, tmp_path, monkeypatch):
    moments = iter(f"2026112{day}T040000Z" for day in range(1, 9))
    monkeypatch.setattr(command, "_now", lambda: next(moments))
    return Deployments(account, tmp_path, monkeypatch)


def test_a_deployment_changes_the_api_then_the_distribution_then_the_pages(deployments):
    deployments.deploy("one")
    (api, known, _), (distribution, sent, body) = deployments.changed
    assert (api, distribution) == ("abtc-portal-prod", "abtc-portal-prod-edge")
    assert known["EdgeKeyHash"] == hashlib.sha256(sent["OriginKey"].encode()).hexdigest()
    assert (json.loads(body), deployments.index()) == ({"Description": "one"}, "one")


def test_one_command_returns_to_the_pages_and_the_distribution_of_before(deployments):
    deployments.deploy("one")
    deployments.deploy("two")
    assert deployments.index() == "two"
    deployed.Keys(deployments.account).rotate()
    deployments.changed.clear()
    command.roll_back(deployments.account, "", lambda: True)
    (_, known, _), (_, _, body) = deployments.changed
    assert (json.loads(body), deployments.index()) == ({"Description": "one"}, "one")
    # Keys that were rotated since are not brought back.
    assert len(known["EdgeKeyHash"].split(",")) == 2


def test_a_recorded_deployment_does_not_have_the_key(deployments):
    deployments.deploy("one")
    client = boto3.client("s3")
    bucket = f"abtc-portal-packages-{deployments.account.id}-{REGION}"
    keys = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]]
    (secret,) = deployed.Keys(deployments.account).read()
    assert any(key.startswith("deployments/") for key in keys)
    assert all(secret.encode() not in client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


# The key


def test_the_key_is_rotated_without_a_moment_at_which_it_is_unknown(account):
    keys = deployed.Keys(account)
    (old,) = keys.read()
    before = keys.hashes()
    assert "deploy, then repeat" in keys.rotate()
    new, kept = keys.read()
    # The API is deployed before the distribution: it knows the new key when it is sent, and the old one until then.
    assert kept == old
    assert before in keys.hashes().split(",")
    keys.rotate()
    assert keys.read() == [new]
    assert len(new) == 64
    assert new != old
