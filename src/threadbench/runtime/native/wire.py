"""Messages between supervisor and template: length-prefixed pickles over a socket pair, descriptors beside them."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<I")
MOST_DESCRIPTORS = 4


def send(sock: socket.socket, message: Any, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message.

    Raises:
        OSError: the other side is gone.
    """
    body = pickle.dumps(message)
    head = _LENGTH.pack(len(body))
    if descriptors:
        socket.send_fds(sock, [head], descriptors)
        sock.sendall(body)
    else:
        sock.sendall(head + body)


def receive(sock: socket.socket) -> tuple[Any, list[int]]:
    """Receive one message and its descriptors.

    Raises:
        EOFError: the other side is gone.
    """
    try:
        head, descriptors, _, _ = socket.recv_fds(sock, _LENGTH.size, MOST_DESCRIPTORS)
        head += _exactly(sock, _LENGTH.size - len(head)) if head else b""
        if not head:
            raise EOFError
        return pickle.loads(_exactly(sock, _LENGTH.unpack(head)[0])), list(descriptors)
    except ConnectionError as error:
        raise EOFError from error


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
