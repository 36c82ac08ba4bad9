"""Reference data, which changes by decree rather than by code. Sources: `docs/data-sources.md`.

Each file is read at first use and cached in the process; importing this module reads no file.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

_FOLDER = Path(__file__).parent


class Economy(NamedTuple):
    """APEC economy (经济体); never "country"."""

    code: str
    """Three letters, as printed on the card."""
    name: str
    name_en: str
    member: Literal["full", "transitional"]
    decides: bool
    """Whether it decides on applications from China."""
    stay_days: int | None
    """Days of one stay with the card; None if no source of `docs/data-sources.md` says so."""

    def label(self, language: str) -> str:
        """Its name in `zh` or `en`."""
        return self.name_en if language == "en" else self.name


class Point(NamedTuple):
    """代办点 of an office, where cards are collected."""

    name: str
    name_en: str
    address: str
    telephone: str

    def label(self, language: str) -> str:
        """Its name in `zh` or `en`."""
        return self.name_en if language == "en" else self.name


class Terms(NamedTuple):
    """Terms that people accept (用户协议, 隐私政策), or are asked to read (申办须知)."""

    code: Literal["user_agreement", "privacy_policy", "application_notes"]
    name: str
    name_en: str
    address: str
    """The page that shows them, below the origin of the portal."""
    text: str
    text_en: str
    version: str

    def label(self, language: str) -> str:
        """Its name in `zh` or `en`."""
        return self.name_en if language == "en" else self.name


class ServiceChecklist(NamedTuple):
    """What offices want with a follow-up service, and one case of it."""

    service: str
    case: str | None
    offices: tuple[str, ...]
    kinds: tuple[str, ...]
    renews: tuple[str, ...]
    """Kinds whose files of the person those of the service replace when it has taken effect."""


class Office(NamedTuple):
    """Office that receives applications (申请外办), or the consular department (领事司)."""

    code: str
    kind: Literal["fao", "consular"]
    name: str
    name_en: str
    region_code: str | None
    """Province or city it serves; none where no region code fits."""
    passport_months: int
    """Months of validity that a passport should have left; less gives a warning, not an error."""
    required_attachments: Mapping[str, tuple[str, ...]]
    """Kinds of attachment for each `person` and for the `group`."""
    checklist_version: str
    telephone: str | None
    """None while no source says so."""
    points: tuple[Point, ...]
    demo: bool
    """Whether the sandbox gives it an officer."""

    def label(self, language: str) -> str:
        """Its name in `zh` or `en`."""
        return self.name_en if language == "en" else self.name


class Pixels(NamedTuple):
    """The accepted sizes of a kind of picture: width and height in pixels, and the range of width / height."""

    least: tuple[int, int]
    most: tuple[int, int]
    ratio: tuple[float, float]

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of this size is accepted."""
        inside = self.least[0] <= width <= self.most[0] and self.least[1] <= height <= self.most[1]
        return inside and self.ratio[0] <= width / height <= self.ratio[1]


class AttachmentKind(NamedTuple):
    """Kind of uploaded file (材料) with its limits."""

    code: str
    name: str
    name_en: str
    used_for: Literal["person", "group", "service", "import"]
    content_types: tuple[str, ...]
    max_bytes: int
    pixels: Pixels | None
    """None if any size is accepted or the kind is not a picture."""

    def label(self, language: str) -> str:
        """Its name in `zh` or `en`."""
        return self.name_en if language == "en" else self.name


class Fee(NamedTuple):
    """What a service costs (费用)."""

    yuan: int
    """For each card; 0 for a service free of charge."""
    required_before_card: bool
    """Whether the consular department must have accepted the payment voucher before it starts a card."""


@functools.cache
def economies() -> tuple[Economy, ...]:
    """All 21 economies in their order of display."""
    return tuple(Economy(**item) for item in _read("economies")["items"])


@functools.cache
def deciding_economies() -> tuple[Economy, ...]:
    """The 16 economies that decide on applications from China, in their order of display."""
    return tuple(economy for economy in economies() if economy.decides)


def economy(code: str) -> Economy:
    """The economy of this code; `KeyError` for an unknown one."""
    return _economies_by_code()[code]


@functools.cache
def offices() -> Mapping[str, Office]:
    """All offices by code: each item of the file over the file's defaults."""
    file = _read("offices")
    common = {**file["defaults"], "checklist_version": file["checklist_version"]}
    return MappingProxyType({item["code"]: _office({**common, **item}) for item in file["items"]})


@functools.cache
def attachment_kinds() -> Mapping[str, AttachmentKind]:
    """All kinds of attachment by code."""
    kinds = (
        AttachmentKind(
            code=item["code"],
            name=item["name"],
            name_en=item["name_en"],
            used_for=item["for"],
            content_types=tuple(item["content_types"]),
            max_bytes=item["max_bytes"],
            pixels=Pixels(**{name: tuple(pair) for name, pair in item["pixels"].items()}) if "pixels" in item else None,
        )
        for item in _read("attachment_kinds")["items"]
    )
    return MappingProxyType({kind.code: kind for kind in kinds})


