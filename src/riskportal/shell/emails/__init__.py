"""Mails for their readers: what was sent to a bill group, what left the house, and the words of mails."""
