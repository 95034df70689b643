"""What the scripts share that let outside programs judge a server: tools, a server of one's own, and people who call it."""
