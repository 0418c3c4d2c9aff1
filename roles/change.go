package roles
