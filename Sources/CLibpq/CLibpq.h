// The whole of libpq's public interface; only PostgresStore imports it.
#pragma once
#include <libpq-fe.h>
