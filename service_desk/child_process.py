"""Work that may hold the processor or take too much memory, in a process of its own."""

import asyncio
import sys


async def output_of(module: str, *arguments: str, given: bytes, seconds: float) -> bytes | None:
    """What `python -m module` writes of what it is given; None if it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(given)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output if process.returncode == 0 else None
