"""A caller with a telephone: follows the TwiML as Twilio does."""

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import httpx

from service_desk.settings import get_settings
from tests.factories import PHONE
from tests.twilio_side import new_sid, post_signed

VOICE = "/webhooks/twilio/voice"


class Call:
    """A caller with a telephone: follows the TwiML as Twilio does."""

    def __init__(self, client: httpx.AsyncClient, caller: str = PHONE) -> None:
        self.client = client
        self.sid = new_sid("CA")
        self.caller = caller
        self.twiml = ET.Element("Response")
        self.offer = ET.Element("Response")

    async def post(self, path: str, **params: str) -> httpx.Response:
        fields = {"CallSid": self.sid, "From": self.caller, "To": "+8675500000000"} | params
        return await post_signed(self.client, path, fields)

    async def _next(self, path: str, **params: str) -> str:
        response = await self.post(path, **params)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/xml")
        self.twiml = ET.fromstring(response.text)
        return self.heard

    async def dial(self) -> str:
        return await self._next(VOICE, CallStatus="ringing")

    async def press(self, digits: str) -> str:
        return await self._next(self._path(self._verb("Gather").attrib["action"]), Digits=digits)

    async def press_nothing(self) -> str:
        return await self._next(self._path(self._verb("Redirect").text))

    async def speak(self, sid: str | None = None, seconds: int = 7) -> str:
        sid = sid or new_sid("RE")
        return await self._next(
            self._path(self._verb("Record").attrib["action"]),
            RecordingSid=sid,
            RecordingUrl=f"https://api.twilio.com/Recordings/{sid}",
            RecordingDuration=str(seconds),
        )

    async def pick_up(self, place: int = 0) -> str:
        """Somebody of the staff picks up one of the phones that ring; what they are asked."""
        url = self._path(self._verb("Dial").findall("Number")[place].attrib["url"])
        response = await self.post(url, CallSid=new_sid("CA"), ParentCallSid=self.sid)
        assert response.status_code == 200, response.text
        self.offer = ET.fromstring(response.text)
        return " ".join(say.text or "" for say in self.offer.iter("Say"))

    async def take(self, digits: str = "1") -> bool:
        """Press a key after having picked up. Whether the two are connected."""
        gather = self.offer.find("Gather")
        assert gather is not None
        response = await self.post(self._path(gather.attrib["action"]), Digits=digits)
        assert response.status_code == 200, response.text
        return len(ET.fromstring(response.text)) == 0

    async def dialled(self, status: str) -> str:
        """The phones have rung, or the talk is over."""
        return await self._next(
            self._path(self._verb("Dial").attrib["action"]), DialCallStatus=status
        )

    async def hang_up(self, seconds: int = 34) -> None:
        response = await self.post(
            f"{VOICE}/status", CallStatus="completed", CallDuration=str(seconds)
        )
        assert response.status_code == 204

    @property
    def heard(self) -> str:
        return " ".join(say.text or "" for say in self.twiml.iter("Say"))

    @property
    def over(self) -> bool:
        return self.twiml.find("Hangup") is not None

    def _verb(self, name: str) -> ET.Element:
        verb = self.twiml.find(name)
        assert verb is not None, ET.tostring(self.twiml, encoding="unicode")
        return verb

    def _path(self, url: str | None) -> str:
        parts = urlsplit(url or "")
        assert f"{parts.scheme}://{parts.netloc}" == get_settings().public_url
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
