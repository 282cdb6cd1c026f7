"""The wire between the desk and a server, which one can cut, mend, hold and release."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit


class Wire:
    """A proxy in front of `url`; call mend() to start it."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    def hold(self) -> None:
        """As if the server were stopped: it accepts connections and no longer answers."""
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    @property
    def url(self) -> str:
        user, _, _ = self._to.netloc.rpartition("@")
        return self._to._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
