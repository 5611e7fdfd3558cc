"""What partners and the DNS drop: taken, read by a pool of processes, judged, answered."""
