"""The Lambda entry point of the API: the Chalice object and its list of blueprints, no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.config import settings
from chalicelib.handlers import (
    applications,
    attachments,
    drafts,
    elicence,
    messages,
    office,
    persons,
    reference,
    registrations,
    settings_page,
    sign_in,
    submissions,
)
from scheduled import deliver_mail, purge_drafts

app = Chalice(app_name="abtc-portal")
app.api.cors = CORSConfig(
    allow_origin=settings().web_origin,
    allow_headers=["Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Ticket-Secret"],
    expose_headers=["ETag", "Retry-After", "X-Request-Id"],
    max_age=600,
)

BLUEPRINTS = (
    reference,
    elicence,
    registrations,
    sign_in,
    settings_page,
    drafts,
    attachments,
    submissions,
    applications,
    persons,
    messages,
    office,
    purge_drafts,
    deliver_mail,
)

for page in BLUEPRINTS:
    app.register_blueprint(page.routes)
