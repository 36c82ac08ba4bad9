"""`testing.stored` reads what botocore reads."""

import pytest

from chalicelib.config import settings
from chalicelib.repos.process import aws
from testing import stored
from tests.support import operating


@pytest.mark.parametrize("name", ["table", "journal"])
def test_items_are_those_that_botocore_returns(portal, name):
    operating.filled(portal)
    table = getattr(settings(), name)
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    assert any(isinstance(value.get("B"), bytes) for item in items for value in item.values())
    assert list(stored.items(table)) == items