@functools.cache
def fees() -> Mapping[str, Fee]:
    """The fee of every service by its code."""
    items = _read("fees")["items"]
    return MappingProxyType({item["code"]: Fee(item["yuan"], item["required_before_card"]) for item in items})


@functools.cache
def enterprise_kinds(language: str = "zh") -> Mapping[str, str]:
    """Names of the kinds of enterprise (企业性质) by code, in their order of display."""
    return _names("enterprise_kinds", language)


@functools.cache
def industries(language: str = "zh") -> Mapping[str, str]:
    """Names of the industries (所属行业) by code, in their order of display."""
    return _names("industries", language)


@functools.cache
def industry_aliases() -> Mapping[str, tuple[str, ...]]:
    """Everyday words for each industry, in Chinese."""
    return MappingProxyType({item["code"]: tuple(item["aliases"]) for item in _read("industries")["items"]})


@functools.cache
def terms() -> tuple[Terms, ...]:
    """All terms in their order of display."""
    file = _read("terms")
    return tuple(Terms(**item, version=file["version"]) for item in file["items"])


@functools.cache
def service_checklists() -> tuple[ServiceChecklist, ...]:
    """The checklists of follow-up services: those of some offices, and the common ones for all others."""
    items = _read("checklists")["items"]
    found = []
    for item in items:
        same = [other for other in items if (other["service"], other["case"]) == (item["service"], item["case"])]
        own = {code for other in same for code in other.get("offices", ())}
        others = [code for code, office in offices().items() if office.kind == "fao" and code not in own]
        served = tuple(item.get("offices", others))
        found.append(
            ServiceChecklist(item["service"], item["case"], served, tuple(item["kinds"]), tuple(item["renews"]))
        )
    return tuple(found)


def service_checklist(service: str, case: str | None, office: str) -> ServiceChecklist | None:
    """What an office wants with one case of a follow-up service; None if that case has no list."""
    wanted = (one for one in service_checklists() if (one.service, one.case) == (service, case))
    return next((one for one in wanted if office in one.offices), None)


@functools.cache
def password_parts() -> Mapping[str, tuple[str, ...]]:
    """What people in China make passwords of, by kind, the most frequent first."""
    file = _read("passwords")
    return MappingProxyType({kind: tuple(file[kind].split()) for kind in file if kind not in ("version", "source")})


@functools.cache
def regions() -> dict[str, Any]:
    """Provinces, cities and districts as in the file: for the reply of the API, not to be changed."""
    return _read("regions")


def region_name(code: str) -> str | None:
    """Path of names such as 江苏省/南京市/雨花台区; None for a code that is not in the list."""
    return _region_names().get(code)


def is_district(code: str) -> bool:
    """Whether the region is known and has no parts: a district, or a city without districts such as 东莞市."""
    return code in _districts()


def has_id_prefecture(code: str) -> bool:
    """Whether identity cards can have these first four digits: those of a prefecture that exists or has existed."""
    return code in _id_prefectures()


def is_id_region(code: str) -> bool:
    """Whether the first six digits of an identity card are those of a region that exists or is listed as former."""
    return code[4:] in _id_prefectures().get(code[:4], "").split() or code in _districts()


@functools.cache
def _id_prefectures() -> Mapping[str, str]:
    return MappingProxyType(_read("id_regions")["prefectures"])


@functools.cache
def _economies_by_code() -> Mapping[str, Economy]:
    return MappingProxyType({economy.code: economy for economy in economies()})


def _names(file: str, language: str) -> Mapping[str, str]:
    name = "name_en" if language == "en" else "name"
    return MappingProxyType({item["code"]: item[name] for item in _read(file)["items"]})


def _office(item: dict[str, Any]) -> Office:
    required = {key: tuple(kinds) for key, kinds in item["required_attachments"].items()}
    points = tuple(Point(**point) for point in item["points"])
    return Office(**{**item, "required_attachments": MappingProxyType(required), "points": points})


@functools.cache
def _region_names() -> Mapping[str, str]:
    return MappingProxyType(dict(_walk(regions()["provinces"], "")))


def _walk(nodes: list[dict[str, Any]], above: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        path = above + node["name"]
        yield node["code"], path
        yield from ((code, f"{path}/{name}") for code, name in node["districts"])
        yield from _walk(node.get("cities", []), f"{path}/")


@functools.cache
def _districts() -> frozenset[str]:
    return frozenset(_leaves(regions()["provinces"]))


def _leaves(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        cities = node.get("cities", [])
        yield from (code for code, _ in node["districts"])
        yield from _leaves(cities)
        if not cities and not node["districts"]:
            yield node["code"]


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content
