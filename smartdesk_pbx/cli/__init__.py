"""The command `smartdesk`: one file per noun. Talks to the daemon or opens the store, calls one operation, prints."""
