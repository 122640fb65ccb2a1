"""What obstore does not offer of S3: uploads in parts whose links are handed to others.

botocore looks for credentials where obstore does (environment, roles of the machine), and is told
address and region by obstore's own names for them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlparse

import botocore.session
from botocore.config import Config

from shared.kit.blob_faults import words


class Bucket:
    """One bucket and a prefix in it. Its calls block; a client is safe in threads."""

    def __init__(self, url: str) -> None:
        """`s3://bucket/prefix`."""
        parsed = urlparse(url)
        self._name = parsed.netloc
        self._prefix = parsed.path.strip("/")
        self._client = _client(self._name, os.environ)

    def begin(self, key: str) -> str:
        """The bucket's name of a new upload."""
        with words():
            return str(self._client.create_multipart_upload(**self._at(key))["UploadId"])

    def part_url(self, key: str, upload: str, number: int, seconds: int) -> str:
        """Presigned; it asks nobody."""
        given = {**self._at(key), "UploadId": upload, "PartNumber": number}
        with words():
            return str(self._client.generate_presigned_url("upload_part", given, seconds))

    def there(self, key: str, upload: str) -> dict[int, str]:
        """ETags of the parts that were put, by number; NotFound for no such upload."""
        pages = self._client.get_paginator("list_parts")
        found: dict[int, str] = {}
        with words():
            for page in pages.paginate(**self._at(key), UploadId=upload):
                for part in page.get("Parts", ()):
                    found[part["PartNumber"]] = part["ETag"].strip('"')
        return found

    def finish(self, key: str, upload: str, etags: Sequence[str]) -> None:
        """From now on it is one object, and none of its parts can be put again."""
        parts = [{"PartNumber": n, "ETag": f'"{one}"'} for n, one in enumerate(etags, start=1)]
        with words():
            self._client.complete_multipart_upload(
                **self._at(key), UploadId=upload, MultipartUpload={"Parts": parts}
            )

    def abandon(self, key: str, upload: str) -> None:
        """Its parts go; NotFound for no such upload."""
        with words():
            self._client.abort_multipart_upload(**self._at(key), UploadId=upload)

    def copy(self, source: str, target: str, size: int, piece: int) -> None:
        """In pieces of so many bytes, and within the bucket: none comes by here."""
        upload = self.begin(target)
        origin = {"CopySource": {"Bucket": self._name, "Key": self._at(source)["Key"]}}
        etags: list[str] = []
        try:
            for number, first in enumerate(range(0, size, piece), start=1):
                last = min(first + piece, size) - 1
                part = {"PartNumber": number, "CopySourceRange": f"bytes={first}-{last}"}
                with words():
                    copied = self._client.upload_part_copy(
                        **self._at(target), **origin, **part, UploadId=upload
                    )
                etags.append(copied["CopyPartResult"]["ETag"].strip('"'))
            self.finish(target, upload, etags)
        except BaseException:
            self.abandon(target, upload)
            raise

    def unfinished(self, prefix: str) -> list[tuple[str, str, datetime]]:
        """Key, upload and when it was begun."""
        pages = self._client.get_paginator("list_multipart_uploads")
        below = self._at(prefix)["Key"]
        with words():
            found = [
                one
                for page in pages.paginate(Bucket=self._name, Prefix=below)
                for one in page.get("Uploads", ())
            ]
        skip = len(self._prefix) + 1 if self._prefix else 0
        return [(one["Key"][skip:], one["UploadId"], one["Initiated"]) for one in found]

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": f"{self._prefix}/{key}" if self._prefix else key}


def _client(bucket: str, env: Mapping[str, str]) -> Any:
    endpoint = env.get("AWS_ENDPOINT") or env.get("AWS_ENDPOINT_URL")
    virtual = env.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in ("1", "true", "yes")
    if endpoint and virtual:  # obstore is given it with the bucket in front, botocore puts it there
        endpoint = endpoint.replace(f"//{bucket}.", "//", 1)
    return botocore.session.get_session().create_client(
        "s3",
        region_name=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
        endpoint_url=endpoint or None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "virtual" if virtual else "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=10,
            read_timeout=60,
        ),
    )
