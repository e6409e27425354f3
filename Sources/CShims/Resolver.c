#define _GNU_SOURCE
#include "Resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

int apus_dns_query(const char *name, int type, const char *server, int port, unsigned char *answer, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    int length = -1;
    if (server) {
        struct sockaddr_in *place = &state.nsaddr_list[0];
        memset(place, 0, sizeof *place);
        place->sin_family = AF_INET;
        place->sin_port = htons((unsigned short)port);
        if (inet_pton(AF_INET, server, &place->sin_addr) != 1) goto end;
        state.nscount = 1;
    }
    state.retrans = 1;
    state.retry = 2;
    length = res_nsearch(&state, name, 1, type, answer, capacity);
    if (length < 0 && (state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA)) length = 0;
end:
    res_nclose(&state);
    return length;
}
