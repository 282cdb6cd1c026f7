import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.demo.handset import FIRST_PHONE, MAX_TEXT_LENGTH
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.phone_line.operations import set_phone_duty
from service_desk.settings import get_settings
from service_desk.tickets.conversation import reply
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket
from tests.profiles import in_depth

PATHS = ("", "/chat", "/call", "/mail")


def csrf_token(page: str) -> str:
    return page.split('name="_csrf_token" value="')[1].split('"', maxsplit=1)[0]


@pytest.mark.parametrize("path", PATHS)
async def test_without_demo_mode_there_is_no_handset(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/handset{path}")).status_code == 404


async def test_without_demo_mode_nothing_can_be_sent(client: AsyncClient) -> None:
    token = csrf_token((await client.get("/login")).text)
    for path in ("text", "call"):
        form = {"body": "x", "intent": "dial", "_csrf_token": token}
        assert (await client.post(f"/handset/{path}", data=form)).status_code == 404
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_accepts_an_invalid_number(
    demo: None, client: AsyncClient, path: str
) -> None:
    for phone in ("", "x", "%2B", "'", "123456789012345678901234567890"):
        response = await client.get(f"/handset{path}?phone={phone}")
        assert response.status_code == 200


async def test_a_text_and_its_reply(demo: None, open_page: OpenPage) -> None:
    page = await open_page("/handset", role=None, locale="en")
    await page.locator(".composer textarea").fill("The washer is <b>broken</b>")
    await page.locator(".composer textarea").press("Enter")
    reply_bubble = page.locator(".bubble.theirs").first
    await reply_bubble.wait_for()
    number = await fetch_value("SELECT number FROM ticket")
    assert number in await reply_bubble.inner_text()
    assert "<b>broken</b>" in await page.locator(".bubble.mine").first.inner_text()
    assert await page.locator(".composer textarea").input_value() == ""
    # An agent's reply appears without a reload.
    agent = await make_staff("agent", "ann@desk.test")
    await reply(number, "We come tomorrow.", staff_id=agent, now=wall_clock.now())
    async with open_gateways(get_settings()):
        await deliver_due(wall_clock.now())
    await page.locator(".bubble.theirs", has_text="We come tomorrow.").wait_for()
    await page.locator(".chips button", has_text="STATUS").click()
    await page.locator(".bubble.mine", has_text="STATUS").wait_for()
    assert await fetch_value("SELECT phone FROM customer") == FIRST_PHONE


async def test_the_chat_is_sent_again_only_if_it_has_changed(
    demo: None, client: AsyncClient
) -> None:
    ticket = await make_ticket()
    chat = await client.get("/handset/chat?phone=%2B8613800138000")
    seen = chat.text.split("seen=")[1].split('"')[0]
    again = f"/handset/chat?phone=%2B8613800138000&seen={seen}"
    assert (await client.get(again)).status_code == 204
    await fetch(
        "INSERT INTO outbox (channel, recipient, subject, body, ticket, purpose, state, attempts, "
        "created_at) VALUES ('sms', '+8613800138000', '', 'news', $1, 'reply', 'sent', 1, now())",
        ticket.id,
    )
    assert "news" in (await client.get(again)).text


async def test_a_call_by_keys(demo: None, open_page: OpenPage) -> None:
    page = await open_page("/handset/call?phone=%2B14155550100", role=None, locale="en")
    await page.locator("button.dial").click()
    await page.locator(".call", has_text="press 1").wait_for()
    await page.locator(".keypad button", has_text="2").click()
    await page.locator(".call textarea").fill("The washer does not spin")
    await page.locator(".call button.primary").click()
    await page.locator(".call", has_text="The call has ended").wait_for()
    row = (await fetch("SELECT number, kind, channel FROM ticket"))[0]
    assert (row["kind"], row["channel"]) == ("repair", "call")
    assert " ".join(row["number"]) in await page.locator(".call").inner_text()
    assert "press 1" in await page.locator(".call-log").inner_text()
    bodies = [row["body"] for row in await fetch("SELECT body FROM message WHERE direction = 'in'")]
    assert "The washer does not spin" in bodies
    assert await fetch_value("SELECT status FROM phone_call") == "completed"


async def test_speech_in_chinese_is_recorded_and_not_transcribed(
    demo: None, open_page: OpenPage
) -> None:
    """The carrier transcribes only what it is asked to (decision 0033)."""
    page = await open_page("/handset/call?phone=%2B8613900000001", role=None, locale="zh")
    await page.locator("button.dial").click()
    await page.locator(".keypad button", has_text="1").click()
    await page.locator(".call", has_text="中文留言不会转成文字").wait_for()
    await page.locator(".call textarea").fill("洗衣机不脱水")
    await page.locator(".call button.primary").click()
    await page.locator(".call", has_text="谢谢").wait_for()
    bodies = [row["body"] for row in await fetch("SELECT body FROM message WHERE direction = 'in'")]
    assert bodies == ["语音留言，3 秒。"]
    assert await fetch_value("SELECT transcription FROM phone_call") is None
    assert "/handset/media/" in await fetch_value("SELECT source_url FROM attachment")
    assert await fetch_value("SELECT duration_seconds FROM phone_call") is not None


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [False]))
async def test_a_caller_who_hides_the_number(
    demo: None, open_page: OpenPage, *, javascript: bool
) -> None:
    path = "/handset/call?phone=%2B14155550100"
    page = await open_page(path, role=None, locale="zh", javascript=javascript)
    await page.get_by_label("隐藏我的号码").check()
    await page.locator("button.dial").click()
    await page.locator(".keypad button", has_text="3").click()
    await page.locator(".call", has_text="无法查询工单").wait_for()
    await page.locator(".keypad button", has_text="1").click()
    await page.get_by_label("数字").fill("13900139000")
    await page.locator("button.primary").click()
    await page.locator(".keypad button", has_text="1").click()
    await page.locator(".hang-up").click()
    await page.locator("button.dial").wait_for()
    assert await fetch_value("SELECT caller FROM phone_call") is None
    assert await fetch_value("SELECT phone FROM customer") == "+8613900139000"


