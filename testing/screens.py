"""`make screens`: pictures of every page, as a phone and as a desktop show it, in docs/screens/.

`python -m testing.screens / /drafts` makes those of some addresses. The data is made up. Chinese glyphs come from the
fonts of this machine (Debian: fonts-noto-cjk).
"""

import io
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from testing import chromium
from testing.addresses import Address, addresses
from testing.pictures import pictures
from testing.running import Client, Sandbox, sandbox_in
from testing.steps import Enterprise, content, decide, register, submit

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screens"
SIZES = {"390": (390, 844), "1280": (1280, 800)}
LONGEST = 2400
"""The most pixels of a picture's height: longer pages are cut."""
COLOURS = 64
WITHOUT_END = {"/design"}
"""Pages with a part that is always loading."""


def main(*paths: str) -> int:
    """Make the pictures of the addresses, or of all."""
    chosen = [address for address in addresses() if not paths or address.pattern in paths]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sandbox_in(Path(folder) / "data") as sandbox:
        enterprise = register(sandbox)
        values = filled(enterprise)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
            for address in chosen:
                for name in take(browser, sandbox, enterprise.client, address, values):
                    print(name.relative_to(FOLDER.parents[1]), name.stat().st_size)
            browser.close()
    return 0


def filled(enterprise: Enterprise) -> Mapping[str, str]:
    """Drafts, an agent and applications at several statuses; what the parameters of addresses can name."""
    client, sandbox = enterprise.client, enterprise.sandbox
    form = content(client, persons=3, files=pictures) | {"group_name": "东盟市场考察团"}
    for person, name in zip(form["persons"], ("测试甲", "测试乙", "测试丙"), strict=True):
        person["name"] = name
    approved = submit(client, form)
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), approved["number"], "pass")
    consular = sandbox.officer("consular")
    first = approved["persons"][0]["number"]
    for code, decision in (("SGP", "approved"), ("CHL", "approved"), ("KOR", "refused"), ("JPN", "locked")):
        consular.ok("PUT", f"/office/persons/{first}/economies/{code}", {"decision": decision})
    # Somebody whose card can be made.
    complete = approved["persons"][2]["number"]
    for economy in client.ok("GET", f"/persons/{complete}")["economies"]:
        consular.ok("PUT", f"/office/persons/{complete}/economies/{economy['code']}", {"decision": "approved"})
    submit(client, form | {"group_name": "智利矿业洽谈组"})
    returned = submit(client, form | {"group_name": "首尔展会参展组"})
    decide(sandbox.officer("fao-hunan"), returned["number"], "return", reason="护照照片不清晰，请重新上传。")
    for group in ("越南港口考察组", "曼谷投资峰会代表团"):
        waiting = submit(client, form | {"group_name": group})
        decide(sandbox.officer("fao-hunan"), waiting["number"], "pass")
    enterprise.agent()
    draft = client.ok("POST", "/drafts", {"group_name": "新加坡客户拜访", "persons": [{"name": "测试甲"}]})
    client.ok("POST", "/drafts", {"group_name": "照片待补"})
    alone = f"{waiting['number']}-02"
    seen = consular.ok("GET", f"/office/persons/{alone}")["status_version"]
    reason = "职务：与社保缴纳证明不一致\n照片：背景须为白色"
    form = {"decision": "return", "status_version": seen, "reason": reason, "fields": ["title", "photo"]}
    consular.ok("POST", f"/office/persons/{alone}/decision", form)
    numbers = {"number": approved["number"], "person": first, "returned": returned["number"], "alone": alone}
    ids = {"id": draft["id"], "enterprise": client.ok("GET", "/enterprise")["id"], "waiting": waiting["number"]}
    return {**numbers, **ids, "service": "replace_card"}


def shown_at(address: Address, values: Mapping[str, str]) -> str:
    """The path of a page with the object that shows most of it."""
    named = {"/persons": {"number": "person"}, "/desk": {"number": "waiting"}, "/enterprises": {"id": "enterprise"}}
    chosen = next((names for start, names in named.items() if address.pattern.startswith(start)), {})
    if address.pattern.endswith("/edit"):
        chosen = {"number": "alone" if address.pattern.startswith("/persons") else "returned"}
    return address.at(**{**values, **{parameter: values[name] for parameter, name in chosen.items()}})


def take(browser: Browser, sandbox: Sandbox, client: Client, address: Address, values: Mapping[str, str]) -> list[Path]:
    """The pictures of one page in every size."""
    path = shown_at(address, values)
    made = []
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        origin = f"http://127.0.0.1:{sandbox.port}"
        if address.audience != "open":
            sign_in(context, origin, sandbox.officer("consular") if address.audience == "office" else client)
        page = context.new_page()
        page.goto(origin + path)
        expect(page.locator("main h1").first).to_be_visible()
        if address.pattern not in WITHOUT_END:
            expect(page.locator("[aria-busy=true]")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        name = "-".join(part.lstrip(":").split("(")[0] for part in address.pattern.split("/") if part) or "home"
        made.append(FOLDER / f"{name}-{size}.png")
        made[-1].write_bytes(small(page.screenshot(full_page=True)))
        context.close()
    return made


def sign_in(context: BrowserContext, origin: str, client: Client) -> None:
    """Use the session of an API client in this browser."""
    assert client.token
    # Chromium takes a secure cookie from the loopback interface; the address must say https when it is set by hand.
    address = origin.replace("http:", "https:")
    context.add_cookies(
        [
            {
                "name": "__Host-session",
                "value": client.token,
                "url": address,
                "secure": True,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    context.add_init_script("localStorage.setItem('signed-in', 'yes')")


def small(picture: bytes) -> bytes:
    """The picture with few colours and at most `LONGEST` pixels high."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    cut = image.crop((0, 0, image.width, min(image.height, LONGEST)))
    packed = io.BytesIO()
    cut.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
