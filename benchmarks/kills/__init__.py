"""Kills Jalon's commands by SIGKILL at random instants and checks that running them again ends as if undisturbed."""
