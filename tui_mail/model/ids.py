"""Integer and string identities. Numbers are drawn from counters in keep.db and never reused."""

from typing import NewType

AccountName = NewType("AccountName", str)
"""The name of an account, which is also the name of its file under config/accounts."""
FolderId = NewType("FolderId", int)
ItemId = NewType("ItemId", int)
"""One copy of a message in one folder; kept when the copy moves."""
ContentId = NewType("ContentId", int)
"""What copies of one message share: headers, body, search text."""
ThreadId = NewType("ThreadId", int)
"""A conversation within one account."""
OperationId = NewType("OperationId", int)
ActionId = NewType("ActionId", int)
DraftId = NewType("DraftId", int)
"""A message being written; the composer that has it open saves it under this number."""
OutboxId = NewType("OutboxId", int)
"""A message on its way out."""
