"""Examples of the OpenAPI document: one for each model, made from its schema with values that are made up.

The same schema gives the same example. Numbers of persons are those of nobody: born on 1900-01-01, passport E00000001.
"""

from collections.abc import Mapping
from typing import Any

type Schema = Mapping[str, Any]

NUMBER = "APEC20261121000001"
MOMENT = "2026-11-21T04:30:00.000Z"
ID = "0123456789abcdef0123"
ATTACHMENT = f"{ID}.photo.jpg.204800.{'0123456789abcdef' * 2}"

FORMATS: Mapping[str, str] = {
    "date-time": MOMENT,
    "date": "2031-11-20",
    "uri": "https://files.example/object",
    "uuid": "00000000-0000-4000-8000-000000000001",
}
"""A text of each format."""

DAYS = ("_on", "_day", "_from", "_to")
"""Ends of the names of days that have no format, as requests accept them as text."""

PATTERNS: Mapping[str, str] = {
    "^[0-9a-f]{20}$": ID,
    "^APEC[0-9]{14}$": NUMBER,
    "^APEC[0-9]{14}-[0-9]{2}$": f"{NUMBER}-01",
    "^APEC[0-9]{14}(-[0-9]{2})?$": NUMBER,
    r"^[0-9a-f]{20}\.[a-z_]+\.[a-z]+\.[0-9]+\.[0-9a-f]{32}$": ATTACHMENT,
    "^[0-9]{6}$": "430102",
    "^[0-9]{4}-(0[1-9]|1[0-2])$": "2026-11",
    "^[A-Za-z]{1,60}$": "TypeError",
    "^/[A-Za-z0-9:/()|-]{0,120}$": "/persons/:number",
    r"^/assets/[A-Za-z0-9_.-]{1,100}\.js$": "/assets/index-1.js",
    r"^/assets/[A-Za-z0-9_.-]{1,100}\.js:[0-9]{1,7}:[0-9]{1,7}$": "/assets/PersonPage-1.js:1:2048",
}
"""A text of each pattern."""

VALUES: Mapping[str, Any] = {
    "accept_terms": True,
    "action": "withdraw",
    "address": "长沙市示例路1号",
    "attachment_id": ATTACHMENT,
    "algorithms": -7,
    "attachments": ATTACHMENT,
    "attestation": "o2NmbXRkbm9uZQ",
    "authenticator_data": "SZYN5YgOjGh0NBcP",
    "birth_date": "1900-01-01",
    "card_number": "CN000001",
    "challenge": "jNMldOjvVo0pc8s6Lz0PTfkKXw0qrbTS7l6Ss9QLTpg",
    "client_data": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
    "code": "SGP",
    "column": "护照号",
    "contact": "测试己",
    "contact_email": "contact@enterprise.example",
    "contact_phone": "13600000000",
    "content_type": "image/jpeg",
    "content_types": "image/jpeg",
    "creator": "测试企业",
    "credential_id": "Kx1yQ0yq0xg",
    "current_password": "correct horse battery",
    "display_name": "测试企业",
    "draft_id": ID,
    "exclude": "Kx1yQ0yq0xg",
    "economies": "SGP",
    "economy": "SGP",
    "email": "agent@enterprise.example",
    "email_code": "000000",
    "email_contact": "测试丙",
    "email_contact_phone": "13900000001",
    "email_hint": "****@enterprise.example",
    "enterprise_id": ID,
    "enterprise_name": "测试企业",
    "field": "persons.0.title",
    "fields": "title",
    "filename": "photo.jpg",
    "filing_contact": "测试丙",
    "filing_contact_phone": "13900000001",
    "first_time": True,
    "foreign_number": "CHN0000001",
    "from_day": "2027-01-04",
    "given_name_pinyin": "JIA",
    "group_name": "测试团组",
    "id_number": "110101190001010014",
    "if_match": '"1"',
    "industry": "I",
    "invoice_email": "invoice@enterprise.example",
    "invoice_profile_id": ID,
    "legal_representative": "测试戊",
    "login": "enterprise@enterprise.example",
    "masked": "id_number",
    "members": "测试甲",
    "method": "self",
    "name": "测试甲",
    "number": NUMBER,
    "office": "fao-hunan",
    "office_name": "湖南省人民政府外事办公室",
    "offices": "fao-hunan",
    "passport_expires_on": "2035-01-14",
    "passport_issued_on": "2025-01-15",
    "passport_kind": "ordinary",
    "passport_number": "E00000001",
    "passport_place": "湖南",
    "password": "correct horse battery",
    "password_confirmation": "correct horse battery",
    "one_time_code": "123456",
    "path": f"/applications/{NUMBER}/withdraw",
    "person_number": f"{NUMBER}-01",
    "persons": f"{NUMBER}-01",
    "phone": "13800000000",
    "point": "长沙代办点（示例）",
    "previous_card_expires_on": "2026-12-31",
    "previous_card_number": "CN000000",
    "reason": "赴有关经济体洽谈业务并参加展会",
    "recipient": "测试己",
    "region": "湖南省/长沙市/芙蓉区",
    "region_code": "430102",
    "request_id": "00000000-0000-4000-8000-000000000001",
    "rp_id": "portal.example",
    "sex": "male",
    "signature": "MEUCIQDx",
    "size": 204800,
    "surname_pinyin": "CESHI",
    "tax_number": "91110000000000001H",
    "telephone": "0731-00000000",
    "title": "销售部经理",
    "title_en": "Sales Manager",
    "to_day": "2027-01-08",
    "uscc": "91110000000000001H",
    "user_handle": "T0ZGSUNFUlM6MA",
    "username": "agent01",
    "valid_until": "2031-11-20",
    "version": 1,
}
"""What a field of this name holds, wherever its schema has room for it."""

