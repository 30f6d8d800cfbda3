"""Files of public repositories: fetched once, and known by their sums."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bayes_ddm.data.columns import one_line
from bayes_ddm.data.read import existing_file
from bayes_ddm.errors import InputError
from bayes_ddm.progress import telling

BASE_ADDRESS = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class Source:
    """A file of a public repository, at one commit."""

    name: str
    repository: str
    commit: str
    file: str
    sha256: str

    @property
    def address(self) -> str:
        """Where it can be fetched."""
        return f"{BASE_ADDRESS}/{self.repository}/{self.commit}/{self.file}"


def locate(source: Source, path: str | Path | None, verify: bool, cache: str | Path | None) -> Path:
    """Return the file given, if it is the right one, or the one fetched."""
    if path is None:
        return _download(source, cache)
    file = existing_file(path)
    if verify:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != source.sha256:
            raise InputError(
                f"{str(path)!r} is not the {source.name} file (sha256 {digest[:12]}..., expected "
                f"{source.sha256[:12]}...); take {source.address}, or pass verify=False "
                "(--no-verify)."
            )
    return file


def _download(source: Source, cache: str | Path | None) -> Path:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # what is fetched is told once, below
    by_hand = "download it by hand and pass path= (--path)"
    try:
        with telling() as tell:
            tell(f"fetching {source.name}")
            file = pooch.retrieve(
                source.address,
                known_hash=f"sha256:{source.sha256}",
                fname=f"{source.name}.csv",
                path=cache or pooch.os_cache("bayes-ddm"),
            )
        return Path(file)
    except ValueError as error:  # pooch has deleted the file
        raise InputError(
            f"what {source.address} sent is not the {source.name} file (its sha256 differs); "
            f"try again later, or {by_hand}."
        ) from error
    except OSError as error:
        refused = getattr(error, "response", None)
        if refused is not None:  # pooch leaves its connection open
            refused.close()
        unreachable = isinstance(error, requests.ConnectionError)
        reason = "no connection" if unreachable else one_line(error, 120).rstrip(".")
        raise InputError(
            f"cannot download {source.name} from {source.address} ({reason}); {by_hand}."
        ) from error
