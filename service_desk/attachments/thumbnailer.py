"""One picture on standard input, its thumbnail as JPEG on standard output.

A program of its own, so that a picture made to crash or to fill the memory takes nothing along:
`python -m service_desk.attachments.thumbnailer`. The thumbnail shows the picture upright and
carries nothing of its metadata: no place, no camera, no comment.
"""

import sys
import warnings
from io import BytesIO

from PIL import Image, ImageOps

MAX_SIDE = 480  # pixels at most, of a page's 240
MAX_PIXELS = 64_000_000
MEMORY, SECONDS = 1 << 30, 15  # what this process may use
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def main() -> None:
    limit_this_process()
    sys.stdout.buffer.write(thumbnail(sys.stdin.buffer.read()))


def thumbnail(content: bytes) -> bytes:
    """JPEG. Raises what Pillow raises for a picture that is broken or too large."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.mode == "P":
                picture = picture.convert("RGBA")
            picture.thumbnail((MAX_SIDE, MAX_SIDE))  # first: the rest is cheap on a small picture
            small = ImageOps.exif_transpose(picture)
    clean = Image.new("RGB", small.size, "white")
    if small.has_transparency_data:
        small = small.convert("RGBA")
        clean.paste(small, mask=small)
    else:
        clean.paste(small.convert("RGB"))
    made = BytesIO()
    clean.save(made, "JPEG", quality=80, optimize=True, progressive=True)
    return made.getvalue()


def limit_this_process() -> None:
    try:
        import resource
    except ImportError:  # not a Unix: then the time limit of the caller must do
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
