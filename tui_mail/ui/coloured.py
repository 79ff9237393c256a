"""An application in the colours of its themes, as far as the terminal has them.

Owns which themes there are, how Textual draws with few colours, and the theme in force. Must not know what is drawn.
"""

from __future__ import annotations

from textual.app import App
from textual.filter import Monochrome, NoColor

from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings, remember
from tui_mail.config.themes import load_themes, theme_in_force
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.palette import Palette, fitted
from tui_mail.ui.theming import textual_theme


class ColouredApp(App[int], inherit_bindings=False):
    """Its themes are those of the program and of ``home``, as ``palette`` can show them."""

    def __init__(self, home: Home, settings: Settings, palette: Palette) -> None:
        super().__init__()
        self.home = home
        self._palette = palette
        self._draw_with(palette)
        themes, self.theme_failures = load_themes(home)
        """Sentences about files of themes that cannot be used."""
        self._themes = {name: fitted(theme, palette, themes["ansi"]) for name, theme in themes.items()}
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme))
        self.theme = theme_in_force(settings, self._themes, home)

    def _draw_with(self, palette: Palette) -> None:
        """Without colours the style sheets speak of ``:nocolor``; Textual's own way is greys, on a ground of its own."""
        self.no_color = palette is Palette.NONE
        self._filters = [each for each in self._filters if not isinstance(each, Monochrome | NoColor)]
        self.console._color_system = palette.value  # noqa: SLF001 -- Rich goes by the name in TERM alone

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Textual's own themes have no colours of ours: until one of ours is set, those of the first stand in."""
        first = next(iter(self._themes.values())) if hasattr(self, "_themes") else None
        return {} if first is None else textual_theme(first).variables

    def use_theme(self, name: str) -> SafeText | None:
        """Change the colours, and keep the choice; what there is to say of it. Raises ConfigError where it is not kept."""
        if name not in self._themes:
            return line(_("Themes: {names}").format(names=", ".join(self._themes)))
        self.theme = name
        remember(self.home, "ui.theme", name)
        if self._palette in {Palette.FEW, Palette.NONE}:
            return own(_("Kept. This terminal has too few colours to show any theme but one."))
        return None
