"""Where a home is, and who may look into it."""

import os
import stat
from pathlib import Path

import pytest

from tui_mail.config.paths import SOCKET_LIMIT, Home, private_directory
from tui_mail.model.errors import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestFind:
    def test_an_option_puts_everything_under_one_directory(self, tmp_path: Path) -> None:
        home = Home.find(str(tmp_path), {"TUI_MAIL_HOME": "/elsewhere", "XDG_CONFIG_HOME": "/xdg"})
        assert (home.config, home.data, home.state) == (tmp_path / "config", tmp_path / "data", tmp_path / "state")
        assert home.root == tmp_path
        assert home.arguments == ["--home", str(tmp_path)]

    def test_the_variable_does_the_same(self, tmp_path: Path) -> None:
        assert Home.find(None, {"TUI_MAIL_HOME": str(tmp_path)}) == Home.find(str(tmp_path), {})

    def test_the_files_are_where_the_contract_says(self) -> None:
        home = Home.find("/m", {})
        assert str(home.keep_db) == "/m/data/keep.db"
        assert str(home.mail_db) == "/m/data/mail.db"
        assert str(home.raw_dir) == "/m/data/raw"
        assert str(home.log_file) == "/m/state/engine.log"
        assert str(home.socket) == "/m/run/engine.sock"
        assert str(home.config_file) == "/m/config/config.toml"
        assert str(home.accounts_dir) == "/m/config/accounts"
        assert str(home.settings_file) == "/m/state/settings.toml"

    def test_xdg_directories_are_used_without_one(self) -> None:
        environ = {
            "HOME": "/home/ada",
            "XDG_CONFIG_HOME": "/c",
            "XDG_STATE_HOME": "relative/is/ignored",
            "XDG_RUNTIME_DIR": "/r",
        }
        home = Home.find(None, environ)
        assert str(home.config) == "/c/tui-mail"
        assert str(home.data) == "/home/ada/.local/share/tui-mail"
        assert str(home.state) == "/home/ada/.local/state/tui-mail"
        assert str(home.socket) == "/r/tui-mail/engine.sock"
        assert home.arguments == []

    def test_an_empty_option_is_refused(self) -> None:
        with pytest.raises(ConfigError):
            Home.find("", {})

    @pytest.mark.parametrize("runtime", ["", "/r", "/" + "r" * 120])
    def test_a_deep_home_has_a_short_socket(self, runtime: str) -> None:
        deep = "/" + "d" * 150
        home = Home.find(deep, {"XDG_RUNTIME_DIR": runtime})
        assert len(os.fsencode(home.socket)) <= SOCKET_LIMIT
        assert home.run != Home.find(deep + "e", {"XDG_RUNTIME_DIR": runtime}).run
        assert home.run == Home.find(deep, {"XDG_RUNTIME_DIR": runtime}).run

    def test_the_same_home_has_the_same_lock_whatever_the_session(self) -> None:
        assert (
            Home.find(None, {"HOME": "/h", "XDG_RUNTIME_DIR": "/r"}).lock_file
            == Home.find(None, {"HOME": "/h"}).lock_file
        )


class TestCreate:
    def test_directories_are_private_whatever_the_umask(self, tmp_path: Path) -> None:
        home = Home.find(str(tmp_path / "new"), {})
        earlier = os.umask(0)
        try:
            home.create()
        finally:
            os.umask(earlier)
        for path in (tmp_path / "new", home.config, home.accounts_dir, home.data, home.raw_dir, home.state, home.run):
            assert mode(path) == 0o700, path

    def test_a_loose_data_directory_is_tightened(self, tmp_path: Path) -> None:
        home = Home.find(str(tmp_path), {})
        home.data.mkdir(mode=0o755)
        home.create()
        assert mode(home.data) == 0o700

    def test_a_file_in_the_way_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("")
        with pytest.raises(ConfigError, match="data"):
            Home.find(str(tmp_path), {}).create()

    def test_a_link_where_the_socket_would_be_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "theirs").mkdir()
        (tmp_path / "run").symlink_to(tmp_path / "theirs")
        with pytest.raises(ConfigError):
            private_directory(tmp_path / "run", strict=True)
