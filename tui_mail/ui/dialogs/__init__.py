"""Everything that asks or tells over the mail: pickers, questions, forms, help, troubles.

Owns the dialogs and what they need to act on a person's answer. Each ends in a value for whoever opened it. Must not
know the store, nor change mail: what is chosen is done by the caller.
"""
