"""Settings of the storage of files: a folder, or a bucket of a server that speaks S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from impl.kernel.settings.address import read_base_url


class StorageSettings(BaseModel):
    """Place of the files: a bucket if one is named, otherwise a folder."""

    # Folder of the files when there is no bucket; `storage` in DATA_DIR when not set.
    storage_dir: Path | None = None
    storage_s3_bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    # Address of the server, for those that are not AWS.
    storage_s3_endpoint: Annotated[str, AfterValidator(read_base_url)] | None = None
    storage_s3_region: str = Field(default="us-east-1", pattern=r"^[A-Za-z0-9-]{1,50}$")
    storage_s3_access_key_id: str | None = None
    storage_s3_secret_access_key: SecretStr | None = None
    # Whether the bucket's name stands in the host (bucket.server) instead of the path (server/bucket).
    storage_s3_virtual_hosted: bool = False
    # Days for which deleted files are kept, for recovery to a moment when they were there; 0 deletes them at once.
    storage_keep_deleted_days: int = Field(default=0, ge=0, le=365)

    def storage_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Return the faults of the settings, each beginning with its setting."""
        if is_production and self.storage_s3_bucket is None and self.storage_dir is None:
            yield "STORAGE_DIR or STORAGE_S3_BUCKET is missing"
        if self.storage_s3_bucket is not None and self.storage_dir is not None:
            yield "STORAGE_DIR and STORAGE_S3_BUCKET exclude one another"
        if (self.storage_s3_access_key_id is None) != (self.storage_s3_secret_access_key is None):
            yield "STORAGE_S3_ACCESS_KEY_ID and STORAGE_S3_SECRET_ACCESS_KEY belong together"
