"""Writing mail: what a person typed to the octets that are sent, and a message to the draft that answers it. Pure.

Every value is made harmless here, whoever it comes from: no field, name, address or file name can end the line it
stands in. Must not know where octets are kept or how they are sent.
"""
