"""Demo data, made at the first start: three officers, and one enterprise with an agent and a licence to scan.

Everybody and every number here is made up. Passwords are random, kept in files that only the owner can read. They are
written before the accounts: a start that is killed half-way is finished by the next one with the same passwords.
"""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from chalicelib import data
from chalicelib.repos.accounts import accounts, enterprises
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import clock, ids
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.accounts.licence import LicenceElements
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, OfficeCode, Role
from sandbox.wallet.forms import NewLicence, Person
from sandbox.wallet.store import write_privately
from sandbox.wallet.wallet import Wallet

OFFICERS = "officers.json"
DEMO = "demo.json"
OFFICES = ("fao-hunan", "fao-shaanxi", "consular")

ELEMENTS = LicenceElements(name="星沙示例科技有限公司", uscc="91430100MA4LDEM050", legal_representative="示例甲")
EMAIL = "demo@enterprise.example"
AGENT = "demoagent"
PROFILE = {"phone": "073100000000", "region_code": "430102", "kind": "PRIVATE", "industry": "I", "staff_count": 120}


HOLDER = Person(name=ELEMENTS.legal_representative, id_number="430102190001010015", phone="13900000000")


def load(directory: Path, wallet: Wallet) -> None:
    """Make what is missing of the demo data."""
    now = clock.now()
    for office, password in _passwords(directory / OFFICERS, OFFICES).items():
        if accounts.find_login_target(Role.OFFICER, office) is None:
            _add_officer(office, password, now)
    passwords = _passwords(directory / DEMO, (EMAIL, AGENT))
    # By its USCC, which never changes: e-mail and agents may, and shall stay as they were left.
    if accounts.find_login_target("uscc", ELEMENTS.uscc) is None:
        _add_enterprise(passwords, now)
    if all(licence.uscc != ELEMENTS.uscc for licence in wallet.licences().values()):
        wallet.add_licence(NewLicence(name=ELEMENTS.name, uscc=ELEMENTS.uscc, legal_representative=HOLDER))


def read_passwords(directory: Path) -> dict[str, dict[str, str]]:
    """Log-in -> password, by identity as `POST /sessions` names it; as they were made, if changed since."""
    officers, demo = (json.loads((directory / name).read_text(encoding="utf-8")) for name in (OFFICERS, DEMO))
    return {"enterprise": {EMAIL: demo[EMAIL]}, "agent": {AGENT: demo[AGENT]}, "officer": officers}


def _passwords(path: Path, logins: Iterable[str]) -> dict[str, str]:
    if not path.exists():
        write_privately(path, json.dumps({login: secrets.token_urlsafe(12) for login in logins}))
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _add_officer(office: str, password: str, now: datetime) -> None:
    officer = Account(
        id=AccountId(ids.new()),
        role=Role.OFFICER,
        login=office,
        display_name=data.offices()[office].name,
        email=f"{office}@office.example",
        office=OfficeCode(office),
        created_at=now,
        password_hash=password_hashing.hash_password(password),
    )
    table.commit(*accounts.account_created(officer))


def _add_enterprise(passwords: dict[str, str], now: datetime) -> None:
    enterprise_id = EnterpriseId(ids.new())
    owner = Account(
        id=AccountId(enterprise_id),
        role=Role.ENTERPRISE,
        login=EMAIL,
        display_name=ELEMENTS.name,
        email=EMAIL,
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=password_hashing.hash_password(passwords[EMAIL]),
    )
    agent = Account(
        id=AccountId(ids.new()),
        role=Role.AGENT,
        login=AGENT,
        display_name="示例乙",
        email="agent@enterprise.example",
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=password_hashing.hash_password(passwords[AGENT]),
    )
    enterprise = Enterprise(enterprise_id, ELEMENTS, owner.id, PROFILE, 1, now)
    table.commit(*enterprises.enterprise_created(enterprise), *accounts.account_created(owner))
    table.commit(
        *accounts.agent_created(Agent(agent, name="示例乙", id_number="430102190001010023", phone="13900000000"))
    )
