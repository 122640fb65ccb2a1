"""Names of run files: kept as they are, unless they could lead a client out of its folder."""

from __future__ import annotations

import pytest

from services.runs.domain.filenames import LONGEST, checked_file_name, plain_name
from shared.errors import Invalid


class TestChecked:
    @pytest.mark.parametrize(
        "name",
        [
            *("", "./", "/etc/passwd", "\\\\server\\share", "\\x", "..", "../x", "a/../../x"),
            *("a/..", "a\\..\\b", "..\\x", ".././x", "./../x", "./..", "C:\\x", "c:x", "C:"),
            *("a\x00b", "\x00", "a" * (LONGEST + 1), "é" * (LONGEST // 2 + 1)),
            *(".//etc/passwd", "./C:/x", "a/b/.."),
        ],
    )
    def test_one_that_leads_out_or_is_no_name_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_file_name(name)
        assert refused.value.field == "files"

    @pytest.mark.parametrize(
        "name",
        [
            *("a", "media/images/x.png", "...", "a..b", "..a", "a/...", ".hidden", "a b", "é😀"),
            *("~/x", "run:1", "$HOME", "%2e%2e/x", "<script>", "a\nb", "-rf", "a//b", "wandb/.//x"),
            *("a" * LONGEST, "a\\b"),
        ],
    )
    def test_any_other_is_kept(self, name: str) -> None:
        assert checked_file_name(name) == name

    def test_the_folder_that_one_is_in_goes_without_saying(self) -> None:
        assert checked_file_name("./config.yaml") == plain_name("./config.yaml") == "config.yaml"
