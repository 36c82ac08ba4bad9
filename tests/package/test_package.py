"""What `make package` builds: small, the same each time, complete, and nothing that Lambda does not need.

The wheels come from the package index (pip keeps them). Both architectures are built; what runs is proven on the one
that this machine has.
"""

import gzip
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_args

import pytest
from botocore import xform_name

from chalicelib.repos.process.aws import Service
from chalicelib.repos.process.tls import folder_of
from tools.packaging import proof, symbols
from tools.packaging.build import DEFAULT_ARCHITECTURE
from tools.packaging.slim import OPERATIONS
from tools.sbom import parts

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURES = ("arm64", "x86_64")


def test_two_builds_are_identical(built):
    first = built[DEFAULT_ARCHITECTURE]
    assert (built["again"] / first.archive.name).read_bytes() == first.archive.read_bytes()
    assert (built["again"] / "sam.json").read_bytes() == first.template.read_bytes()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_package_has_at_most_12_mb(built, architecture):
    proof.check_size(built[architecture].size)
    sys.stdout.write(f"{built[architecture].archive.name}: {built[architecture].size / 1e6:.2f} MB\n")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_functions_run_on_the_processor_that_the_wheels_are_for(built, unpacked, architecture):
    template = json.loads(built[architecture].template.read_text(encoding="utf-8"))
    proof.check_architectures(template, architecture)
    proof.check_machine_code(unpacked[architecture], architecture)
    assert len(list(unpacked[architecture].rglob("*.so"))) >= 4


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_function_names_the_zip_beside_the_template(built, architecture):
    package = built[architecture]
    resources = json.loads(package.template.read_text(encoding="utf-8"))["Resources"]
    functions = {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert {function["CodeUri"] for function in functions.values()} == {f"./{package.archive.name}"}
    entered = {function["Handler"].rpartition(".")[0] for function in functions.values()}
    assert entered == set(proof.entries())
    assert entered == {"app", *(f"scheduled.{file.stem}" for file in scheduled())}


def scheduled() -> list[Path]:
    return [file for file in (ROOT / "scheduled").glob("*.py") if file.stem != "__init__"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_zip_holds_the_required_wheels_and_our_code_only(built, unpacked, architecture):
    proof.check_contents(unpacked[architecture], built[architecture].distributions)
    for file in [ROOT / "app.py", *scheduled(), *(ROOT / "chalicelib").rglob("*.*")]:
        if "__pycache__" not in file.parts:
            assert (unpacked[architecture] / file.relative_to(ROOT)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_compiled_libraries_have_no_tables_of_symbols(unpacked, architecture):
    libraries = [*unpacked[architecture].rglob("*.so")]
    assert len(libraries) >= 5
    assert [library.name for library in libraries if symbols.stripped(content := library.read_bytes()) != content] == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_sbom_lists_exactly_the_distributions_in_the_zip(built, architecture):
    weighed = {parts.canonical(name) for name, _ in built[architecture].weights()}
    ours = {"app", "chalicelib", "scheduled", "-pycache-"}
    assert {part.name for part in parts.of_zip()} == weighed - ours


def test_a_zip_holds_the_descriptions_of_the_services_in_use_only(unpacked):
    folder = unpacked[DEFAULT_ARCHITECTURE] / "botocore" / "data"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {*get_args(Service)}
    assert not [*folder.rglob("examples*"), *folder.rglob("waiters*")]


def test_the_descriptions_of_services_have_no_texts_for_people(unpacked):
    folder = unpacked[DEFAULT_ARCHITECTURE] / "botocore" / "data"
    described = [json.loads(gzip.decompress(file.read_bytes())) for file in folder.rglob("service-2.json.gz")]
    assert len(described) == len(get_args(Service))
    assert not [one for one in described if re.search(r'"documentation": "[^"]', json.dumps(one))]
    assert all(one["operations"] and one["shapes"] for one in described)


def test_the_descriptions_of_services_have_the_operations_in_use_only(unpacked):
    folder = unpacked[DEFAULT_ARCHITECTURE] / "botocore" / "data"
    for service, operations in OPERATIONS.items():
        (file,) = (folder / service).rglob("service-2.json.gz")
        assert set(json.loads(gzip.decompress(file.read_bytes()))["operations"]) == operations


def test_every_operation_that_our_code_calls_is_described():
    """Calls have the form `aws.client("s3").get_object(...)`, or `client().query(...)` for the tables."""
    called = {
        (service or "dynamodb", method)
        for folder in ("chalicelib", "scheduled", "operations")
        for file in (ROOT / folder).rglob("*.py")
        for service, method in re.findall(r'client\((?:"(\w+)")?\)\.(\w+)', file.read_text(encoding="utf-8"))
    }
    by_name = {("s3", "generate_presigned_post"), ("s3", "generate_presigned_url"), ("s3", "get_paginator")}
    assert len(called) > 15
    assert called >= by_name
    described = {(service, xform_name(name)) for service, names in OPERATIONS.items() for name in names}
    assert called - by_name <= described
    assert described - called == {
        ("s3", "create_bucket"),
        ("s3", "head_bucket"),
        ("s3", "list_object_versions"),
    }


def test_endpoints_are_those_of_the_services_in_use(unpacked):
    file = unpacked[DEFAULT_ARCHITECTURE] / "botocore" / "data" / "endpoints.json"
    partitions = json.loads(file.read_text(encoding="utf-8"))["partitions"]
    assert {"aws", "aws-cn"} <= {partition["partition"] for partition in partitions}
    for partition in partitions:
        assert set(partition["services"]) <= {*get_args(Service), "email"}
        assert {"dynamodb", "s3", "kms", "ssm", "sts"} <= set(partition["services"]) or partition["partition"] not in (
            "aws",
            "aws-cn",
        )


def test_a_zip_does_not_reveal_when_where_or_by_whom_it_was_built(built):
    entries = zipfile.ZipFile(built[DEFAULT_ARCHITECTURE].archive).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_bytecode_is_not_checked_against_sources_and_names_the_folder_of_lambda(built):
    archive = zipfile.ZipFile(built[DEFAULT_ARCHITECTURE].archive)
    compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
    for name in compiled:
        code = archive.read(name)
        assert int.from_bytes(code[4:8], "little") == 0b01, name  # PEP 552: by hash, unchecked
        assert b"/var/task/" in code
        assert str(ROOT).encode() not in code
        assert b"/tmp/" not in re.sub(rb"/tmp/(?!tmp)", b"", code), name
    tops = {name.partition("/")[0] for name in archive.namelist() if name.endswith(".py")}
    assert tops == {"app.py", "chalicelib", "scheduled"}  # sources only of ours, for tracebacks


def test_every_entry_point_and_every_late_import_works_from_the_unzipped_files_alone(own):
    proof.check_imports(own)


def test_a_zip_holds_the_data_files_that_libraries_read(own):
    program = f"""
import sys; sys.path.insert(0, {str(own)!r})
from typing import get_args
from chalicelib.repos.files import workbook
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import aws
from chalicelib.rules.forms import fields
for name in get_args(aws.Service):
    client = aws.client(name)
    assert all(client.meta.method_to_api_mapping.values()), name
s3 = aws.client("s3")
assert s3.generate_presigned_post("bucket", "key")["url"] == "https://bucket.s3.cn-north-1.amazonaws.com.cn/"
assert s3.generate_presigned_url("get_object", Params={{"Bucket": "bucket", "Key": "k"}}).startswith("https://bucket.s3.")
assert aws.client("sesv2").meta.endpoint_url == "https://email.cn-north-1.amazonaws.com.cn"
from chalicelib.repos.table import client as tables
assert tables.client() is not aws.client("dynamodb")
from stdnum.cn import ric
assert ric.get_birth_place("110101190001010010")["province"]
from email_validator import validate_email
validate_email("a@enterprise.example", check_deliverability=False, test_environment=True)
workbook.sheet("x", ("a",), [("1",)])
"""
    environment = {"AWS_ACCESS_KEY_ID": "-", "AWS_SECRET_ACCESS_KEY": "-", "AWS_DEFAULT_REGION": "cn-north-1"}
    subprocess.run([sys.executable, "-ISB", "-c", program], env=environment, check=True, timeout=60)


def test_a_missing_or_unrequired_wheel_is_detected(built, unpacked):
    distributions = built[DEFAULT_ARCHITECTURE].distributions
    without = {top: name for top, name in distributions.items() if name != "cryptography"}
    with pytest.raises(proof.Unfit, match="cryptography"):
        proof.check_contents(unpacked[DEFAULT_ARCHITECTURE], without)
    with pytest.raises(proof.Unfit, match="moto"):
        proof.check_contents(unpacked[DEFAULT_ARCHITECTURE], {**distributions, "moto": "moto"})


def test_wheels_of_another_processor_are_detected(built, unpacked):
    with pytest.raises(proof.Unfit, match="not for x86_64"):
        proof.check_machine_code(unpacked["arm64"], "x86_64")
    template = json.loads(built["arm64"].template.read_text(encoding="utf-8"))
    with pytest.raises(proof.Unfit, match="x86_64"):
        proof.check_architectures(template, "x86_64")


def test_a_missing_library_is_detected(own, tmp_path):
    poorer = tmp_path / "task"
    shutil.copytree(own, poorer, ignore=shutil.ignore_patterns("qrcode"))
    with pytest.raises(proof.Unfit, match="No module named 'qrcode'"):
        proof.check_imports(poorer)


def test_every_authority_of_the_file_is_in_the_folder_too(own):
    file = own / "botocore" / "cacert.pem"
    certificates = file.read_bytes().count(b"BEGIN CERTIFICATE")
    files = [*folder_of(file).iterdir()]
    assert len(files) == certificates > 100
    assert all(re.fullmatch(r"[0-9a-f]{8}\.\d", each.name) for each in files)
