"""Servers that speak no protocol, or half of one: a listening socket, and a function for each connection."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
import time
from collections.abc import Callable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Odd:
    """A server on the loopback for as long as a `with` lasts: *speak* gets each connection once its request is read."""

    def __init__(self, speak: Callable[[socket.socket], None]) -> None:
        self._speak = speak
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.requests = self.sent = 0

    def __enter__(self) -> Odd:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if connection.recv(1 << 16):
                self.requests += 1
                self._speak(connection)


def says(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Sends *pieces*, and ends the connection."""
    return lambda connection: connection.sendall(b"".join(pieces))


def silent(connection: socket.socket) -> None:
    """Never says a word."""
    while connection.recv(1 << 16):
        pass


def waits(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Sends *pieces*, and then nothing more."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        silent(connection)

    return speak


def drips(connection: socket.socket) -> None:
    """A body of spaces, one at a time, that never comes to its end."""
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.02)


def endless(connection: socket.socket) -> None:
    """A body without an end, as fast as it is read."""
    connection.sendall(HEAD + b"\r\n{")
    block = b'"x": "' + b"x" * (1 << 20) + b'",'
    for _ in itertools.count():
        connection.sendall(block)


def huge(connection: socket.socket) -> None:
    """A reply of 50 MB that is announced as such, and would be a good one."""
    body = b'{"choices":[{"message":{"content":"ANSWER: A' + b" " * 50_000_000 + b'"}}]}'
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def packed(size: int) -> bytes:
    """A reply of so many spaces, as the few bytes that they pack to."""
    body = gzip.compress(b'{"choices":[{"message":{"content":"' + b" " * size + b'"}}]}')
    return HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def no_such_host(name: str, *arguments: object, **more: object) -> None:
    """What a resolver says of a host that is not there; none outside this machine is asked."""
    assert name == "nowhere.invalid"
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
