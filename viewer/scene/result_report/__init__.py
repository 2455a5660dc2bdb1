"""Report of a result on one page: who, what the network says, why, and what is not known; HTML and PDF."""
