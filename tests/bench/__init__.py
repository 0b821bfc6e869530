"""How fast Tidegate is, next to the tools people use today: a generator of workspaces and two measuring programs."""
