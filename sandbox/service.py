"""Everything that the sandbox runs, started in order and stopped in reverse."""

import logging
import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from sandbox import environment, schedules
from sandbox.directory import locked
from sandbox.engine import cloud
from sandbox.engine.engine import REGION, Engine
from sandbox.errors import DirectoryOutdated, EngineDown, PortBusy
from sandbox.http import site
from sandbox.http.api_server import HOST, ApiServer, listen
from sandbox.mailbox import Mailbox
from sandbox.portal_page import portal_page
from sandbox.upload_events import UploadEvents
from sandbox.wallet.store import write_privately
from sandbox.wallet.wallet import Wallet

LOG = "app.log"
ENVIRONMENT = "environment"
"""The file of variables with which the operators' commands find the sandbox (`source` it in a shell)."""
ENGINE_CHECK = 0.5
"""Seconds between checks of the engine process."""


@dataclass(frozen=True)
class Options:
    """The options of `make run`, from the environment."""

    port: int
    sandbox_port: int
    directory: Path

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Options":
        """Read PORT, SANDBOX_PORT and SANDBOX_DIR; `PortBusy` if a port is no port number."""
        return cls(
            port=_port(variables, "PORT", 8000),
            sandbox_port=_port(variables, "SANDBOX_PORT", 8001),
            directory=Path(variables.get("SANDBOX_DIR") or ".sandbox").resolve(),
        )

    @property
    def api_url(self) -> str:
        """Public base address of the API."""
        return f"http://{HOST}:{self.port}/v1"

    @property
    def page_url(self) -> str:
        """Address of the sandbox's page."""
        return f"http://{HOST}:{self.sandbox_port}"

    @property
    def site_url(self) -> str:
        """Address and origin of the pages, which is that of the API."""
        return f"http://{HOST}:{self.port}"


def run(options: Options) -> None:
    """Serve until a signal raises `SystemExit`.

    Raises:
        SandboxError: a port or the directory cannot be used, or the engine does not start or has ended.
    """
    with ExitStack() as stack:
        # Ports first: if one is in use, nothing is started or written.
        api_listener = stack.enter_context(listen(options.port, "PORT"))
        page_listener = stack.enter_context(listen(options.sandbox_port, "SANDBOX_PORT"))
        lock = stack.enter_context(locked(options.directory))
        engine = stack.enter_context(Engine(options.directory / "engine", inherited=[lock]))
        wallet = Wallet(options.directory)
        prepare_environment(engine, wallet, options)
        app = load_application(options.directory, wallet)
        runner = schedules.Schedules(schedules.find(app), region=REGION)
        facts = _facts(options, schedules.find(app))
        page = portal_page(Mailbox(engine), wallet, runner, facts)
        stack.enter_context(ApiServer(page, page_listener, web_origin=options.page_url))
        pages = site.Site(site.PAGES, bucket_origin=engine.url, facts=_for_pages(facts)) if site.built() else None
        stack.enter_context(ApiServer(app, api_listener, web_origin=options.site_url, site=pages))
        runner.start()
        stack.callback(runner.stop)
        events = upload_events()
        events.start()
        stack.callback(events.stop)
        print(_welcome(options, facts), flush=True)
        watch(engine, options)


def prepare_environment(engine: Engine, wallet: Wallet, options: Options) -> None:
    """Create the cloud's resources, and set the variables that the application reads at its import."""
    engine.apply_to(os.environ)
    create_tables(options.directory)
    cloud.create_bucket(boto3.client("s3"), environment.BUCKET, options.site_url)
    cloud.create_roots_bucket(boto3.client("s3"), environment.ROOTS_BUCKET)
    cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
    variables = environment.application_environment(
        engine.environment(),
        kms_key=cloud.create_key(boto3.client("kms")),
        receipt_key=cloud.create_key(boto3.client("kms"), "ReceiptKey"),
        licence_jwks=wallet.jwks(),
        api_url=options.api_url,
        web_origin=options.site_url,
    )
    os.environ.update(variables)
    write_privately(options.directory / ENVIRONMENT, environment.as_shell(variables))


