"""Plans drawn from seeds, played by the thousand; what fails is grouped and shrunk."""
