"""Messages between supervisor and template: length-prefixed pickles over a socket pair, descriptors beside them.

The sockets are those of the interpreter, without what `socket` adds to them: all of its constants once more as enums,
and selectors. To import that takes as long as to fork, and nothing here has a use for it. So it is with `pickle`, which
is a pickler in Python besides.
"""

from __future__ import annotations

import _pickle as pickle
import struct
from _socket import CMSG_LEN, SCM_RIGHTS, SOL_SOCKET, socket, socketpair
from typing import Any

__all__ = ["receive", "send", "socket", "socketpair"]

_LENGTH = struct.Struct("<I")
_DESCRIPTOR = struct.Struct("@i")
MOST_DESCRIPTORS = 4


def send(sock: socket, message: Any, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message.

    Raises:
        OSError: the other side is gone.
    """
    body = pickle.dumps(message)
    head = _LENGTH.pack(len(body))
    if descriptors:
        packed = b"".join(map(_DESCRIPTOR.pack, descriptors))
        sock.sendmsg([head], [(SOL_SOCKET, SCM_RIGHTS, packed)])
        sock.sendall(body)
    else:
        sock.sendall(head + body)


def receive(sock: socket) -> tuple[Any, list[int]]:
    """Receive one message and its descriptors.

    Raises:
        EOFError: the other side is gone.
    """
    try:
        head, beside, _, _ = sock.recvmsg(_LENGTH.size, CMSG_LEN(MOST_DESCRIPTORS * _DESCRIPTOR.size))
        descriptors = [
            descriptor
            for level, kind, packed in beside
            if (level, kind) == (SOL_SOCKET, SCM_RIGHTS)
            for (descriptor,) in _DESCRIPTOR.iter_unpack(packed[: len(packed) // _DESCRIPTOR.size * _DESCRIPTOR.size])
        ]
        head += _exactly(sock, _LENGTH.size - len(head)) if head else b""
        if not head:
            raise EOFError
        return pickle.loads(_exactly(sock, _LENGTH.unpack(head)[0])), descriptors
    except ConnectionError as error:
        raise EOFError from error


def _exactly(sock: socket, size: int) -> bytes:
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
