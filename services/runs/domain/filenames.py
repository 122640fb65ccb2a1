"""Names of run files: data that is kept and shown, never a path of ours."""

from __future__ import annotations

from shared.errors import Invalid

LONGEST = 4_096


def plain_name(name: str) -> str:
    """Without a leading `./`, as the SDK itself sometimes asks (wire-protocol §4.3)."""
    return name.removeprefix("./")


def checked_file_name(name: str) -> str:
    """The plain name, or Invalid for one that a client could be led out of its folder by."""
    found = plain_name(name)
    if not found or len(found.encode("utf-8", "surrogatepass")) > LONGEST or "\x00" in found:
        raise Invalid(f"files: a name has 1 to {LONGEST} bytes and no NUL.", field="files")
    parts = found.replace("\\", "/").split("/")
    if found.startswith(("/", "\\")) or ".." in parts or (len(found) > 1 and found[1] == ":"):
        raise Invalid(f"files: {found!r} leads out of the run's folder.", field="files")
    return found
