"""The buttons under a message in a chat, by the name that comes back when one is pressed."""

from __future__ import annotations

from datetime import timedelta

ACKNOWLEDGE = "acknowledge"
SNOOZES = {"snooze_60": timedelta(hours=1), "snooze_240": timedelta(hours=4)}
BUTTONS = ((ACKNOWLEDGE, "Acknowledge"), ("snooze_60", "Snooze 1 h"), ("snooze_240", "Snooze 4 h"))
