/*
 * ICMP echo sockets of Linux: opening, sending, receiving. Knows nothing of Node and nothing of what is in a packet, which is left to the
 * caller: no byte that comes from the network is interpreted here.
 */
#ifndef SONDE_ICMP_SOCKET_H
#define SONDE_ICMP_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

struct icmp_options {
  int family;        /* AF_INET or AF_INET6 */
  int raw;           /* 1: raw socket; 0: datagram socket, which needs no privileges but ping_group_range */
  int ttl;           /* time to live, hop limit; 0: the system's */
  int dont_fragment; /* set DF, and let nothing be fragmented here either */
  const char *source; /* the address to send from, "" for any */
};

/* One packet, or one entry of the error queue: an ICMP error that came for a packet of ours. */
struct icmp_received {
  size_t length;     /* bytes in the buffer; of an error the quoted packet, from its ICMP header on */
  int truncated;     /* the buffer was too small */
  int64_t at_ns;     /* when the kernel received it, on CLOCK_MONOTONIC */
  int hop_limit;     /* -1 if the kernel did not say */
  struct sockaddr_storage peer; /* who sent it; of an error the address that the quoted packet was for */
  int is_error;
  int error_origin;  /* SO_EE_ORIGIN_… */
  int error_type;    /* of ICMP */
  int error_code;
  int error_number;  /* errno */
  uint32_t error_info; /* the MTU, where the packet was too big */
  struct sockaddr_storage offender; /* who sent the error */
};

/* A non-blocking socket; or -errno, and the name of the call that failed in *call. */
int icmp_open(const struct icmp_options *options, const char **call);

/* Reads an address (an IPv6 one may have a zone). 0, or -errno. */
int icmp_address(int family, const char *text, struct sockaddr_storage *address, socklen_t *length);

/* Sends one packet; *sent_ns is the moment right before, on CLOCK_MONOTONIC. 0, or -errno. */
int icmp_send(int fd, const struct sockaddr_storage *to, socklen_t to_length, const void *packet, size_t length,
              int64_t *sent_ns);

/* Takes one packet or error, packets first. 1 if there was one, 0 if there is none, -errno. */
int icmp_receive(int fd, void *buffer, size_t capacity, struct icmp_received *received);

/* A socket that does nothing but keep the kernel stamping packets as they arrive; otherwise it begins to do so only a while after the
 * first socket asked for it. A descriptor, or -errno. */
int icmp_keep_stamping(void);

#endif
