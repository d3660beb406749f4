/*
 * Drives icmp_socket.c without Node, so that valgrind and the sanitizers can watch it (.ci/native-check): addresses, options that fail, and
 * packets of every size on the loopback. What needs a socket that the system does not give is left out, and said.
 */
#include "icmp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures = 0;

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "line %d: not true: %s\n", __LINE__, #condition);     \
      failures++;                                                           \
    }                                                                       \
  } while (0)

static void test_addresses(void) {
  struct sockaddr_storage address;
  socklen_t length;
  CHECK(icmp_address(AF_INET, "127.0.0.1", &address, &length) == 0 && length == sizeof(struct sockaddr_in));
  CHECK(icmp_address(AF_INET6, "::1", &address, &length) == 0 && length == sizeof(struct sockaddr_in6));
  CHECK(icmp_address(AF_INET6, "fe80::1%lo", &address, &length) == 0);
  CHECK(((struct sockaddr_in6 *)&address)->sin6_scope_id != 0);
  CHECK(icmp_address(AF_INET6, "fe80::1%7", &address, &length) == 0);
  CHECK(((struct sockaddr_in6 *)&address)->sin6_scope_id == 7);
  const char *bad4[] = {"", "127.1", "::1", "localhost", "1.2.3.4.5", "256.1.1.1"};
  const char *bad6[] = {"", "127.0.0.1", "%lo", "::1%", "::1%no-such-zone", "::1%99999999999", "::1%-1", ":::1",
                        "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222:3333:4444:5555:6666"};
  for (size_t i = 0; i < sizeof bad4 / sizeof *bad4; i++) CHECK(icmp_address(AF_INET, bad4[i], &address, &length) < 0);
  for (size_t i = 0; i < sizeof bad6 / sizeof *bad6; i++) CHECK(icmp_address(AF_INET6, bad6[i], &address, &length) < 0);
}

static struct icmp_options options_of(int family, int raw) {
  struct icmp_options options = {.family = family, .raw = raw, .ttl = 33, .dont_fragment = 0, .source = ""};
  return options;
}

static void test_refusals(int family, int raw) {
  const char *call = "";
  struct icmp_options options = options_of(family, raw);
  options.source = "no address";
  CHECK(icmp_open(&options, &call) < 0 && strcmp(call, "bind") == 0);
  options = options_of(family, raw);
  options.ttl = 1000;
  CHECK(icmp_open(&options, &call) < 0 && strcmp(call, "setsockopt") == 0);
  options = options_of(family, raw);
  options.dont_fragment = 1;
  int fd = icmp_open(&options, &call);
  CHECK(fd >= 0);
  close(fd);
}

static void put_checksum(unsigned char *packet, size_t length) {
  uint32_t sum = 0;
  packet[2] = packet[3] = 0;
  for (size_t i = 0; i < length; i++) sum += (uint32_t)packet[i] << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  packet[2] = (unsigned char)(~sum >> 8);
  packet[3] = (unsigned char)~sum;
}

/* Waits for something to arrive; a loopback that drops packets would hang the test otherwise. */
static int receive_soon(int fd, void *buffer, size_t capacity, struct icmp_received *received) {
  struct pollfd poller = {.fd = fd, .events = POLLIN};
  if (poll(&poller, 1, 2000) <= 0) return 0;
  return icmp_receive(fd, buffer, capacity, received);
}

static void test_echo(int fd, int family, int raw, size_t data_length, size_t capacity) {
  size_t length = 8 + data_length, header = raw && family == AF_INET ? 20 : 0;
  unsigned char *packet = malloc(length), *buffer = malloc(capacity > 0 ? capacity : 1);
  struct sockaddr_storage to;
  socklen_t to_length;
  struct icmp_received received;
  int64_t sent_ns = 0;
  for (size_t i = 0; i < length; i++) packet[i] = (unsigned char)i;
  packet[0] = family == AF_INET ? 8 : 128;
  packet[1] = 0;
  put_checksum(packet, length);
  CHECK(icmp_address(family, family == AF_INET ? "127.0.0.1" : "::1", &to, &to_length) == 0);
  CHECK(icmp_send(fd, &to, to_length, packet, length, &sent_ns) == 0);
  CHECK(receive_soon(fd, buffer, capacity, &received) == 1);
  CHECK(received.is_error == 0);
  CHECK(received.at_ns > sent_ns - 1000000000 && received.at_ns < sent_ns + 5000000000);
  CHECK(received.hop_limit > 0);
  CHECK(received.peer.ss_family == family);
  CHECK(received.truncated == (capacity < header + length));
  if (!received.truncated) {
    CHECK(received.length == header + length);
    CHECK(memcmp(buffer + header + 8, packet + 8, data_length) == 0);
  }
  CHECK(icmp_receive(fd, buffer, capacity, &received) == 0);
  free(packet);
  free(buffer);
}

static void test_kind(int family, int raw) {
  const char *call = "";
  struct icmp_options options = options_of(family, raw);
  int fd = icmp_open(&options, &call);
  if (fd < 0) {
    printf("left out: IPv%d %s: %s: %s\n", family == AF_INET ? 4 : 6, raw ? "raw" : "datagram", call, strerror(-fd));
    return;
  }
  static const size_t SIZES[] = {0, 1, 2, 27, 28, 1472, 1473, 8192, 60000};
  for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) test_echo(fd, family, raw, SIZES[i], 65536);
  static const size_t CAPACITIES[] = {0, 1, 8, 20, 27, 28, 63};
  for (size_t i = 0; i < sizeof CAPACITIES / sizeof *CAPACITIES; i++) test_echo(fd, family, raw, 64, CAPACITIES[i]);

  unsigned char buffer[256] = {0};
  struct icmp_received received;
  struct sockaddr_storage to;
  socklen_t to_length;
  int64_t sent_ns;
  icmp_address(family, family == AF_INET ? "127.0.0.1" : "::1", &to, &to_length);
  unsigned char *huge = calloc(1, 70000);
  CHECK(icmp_send(fd, &to, to_length, huge, 70000, &sent_ns) == -EMSGSIZE);
  free(huge);
  /* The error may have left a note in the queue; reading it ends. */
  for (int i = 0; i < 10 && icmp_receive(fd, buffer, sizeof buffer, &received) == 1; i++) CHECK(received.is_error);
  CHECK(icmp_receive(fd, buffer, sizeof buffer, &received) == 0);
  close(fd);
  CHECK(icmp_send(fd, &to, to_length, buffer, 8, &sent_ns) == -EBADF);
  CHECK(icmp_receive(fd, buffer, sizeof buffer, &received) == -EBADF);
  test_refusals(family, raw);
  printf("done: IPv%d %s\n", family == AF_INET ? 4 : 6, raw ? "raw" : "datagram");
}

int main(void) {
  test_addresses();
  int keeper = icmp_keep_stamping();
  CHECK(keeper >= 0);
  for (int raw = 0; raw < 2; raw++) {
    test_kind(AF_INET, raw);
    test_kind(AF_INET6, raw);
  }
  close(keeper);
  if (failures > 0) fprintf(stderr, "%d checks failed\n", failures);
  return failures > 0;
}
