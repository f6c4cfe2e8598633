"""What it takes to check a template as it is written: the command line and the rules in cfn-lint both stand on it."""
