"""Mail between partners, the DNS and Jalon: taken from a mailbox into the drop folder, answered in the same thread."""
