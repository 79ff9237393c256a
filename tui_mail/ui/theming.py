"""Our themes as Textual's: every colour role becomes a variable ``$mail-…`` of the style sheets.

Owns the mapping of names. Must not know which widget uses a colour. A role ``surface_focus`` is ``$mail-surface-focus``;
Textual's own variables (``$background``, ``$surface``, ``$primary``, ``$foreground`` …) follow from the same roles.
"""

from __future__ import annotations

from textual.theme import Theme as TextualTheme

from tui_mail.config.themes import ROLES, Theme


def textual_theme(theme: Theme) -> TextualTheme:
    """What ``App.register_theme`` takes."""
    colours = {role: _colour(getattr(theme, role), ansi=theme.ansi) for role in ROLES}
    variables = {f"mail-{role.replace('_', '-')}": colour for role, colour in colours.items()}
    variables |= {
        "block-cursor-background": colours["cursor_background"],
        "block-cursor-foreground": colours["cursor_text"],
        "block-cursor-text-style": "none",
        "input-cursor-background": colours["accent"],
        "input-cursor-foreground": colours["cursor_text"] if theme.ansi else colours["background"],
        "input-selection-background": colours["cursor_background"],
        "input-selection-foreground": colours["cursor_text"],
        "screen-selection-background": colours["cursor_background"],
        "screen-selection-foreground": colours["cursor_text"],
        "ansi-background": colours["background"],
        "ansi-foreground": colours["text"],
        "border": colours["rule"],
        "border-blurred": colours["rule"],
        "scrollbar": colours["rule"],
        "scrollbar-background": colours["background"],
        "scrollbar-background-hover": colours["background"],
        "scrollbar-background-active": colours["background"],
        "scrollbar-corner-color": colours["background"],
        "scrollbar-hover": colours["accent"],
        "scrollbar-active": colours["accent"],
    }
    return TextualTheme(
        name=theme.name,
        primary=colours["accent"],
        secondary=colours["accent"],
        accent=colours["accent"],
        warning=colours["warning"],
        error=colours["warning"],
        success=colours["accent"],
        foreground=colours["text"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["surface"],
        boost=colours["surface_focus"],
        dark=theme.dark,
        ansi=theme.ansi,
        variables=variables,
    )


def _colour(value: str, *, ansi: bool) -> str:
    """``bright_black`` of a theme of 16 colours is ``ansi_bright_black`` to Textual."""
    return f"ansi_{value}" if ansi else value
