"""The Lambda entry point of the API: the Chalice object and its list of blueprints, no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.config import settings
from chalicelib.handlers import (
    account_settings,
    agents,
    applications,
    attachments,
    audit,
    card_ledger,
    drafts,
    elicence,
    invoice_profiles,
    letters,
    messages,
    office,
    office_changes,
    office_enterprises,
    office_mail,
    payments,
    person_import,
    persons,
    recoveries,
    reference,
    registrations,
    sign_in,
    statistics,
    submissions,
    travel,
)
from scheduled import deliver_mail, expire_cards, inspect_uploads, mail_feedback, purge_drafts, remind

app = Chalice(app_name="abtc-portal")
app.api.cors = CORSConfig(
    allow_origin=settings().web_origin,
    allow_headers=["Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Ticket-Secret"],
    expose_headers=["ETag", "Retry-After", "X-Request-Id"],
    max_age=600,
)

BLUEPRINTS = (
    reference, elicence, registrations, person_import, sign_in, recoveries, account_settings, invoice_profiles, agents,
    audit, drafts, attachments, submissions, applications, persons, messages, office, office_enterprises,
    office_changes, office_mail, statistics, travel, payments, letters, card_ledger, purge_drafts, deliver_mail,
    expire_cards, remind, mail_feedback, inspect_uploads,
)  # fmt: skip

for page in BLUEPRINTS:
    app.register_blueprint(page.routes)
