"""Encryption of personal data at rest, and its keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import settings
from chalicelib.repos.files import bucket
from chalicelib.repos.keys import keyring, sealing
from chalicelib.repos.keys.keyring import KeyPurpose, PortalKey
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId
from tests.support import faults

pytestmark = pytest.mark.usefixtures("cloud_resources")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_sealed_value_can_be_decrypted_in_its_own_context(plain, context):
    assert sealing.unseal(sealing.seal(plain, context), context) == plain


@given(JSON)
def test_every_json_value_is_unchanged_by_sealing_and_unsealing(value):
    assert sealing.unseal_json(sealing.seal_json(value, "c"), "c") == value


@pytest.mark.parametrize(
    "context", ["APP#1#PERSON#02#id_number", "APP#1#PERSON#01#phone", "", "app#1#person#01#id_number"]
)
def test_a_sealed_value_cannot_be_decrypted_in_another_context(context):
    sealed = sealing.seal(b"11010519491231002X", "APP#1#PERSON#01#id_number")
    with pytest.raises(InvalidTag):
        sealing.unseal(sealed, context)


def test_a_sealed_field_cannot_be_decrypted_as_another_field_of_the_same_item():
    sealed = sealing.seal_fields({"phone": "13800138000", "email": "a@b.example"}, ["phone", "email"], "item")
    with pytest.raises(InvalidTag):
        sealing.unseal_fields({"email": sealed["phone"]}, "item")


def test_a_sealed_value_changed_in_any_byte_cannot_be_decrypted():
    sealed = sealing.seal(b"11010519491231002X", "c")
    for index in range(len(sealed)):
        changed = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        with pytest.raises((InvalidTag, KeyError, UnicodeDecodeError, ValueError)):
            sealing.unseal(changed, "c")


def test_sealing_a_value_twice_gives_different_results_that_do_not_contain_it():
    seals = {sealing.seal(b"11010519491231002X", "c") for _ in range(50)}
    assert len(seals) == 50
    assert not any(b"1101051949" in sealed for sealed in seals)


def test_only_the_named_text_fields_are_sealed_and_empty_fields_are_unchanged():
    fields = {"name": "测试甲", "phone": "13800138000", "email": None, "first_time": True}
    sealed = sealing.seal_fields(fields, ["phone", "email", "first_time", "absent"], "item")
    assert {name: sealed[name] for name in ("name", "email", "first_time")} == {
        "name": "测试甲",
        "email": None,
        "first_time": True,
    }
    assert isinstance(sealed["phone"], bytes)
    assert sealing.unseal_fields(sealed, "item") == fields


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_digests_are_equal_only_for_equal_values(one, other):
    assert (sealing.digest("passport e1", one) == sealing.digest("passport e1", other)) is (one == other)


def test_a_digest_depends_on_its_scope_hides_the_value_and_is_unchanged_after_a_restart():
    first = sealing.digest("passport e1", "E12345678")
    assert len(first) == 64
    assert "E12345678" not in first
    assert sealing.digest("passport e2", "E12345678") != first
    keyring.forget()
    assert sealing.digest("passport e1", "E12345678") == first


# Keys


def keys_of(purpose):
    return table.query_all(keyring.PARTITION, prefix=f"{purpose}#")


def lose_all_keys():
    for item in table.query_all(keyring.PARTITION):
        table.commit(table.delete((item["pk"], item["sk"])))
    keyring.forget()


@pytest.fixture
def no_keys():
    """A table without keys, for the test and after it."""
    lose_all_keys()
    yield
    lose_all_keys()


@pytest.mark.parametrize("purpose", KeyPurpose)
def test_eight_concurrent_first_uses_create_one_key(purpose):
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            lose_all_keys()
            start = Barrier(8)

            def first_use(_, start=start):
                start.wait()
                return keyring.current(purpose)

            used = set(pool.map(first_use, range(8)))
            assert len(keys_of(purpose)) == 1
            assert {key.id for key in used} == {keys_of(purpose)[0]["key_id"]}
            assert len({key.secret for key in used}) == 1


def test_every_purpose_has_its_own_key_that_is_stored_wrapped(no_keys):
    secrets = {purpose: keyring.current(purpose).secret for purpose in KeyPurpose}
    assert len(set(secrets.values())) == 2
    for purpose, secret in secrets.items():
        assert len(secret) == 32
        [item] = keys_of(purpose)
        assert secret not in item["wrapped"]
        assert repr(secret)[2:-1] not in repr(keyring.current(purpose))


def test_a_key_is_loaded_after_a_restart_and_then_cached():
    before = keyring.current(KeyPurpose.FIELD)
    keyring.forget()
    loaded = keyring.current(KeyPurpose.FIELD)
    assert (loaded.id, loaded.secret) == (before.id, before.secret)
    with faults.down("kms"), faults.down("dynamodb"):
        assert keyring.current(KeyPurpose.FIELD) is loaded


def test_a_wrapped_key_cannot_be_unwrapped_for_another_purpose(no_keys):
    keyring.current(KeyPurpose.FIELD)
    [item] = keys_of(KeyPurpose.FIELD)
    table.commit(table.put({**item, "sk": "digest#99999999999999-0000", "key_id": item["key_id"]}))
    keyring.forget()
    with pytest.raises(ClientError):
        keyring.current(KeyPurpose.DIGEST)


def test_older_values_can_be_decrypted_after_a_new_key_is_added_and_new_values_use_it(no_keys):
    old = sealing.seal(b"old", "c")
    key_id = f"{datetime(2999, 1, 1, tzinfo=UTC):%Y%m%d%H%M%S}-0001"
    wrapped = aws.client("kms").generate_data_key_without_plaintext(
        KeyId=settings().kms_key, KeySpec="AES_256", EncryptionContext={"purpose": "field", "key_id": key_id}
    )["CiphertextBlob"]
    table.commit(table.put({"pk": "KEYS", "sk": f"field#{key_id}", "key_id": key_id, "wrapped": wrapped}))
    keyring.forget()
    assert key_id.encode() in sealing.seal(b"new", "c")
    assert sealing.unseal(old, "c") == b"old"


def test_an_unknown_key_id_raises_key_error():
    with pytest.raises(KeyError):
        keyring.by_id(KeyPurpose.FIELD, "20000101000000-0000")


def test_an_outage_of_kms_is_unavailable_and_does_not_affect_later_requests():
    lose_all_keys()
    with faults.down("kms"), pytest.raises(Unavailable):
        sealing.seal(b"x", "c")
    assert sealing.unseal(sealing.seal(b"x", "c"), "c") == b"x"


def test_a_file_is_refused_once_its_key_is_retired_although_it_was_accepted_before(monkeypatch):
    enterprise_id = EnterpriseId("a" * 20)
    made = bucket.new_attachment(enterprise_id, "photo", "image/jpeg", 64, date(2026, 11, 21))
    assert bucket.attachment(enterprise_id, made.id) == bucket.attachment(enterprise_id, made.id) == made
    assert bucket.attachment(EnterpriseId("b" * 20), made.id) is None
    newer, before = PortalKey("newer", b"n" * 32), keyring.current(KeyPurpose.DIGEST)
    monkeypatch.setattr(sealing, "digest_keys", lambda: (newer, before))
    assert bucket.attachment(enterprise_id, made.id) == made
    monkeypatch.setattr(sealing, "digest_keys", lambda: (newer,))
    assert bucket.attachment(enterprise_id, made.id) is None


def test_an_id_of_a_file_that_is_too_long_or_malformed_is_refused():
    for attachment_id in ("", ".", "....", "測試.photo.jpg.64.x", "9" * 10_000, "a.photo.jpg.64." + "0" * 10_000):
        assert bucket.attachment(EnterpriseId("a" * 20), attachment_id) is None
