"""Looking, in any process, engine or not; ``store.reader`` is the face.

Owns a reader's hold on the ``files``, and the ``overlay`` of operations not folded yet that everything is seen through.
Lists: ``query`` says what is asked for, ``listview`` answers with ``lists`` of items or folded ``conversations``,
``search`` makes words into SQL. Single things: ``folderview``, ``itemview``, ``outlineview``. Besides:
``acquaintance`` and ``notes`` (what only the store knows of a message). Must not write.
"""
