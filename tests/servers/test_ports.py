from __future__ import annotations

import socket

from infra.stack.ports import FIRST_PORT, LAST_PORT, choose, is_free, is_listening


def test_remembered_port_is_kept_while_it_is_free():
    first = choose(["a", "b"], {})
    assert choose(["a", "b"], first) == first
    assert first["a"] != first["b"]
    assert all(FIRST_PORT <= port < LAST_PORT for port in first.values())


def test_taken_port_is_replaced_and_others_stay():
    first = choose(["a", "b"], {})
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["a"]))
        other.listen()
        assert not is_free(first["a"]) and is_listening(first["a"])
        second = choose(["a", "b"], first)
    assert second["a"] not in first.values()
    assert second["b"] == first["b"]


def test_port_of_a_part_that_is_not_asked_for_is_not_given_away():
    remembered = choose(["a", "b", "c"], {})
    assert set(choose(["d"], remembered).values()).isdisjoint(remembered.values())
