"""How other parsers read mail that is not ours, field by field, beside what tui_mail/mime gives."""
