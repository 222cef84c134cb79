"""Options: letters, texts and values, and which one a reply chooses."""
