// hiredis is the C client that most other clients are modelled on; Debian's package is libhiredis-dev.
#include <hiredis/hiredis.h>

/// The major version of the installed hiredis; below 1 it does not know RESP3.
static inline int hiredis_major_version(void) { return HIREDIS_MAJOR; }
