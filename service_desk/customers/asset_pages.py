"""Forms of assets, on their customer's page."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Response, Router, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.assets.api import check_may_set_warranty
from service_desk.assets.operations import create_asset, edit_asset
from service_desk.assets.queries import get_asset
from service_desk.assets.schemas import AssetEdit, AssetView, NewAsset
from service_desk.customers.pages import AssetForm, customer_page
from service_desk.edits.operations import saving
from service_desk.errors import DeskError, NotFound
from service_desk.rules.edits import form_values, split_shown, typed_in
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import Form, convert_form, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, see_other

VALUES_IF_EMPTY: dict[str, Any] = {
    "installed_on": None,
    "accepted_on": None,
    "warranty_months": None,
}


@post("/customers/{customer:int}/assets", guards=[needs_staff])
async def add_asset(request: StaffRequest, customer: FromPath[int]) -> Response[Any]:
    async def add(form: Form, now: datetime) -> None:
        new = convert_form(NewAsset, {**form, "customer": customer})
        check_may_set_warranty(request.user, given=new.warranty_months is not None)
        await create_asset(new, now)

    return await _act(request, customer, "new-asset", add)


@post("/assets/{asset:int}", guards=[needs_staff])
async def change_asset(request: StaffRequest, asset: FromPath[int]) -> Response[Any]:
    async def change(form: Form, now: datetime) -> None:
        async def present() -> dict[str, str]:
            return fields_of(await get_asset(asset, now))

        shown, sent = split_shown(form)
        by = request.user.staff_id
        async with saving("asset", asset, shown, sent, present, staff_id=by, now=now) as save:
            check_may_set_warranty(request.user, given="warranty_months" in save.wanted)
            await edit_asset(asset, convert_form(AssetEdit, save.wanted, VALUES_IF_EMPTY), now)

    customer = (await get_asset(asset, wall_clock.now())).customer
    return await _act(request, customer, f"asset-{asset}", change)


def fields_of(asset: AssetView) -> dict[str, str]:
    """What the form shows of an asset."""
    return form_values({name: getattr(asset, name) for name in VALUES_IF_EMPTY})


async def _act(
    request: StaffRequest,
    customer: int,
    form_id: str,
    act: Callable[[Form, datetime], Awaitable[None]],
) -> Response[Any]:
    """Do it and show the customer's assets; if it is rejected, the form as it was typed."""
    form = await read_form(request)
    try:
        await act(form, wall_clock.now())
    except NotFound:
        raise
    except DeskError as error:
        rejected = AssetForm(form_id, typed_in(form), error_text(error, locale_of(request)))
        return await customer_page(request, customer, status=error.status, asset_form=rejected)
    return see_other(f"/customers/{customer}#assets")


router = Router("/", route_handlers=[add_asset, change_asset], include_in_schema=False)
