"""Rules in the SDK's words: the event that is waited for, and what is done about it."""
