// zlib's gzip; only the target Web imports it.
#pragma once
#include <zlib.h>
