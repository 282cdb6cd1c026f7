"""Sends prepared requests over keep-alive connections: `python -m bench.sender PORT CONNECTIONS`,
with the requests on standard input, each after its length (4 bytes).

A process of its own on raw sockets with prepared bytes: what it does for a request takes a tenth of
what the leanest server does, and its share of the cores is in its answer. A compiled one would
take less, but none that sends another body each time comes as a package.
"""

import select
import socket
import struct
import sys
import time

import msgspec

HOST = "127.0.0.1"


class Load(msgspec.Struct, frozen=True):
    """`times`: milliseconds to answer each, sorted. `cores`: how much of one the sender took."""

    rate: float
    times: list[float]
    cores: float

    def at(self, percent: int) -> float:
        return self.times[min(len(self.times) - 1, len(self.times) * percent // 100)]


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.missing = 0  # bytes of the answer, once its head is known
        self.began = 0.0

    def send(self, request: bytes) -> None:
        self.received, self.missing, self.began = b"", 0, time.perf_counter()
        self.socket.sendall(request)

    def has_answer(self) -> bool:
        """Raises RuntimeError with the answer, if it is not 200 or 201."""
        self.received += self.socket.recv(65536)
        if not self.missing:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.missing = end + 4 + _length(self.received[:end])
        if len(self.received) < self.missing:
            return False
        if not self.received.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(self.received.decode(errors="replace"))
        return True


def send_all(port: int, connections: int, requests: list[bytes]) -> Load:
    poll, waiting, times = select.epoll(), iter(requests), list[float]()
    began, processor = time.perf_counter(), time.process_time()
    open_: dict[int, _Connection] = {}
    for _, request in zip(range(connections), waiting, strict=False):
        connection = _Connection(port)
        open_[connection.socket.fileno()] = connection
        poll.register(connection.socket, select.EPOLLIN)
        connection.send(request)
    while open_:
        for number, _ in poll.poll():
            connection = open_[number]
            if not connection.has_answer():
                continue
            times.append((time.perf_counter() - connection.began) * 1000)
            if (following := next(waiting, None)) is not None:
                connection.send(following)
            else:
                poll.unregister(number)
                open_.pop(number).socket.close()
    seconds = time.perf_counter() - began
    return Load(len(times) / seconds, sorted(times), (time.process_time() - processor) / seconds)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _read(content: bytes) -> list[bytes]:
    requests, at = list[bytes](), 0
    while at < len(content):
        (length,) = struct.unpack_from("I", content, at)
        requests.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return requests


if __name__ == "__main__":
    done = send_all(int(sys.argv[1]), int(sys.argv[2]), _read(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(msgspec.json.encode(done))
