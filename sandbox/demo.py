"""Demo data, created at the first start: three officers, and an enterprise with an agent and a licence to scan.

All persons and numbers are invented. Passwords are random and stored in files that only their owner can read. The files
are written before the accounts, so that the start after an interrupted one completes the data with the same passwords.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from chalicelib import data
from chalicelib.repos.accounts import accounts, claims
from chalicelib.repos.process import clock, ids
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base.vocabulary import OfficeCode, Role
from chalicelib.rules.forms.accounts import AgentForm
from chalicelib.usecases.accounts import agents, officers, provisioning
from sandbox.wallet.forms import NewLicence, Person
from sandbox.wallet.store import write_privately
from sandbox.wallet.wallet import Wallet

OFFICERS = "officers.json"
DEMO = "demo.json"
OFFICES = ("fao-hunan", "fao-shaanxi", "consular")

ELEMENTS = LicenceElements(name="星沙示例科技有限公司", uscc="91430100MA4LDEM050", legal_representative="示例甲")
EMAIL = "demo@enterprise.example"
AGENT = "demoagent"
AGENT_DATA = {
    "name": "示例乙",
    "id_number": "430102190001010023",
    "phone": "13900000000",
    "email": "agent@enterprise.example",
}
PROFILE = {
    "phone": "073100000000",
    "region_code": "430102",
    "address": None,
    "kind": "PRIVATE",
    "industry": "I",
    "staff_count": 120,
}

HOLDER = Person(name=ELEMENTS.legal_representative, id_number="430102190001010015", phone="13900000000")


def load(directory: Path, wallet: Wallet) -> None:
    """Create the demo data that does not exist yet."""
    now = clock.now()
    for office, password in _passwords(directory / OFFICERS, OFFICES).items():
        if accounts.find_login_target(Role.OFFICER, office) is None:
            _add_officer(office, password, now)
    passwords = _passwords(directory / DEMO, (EMAIL, AGENT))
    # Looked up by its USCC, which never changes; e-mail address and agents may have been changed and are not restored.
    if accounts.find_login_target(claims.USCC, ELEMENTS.uscc) is None:
        _add_enterprise(passwords, now)
    if all(licence.uscc != ELEMENTS.uscc for licence in wallet.licences().values()):
        wallet.add_licence(NewLicence(name=ELEMENTS.name, uscc=ELEMENTS.uscc, legal_representative=HOLDER))


def read_passwords(directory: Path) -> dict[str, dict[str, str]]:
    """The first password by login name, for each identity of `POST /sessions`; later changes are not in it."""
    officers, demo = (json.loads((directory / name).read_text(encoding="utf-8")) for name in (OFFICERS, DEMO))
    return {"enterprise": {EMAIL: demo[EMAIL]}, "agent": {AGENT: demo[AGENT]}, "officer": officers}


def _passwords(path: Path, logins: Iterable[str]) -> dict[str, str]:
    if not path.exists():
        write_privately(path, json.dumps({login: secrets.token_urlsafe(12) for login in logins}))
    stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def _add_officer(office: str, password: str, now: datetime) -> None:
    name, email = data.offices()[office].name, f"{office}@office.example"
    officers.open_officer(officers.new_officer(OfficeCode(office), office, name, email, password, now))


def _add_enterprise(passwords: dict[str, str], now: datetime) -> None:
    origin = Origin("sandbox", "sandbox", now, ids.new())
    enterprise = provisioning.open_enterprise(ELEMENTS, EMAIL, PROFILE, passwords[EMAIL], origin)
    form = AgentForm.model_validate({**AGENT_DATA, "username": AGENT, "password": passwords[AGENT]})
    agent = agents.new_agent(enterprise.id, form, now)
    agents.open_agent(replace(agent, account=agent.account.with_confirmed_mailbox()), origin)
