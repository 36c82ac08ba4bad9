"""A second deployment, with a changed setting and newer pages, while somebody fills in a form in an open tab."""

import dataclasses
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from rehearsal import pages
from rehearsal.portal import Portal
from rehearsal.stack import Stack
from testing.running import ROOT
from tools.deployment import __main__ as deployment
from tools.deployment.account import Account
from tools.packaging import pages as pages_archive

WEB = ROOT / "web"
CHANGED_WORD = (Path("src/shell/AppFooter.vue"), "关于我们", "关于本服务")
"""A file of the pages, a word in it, and what stands there in the newer pages."""
SETTING, BEFORE, AFTER = "ABTC_PASSWORD_PROFILE", "default", "mlps3"
GROUP, TEXT = "东盟市场考察团", "赴新加坡、马来西亚洽谈合作"
LOOKED_AFTER = "16:00"
"""Minutes after which a tab asks for newer pages."""
KEY_MS = 150
SAVED_WITHIN = 60_000
"""Milliseconds until the form says that it is saved, also if a function has just been replaced."""


def rehearse(portal: Portal, folder: Path, email: str, say: Callable[[str], None]) -> Portal:
    """Deploy again while an enterprise types. Nothing typed may be missing in the newer pages.

    Args:
        portal: The deployment.
        folder: Its package; what is deployed again is written there.
        email: Address of an enterprise account.
        say: Reports a step.

    Returns:
        The portal as it is deployed now.
    """
    pages_archive.pack(newer_pages(folder / "newer"), folder)
    template = folder / "sam.json"
    packaged = json.loads(template.read_text(encoding="utf-8"))
    variables = packaged["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables[SETTING] == BEFORE
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Environment"]["Variables"][SETTING] = AFTER
    template.write_text(json.dumps(packaged), encoding="utf-8")
    stage = portal.stack.account.stage
    changed = dataclasses.replace(stage, variables={**stage.variables, SETTING: AFTER})
    with pages.tab(portal.front.origin) as page:
        page.clock.install()
        pages.sign_in(page, email)
        _open_form(page)
        page.locator("[name='group_name']").fill(GROUP)
        _saved(page)
        deploying = _Deploying(Account(changed), folder)
        typed = 0
        while deploying.is_running or typed < len(TEXT):
            page.locator("[name='reason']").press_sequentially(TEXT[typed % len(TEXT)], delay=KEY_MS)
            typed += 1
        deploying.finish()
        text = "".join(TEXT[place % len(TEXT)] for place in range(typed))
        say(f"deployed again with {SETTING}={AFTER} and newer pages, while {typed} characters were typed into a draft")
        _saved(page)
        page.clock.fast_forward(LOOKED_AFTER)
        page.get_by_role("button", name="刷新页面").click()
        expect(page.get_by_role("link", name=CHANGED_WORD[2])).to_be_visible(timeout=SAVED_WITHIN)
        page.get_by_role("button", name="团组信息").first.click()
        expect(page.locator("[name='group_name']")).to_have_value(GROUP)
        expect(page.locator("[name='reason']")).to_have_value(text)
        say("the tab offered the newer pages and loaded them; every character was there")
    portal = portal.on(Stack(portal.stack.engine, Account(changed)))
    assert portal.stack.operators_environment()[SETTING] == AFTER
    return portal


def newer_pages(folder: Path) -> Path:
    """Build the pages with one changed word, in a folder beside their sources. Returns where they are."""
    source = folder / "web"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(WEB, source, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (source / "node_modules").symlink_to(WEB / "node_modules")
    name, word, instead = CHANGED_WORD
    text = (source / name).read_text(encoding="utf-8")
    assert word in text
    (source / name).write_text(text.replace(word, instead), encoding="utf-8")
    path = f"{ROOT / '.node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = ["npm", "--loglevel=error", "exec", "--", "vite", "build", "--outDir", "../pages", "--emptyOutDir"]
    subprocess.run(command, cwd=source, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.DEVNULL)
    return folder / "pages"


class _Deploying:
    """A deployment in a thread of its own, because the browser needs this one."""

    def __init__(self, account: Account, folder: Path) -> None:
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._deploy, args=(account, folder))
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def finish(self) -> None:
        """Raise what has stopped the deployment, if anything has."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _deploy(self, account: Account, folder: Path) -> None:
        try:
            deployment.deploy(account, folder, lambda: True, smoke=False)
        except BaseException as failure:  # noqa: BLE001  raised again by `finish`
            self._failure = failure


def _open_form(page: Page) -> None:
    """Go on with the draft that `pages.walk` has left."""
    page.goto("/applications/new")
    page.get_by_role("dialog", name="我的草稿").get_by_text("继续填写").click()
    page.get_by_role("dialog", name="读取草稿").get_by_role("button", name="确定").click()
    page.wait_for_url("**/drafts/*")
    page.get_by_role("navigation", name="填写步骤").get_by_role("button", name="团组信息").click()


def _saved(page: Page) -> None:
    expect(page.get_by_text("草稿已保存")).to_be_visible(timeout=SAVED_WITHIN)
