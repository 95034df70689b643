// libsodium's password hashing; only the target Tenancy imports it.
#pragma once
#include <sodium.h>
