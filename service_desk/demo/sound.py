"""The handset's recordings: it has no microphone, so the caller's voice is a hum."""

import math
import wave
from array import array
from io import BytesIO

RATE = 8000  # samples a second, as on the phone
PULSE_SAMPLES = RATE // 2
PITCH, AMPLITUDE = 180, 6000


def hum(seconds: int) -> bytes:
    """A WAV file of that length."""
    samples = array(
        "h",
        (
            int(
                AMPLITUDE
                * math.sin(math.tau * PITCH * at / RATE)
                * math.sin(math.pi * at / PULSE_SAMPLES) ** 2
            )
            for at in range(PULSE_SAMPLES)
        ),
    )
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes() * (seconds * RATE // PULSE_SAMPLES))
    return file.getvalue()
