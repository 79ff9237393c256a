"""What the list, the folder pane and the reader have in common: they scroll by themselves, line by line.

Owns telling Textual so: a new size of such a widget means lines to draw, never another layout of the screen. Must not
know what the lines say.
"""

from __future__ import annotations

from typing import Self

from textual import events
from textual.geometry import Size
from textual.widget import Widget


class Surface(Widget):
    """A widget whose content is as large as itself."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: ARG002 -- the signature is Textual's
        """Called while the screen is laid out, just before all of it that changed place or size is painted."""
        resized = size != self._size
        # With the default the screen would be laid out, and painted, once more for each such widget.
        changed = super()._size_updated(size, virtual_size, container_size, layout=False)
        if resized:
            # Whatever was to be painted is painted with the new size: kept, it would come again as a second frame.
            self._repaint_required = False
            self._exchange_repaint_regions()
        return changed

    def update_own_styles(self) -> None:
        """Work out the styles of the widget itself, and not those of its lines: no class of a screen speaks of them."""
        self.only_own_styles = True
        try:
            self.update_node_styles(animate=False)
        finally:
            self.only_own_styles = False

    only_own_styles = False
    """True while the styles of the lines stay what they are."""

    def _get_component_classes(self) -> frozenset[str]:  # type: ignore[override] # not of the class, but of this widget now
        return frozenset() if self.only_own_styles else super()._get_component_classes()

    def focus(self, scroll_visible: bool = True) -> Self:
        """Take the focus at once; Textual's own way is a message, dealt with when the next frame is painted already."""
        self.screen.set_focus(self, scroll_visible)
        return self

    # Textual paints all of a widget that gets or loses the focus. Each of ours knows which of its lines look different,
    # and draws those when ``has_focus`` changes.

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))
