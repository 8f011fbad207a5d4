"""Who did what and when: entries that are written with the act itself and never change afterwards."""
