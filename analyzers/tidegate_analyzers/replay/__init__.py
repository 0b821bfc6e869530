"""What running a part of a workspace again for an interval comes to."""
