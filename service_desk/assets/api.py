"""REST of assets."""

from typing import Annotated

from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET

from service_desk import wall_clock
from service_desk.assets.operations import create_asset, edit_asset
from service_desk.assets.queries import get_asset, list_assets
from service_desk.assets.schemas import (
    SERIAL_LENGTH,
    AssetEdit,
    AssetFilters,
    AssetPage,
    AssetView,
    NewAsset,
)
from service_desk.edits.operations import record_edit
from service_desk.errors import NotAllowed
from service_desk.paging import DEFAULT_LIMIT, MAX_LIMIT
from service_desk.principal import Principal
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, IdOf

ReadAssets = needs_scope("customers:read")
WriteAssets = needs_scope("customers:write")


@get("/", operation_id="list_assets", guards=[ReadAssets])
async def show_assets(
    serial_number: Annotated[str | None, QueryParameter(max_length=SERIAL_LENGTH)] = None,
    customer: IdOf = None,
    q: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: After = None,
) -> AssetPage:
    """Newest first, each with its warranty as of today. `serial_number`: the whole number, in any
    spelling; `customer`: an id; `q`: words of the product, or how a serial
    number begins, in any spelling."""
    filters = AssetFilters(serial_number, customer, q)
    return await list_assets(filters, limit=limit, after=after, now=wall_clock.now())


@post("/", operation_id="create_asset", guards=[WriteAssets])
async def add_asset(request: StaffRequest, data: JSONBody[NewAsset]) -> Response[AssetView]:
    """409 if the product already has a unit with that serial number."""
    check_may_set_warranty(request.user, given=data.warranty_months is not None)
    now = wall_clock.now()
    asset = await create_asset(data, now)
    return Response(await get_asset(asset, now), headers={"Location": f"/api/v1/assets/{asset}"})


@get("/{asset:int}", operation_id="get_asset", guards=[ReadAssets])
async def show_asset(asset: FromPath[int]) -> AssetView:
    return await get_asset(asset, wall_clock.now())


@patch("/{asset:int}", operation_id="edit_asset", guards=[WriteAssets])
async def change_asset(
    request: StaffRequest, asset: FromPath[int], data: JSONBody[AssetEdit]
) -> AssetView:
    """Changes only what is given, such as the acceptance date or the customer."""
    check_may_set_warranty(request.user, given=data.warranty_months is not UNSET)
    now = wall_clock.now()
    await edit_asset(asset, data, now)
    await record_edit("asset", asset, data, staff_id=request.user.staff_id, now=now)
    return await get_asset(asset, now)


def check_may_set_warranty(by: Principal, *, given: bool) -> None:
    """Only supervisors set a length other than the policy's (DESIGN §2.7). Raises NotAllowed."""
    if given and not by.is_at_least("supervisor"):
        raise NotAllowed(
            "This needs the role {role}; yours is {own}.", role="supervisor", own=by.role
        )


router = Router(
    "/assets",
    route_handlers=[show_assets, add_asset, show_asset, change_asset],
    tags=["assets"],
)
