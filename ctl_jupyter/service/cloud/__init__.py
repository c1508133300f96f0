"""The calls of the cloud's v2 API that product forms make, answered from the account's Ansible inventory."""
