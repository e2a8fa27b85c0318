"""The provider daemon: runs each won lease's manifest on a Kubernetes cluster until the lease closes."""
