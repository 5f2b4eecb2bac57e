"""Settings of the geocoder, which is asked for addresses that the gazetteer does not know."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from impl.kernel.settings.address import read_base_url


class GeocodingSettings(BaseModel):
    """Address of a server that finds addresses; none is asked unless it is set."""

    geocoder_url: Annotated[str, AfterValidator(read_base_url)] | None = None
    geocoder_api: Literal["photon", "nominatim"] = "photon"
    # Whoever writes an address waits no longer for it.
    geocoder_timeout_seconds: float = Field(default=2.0, gt=0, le=10)
