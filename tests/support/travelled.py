"""A person with data of every kind, in a group with others, and what can be read about a person anywhere."""

import io
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook

from chalicelib.repos.files.bucket import XLSX
from chalicelib.rules.base.china_time import china_day
from scheduled.remind import remind
from testing import follow_ups, people
from testing.world import User, World

NAME, OTHER = "欧阳注销", "司马留存"
DIGITS = "甲乙丙丁戊己庚辛壬癸"


@dataclass
class Travelled:
    """The person and the traces that it has left."""

    owner: User
    group: str
    number: str
    """Of the person in its group."""
    follow_up: str
    person: dict[str, Any]
    secrets: list[str] = field(repr=False)
    """Every value by which the person can be recognised."""
    files: list[str] = field(repr=False)
    """Names of the files that the person's contents name."""
    shared: list[str] = field(repr=False)
    """Names of the files that the others of the group need."""
    imported: str = field(repr=False)
    """Name of the file of another enterprise from which the person was imported."""


def traveller(world: World, user: User, name: str = NAME) -> dict[str, Any]:
    """The content of a person, each of whose values is nobody else's."""
    serial = people.serial()
    kinds = ("photo", "passport_page", "id_card")
    reference = world.anybody.ok("GET", "/reference")["offices"]
    required = next(entry for entry in reference if entry["code"] == "fao-hunan")["required_attachments"]["person"]
    files = [world.attach(user, kind) for kind in dict.fromkeys([*required, *kinds]) if kind in required]
    return people.person(
        name=name + "".join(DIGITS[int(digit)] for digit in f"{serial:04d}"),
        surname_pinyin="OUYANG",
        phone=f"139{serial:08d}",
        email=f"traveller{serial}@enterprise.example",
        attachments=files,
    )


def travelled(world: World, owner: User) -> Travelled:
    """A person of a group of three: returned and corrected, approved, with a card, a changed passport and drafts."""
    person, others = traveller(world, owner), [traveller(world, owner, OTHER) for _ in range(2)]
    content = world.content(owner) | {"persons": [others[0], person, others[1]]}
    content["group_name"] = f"{person['name']}等三人"
    content["reason"] = f"{person['name']}带队赴有关经济体洽谈业务"
    body, key = {"content": content}, str(uuid.uuid4())
    group = owner.ok("POST", "/applications", body, Idempotency_Key=key)["number"]
    number = f"{group}-02"
    _returned_and_corrected(world, owner, group, person)
    world.decide(world.desk("fao-hunan"), {"number": group})
    world.decide(world.desk("consular"), {"number": group})
    for one in (number, f"{group}-01"):
        follow_ups.finish(world, one)
    card = follow_ups.made(world, number)
    follow_ups.made(world, f"{group}-01")
    reveal = {"fields": ["passport_number"], "reason": f"核对{person['name']}的护照{person['passport_number']}"}
    owner.ok("POST", f"/persons/{number}/reveal", reveal)
    world.desk("consular").ok("PUT", f"/office/persons/{number}/foreign-number", {"number": f"F{people.serial():07d}"})
    handover = {"received_by": person["name"], "handed_out_on": str(china_day(world.time())), "note": "本人领取"}
    owner.ok("POST", f"/persons/{number}/card-ledger", handover)
    new = people.known(follow_ups.passport())
    follow_up = follow_ups.through(world, owner, number, "replace_card", case="new_passport", **new)["number"]
    second = follow_ups.made(world, number)
    imported = _copies(world, owner, group, person)
    world.run(remind, time="2031-09-01T01:00:00Z")
    secrets = [person["name"], person["id_number"], person["passport_number"], person["phone"], person["email"]]
    kept = [name.partition(".")[0] for one in others for name in one["attachments"]]
    return Travelled(
        owner,
        group,
        number,
        follow_up,
        person,
        [*secrets, new["passport_number"], card, second],
        [name.partition(".")[0] for name in person["attachments"]],
        [*kept, *(name.partition(".")[0] for name in content["attachments"])],
        imported.partition(".")[0],
    )


def _returned_and_corrected(world: World, owner: User, group: str, person: dict[str, Any]) -> None:
    reason = f"{person['name']}（{person['passport_number']}）的照片不清晰"
    returned = world.decide(world.desk("fao-hunan"), {"number": group}, "return", reason=reason)
    shown = owner.ok("GET", f"/applications/{group}/content")
    corrected = {**shown["content"], "contact": "测试戊"}
    owner.ok("PUT", f"/applications/{group}/content", corrected, If_Match=f'"{shown["version"]}"')
    owner.ok("POST", f"/applications/{group}/resubmit", {"status_version": returned["status_version"]})


def _copies(world: World, owner: User, group: str, person: dict[str, Any]) -> str:
    """Copies of what was entered: drafts of two enterprises, an imported workbook, letters, workbooks of lists.

    Returns:
        The id of the imported workbook.
    """
    owner.ok("POST", f"/applications/{group}/copy")
    other = world.enterprise()
    fields = {name: person[name] for name in ("name", "id_number", "passport_number", "phone", "email")}
    other.ok("POST", "/drafts", {"group_name": f"{person['name']}续办", "persons": [fields, {"name": "测试辛"}]})
    attachment = world.attach(other, "persons_workbook", workbook(person), XLSX)
    other.ok("POST", "/persons/import", {"attachment_id": attachment})
    owner.ok("POST", f"/applications/{group}/letters/application_form")
    world.desk("fao-hunan").ok("POST", "/office/search/export", {})
    return attachment


def workbook(person: dict[str, Any]) -> bytes:
    """A workbook of persons as an enterprise fills it in."""
    book, raw = Workbook(), io.BytesIO()
    sheet = book.create_sheet("人员", 0)
    sheet.append(["姓名", "身份证号", "护照号"])
    sheet.append([person["name"], person["id_number"], person["passport_number"]])
    book.save(raw)
    return raw.getvalue()


def traces(secrets: Iterable[str]) -> list[str]:
    """Keys of items that contain one of the values: in clear, sealed, or as a digest."""
    from chalicelib.repos.applications import indexes
    from chalicelib.repos.keys import sealing
    from chalicelib.repos.maintenance import enterprise_data, reencryption

    secrets = list(secrets)
    digests = {sealing.digest("card", value) for value in secrets}
    digests |= {indexes.passport_partition(value) for value in secrets}
    digests |= {indexes.identity_partition(value) for value in secrets}
    found = []
    for item in enterprise_data.sweep():
        if item["pk"] == "KEYS":
            continue
        clear = json.dumps(reencryption.decrypted(item), ensure_ascii=False, default=str)
        if any(word in clear for word in (*secrets, *digests)):
            found.append(f"{item['pk']} {item['sk']}")
    return found


def objects(names: Iterable[str], folders: Iterable[str] = ("uploads", "files", "exports")) -> list[str]:
    """Keys of the objects, in any version, whose keys contain one of the names."""
    import boto3

    from sandbox import environment

    found = []
    for folder in folders:
        pages = boto3.client("s3").get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=environment.BUCKET, Prefix=f"{folder}/"):
            found += [version["Key"] for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]
    return sorted({key for key in found if any(name in key for name in names)})
