import wave
from io import BytesIO

import pytest

from service_desk.demo.sound import hum
from service_desk.rules.messages.attachments import check_content


@pytest.mark.parametrize("seconds", [1, 7, 119])
def test_a_recording_of_the_given_length(seconds: int) -> None:
    sound = hum(seconds)
    with wave.open(BytesIO(sound)) as read:
        assert read.getnframes() / read.getframerate() == seconds
        assert len(set(read.readframes(4000))) > 100  # it is not silent
    assert check_content(sound, "audio/wav", "recording").rejection is None
