"""Photos on the wire, as everybody sees them, and the addresses of their renditions."""

from collections.abc import Mapping

from generated import replies
from impl.marketplace.capabilities.pictures.service import ShownPhoto


def files_to_wire(addresses: Mapping[str, str]) -> replies.PhotoFiles:
    """Return the addresses of the renditions by size and form."""
    return {
        "thumb": {"webp": addresses["thumb.webp"], "jpeg": addresses["thumb.jpg"]},
        "card": {"webp": addresses["card.webp"], "jpeg": addresses["card.jpg"]},
        "full": {"webp": addresses["full.webp"], "jpeg": addresses["full.jpg"]},
    }


def optional_files_to_wire(addresses: Mapping[str, str] | None) -> replies.PhotoFiles | None:
    """Return the addresses of the renditions; None where there is no picture to show."""
    return None if addresses is None else files_to_wire(addresses)


def photo_to_wire(photo: ShownPhoto) -> replies.PublicPhoto:
    return {
        "id": photo.id,
        "alt_text": photo.alt_text,
        "width": photo.width,
        "height": photo.height,
        "placeholder": photo.placeholder,
        "files": files_to_wire(photo.files),
    }
