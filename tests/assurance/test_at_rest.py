"""No item of the table holds personal data in clear, through a whole lifecycle (docs/decisions/0003)."""

import json

from testing import people
from testing.follow_ups import applied, made, passport, through, waiting
from testing.tripwire import strings

NAMES = ("诸葛试验甲", "欧阳试验乙", "司马试验丙", "上官试验丁", "令狐试验戊")


def test_no_name_number_phone_or_address_stands_in_clear(world):
    traveller, agent_name, contact, legal, asked = NAMES
    elements = {"name": "测试企业有限公司", "uscc": people.make_uscc(), "legal_representative": legal}
    form = {**elements, "email": "canary-owner@enterprise.example", "phone": "0731-55550001"}
    consular = world.desk("consular")
    consular.ok("POST", "/office/enterprises", form)
    owner = world.enterprise()
    known = people.agent(name=agent_name, phone="13712345001", email="canary-agent@enterprise.example")
    agent_id = owner.ok("POST", "/agents", known)["id"]
    owner.ok("PATCH", f"/agents/{agent_id}", {"phone": "13712345002"})
    agent = world.sign_in("agent", known["username"], known["password"])
    invoice = people.invoice_profile(email_contact=contact, filing_contact_phone="13712345003")
    agent.ok("POST", "/invoice-profiles", invoice)
    content = world.content(agent)
    person = people.person(
        name=traveller,
        surname_pinyin="ZHUGE",
        given_name_pinyin="SHIYANJIA",
        phone="13712345004",
        email="canary-traveller@enterprise.example",
        attachments=content["persons"][0]["attachments"],
    )
    content |= {"contact": contact, "contact_phone": "13712345005", "persons": [person]}
    agent.ok("POST", "/drafts", content)
    number = agent.ok("POST", "/applications", {"content": content})["number"]
    fao = world.desk("fao-hunan")
    reason = {"decision": "return", "reason": f"请补充{asked}的材料", "status_version": 1}
    fao.ok("POST", f"/office/applications/{number}/decision", reason)
    new = passport()
    applied(agent, waiting(world, agent), "change_passport", **new)
    ticket = world.ticket("register", elements)
    owner.ok("POST", f"/persons/{number}-01/reveal", {"fields": ["passport_number"], "reason": f"核对{asked}"})
    cards = waiting(world, agent, approvals=1)
    through(world, agent, cards, "early_card")
    card_number = made(world, cards)

    secrets = [
        *NAMES,
        *(form["email"], form["phone"], known["email"], known["id_number"], known["username"]),
        *("13712345001", "13712345002", "13712345003", "13712345004", "13712345005"),
        *(person["id_number"], person["passport_number"], person["email"], "SHIYANJIA"),
        *(new["passport_number"], card_number, invoice["invoice_email"], ticket["ticket_secret"]),
    ]
    found = {
        (json.dumps(key), secret)
        for key, item in world.table().items()
        for text in strings({"key": key, "item": item})
        for secret in secrets
        if secret in text
    }
    assert found == set()
