#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "icmp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* After the system's headers: it brings struct timespec of its own otherwise. */
#include <linux/errqueue.h>

#define RECEIVE_BUFFER_BYTES (4 * 1024 * 1024)

/* A send on a shared socket can report the error of an earlier packet; the kernel forgets it by reporting it. */
#define SEND_ATTEMPTS 4

/* linux/icmp.h and netinet/ip_icmp.h cannot be had together. */
#define SONDE_ICMP_FILTER 1

static int64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int set_int(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* Only echo replies are wanted as packets: errors come by the error queue. */
static int filter_raw(int fd, int family) {
  if (family == AF_INET) {
    uint32_t blocked = ~(1U << ICMP_ECHOREPLY);
    return setsockopt(fd, SOL_RAW, SONDE_ICMP_FILTER, &blocked, sizeof blocked);
  }
  struct icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
}

static int set_options(int fd, const struct icmp_options *options, const char **call) {
  int v4 = options->family == AF_INET;
  *call = "setsockopt";
  if (set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) < 0) return -errno;
  if (v4 ? set_int(fd, IPPROTO_IP, IP_RECVTTL, 1) < 0 : set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) < 0) return -errno;
  if (v4 ? set_int(fd, IPPROTO_IP, IP_RECVERR, 1) < 0 : set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) < 0) return -errno;
  if (options->ttl > 0) {
    int set = v4 ? set_int(fd, IPPROTO_IP, IP_TTL, options->ttl)
                 : set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, options->ttl);
    if (set < 0) return -errno;
  }
  if (options->dont_fragment) {
    /* PROBE: DF is set, and a path MTU that was learnt before is not taken for granted. */
    int set = v4 ? set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
                 : set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    if (set < 0) return -errno;
    if (!v4 && set_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1) < 0) return -errno;
  }
  /* Otherwise Linux sets DF all the same, to learn the path MTU: whoever allows fragments wants the router to make them. IPv6 routers make
   * none, but the kernel does, once it has been told of the bottleneck. */
  if (!options->dont_fragment && v4 && set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) < 0) return -errno;
  if (options->raw && filter_raw(fd, options->family) < 0) return -errno;
  /* Beyond the system's limit only with privileges; either way as much as can be had. */
  if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES) < 0) {
    (void)set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  }
  return 0;
}

static int bind_source(int fd, const struct icmp_options *options, const char **call) {
  if (options->source[0] == '\0') return 0;
  *call = "bind";
  struct sockaddr_storage source;
  socklen_t length;
  int failed = icmp_address(options->family, options->source, &source, &length);
  if (failed < 0) return failed;
  return bind(fd, (struct sockaddr *)&source, length) < 0 ? -errno : 0;
}

int icmp_open(const struct icmp_options *options, const char **call) {
  int protocol = options->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  int type = options->raw ? SOCK_RAW : SOCK_DGRAM;
  *call = "socket";
  int fd = socket(options->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -errno;
  int failed = set_options(fd, options, call);
  if (failed == 0) failed = bind_source(fd, options, call);
  if (failed == 0) return fd;
  close(fd);
  return failed;
}

static int zone_index(const char *zone, uint32_t *index) {
  *index = if_nametoindex(zone);
  if (*index != 0) return 0;
  char *end;
  errno = 0;
  unsigned long number = strtoul(zone, &end, 10);
  if (errno != 0 || *end != '\0' || end == zone || number == 0 || number > UINT32_MAX) return -ENODEV;
  *index = (uint32_t)number;
  return 0;
}

int icmp_address(int family, const char *text, struct sockaddr_storage *address, socklen_t *length) {
  memset(address, 0, sizeof *address);
  if (family == AF_INET) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    v4->sin_family = AF_INET;
    *length = sizeof *v4;
    return inet_pton(AF_INET, text, &v4->sin_addr) == 1 ? 0 : -EAFNOSUPPORT;
  }
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
  char plain[INET6_ADDRSTRLEN];
  const char *zone = strchr(text, '%');
  size_t plain_length = zone == NULL ? strlen(text) : (size_t)(zone - text);
  if (plain_length >= sizeof plain) return -EAFNOSUPPORT;
  memcpy(plain, text, plain_length);
  plain[plain_length] = '\0';
  v6->sin6_family = AF_INET6;
  *length = sizeof *v6;
  if (inet_pton(AF_INET6, plain, &v6->sin6_addr) != 1) return -EAFNOSUPPORT;
  return zone == NULL ? 0 : zone_index(zone + 1, &v6->sin6_scope_id);
}

