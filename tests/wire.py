"""The wire between the desk and PostgreSQL, which one can cut, mend and hold."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit


class Wire:
    """The wire to PostgreSQL, which one can cut and mend."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    def hold(self) -> None:
        """As if the server were stopped: it takes connections and says nothing any more."""
        self._flows.clear()

    def let_go(self) -> None:
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