async def test_hanging_up_at_once_leaves_a_ticket(demo: None, open_page: OpenPage) -> None:
    page = await open_page("/handset/call", role=None, locale="zh")
    await page.locator("button.dial").click()
    await page.locator(".hang-up").click()
    await page.locator("button.dial").wait_for()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_progress_by_phone_and_silence(demo: None, open_page: OpenPage) -> None:
    ticket = await make_ticket("broken", phone="+14155550100")
    page = await open_page("/handset/call?phone=%2B14155550100", role=None, locale="en")
    await page.locator("button.dial").click()
    await page.locator("button", has_text="Say nothing").click()
    await page.locator(".call", has_text="did not understand").wait_for()
    await page.locator(".keypad button", has_text="3").click()
    await page.locator("input[name=digits]").fill(ticket.number)
    await page.locator("input[name=digits]").press("Enter")
    await page.locator(".call", has_text=" ".join(ticket.number)).wait_for()


async def test_a_person_by_phone(demo: None, open_page: OpenPage) -> None:
    staff = await make_staff("agent", name="Lin")
    await set_phone_duty(staff, "139 0000 0011", takes_calls=True)
    page = await open_page("/handset/call?phone=%2B14155550100", role=None, locale="en")
    await page.locator("button.dial").click()
    await page.locator(".keypad button", has_text="0").click()
    await page.locator(".call", has_text="Ringing: +8613900000011").wait_for()
    await page.locator("button", has_text="A member of staff picks up").click()
    await page.locator(".call", has_text="A customer is calling: 1 4 1 5").wait_for()
    await page.locator("button", has_text="The conversation is over").click()
    await page.locator(".call", has_text="Goodbye").wait_for()
    assert await fetch_value("SELECT answered_by FROM phone_call") == staff
    await page.locator("button.dial").click()
    await page.locator(".keypad button", has_text="0").click()
    await page.locator("button", has_text="Nobody picks up").click()
    await page.locator(".call textarea").fill("Call me, please")
    await page.locator(".call button.primary").click()
    await page.locator(".call", has_text="The call has ended").wait_for()
    assert await fetch_value("SELECT callback_requested_at IS NOT NULL FROM ticket")


async def test_without_javascript(demo: None, open_page: OpenPage) -> None:
    page = await open_page("/handset", role=None, locale="zh", javascript=False)
    await page.locator(".composer textarea").fill("洗衣机坏了")
    await page.locator(".send").click()
    await page.locator(".bubble.theirs", has_text="工单").wait_for()


async def test_only_urls_of_calls_are_followed(demo: None, client: AsyncClient) -> None:
    page = await client.get("/handset/call")
    form = {"intent": "press", "sid": "CA1", "digits": "1", "_csrf_token": csrf_token(page.text)}
    for url in ("http://evil.example/x", "/api/v1/tickets", ""):
        response = await client.post("/handset/call", data=form | {"url": url})
        assert response.status_code == 400


async def test_mail_of_the_desk(demo: None, client: AsyncClient) -> None:
    await fetch(
        "INSERT INTO outbox (channel, recipient, subject, body, purpose, state, attempts, "
        "created_at) VALUES ('email', 'ann@x.y', 'Hello', 'a <b> c', 'reply', 'sent', 1, now())"
    )
    page = (await client.get("/handset/mail")).text
    assert "ann@x.y" in page
    assert "a &lt;b&gt; c" in page


@pytest.mark.parametrize("path", ["/handset", "/handset/call", "/handset/mail"])
async def test_it_fits_a_phone(demo: None, open_page: OpenPage, path: str) -> None:
    await make_ticket("x" * MAX_TEXT_LENGTH, phone=FIRST_PHONE)
    page = await open_page(path, role=None, size=PHONE)
    assert await no_sideways_scroll(page)