int icmp_send(int fd, const struct sockaddr_storage *to, socklen_t to_length, const void *packet, size_t length,
              int64_t *sent_ns) {
  int failed = 0;
  for (int attempt = 0; attempt < SEND_ATTEMPTS; attempt++) {
    *sent_ns = clock_ns(CLOCK_MONOTONIC);
    if (sendto(fd, packet, length, MSG_NOSIGNAL, (const struct sockaddr *)to, to_length) >= 0) return 0;
    failed = -errno;
    if (failed == -EAGAIN || failed == -ENOBUFS) return failed;
  }
  return failed;
}

/* The kernel stamps on CLOCK_REALTIME, which can be set at any time; the difference to CLOCK_MONOTONIC is taken anew for each packet. */
static int64_t to_monotonic(const struct timespec *stamp) {
  int64_t best = INT64_MAX, offset = 0, now = 0;
  for (int attempt = 0; attempt < 3; attempt++) {
    int64_t before = clock_ns(CLOCK_MONOTONIC);
    int64_t real = clock_ns(CLOCK_REALTIME);
    now = clock_ns(CLOCK_MONOTONIC);
    if (now - before < best) {
      best = now - before;
      offset = real - (before + best / 2);
    }
    if (best < 2000) break;
  }
  int64_t at = (int64_t)stamp->tv_sec * 1000000000 + stamp->tv_nsec - offset;
  /* A clock that was set between the stamp and now shows as a packet from the future. */
  return at > now ? now : at;
}

static void read_error(const struct cmsghdr *part, struct icmp_received *received) {
  size_t size = part->cmsg_len - CMSG_LEN(0);
  struct sock_extended_err error;
  if (size < sizeof error) return;
  memcpy(&error, CMSG_DATA(part), sizeof error);
  received->error_origin = error.ee_origin;
  received->error_type = error.ee_type;
  received->error_code = error.ee_code;
  received->error_number = (int)error.ee_errno;
  received->error_info = error.ee_info;
  size -= sizeof error;
  if (size > sizeof received->offender) size = sizeof received->offender;
  memcpy(&received->offender, CMSG_DATA(part) + sizeof error, size);
}

static void read_parts(struct msghdr *message, struct icmp_received *received) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    int level = part->cmsg_level, type = part->cmsg_type;
    size_t size = part->cmsg_len - CMSG_LEN(0);
    if (level == SOL_SOCKET && type == SCM_TIMESTAMPNS && size >= sizeof(struct timespec)) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      received->at_ns = to_monotonic(&stamp);
    } else if (((level == IPPROTO_IP && type == IP_TTL) || (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) &&
               size >= sizeof(int)) {
      memcpy(&received->hop_limit, CMSG_DATA(part), sizeof(int));
    } else if ((level == IPPROTO_IP && type == IP_RECVERR) || (level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
      read_error(part, received);
    }
  }
}

static int receive_from(int fd, int flags, void *buffer, size_t capacity, struct icmp_received *received) {
  union {
    struct cmsghdr align;
    char bytes[512];
  } control;
  struct iovec part = {.iov_base = buffer, .iov_len = capacity};
  struct msghdr message;
  memset(received, 0, sizeof *received);
  memset(&message, 0, sizeof message);
  message.msg_name = &received->peer;
  message.msg_namelen = sizeof received->peer;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  ssize_t length = recvmsg(fd, &message, flags);
  if (length < 0) return -errno;
  received->length = (size_t)length;
  received->truncated = (message.msg_flags & MSG_TRUNC) != 0;
  received->hop_limit = -1;
  received->is_error = (flags & MSG_ERRQUEUE) != 0;
  read_parts(&message, received);
  if (received->at_ns == 0) received->at_ns = clock_ns(CLOCK_MONOTONIC);
  return 1;
}

int icmp_receive(int fd, void *buffer, size_t capacity, struct icmp_received *received) {
  for (int attempt = 0; attempt < 2; attempt++) {
    int result = receive_from(fd, MSG_DONTWAIT, buffer, capacity, received);
    if (result == 1 || result == -EBADF || result == -ENOTSOCK) return result;
    int announced = result != -EAGAIN;
    result = receive_from(fd, MSG_DONTWAIT | MSG_ERRQUEUE, buffer, capacity, received);
    if (result != -EAGAIN) return result;
    /* An error was announced in place of a packet, and is in no queue: the packet is still to come. */
    if (!announced) return 0;
  }
  return 0;
}

int icmp_keep_stamping(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  (void)set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  return fd;
}
