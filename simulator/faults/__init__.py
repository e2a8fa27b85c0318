"""What goes wrong: the network, and answers by rule."""
