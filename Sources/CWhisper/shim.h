// whisper.cpp as a static library; `make setup` builds it into .build-speech and pkg-config tells where it is.
#if __has_include(<whisper.h>)
#include <whisper.h>
#else
#error "whisper.cpp is missing: run 'make setup'"
#endif
