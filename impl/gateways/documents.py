"""Documents that people upload as a proof: recognised by their first bytes, and kept as they were sent."""

from enum import StrEnum
from typing import IO, Final, Protocol

from impl.gateways.pictures import PictureFault, PictureRefused, Pictures

DOCUMENT_BYTES_MAX: Final = 10 * 1024 * 1024
# Part of the end of a PDF in which its readers look for the marker (PDF 32000-1, annex H, implementation note 18).
_TAIL_BYTES: Final = 1024
_VERSIONS: Final = (b"%PDF-1.", b"%PDF-2.")


class DocumentFormat(StrEnum):
    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


class Documents(Protocol):
    def inspect(self, file: IO[bytes]) -> DocumentFormat:
        """Return the type of a file without decoding it; raises PictureRefused, for PDFs too."""
        ...


class HeaderDocuments:
    """Documents that are a PDF, or a picture whose header is accepted."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def inspect(self, file: IO[bytes]) -> DocumentFormat:
        size = file.seek(0, 2)
        file.seek(0)
        if size > DOCUMENT_BYTES_MAX:
            raise PictureRefused(PictureFault.TOO_LARGE)
        if file.read(len(_VERSIONS[0])) not in _VERSIONS:
            head = self._pictures.inspect(file)
            if head.kind not in set(DocumentFormat):
                raise PictureRefused(PictureFault.UNSUPPORTED)
            return DocumentFormat(head.kind)
        # A file that was cut off has no end.
        file.seek(max(0, size - _TAIL_BYTES))
        is_whole = b"%%EOF" in file.read()
        file.seek(0)
        if not is_whole:
            raise PictureRefused(PictureFault.UNREADABLE)
        return DocumentFormat.PDF