def create_tables(directory: Path) -> None:
    """Create both tables, or find them as they were left.

    Raises:
        DirectoryOutdated: an earlier version of the portal made them.
    """
    client = boto3.client("dynamodb")
    for name, resource in ((environment.TABLE, "PortalTable"), (environment.JOURNAL, "JournalTable")):
        cloud.create_table(client, name, resource)
        if not cloud.is_as_declared(client, name, resource):
            raise DirectoryOutdated(
                f"the data in {directory} were made by an earlier version of the portal. Move the directory away or "
                "delete it; the next start makes new tables and demo data"
            )


def load_application(directory: Path, wallet: Wallet) -> Any:
    """Import the application, which needs the complete environment, and load the demo data."""
    from app import app
    from sandbox import demo, feedback
    from scheduled.mail_feedback import mail_feedback

    log_to_file(directory / LOG)
    demo.load(directory, wallet)
    feedback.play(mail_feedback)
    return app


def upload_events() -> UploadEvents:
    """The events of the bucket, delivered to the function that inspects uploads."""
    from scheduled.inspect_uploads import inspect_uploads

    queues = boto3.client("sqs")
    queue = cloud.create_upload_events(queues, boto3.client("s3"), environment.BUCKET)
    return UploadEvents(queues, queue, inspect_uploads)


def watch(engine: Engine, options: Options) -> None:
    """Wait until the engine ends, and raise `EngineDown`."""
    never = threading.Event()
    while not never.wait(ENGINE_CHECK):
        if not engine.is_running:
            log = options.directory / "engine" / "engine.log"
            raise EngineDown(f"the embedded engine has ended unexpectedly; see {log}, then start again")


def log_to_file(path: Path) -> None:
    """Log every request and run to the file as one JSON line; errors go to the terminal as well."""
    path.touch(mode=0o600)
    file, terminal = logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler()
    file.setFormatter(logging.Formatter("%(message)s"))
    terminal.setLevel(logging.ERROR)
    # Importing the application added a handler that prints, for Lambda.
    for name in ("abtc", "sandbox"):
        logger = logging.getLogger(name)
        logger.handlers = [file, terminal]
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _port(variables: Mapping[str, str], name: str, default: int) -> int:
    text = variables.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise PortBusy(f"{name}={text} is no port: choose a number from 1 to 65535")
    return int(text)


def _facts(options: Options, expressions: Mapping[str, str]) -> dict[str, Any]:
    from sandbox import demo

    passwords = demo.read_passwords(options.directory)
    return {
        "api_url": options.api_url,
        "site_url": options.site_url if site.built() else None,
        "page_url": options.page_url,
        "officers": sorted(passwords["officer"]),
        "officers_file": options.directory / demo.OFFICERS,
        "passwords": passwords,
        "demo_enterprise": demo.ELEMENTS.name,
        "log": options.directory / LOG,
        "schedules": dict(expressions),
    }


def _for_pages(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("page_url", "passwords", "demo_enterprise")}


def _welcome(options: Options, facts: Mapping[str, Any]) -> str:
    log_ins = "\n".join(
        f"  {identity:<11}{login:<24}{password}"
        for identity, of_identity in facts["passwords"].items()
        for login, password in of_identity.items()
    )
    return f"""
Unofficial sandbox of the ABTC portal (非官方). Data: {options.directory}

  pages      {facts["site_url"] or "not built; make pages builds them"}
  API        {facts["api_url"]}
  sandbox    {facts["page_url"]}   mailbox, licence wallet, scheduled functions
  log        {facts["log"]}   one JSON line for each request and run

Demo log-ins (the pages offer them), kept in officers.json and demo.json there:
{log_ins}

Try next:
  curl {facts["api_url"]}/health
  curl {facts["api_url"]}/elicence/tickets -H 'Content-Type: application/json' -d '{{"purpose": "login"}}'
  then open {facts["page_url"]}/wallet and scan the ticket's qr_content with the licence of {facts["demo_enterprise"]};
  POST /sessions/elicence with ticket_id and ticket_secret signs you in. docs/walkthrough.md continues from there.
  Ctrl-C stops everything and keeps the data.
"""
