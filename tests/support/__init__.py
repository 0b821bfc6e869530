"""What tests share: workspaces in memory, and cases written as Markdown."""
