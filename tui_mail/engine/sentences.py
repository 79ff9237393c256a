"""The sentences that say what became of an operation, for events and for the journal.

Owns words only. Must not know how an operation is carried out.
"""

from __future__ import annotations

from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.words import _, ngettext


def refused(operation: Operation, count: int, reason: str) -> str:
    """What a person reads when the server said no for good; ``count`` messages are concerned."""
    match operation.kind:
        case OperationKind.FLAGS:
            text = ngettext(
                "The server refused to mark a message: {reason} It is as it was.",
                "The server refused to mark {count} messages: {reason} They are as they were.",
                count,
            )
        case OperationKind.MOVE:
            text = ngettext(
                "The server refused to move a message: {reason} It is back where it was.",
                "The server refused to move {count} messages: {reason} They are back where they were.",
                count,
            )
        case OperationKind.COPY:
            text = ngettext(
                "The server refused to copy a message: {reason} There is no copy.",
                "The server refused to copy {count} messages: {reason} There are no copies.",
                count,
            )
        case OperationKind.EXPUNGE:
            text = ngettext(
                "The server refused to delete a message: {reason} It is still there.",
                "The server refused to delete {count} messages: {reason} They are still there.",
                count,
            )
        case OperationKind.APPEND:
            text = _("The server refused to take a message: {reason}")
        case _:
            return _ended(reason)  # of a folder it is a sentence that says what failed already
    return text.format(count=count, reason=_ended(reason))


def not_done() -> str:
    """The reason when a server said yes and left messages out."""
    return _("it left them out without a word.")


def gone_folder() -> str:
    """The reason of a conflict when the folder is not there any more."""
    return _("The folder is not on the server any more.")


def no_target() -> str:
    """The reason when the destination could not be made."""
    return _("the folder it should go to is not there.")


def unknown_place() -> str:
    """The reason of a conflict when nobody can tell where the messages are."""
    return _("The messages are not where they were, and were not found elsewhere.")


def maybe_twice() -> str:
    """The reason of a conflict when an append may have worked and cannot be looked for."""
    return _(
        "The connection ended while a message was added, and it has no Message-ID to look for: see if it is there."
    )


def no_bytes() -> str:
    """The reason of a conflict when the file of a message to be added is not there."""
    return _("The file with the message cannot be read, so it was not added.")


def gone(kind: OperationKind, count: int, subject: str, target: str) -> str:
    """What a person reads when messages to be moved or copied to ``target`` were not there any more; ``subject`` is
    that of one.
    """
    moved = kind is OperationKind.MOVE
    if count == 1 and subject:
        text = (
            _("“{subject}” was not moved to {target}: another program had moved or deleted it.")
            if moved
            else _("“{subject}” was not copied to {target}: another program had moved or deleted it.")
        )
    elif moved:
        text = ngettext(
            "A message was not moved to {target}: another program had moved or deleted it.",
            "{count} messages were not moved to {target}: another program had moved or deleted them.",
            count,
        )
    else:
        text = ngettext(
            "A message was not copied to {target}: another program had moved or deleted it.",
            "{count} messages were not copied to {target}: another program had moved or deleted them.",
            count,
        )
    return text.format(count=count, subject=subject, target=target)


def _ended(reason: str) -> str:
    reason = reason.strip()
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
