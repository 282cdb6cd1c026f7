"""What a search gives."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

HitType = Literal["ticket", "customer", "supplier", "asset"]


class Hit(Struct, frozen=True):
    """`number`: of a ticket; the others have an `id`. `excerpt`: where what was sought stands, else
    what tells it from another one of the same title. `state`: of a ticket; `customer`: the id of
    whom an asset belongs to."""

    type: HitType
    title: str
    excerpt: str
    number: str | UnsetType = UNSET
    id: int | UnsetType = UNSET
    state: str | UnsetType = UNSET
    customer: int | UnsetType = UNSET

    @property
    def url(self) -> str:
        """Its page."""
        match self.type:
            case "ticket":
                return f"/tickets/{self.number}"
            case "asset":
                return f"/customers/{self.customer}#asset-{self.id}"
            case _:
                return f"/{self.type}s/{self.id}"


class SearchResults(Struct, frozen=True):
    """`items`: best first. `corrected`: nothing was found by the words as they stand, so these are
    found by words with a similar spelling."""

    items: list[Hit]
    corrected: bool = False