OF_MODELS: Mapping[str, Mapping[str, Any]] = {
    "AttachmentForm": {"kind": "photo"},
    "CardEvent": {"event": "made"},
    "CardStep": {"event": "made"},
    "CardRow": {"event": "made"},
    "Enterprise": {"name": "测试企业"},
    "EnterpriseChange": {"kind": "PRIVATE"},
    "EconomyDecision": {"decision": "approved"},
    "ForeignNumberForm": {"number": "CHN0000001"},
    "InvoiceProfileForm": {"name": "测试企业"},
    "Login": {"identity": "enterprise"},
    "OfficeSearch": {"status": "FAO_REVIEW"},
    "ProvisionForm": {"kind": "PRIVATE", "name": "测试企业", "phone": "073188888888"},
    "Registration": {"kind": "PRIVATE", "phone": "073188888888"},
    "Reveal": {"fields": ["passport_number"], "reason": "核对护照"},
    "Review": {"decision": "return"},
    "ServiceForm": {"service": "cancel_card"},
    "ServiceContent": {"case": None},
}
"""What single models hold instead."""

LEFT_OUT: Mapping[str, frozenset[str]] = {
    "OfficeSearch": frozenset({"cursor"}),
    "Search": frozenset({"cursor", "agent_id"}),
    "EnterpriseSearch": frozenset({"cursor"}),
    "Submission": frozenset({"content"}),
    "LockedName": frozenset({"enterprise_id", "agent_id"}),
    "RecoveryStart": frozenset({"ticket_id", "ticket_secret", "username"}),
}
"""Optional fields that an example does not send: cursors, and one of two ways to say the same."""


class Examples:
    """The examples of all models of a document."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def of(self, model: str) -> Any:
        """An example of one model."""
        return self._named(model, "")

    def _named(self, model: str, field: str) -> Any:
        schema = self._schemas[model]
        if "properties" not in schema:
            return self._value(schema, field)
        chosen, left_out = OF_MODELS.get(model, {}), LEFT_OUT.get(model, frozenset())
        return {
            name: chosen[name] if name in chosen else self._value(part, name)
            for name, part in schema["properties"].items()
            if name not in left_out
        }

    def _value(self, schema: Schema, field: str) -> Any:
        if "$ref" in schema:
            return self._named(schema["$ref"].rpartition("/")[2], field)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._value(schema[several][0], field)
        if "enum" in schema or "const" in schema:
            allowed = schema.get("enum") or [schema["const"]]
            return VALUES[field] if VALUES.get(field) in allowed else allowed[0]
        return self._of_type(schema, field)

    def _of_type(self, schema: Schema, field: str) -> Any:
        kind, known = schema.get("type"), VALUES.get(field)
        if kind == "array":
            return [self._value(schema["items"], field)]
        if kind == "integer":
            return known if isinstance(known, int) else max(1, schema.get("minimum", 1))
        if kind == "string":
            return _text(schema, field)
        return {"number": 0.8, "boolean": known is True}.get(str(kind), {})


def _text(schema: Schema, field: str) -> str:
    known = VALUES.get(field)
    if schema.get("pattern") in PATTERNS:
        return PATTERNS[schema["pattern"]]
    if isinstance(known, str):
        return known
    of_name = "date" if field.endswith(DAYS) else ""
    return FORMATS.get(schema.get("format", of_name), "示例")
