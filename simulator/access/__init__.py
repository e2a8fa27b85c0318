"""Who asks, and whether they may: authentication, RBAC, and the roles that a new cluster has."""
