from datetime import timedelta

from service_desk.operating.gauges import exposition
from tests.factories import NOW, make_ticket


async def test_tickets_outbox_and_sweep_lag(desk: str) -> None:
    await make_ticket(at=NOW - timedelta(hours=5))
    text = (await exposition(NOW)).decode()
    assert "desk_tickets_opened 1.0" in text
    assert 'desk_outbox{state="queued"} 0.0' in text
    lag = float(text.split("\ndesk_sweep_lag_seconds ")[1].split("\n")[0])
    assert 14000 < lag < 14500  # half of the response clock passed 4 hours ago
