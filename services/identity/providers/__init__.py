"""Who vouches for people and CI jobs elsewhere: OpenID providers."""
