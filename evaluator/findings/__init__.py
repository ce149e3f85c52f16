"""What a finding is and says, and the files that findings are written to."""
