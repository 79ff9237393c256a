"""What became of an operation is said once."""

import pytest

from tui_mail.engine import sentences
from tui_mail.model.ids import AccountName, OperationId
from tui_mail.model.operation import Operation, OperationKind

FOLDERS = (
    OperationKind.CREATE_FOLDER,
    OperationKind.RENAME_FOLDER,
    OperationKind.DELETE_FOLDER,
    OperationKind.SUBSCRIBE,
    OperationKind.UNSUBSCRIBE,
)


@pytest.mark.parametrize("kind", FOLDERS)
def test_of_a_folder_the_backend_says_it_all(kind: OperationKind) -> None:
    reason = "The folder Work could not be created. mail.example.org says: No."
    operation = Operation(OperationId(1), AccountName("work"), kind, (), path="Work")
    assert sentences.refused(operation, 0, reason) == reason
