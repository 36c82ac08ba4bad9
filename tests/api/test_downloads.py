"""Downloads are saved under their names and never opened on the origin of the bucket (RFC 6266)."""

from urllib.parse import quote

from testing.world import storage


def disposition(url):
    reply = storage.get(url)
    assert reply.status_code == 200
    return reply.headers["content-disposition"]


def named(name):
    return f"attachment; filename=\"file.{name.rpartition('.')[2]}\"; filename*=UTF-8''{quote(name, safe='')}"


def test_every_file_of_an_application_is_an_attachment_with_the_name_of_its_kind(world, owner):
    content = world.content(owner)
    kept = content["attachments"][0]
    draft = owner.ok("POST", "/drafts", {"attachments": [kept]})["id"]
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    fao = world.desk("fao-hunan")
    kinds = {kind["code"]: kind["name"] for kind in owner.ok("GET", "/reference")["attachment_kinds"]}
    shown = [
        owner.ok("GET", f"/drafts/{draft}/attachments/{kept}"),
        owner.ok("GET", f"/applications/{number}/attachments/{kept}"),
        fao.ok("GET", f"/office/applications/{number}/attachments/{kept}"),
        *owner.ok("POST", f"/applications/{number}/downloads")["items"],
        *fao.ok("POST", f"/office/applications/{number}/downloads", {})["items"],
    ]
    assert len(shown) > 5
    assert [disposition(file["url"]) for file in shown] == [named(f"{kinds[file['kind']]}.jpg") for file in shown]


def test_every_file_that_the_portal_makes_is_an_attachment_with_its_name(world, owner):
    number = world.application(owner)["number"]
    fao = world.desk("fao-hunan")
    made = [
        owner.ok("POST", f"/applications/{number}/letters/application_form"),
        owner.ok("POST", "/cards/ledger/export"),
        fao.ok("POST", "/office/search/export", {}),
    ]
    assert [disposition(file["url"]) for file in made] == [named(file["filename"]) for file in made]
    template = owner.ok("GET", "/persons/import-template")
    assert disposition(template["url"]).startswith("attachment; filename=\"file.xlsx\"; filename*=UTF-8''")
