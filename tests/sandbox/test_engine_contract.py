"""What the portal relies on in DynamoDB, and where the engines differ from AWS: a new version cannot change it unseen.

Runs on ministack (`make test`) and on dynoxide too (`make test-engines`, `DYNAMODB_URL`).
"""

import os

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.repos.process import ids
from sandbox import environment

TABLE = environment.TABLE
LIKE_AWS = "DYNAMODB_URL" in os.environ
"""dynoxide refuses what AWS refuses; ministack takes three things that AWS does not."""


@pytest.fixture(scope="module")
def client(cloud_resources):
    return boto3.client("dynamodb")


def new_key(sk="ITEM"):
    return {"pk": {"S": f"CONTRACT#{ids.new()}"}, "sk": {"S": sk}}


def put(item, **more):
    return {"Put": {"TableName": TABLE, "Item": item, **more}}


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response


# Semantics that are alike everywhere


def test_a_transaction_repeated_with_its_token_is_executed_once(client):
    key, token = new_key(), ids.new()
    only_new = put(key | {"n": {"N": "1"}}, ConditionExpression="attribute_not_exists(pk)")
    for _ in range(2):
        client.transact_write_items(TransactItems=[only_new], ClientRequestToken=token)
    other = [put(key | {"n": {"N": "2"}})]
    refused(
        "IdempotentParameterMismatchException",
        client.transact_write_items,
        TransactItems=other,
        ClientRequestToken=token,
    )
    assert client.get_item(TableName=TABLE, Key=key)["Item"]["n"] == {"N": "1"}


def test_a_cancelled_transaction_has_a_reason_for_each_action_with_the_stored_item(client):
    there, free = new_key(), new_key()
    client.put_item(TableName=TABLE, Item=there | {"n": {"N": "7"}})
    condition = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    error = refused(
        "TransactionCanceledException", client.transact_write_items, TransactItems=[put(free), put(there, **condition)]
    )
    first, second = error["CancellationReasons"]
    assert (first["Code"], second["Code"]) == ("None", "ConditionalCheckFailed")
    assert second["Item"] == there | {"n": {"N": "7"}}
    assert "Item" not in client.get_item(TableName=TABLE, Key=free)


@pytest.mark.parametrize(("actions", "taken"), [(100, True), (101, False)])
def test_a_transaction_has_at_most_100_actions(client, actions, taken):
    items = [put(new_key()) for _ in range(actions)]
    if taken:
        client.transact_write_items(TransactItems=items)
    else:
        refused("ValidationException", client.transact_write_items, TransactItems=items)


def test_a_transaction_touches_an_item_once(client):
    key = new_key()
    refused("ValidationException", client.transact_write_items, TransactItems=[put(key), put(key)])


@pytest.mark.parametrize(("size", "taken"), [(400_000, True), (410_000, False)])
def test_an_item_has_at_most_400_kib(client, size, taken):
    item = new_key() | {"b": {"B": b"0" * size}}
    if taken:
        client.put_item(TableName=TABLE, Item=item)
    else:
        refused("ValidationException", client.put_item, TableName=TABLE, Item=item)


def test_a_limit_counts_the_items_read_before_the_filter(client):
    pk = new_key()["pk"]
    for position in range(4):
        item = {"pk": pk, "sk": {"S": str(position)}, "odd": {"BOOL": position % 2 == 1}}
        client.put_item(TableName=TABLE, Item=item)
    page = client.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        FilterExpression="odd = :true",
        ExpressionAttributeValues={":pk": pk, ":true": {"BOOL": True}},
        Limit=3,
    )
    assert (page["ScannedCount"], page["Count"]) == (3, 1)
    assert page["LastEvaluatedKey"] == {"pk": pk, "sk": {"S": "2"}}


def test_an_empty_key_is_refused(client):
    refused("ValidationException", client.put_item, TableName=TABLE, Item={"pk": {"S": ""}, "sk": {"S": "x"}})


# What ministack takes and AWS does not: the portal must not lean on it


def test_a_filter_on_a_key_attribute_is_refused(client):
    question = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :pk",
        "FilterExpression": "sk = :sk",
        "ExpressionAttributeValues": {":pk": new_key()["pk"], ":sk": {"S": "x"}},
    }
    if LIKE_AWS:
        refused("ValidationException", client.query, **question)
    else:
        assert client.query(**question)["Items"] == []


def test_overlapping_paths_in_one_update_are_refused(client):
    key = new_key()
    client.put_item(TableName=TABLE, Item=key | {"a": {"M": {}}})
    update = {
        "TableName": TABLE,
        "Key": key,
        "UpdateExpression": "SET a = :map, a.b = :one",
        "ExpressionAttributeValues": {":map": {"M": {}}, ":one": {"N": "1"}},
    }
    if LIKE_AWS:
        refused("ValidationException", client.update_item, **update)
    else:
        assert client.update_item(**update)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_batch_of_more_than_16_mib(client):
    keys = [new_key() for _ in range(45)]
    for key in keys:
        client.put_item(TableName=TABLE, Item=key | {"b": {"B": b"0" * 400_000}})
    reply = client.batch_get_item(RequestItems={TABLE: {"Keys": keys}})
    read, left = reply["Responses"][TABLE], reply["UnprocessedKeys"].get(TABLE, {}).get("Keys", [])
    assert len(read) + len(left) == 45
    assert bool(left) == LIKE_AWS
