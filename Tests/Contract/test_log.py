"""Runs last: what all the servers of this run have logged."""

import pytest
import tokens
from server import Server


@pytest.fixture
def logs(server):
    if not server.is_ours:
        pytest.skip("the log of a server elsewhere is not at hand")
    return [one.log.read_text(errors="replace") for one in Server.started if one.log.exists()]


def test_no_token_no_secret_and_no_word_of_a_chat_is_logged(logs):
    assert tokens.secrets_seen and logs
    for text in logs:
        # The page's ready links are printed on purpose; they are tokens of the server's own making.
        found = [secret for secret in tokens.secrets_seen if secret and secret in text]
        assert not found, found[:3]


def test_nothing_failed_inside(logs):
    for text in logs:
        for sign in ("Fatal error", "Precondition failed", "AddressSanitizer", "Swift runtime failure", "stack dump"):
            assert sign not in text, text[-2000:]
