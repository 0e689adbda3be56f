"""What every take passes through: content and consent checks, the mark, the signed record."""
