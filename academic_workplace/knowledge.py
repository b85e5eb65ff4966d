"""What is known of an action: local results and published research, and what is not known."""
