"""What is harmed: servers, a running Legion, a company with leads."""
