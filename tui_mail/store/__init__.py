"""Both SQLite files and the raw bytes beside them.

Owns every SQL statement of the program. Must not know sockets, servers or widgets.
"""
