"""Whom the application lets in, and that a socket for everyone has to be asked for."""

from __future__ import annotations

import pytest

from infra.web.security import allowed_hosts, is_loopback
from infra.web.serve import OPEN_FLAG, application, further_hosts, open_socket
from tasks.core.errors import ConfigurationError
from tests.unit.infra.web.standin import StandIn


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "boards.example.com"])
def test_an_address_that_others_reach_is_refused_without_the_flag(host: str):
    with pytest.raises(ConfigurationError, match=OPEN_FLAG):
        open_socket(host, 0, anyone_may_read=False)


@pytest.mark.parametrize(
    ("host", "is_own"), [("127.0.0.1", True), ("127.9.0.1", True), ("::1", True), ("0.0.0.0", False)]
)
def test_only_this_machine_reaches_loopback(host: str, is_own: bool):
    assert is_loopback(host) == is_own


def test_names_come_from_the_address_and_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COUNTERSIGN_WEB_URL", "https://boards.example.com/tool")
    monkeypatch.setenv("COUNTERSIGN_WEB_HOSTS", "a.example, b.example")
    assert further_hosts() == ("boards.example.com", "a.example", "b.example")
    assert allowed_hosts("fd00::7", ["x"]) == ("localhost", "127.0.0.1", "[::1]", "[fd00::7]", "x")
    assert "0.0.0.0" not in allowed_hosts("0.0.0.0", [])


@pytest.mark.parametrize("bad", ["*evil.example", "a.*.example"])
def test_a_pattern_that_is_none_raises_configuration_error(monkeypatch: pytest.MonkeyPatch, bad: str):
    monkeypatch.setenv("COUNTERSIGN_WEB_HOSTS", bad)
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_WEB_HOSTS"):
        application(StandIn(), "127.0.0.1", "")


def test_a_path_without_a_slash_raises_configuration_error():
    with pytest.raises(ConfigurationError, match="root-path"):
        application(StandIn(), "127.0.0.1", "boards")
