"""What a report says of values that were filled in."""
