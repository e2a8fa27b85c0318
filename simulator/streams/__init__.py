"""What goes on inside pods, as far as anybody can see: logs, exec, attach, and the programs they run."""
