"""The Lambda entry point of the API: the Chalice object and its blueprints, no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.config import SNAP_START, initialization, settings
from chalicelib.handlers.http import cold_start

keys_fetched = cold_start.begin()  # while the modules below load

from chalicelib.handlers.http import on_demand  # noqa: E402

app = Chalice(app_name="abtc-portal")
app.api.cors = CORSConfig(
    allow_origin=settings().web_origin,
    allow_headers=["Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Ticket-Secret"],
    expose_headers=["ETag", "Retry-After", "X-Request-Id"],
    max_age=600,
)

if routes := on_demand.listed():
    on_demand.register(app, routes)
else:
    from chalicelib.handlers.blueprints import BLUEPRINTS
    from scheduled import (
        deliver_mail,
        expire_cards,
        inspect_uploads,
        look_up_persons,
        mail_feedback,
        purge_drafts,
        remind,
    )

    SCHEDULED = (
        deliver_mail.routes,
        expire_cards.routes,
        inspect_uploads.routes,
        look_up_persons.routes,
        mail_feedback.routes,
        purge_drafts.routes,
        remind.routes,
    )

    for blueprint in (*BLUEPRINTS, *SCHEDULED):
        app.register_blueprint(blueprint)

keys_fetched()
if initialization() == SNAP_START:
    from chalicelib.handlers.http import snapshot

    snapshot.register()
