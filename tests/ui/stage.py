"""A bare app to put one widget or dialog on, in the shipped themes."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, ComposeResult
from textual.widget import Widget

from tui_mail.config.paths import Home
from tui_mail.config.themes import load_themes
from tui_mail.ui.palette import Palette, fitted
from tui_mail.ui.theming import textual_theme


class Stage(App[None]):
    """Shows ``widgets``; the theme is ``look``, as a terminal with ``palette`` shows it."""

    CSS = "#_default { background: $mail-background; color: $mail-text; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, look: str = "dark", palette: Palette = Palette.FULL) -> None:
        super().__init__()
        self.no_color = palette is Palette.NONE
        self._widgets = widgets
        self._look = look
        themes, failures = load_themes(Home.find("/nonexistent", {}))
        assert not failures
        for theme in themes.values():
            self.register_theme(textual_theme(fitted(theme, palette, themes["ansi"])))
        self.theme = look
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield from self._widgets


def painted(app: App[None]) -> str:
    """What the terminal would show, line by line, and nothing else."""
    width, height = app.size
    return (
        "\n".join("".join(segment.text for segment in line) for line in app.screen._compositor.render_strips())
        if width and height
        else ""
    )


def segments(app: App[None]) -> Iterable[str]:
    """Every text that goes to the terminal."""
    for line in app.screen._compositor.render_strips():
        for segment in line:
            yield segment.text
