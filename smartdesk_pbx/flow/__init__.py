"""The IVR as data: nodes, the tree they form, and the walker that says what comes next. Pure."""
