// Questions to DNS servers that getaddrinfo does not ask.
#ifndef APUS_RESOLVER_H
#define APUS_RESOLVER_H

/// Asks for the records of a type (1: A, 28: AAAA, 33: SRV) of a name, and waits for the answer. `server` is an address of
/// IP version 4 as text; NULL for the servers of the system, and its rules for names that are not complete.
/// Returns the length of the answer, which may be more than `capacity`; 0 where there are no such records; -1 where nobody
/// can tell.
int apus_dns_query(const char *name, int type, const char *server, int port, unsigned char *answer, int capacity);

#endif
