"""Every action a key can do: its name, where it works, one line of help.

Owns the registry that keymaps, help, the palette and the documentation are made from. Must not know what an action does.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tui_mail.model.words import _


class Place(enum.StrEnum):
    """Where a key works. In the list, LIST and MESSAGE keys do; in the reader, READER and MESSAGE keys."""

    EVERYWHERE = "everywhere"
    GO = "go"
    LIST = "list"
    MESSAGE = "message"
    READER = "reader"
    COMPOSER = "composer"
    """Its menu; keys that write no character work in its fields and its text as well."""
    REVIEW = "review"
    OUTBOX = "outbox"
    SELECTING = "selecting"
    """The reader, while there is a cursor in the text of a message."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key can do."""

    name: str
    places: tuple[Place, ...]
    help: str


def _in(place: Place, *entries: tuple[str, str], also: Place | None = None) -> list[Action]:
    places = (place,) if also is None else (place, also)
    return [Action(name, places, text) for name, text in entries]


_ACTIONS = [
    *_in(
        Place.EVERYWHERE,
        ("help", _("Show the keys that work here")),
        ("palette", _("Find any command by name")),
        ("command", _("Type a command")),
        ("next-pane", _("Go to the next pane")),
        ("previous-pane", _("Go to the previous pane")),
        ("escape", _("Clear the selection, then go back")),
        ("back", _("Go back, then quit")),
        ("compose", _("Write a new message")),
        ("search", _("Search all mail")),
        ("undo", _("Undo the last action; a held message first")),
        ("redo", _("Do again what was undone")),
        ("repaint", _("Draw the screen anew")),
        ("sync", _("Synchronise now")),
        ("errors", _("Show errors and what waits")),
        ("pause", _("Fetch only what is new, or old mail and bodies again, too")),
    ),
    *_in(
        Place.GO,
        ("go-inbox", _("Go to the inbox")),
        ("go-all-inboxes", _("Go to the inboxes of all accounts")),
        ("go-sent", _("Go to sent mail")),
        ("go-drafts", _("Go to drafts")),
        ("go-archive", _("Go to the archive")),
        ("go-trash", _("Go to the trash")),
        ("go-junk", _("Go to junk")),
        ("go-outbox", _("Go to the outbox")),
        ("go-folder", _("Go to any folder, by a few letters of its name")),
    ),
    *_in(
        Place.LIST,
        ("down", _("Next row")),
        ("up", _("Previous row")),
        ("top", _("First row")),
        ("bottom", _("Last row")),
        ("half-page-down", _("Half a page down")),
        ("half-page-up", _("Half a page up")),
        ("page-down", _("A page down")),
        ("page-up", _("A page up")),
        ("open", _("Open the message")),
        also=Place.OUTBOX,
    ),
    *_in(
        Place.LIST,
        ("next-unread", _("Next unread message")),
        ("previous-unread", _("Previous unread message")),
        ("select", _("Select the row, or take it out of the selection")),
        ("select-to", _("Select from the last selected row to here")),
        ("select-all", _("Select all rows")),
        ("fold", _("Fold or unfold the conversation")),
        ("threads", _("Conversations together or single messages")),
        ("sort", _("Sort by something else")),
        ("filter", _("Show only some messages")),
        ("previous-split", _("Previous split")),
        ("next-split", _("Next split")),
        ("this-sender", _("Everything from this sender")),
        ("older", _("Fetch older mail of this folder")),
        ("whole-folder", _("Fetch all mail of this folder")),
        ("read-anew", _("Read this folder from the server anew")),
        ("choose-folder", _("Synchronise this folder, or no more")),
        ("new-folder", _("Create a folder")),
        ("rename-folder", _("Rename this folder, and move it with a /")),
        ("delete-folder", _("Delete this folder and all that is in it; asks first")),
        ("subscribe-folder", _("Subscribe to this folder, or no more")),
    ),
    *_in(
        Place.MESSAGE,
        ("archive", _("Archive")),
        ("trash", _("Move to the trash")),
        ("delete", _("Delete for ever; asks first")),
        ("move", _("Move to a folder")),
        ("copy", _("Copy to a folder")),
        ("star", _("Star, or take the star away")),
        ("read", _("Mark as read or unread")),
        ("junk", _("Move to junk, or out of it")),
        ("label", _("Add or remove a label")),
        ("undelete", _("Bring back a message that another program marked as deleted")),
        ("snooze", _("Hide until later")),
        ("mute", _("Mute the conversation")),
        ("reply", _("Reply to the sender")),
        ("reply-all", _("Reply to everyone")),
        ("reply-list", _("Reply to the mailing list")),
        ("forward", _("Forward")),
        ("edit-as-new", _("Write a new message from this one")),
    ),
    *_in(
        Place.READER,
        ("scroll-down", _("A line down")),
        ("scroll-up", _("A line up")),
        ("scroll-page-down", _("A page down, then the next message")),
        ("scroll-page-up", _("A page up")),
        ("scroll-half-page-down", _("Half a page down")),
        ("scroll-half-page-up", _("Half a page up")),
        ("scroll-top", _("Start of the message")),
        ("scroll-bottom", _("End of the message")),
        also=Place.REVIEW,
    ),
    *_in(
        Place.READER,
        ("next-message", _("Next message")),
        ("previous-message", _("Previous message")),
        ("conversation", _("Show the whole conversation, or one message")),
        ("open-message", _("Open the message in the conversation, or fold it")),
        ("open-all", _("Open all messages of the conversation, or fold them")),
        ("scroll-right", _("Move tables, code and patches, to see the ends of their lines")),
        ("scroll-left", _("Move them back")),
        ("find", _("Find in the message")),
        ("next-hit", _("Next hit")),
        ("previous-hit", _("Previous hit")),
        ("all-headers", _("Show all header fields, or the few")),
        ("html-or-plain", _("Show the HTML or the plain text")),
        ("source", _("Show the source")),
        ("quotes", _("Open long quotes, or fold them")),
        ("select-text", _("Select words of the message by keyboard, to copy them")),
        ("links", _("List the links")),
        ("attachments", _("List the attachments")),
        ("pipe", _("Give the message to a program")),
        ("save", _("Save the message, or its text, in a file")),
        ("print", _("Print the message")),
        ("copy-from", _("Copy the sender's address, the Message-ID or the text")),
        ("browser", _("Open the HTML in a browser, made harmless")),
        ("images", _("Fetch the images that lie on other machines, once")),
        ("answer", _("Answer the invitation")),
        ("unsubscribe", _("Leave the mailing list; asks first")),
        ("signature", _("Check whether the sender's domain signed the message")),
        ("get-rest", _("Fetch the rest of a message of which only the header is here")),
    ),
    *_in(
        Place.SELECTING,
        ("text-left", _("A character back")),
        ("text-right", _("A character on")),
        ("text-down", _("A line down")),
        ("text-up", _("A line up")),
        ("word-right", _("To the next word")),
        ("word-left", _("To the start of the word, or the one before")),
        ("line-start", _("To the start of the line")),
        ("line-end", _("To the end of the line")),
        ("text-top", _("To the start of the message")),
        ("text-bottom", _("To the end of the message")),
        ("begin-selection", _("Begin the selection here")),
        ("copy-text", _("Copy what is selected; the whole line before a selection has begun")),
        ("leave-text", _("Go back to reading")),
    ),
    *_in(
        Place.COMPOSER,
        ("composer-menu", _("From the text to the menu, and back")),
        ("next-field", _("Next field; in the text, indent")),
        ("previous-field", _("Previous field")),
        ("save-draft", _("Save as a draft and go on writing")),
        ("review", _("Review, then send")),
        ("edit-body", _("Edit the text in $EDITOR")),
        ("edit-from", _("Choose who it is from")),
        ("edit-to", _("Change To")),
        ("edit-cc", _("Change Cc")),
        ("edit-bcc", _("Change Bcc")),
        ("edit-subject", _("Change the subject")),
        ("attach", _("Attach a file")),
        ("detach", _("Take an attached file away")),
        ("keep-draft", _("Keep as a draft and leave")),
        ("discard", _("Discard the message; asks first")),
    ),
    *_in(
        Place.REVIEW,
        ("send", _("Send the message")),
        ("keep-writing", _("Go back to writing")),
    ),
    *_in(
        Place.OUTBOX,
        ("edit-again", _("Take the message back and go on writing")),
        ("send-now", _("Send now")),
        ("cancel-sending", _("Do not send; it becomes a draft again")),
        ("mark-sent", _("Mark as sent a message that may have been sent")),
    ),
]

ACTIONS: dict[str, Action] = {action.name: action for action in _ACTIONS}
"""Every action by name, in the order of the help."""
