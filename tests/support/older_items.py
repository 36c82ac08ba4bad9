"""Items as earlier versions of the portal stored them."""

from chalicelib.repos.table import table


def with_mapping(item: table.Item) -> table.Item:
    """The item of a person with its answers in a mapping, as the versions before 4 have them."""
    names = ("decision", "decided_at", "valid_until")
    answers = [one.split(" ") for one in item["economies"].split(",") if one]
    return item | {"economies": {code: dict(zip(names, [*one, None], strict=False)) for code, *one in answers}}
