import pytest

from service_desk.errors import InvalidInput, NotFound
from service_desk.phone_line.operations import set_phone_duty
from service_desk.phone_line.queries import phones_to_ring
from tests.factories import make_staff


async def test_staff_start_and_stop_taking_calls(desk: str) -> None:
    lin, mei = await make_staff("agent", "lin@desk.test"), await make_staff()
    await set_phone_duty(lin, "139 0000 0011", takes_calls=True)
    await set_phone_duty(mei, "+14155550100", takes_calls=True)
    assert [(phone.staff, phone.phone) for phone in await phones_to_ring()] == [
        (lin, "+8613900000011"),
        (mei, "+14155550100"),
    ]
    await set_phone_duty(lin, "139 0000 0011", takes_calls=False)
    assert [phone.staff for phone in await phones_to_ring()] == [mei]


async def test_only_active_staff_take_calls(desk: str) -> None:
    with pytest.raises(NotFound):
        await set_phone_duty(7, "139 0000 0012", takes_calls=True)


@pytest.mark.parametrize(("phone", "why"), [("", "Enter the phone"), ("12", "no phone number")])
async def test_taking_calls_needs_a_valid_phone(desk: str, phone: str, why: str) -> None:
    lin = await make_staff()
    with pytest.raises(InvalidInput, match=why) as raised:
        await set_phone_duty(lin, phone, takes_calls=True)
    assert raised.value.field == "phone"
    assert await phones_to_ring() == []


async def test_a_phone_belongs_to_one_member_of_staff(desk: str) -> None:
    lin, mei = await make_staff(name="Lin"), await make_staff("supervisor")
    await set_phone_duty(lin, "139 0000 0011", takes_calls=False)
    with pytest.raises(InvalidInput, match="phone of Lin"):
        await set_phone_duty(mei, "+8613900000011", takes_calls=True)
    await set_phone_duty(lin, "", takes_calls=False)
    await set_phone_duty(mei, "+8613900000011", takes_calls=True)
