"""The built pages use nothing that browsers of clerks, from Chromium 86 on, do not have."""

import re

import pytest

from sandbox.http.site import PAGES

SCRIPT = {
    "structuredClone": r"\bstructuredClone\(",
    "at": r"[\w\])]\.at\(",
    "Object.hasOwn": r"\bObject\.hasOwn\b",
    "Object.groupBy": r"\b(?:Object|Map)\.groupBy\(",
    "Array.fromAsync": r"\bfromAsync\(",
    "randomUUID": r"\.randomUUID\(",
    "AbortSignal.timeout": r"\bAbortSignal\.(?:any|timeout)\b",
    "Promise.withResolvers": r"\.withResolvers\(",
    "URL.canParse": r"\.canParse\(",
    "checkVisibility": r"\.checkVisibility\(",
    "static block": r"\bstatic\s*\{",
    "private in": r"#\w+ in ",
    "inert": r"\binert\b",
    "popover": r"\.(?:showPopover|togglePopover)\(",
    "selector has": r":has\(",
}
STYLE = {
    "has": r":has\(",
    "is or where": r":(?:is|where)\(",
    "nesting": r"[{;]\s*&",
    "layer": r"@layer\b",
    "container": r"@container\b",
    "viewport units": r"\d[dsl]v[hw]\b",
    "color-mix": r"\bcolor-mix\(|\blight-dark\(|\bok(?:lch|lab)\(",
    "aspect-ratio": r"\baspect-ratio:",
    "inset": r"\binset(?:-\w+)*:",
    "logical": r"\b(?:margin|padding)-(?:inline|block)\b",
    "single transforms": r"[{;]\s*(?:rotate|scale|translate):",
    "media ranges": r"\(\s*(?:width|height)\s*[<>]",
    "subgrid": r"\bsubgrid\b",
    "overflow clip": r"\boverflow(?:-[xy])?:\s*clip\b",
}
NEWER = {
    "a=structuredClone(b),b.at(-1),Object.hasOwn(a,b),Object.groupBy(a,b),Array.fromAsync(a),crypto.randomUUID(),"
    "AbortSignal.timeout(9),Promise.withResolvers(),URL.canParse(a),a.checkVisibility(),class{static{b()}},#c in a,"
    "a.inert=!0,a.showPopover(),a.querySelector(`:has(b)`)": SCRIPT,
    "@layer a;@container (b){c:has(d){e:f;&g{}}}h:is(i){height:100dvh;color:color-mix(in srgb,j,k);aspect-ratio:1;"
    "inset:0;margin-inline:0;rotate:1deg;grid-row:subgrid;overflow:clip}@media (width>9px){}": STYLE,
}


@pytest.mark.parametrize(("ending", "newer"), [("js", SCRIPT), ("css", STYLE)])
def test_the_built_pages_use_nothing_newer_than_the_oldest_browser(ending, newer):
    files = sorted(PAGES.glob(f"assets/*.{ending}"))
    assert len(files) > 20, "the pages are not built: make pages"
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    found = [(name, what) for name, text in texts.items() for what, form in newer.items() if re.search(form, text)]
    assert found == []


@pytest.mark.parametrize(("text", "newer"), NEWER.items())
def test_each_newer_form_is_recognised(text, newer):
    assert [what for what, form in newer.items() if not re.search(form, text)] == []
