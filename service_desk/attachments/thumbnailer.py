"""An image on standard input, its thumbnail as JPEG on standard output.

A process of its own, so that an image made to crash the decoder or to exhaust memory affects
nothing else: `python -m service_desk.attachments.thumbnailer`. The thumbnail is upright and has no
metadata: no location, no camera, no comment.
"""

import sys
import warnings
from io import BytesIO

from PIL import Image, ImageOps

MAX_SIDE = 480  # pixels; pages show 240, twice that on dense screens
MAX_PIXELS = 64_000_000
MEMORY, SECONDS = 1 << 30, 15  # limits of this process: bytes, CPU time
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def main() -> None:
    limit_process()
    sys.stdout.buffer.write(thumbnail(sys.stdin.buffer.read()))


def thumbnail(content: bytes) -> bytes:
    """JPEG. Raises what Pillow raises for an image that is broken or too large."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.mode == "P":
                image = image.convert("RGBA")  # noqa: PLW2901 - palettes do not scale
            image.thumbnail((MAX_SIDE, MAX_SIDE))  # first: the rest is cheap on a small image
            small = ImageOps.exif_transpose(image)
    clean = Image.new("RGB", small.size, "white")
    if small.has_transparency_data:
        small = small.convert("RGBA")
        clean.paste(small, mask=small)
    else:
        clean.paste(small.convert("RGB"))
    jpeg = BytesIO()
    clean.save(jpeg, "JPEG", quality=80, optimize=True, progressive=True)
    return jpeg.getvalue()


def limit_process() -> None:
    try:
        import resource
    except ImportError:  # not on Unix: the caller's timeout has to do
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
