"""Demo data, made at the first start: three officers, and one enterprise with an agent and a licence to scan.

Everybody and every number here is made up. Passwords are random, kept in files that only the owner can read.
"""

import json
import secrets
from datetime import datetime
from pathlib import Path

from chalicelib import data
from chalicelib.repos import accounts, clock, enterprises, hashing, ids, table
from chalicelib.repos.enterprises import Enterprise
from chalicelib.rules.accounts import Account, Agent
from chalicelib.rules.licence import LicenceElements
from chalicelib.rules.vocabulary import AccountId, EnterpriseId, OfficeCode, Role
from sandbox.wallet_store import write_privately

OFFICERS = "officers.json"
DEMO = "demo.json"
OFFICES = ("fao-hunan", "fao-shaanxi", "consular")

ELEMENTS = LicenceElements(name="星沙示例科技有限公司", uscc="91430100MA4LDEM050", legal_representative="示例甲")
EMAIL = "demo@enterprise.example"
AGENT = "demoagent"
PROFILE = {"phone": "073100000000", "region_code": "430102", "kind": "PRIVATE", "industry": "I", "staff_count": 120}


def load(directory: Path) -> None:
    """Make the demo accounts unless an earlier start did."""
    now = clock.now()
    if not (directory / OFFICERS).exists():
        write_privately(directory / OFFICERS, json.dumps({office: _officer(office, now) for office in OFFICES}))
    if not (directory / DEMO).exists():
        write_privately(directory / DEMO, json.dumps(_enterprise(now)))


def _officer(office: str, now: datetime) -> str:
    password = secrets.token_urlsafe(12)
    name = data.offices()[office].name
    officer = Account(
        id=AccountId(ids.new()),
        role=Role.OFFICER,
        login=office,
        display_name=name,
        email=f"{office}@office.example",
        office=OfficeCode(office),
        created_at=now,
        password_hash=hashing.hash_password(password),
    )
    table.commit(*accounts.new_account(officer))
    return password


def _enterprise(now: datetime) -> dict[str, str]:
    passwords = {EMAIL: secrets.token_urlsafe(12), AGENT: secrets.token_urlsafe(12)}
    enterprise_id = EnterpriseId(ids.new())
    owner = Account(
        id=AccountId(enterprise_id),
        role=Role.ENTERPRISE,
        login=EMAIL,
        display_name=ELEMENTS.name,
        email=EMAIL,
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=hashing.hash_password(passwords[EMAIL]),
    )
    agent = Account(
        id=AccountId(ids.new()),
        role=Role.AGENT,
        login=AGENT,
        display_name="示例乙",
        email="agent@enterprise.example",
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=hashing.hash_password(passwords[AGENT]),
    )
    enterprise = Enterprise(enterprise_id, ELEMENTS, owner.id, PROFILE, 1, now)
    table.commit(*enterprises.new(enterprise), *accounts.new_account(owner))
    table.commit(*accounts.new_agent(Agent(agent, name="示例乙", id_number="430102190001010023", phone="13900000000")))
    return passwords
