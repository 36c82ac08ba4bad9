"""The portal in tests: API, accounts, schedules, applications, clock, mailbox and table."""

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.engine.engine import Engine
from testing import people, stored
from testing.accounts import PASSWORD, Accounts
from testing.api import Answer, User
from testing.clock import START, Clock
from testing.files import JPEG, PDF, scan
from testing.licence_platform import PLATFORM, Platform
from testing.schedules import Schedules

__all__ = ["JPEG", "PASSWORD", "PDF", "PLATFORM", "START", "Answer", "Clock", "Platform", "User", "World", "storage"]


storage = httpx.Client(trust_env=False)
"""A browser that talks to the bucket."""


class World(Accounts, Schedules):
    """The portal and everybody around it."""

    def __init__(self, engine: Engine, time: Clock) -> None:
        super().__init__(engine, time)
        self._attachments: dict[tuple[str, str, str], list[str]] = {}
        self._profiles: dict[str, str] = {}

    def attach(self, user: User, kind: str, content: bytes | None = None, content_type: str = "image/jpeg") -> str:
        """Upload a file, which is inspected at once, and return the id of its attachment."""
        attachment_id = self.upload(user, kind, content, content_type)
        self.upload_arrives(f"uploads/{user.account['enterprise_id']}/{attachment_id.partition('.')[0]}")
        return attachment_id

    def upload(self, user: User, kind: str, content: bytes | None = None, content_type: str = "image/jpeg") -> str:
        """Upload a file whose event does not arrive, and return the id of its attachment."""
        content = scan(kind) if content is None else content
        form = {"kind": kind, "filename": "file", "content_type": content_type, "size": len(content)}
        attachment = user.ok("POST", "/attachments", form)
        upload = attachment["upload"]
        file = {"file": ("file", content, content_type)}
        reply = storage.post(upload["url"], data=upload["fields"], files=file)
        assert reply.status_code in (200, 201, 204), reply.text
        return str(attachment["id"])

    def attachments(self, user: User, level: str, office: str = "fao-hunan") -> list[str]:
        """Ids of one upload of every kind that the office requires; the same uploads on every call."""
        key = (user.account["enterprise_id"], level, office)
        if key not in self._attachments:
            offices = {entry["code"]: entry for entry in self.anybody.ok("GET", "/reference")["offices"]}
            kinds = offices[office]["required_attachments"][level]
            self._attachments[key] = [self.attach(user, kind) for kind in kinds]
        return self._attachments[key]

    def profile(self, user: User) -> str:
        """The id of an invoice profile of the enterprise; the same one on every call."""
        enterprise_id = user.account["enterprise_id"]
        if enterprise_id not in self._profiles:
            self._profiles[enterprise_id] = user.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]
        return self._profiles[enterprise_id]

    def travellers(self, user: User, count: int = 1) -> list[dict[str, Any]]:
        """Persons who share one set of uploads."""
        return [people.person(attachments=self.attachments(user, "person")) for _ in range(count)]

    def content(self, user: User, persons: int = 1, **changes: Any) -> dict[str, Any]:
        """Content that can be submitted."""
        return {
            "group_name": "测试团组",
            "office": "fao-hunan",
            "contact": "测试己",
            "contact_phone": "13600000000",
            "contact_email": "contact@enterprise.example",
            "reason": "赴有关经济体洽谈业务并参加展会",
            "pickup": {"method": "self", "point": "长沙代办点（示例）"},
            "invoice_profile_id": self.profile(user),
            "persons": self.travellers(user, persons),
            "attachments": self.attachments(user, "group"),
            **changes,
        }

    def application(self, user: User, persons: int = 1, **changes: Any) -> dict[str, Any]:
        """A submitted application."""
        content = self.content(user, persons, **changes)
        submitted: dict[str, Any] = user.ok("POST", "/applications", {"content": content})
        return submitted

    def decide(self, officer: User, application: Mapping[str, Any], decision: str = "pass", **more: Any) -> Any:
        """Decide as an officer, by the status version that the officer sees now."""
        number = application["number"]
        seen = officer.ok("GET", f"/office/applications/{number}")["status_version"]
        form = {"decision": decision, "status_version": seen, **more}
        return officer.ok("POST", f"/office/applications/{number}/decision", form)

    def approved(self, user: User, persons: int = 1) -> dict[str, Any]:
        """An application that both desks have passed."""
        application = self.application(user, persons)
        self.decide(self.desk("fao-hunan"), application)
        approved: dict[str, Any] = self.decide(self.desk("consular"), application)
        return approved

    def table(self) -> dict[tuple[str, str], Any]:
        """Every item of both tables as stored, without the sessions' times of the last request, to compare states."""
        return {key: item | {"last_seen_at": None} for key, item in stored.both_tables().items()}

    def revoke(self, user: User) -> None:
        """Revoke an agent (取消授权) by a write to its account item."""
        self._write(user, authorized=False)

    def switch_mail(self, user: User, on: bool) -> None:
        """Set the mail switch (是否接收邮件) by a write to the account item."""
        self._write(user, receives_mail=on)

    def _write(self, user: User, **attributes: Any) -> None:
        from chalicelib.repos.accounts import accounts
        from chalicelib.repos.table import table

        partition_owner = user.account["enterprise_id"] or accounts.OFFICERS
        table.commit(table.change(accounts.account_key(partition_owner, user.account["id"]), assign=attributes))
