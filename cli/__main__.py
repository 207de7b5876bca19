"""`python -m cli`: what `legion` is, where the script is not on the path."""

from cli.main import main

main()
