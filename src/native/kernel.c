/*
 * What node metrics ask the kernel by netlink and by ioctl(2), which Node has no way to call. Each such call is made by a thread of the pool,
 * since the kernel may wait for a lock or a driver for its device; only reads. And the many small files of /proc and /sys, read in place for a
 * third of what Node's own calls cost.
 *
 *   netlink(protocol, request: Uint8Array) -> Promise<Buffer>                the messages of the answer, up to the one that ends it
 *   ethtool(device, request: Uint8Array) -> Promise<Buffer>                  SIOCETHTOOL: the answer stands in the place of the request
 *   btrfs(folder, number, request: Uint8Array) -> Promise<Buffer>            an ioctl of btrfs on a mounted one, likewise; those that only read
 *   files(folder, names: Uint8Array) -> Promise<Buffer>                      regular files of one folder, for names that each end with a null byte:
 *                                                                           before the bytes of each its length and the seconds of its last change,
 *                                                                           eight bytes each; ends early where the next has no room any more
 *
 *   text(path, endsShort: boolean) -> string | number | undefined            a file; the number of the error: below zero of open, above of read;
 *                                                                           undefined where Node is to read it
 *   texts(folder, names, endsShort: boolean) -> array | undefined            the same for each of the names, which slashes separate
 *
 * A promise is rejected with an Error that has `code` and `syscall`.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

/* An answer by netlink has a few hundred bytes a route or device. */
#define MOST_ANSWER_BYTES (64u << 20)
/* The kernel makes no message longer than this where there is room for it. */
#define CHUNK_BYTES (64u << 10)
/* A dump of which the kernel says nothing for this long has come to its end. */
#define SILENCE_SECONDS 5
/* Messages of other processes, which are passed over; nobody sends any by mistake. */
#define MOST_STRANGERS 100
/* The largest request by ioctl: tens of thousands of names of statistics. */
#define IOCTL_BYTES (4u << 20)
#define LONGEST_PATH 4096
/* More than nearly every file of /proc and /sys has. The kernel makes room for what is asked for, so it is no more. */
#define TEXT_BYTES 8192
/* Attributes of /sys come whole, up to a page. */
#define SMALLEST_PAGE 4096
#define MOST_TEXT_BYTES (2u << 20)

/* What one call reads of regular files. */
#define MOST_FILES_BYTES (1u << 20)

enum kind { NETLINK, ETHTOOL, BTRFS, FILES };

struct job {
  napi_async_work work;
  napi_deferred deferred;
  enum kind kind;
  int number;
  char name[LONGEST_PATH];
  /* The request, and then the answer. */
  uint8_t *bytes;
  size_t length;
  int error;
  const char *call;
};

static void fail(struct job *job, const char *call) {
  job->error = errno;
  job->call = call;
}

/* Whether the messages of one datagram end the answer: the last of several, an error, or one alone. */
static bool is_end(const uint8_t *bytes, size_t length) {
  while (length >= sizeof(struct nlmsghdr)) {
    struct nlmsghdr header;
    memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > length) return true;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR || !(header.nlmsg_flags & NLM_F_MULTI)) return true;
    size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= length) return false;
    bytes += step;
    length -= step;
  }
  return false;
}

static void receive_all(struct job *job, int fd) {
  uint8_t *answer = NULL;
  size_t used = 0, room = 0;
  for (int strangers = 0; strangers < MOST_STRANGERS;) {
    if (room - used < CHUNK_BYTES) {
      room = room == 0 ? 2 * CHUNK_BYTES : 2 * room;
      uint8_t *larger = room > MOST_ANSWER_BYTES ? NULL : realloc(answer, room);
      if (larger == NULL) {
        errno = room > MOST_ANSWER_BYTES ? EMSGSIZE : ENOMEM;
        break;
      }
      answer = larger;
    }
    struct sockaddr_nl from;
    socklen_t from_length = sizeof from;
    memset(&from, 0, sizeof from);
    ssize_t got = recvfrom(fd, answer + used, CHUNK_BYTES, MSG_TRUNC, (struct sockaddr *)&from, &from_length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    if ((size_t)got > CHUNK_BYTES) {
      errno = EMSGSIZE;
      break;
    }
    /* Any process may send to a netlink socket; the kernel's number is 0. */
    if (from.nl_pid != 0) {
      strangers += 1;
      errno = EPROTO;
      continue;
    }
    used += (size_t)got;
    if (!is_end(answer + used - got, (size_t)got)) continue;
    free(job->bytes);
    job->bytes = answer;
    job->length = used;
    return;
  }
  fail(job, "recvfrom");
  free(answer);
}

static void ask_netlink(struct job *job) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, job->number);
  if (fd < 0) {
    fail(job, "socket");
    return;
  }
  struct timeval silence = {SILENCE_SECONDS, 0};
  struct sockaddr_nl kernel;
  memset(&kernel, 0, sizeof kernel);
  kernel.nl_family = AF_NETLINK;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence) != 0) fail(job, "setsockopt");
  else if (sendto(fd, job->bytes, job->length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) fail(job, "sendto");
  else receive_all(job, fd);
  close(fd);
}

/*
 * The kernel writes as much as it has to say, which may have grown since it was asked how much that is. So it gets a place of its own, with
 * a page after it that nobody may write to.
 */
static void ask_ioctl(struct job *job, int fd, unsigned long request) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *place = mmap(NULL, IOCTL_BYTES + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    fail(job, "mmap");
    return;
  }
  if (mprotect(place, IOCTL_BYTES, PROT_READ | PROT_WRITE) != 0) {
    fail(job, "mprotect");
  } else {
    struct ifreq device;
    void *argument = place;
    memcpy(place, job->bytes, job->length);
    if (job->kind == ETHTOOL) {
      memset(&device, 0, sizeof device);
      /* It fits: start has looked at its length. */
      memcpy(device.ifr_name, job->name, strlen(job->name));
      device.ifr_data = (char *)place;
      argument = &device;
    }
    if (ioctl(fd, request, argument) < 0) fail(job, "ioctl");
    else memcpy(job->bytes, place, job->length);
  }
  munmap(place, IOCTL_BYTES + page);
}

static void ask_ethtool(struct job *job) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (fd < 0) {
    fail(job, "socket");
    return;
  }
  ask_ioctl(job, fd, SIOCETHTOOL);
  close(fd);
}

/* The calls that only read, by the numbers that the kernel gave them. */
static unsigned long btrfs_request(int number) {
  switch (number) {
    case 30: return BTRFS_IOC_DEV_INFO;
    case 31: return BTRFS_IOC_FS_INFO;
    case 52: return BTRFS_IOC_GET_DEV_STATS;
    default: return 0;
  }
}

static void ask_btrfs(struct job *job) {
  int fd = open(job->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    fail(job, "open");
    return;
  }
  ask_ioctl(job, fd, btrfs_request(job->number));
  close(fd);
}

/* What stands before the bytes of a file. */
struct file_head {
  /* Below zero for what Node is to read, or to say what is wrong with. */
  int64_t length;
  int64_t mtime_seconds;
};

/*
 * Reads a regular file that is shorter than `room`. False for all others, and for one that was written meanwhile. A device is not even opened,
 * which may have an effect; what has become a named pipe since opens at once.
 */
static bool read_regular(int folder, const char *name, uint8_t *bytes, size_t room, struct file_head *head) {
  struct stat before, after;
  if (fstatat(folder, name, &before, 0) != 0 || !S_ISREG(before.st_mode) || (uint64_t)before.st_size >= room) return false;
  int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return false;
  size_t used = 0;
  ssize_t got = -1;
  if (fstat(fd, &before) == 0 && S_ISREG(before.st_mode)) {
    do {
      got = read(fd, bytes + used, room - used);
      if (got > 0) used += (size_t)got;
    } while (used < room && (got > 0 || (got < 0 && errno == EINTR)));
  }
  bool is_whole = got == 0 && used < room && fstat(fd, &after) == 0 && after.st_size == before.st_size &&
                  after.st_mtim.tv_sec == before.st_mtim.tv_sec && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
  close(fd);
  if (is_whole) *head = (struct file_head){(int64_t)used, after.st_mtim.tv_sec};
  return is_whole;
}

/* Reads as many of the files as there is room for, at least one: the first that has none is left to Node. */
static void read_files(struct job *job) {
  int folder = open(job->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  uint8_t *answer = folder < 0 ? NULL : malloc(MOST_FILES_BYTES);
  if (answer == NULL) {
    fail(job, "open");
    if (folder >= 0) close(folder);
    return;
  }
  size_t used = 0;
  const char *end = (char *)job->bytes + job->length;
  for (const char *name = (char *)job->bytes; name < end; name += strlen(name) + 1) {
    struct file_head head;
    size_t room = MOST_FILES_BYTES - used;
    bool is_read = room > sizeof head && read_regular(folder, name, answer + used + sizeof head, room - sizeof head, &head);
    if (!is_read && room < MOST_FILES_BYTES / 2) break;
    if (!is_read) head = (struct file_head){-1, 0};
    memcpy(answer + used, &head, sizeof head);
    used += sizeof head + (is_read ? (size_t)head.length : 0);
  }
  close(folder);
  free(job->bytes);
  job->bytes = answer;
  job->length = used;
}

static void execute(napi_env env, void *data) {
  (void)env;
  struct job *job = data;
  if (job->kind == NETLINK) ask_netlink(job);
  else if (job->kind == FILES) read_files(job);
  else if (job->kind == ETHTOOL) ask_ethtool(job);
  else ask_btrfs(job);
}

static napi_value error_of(napi_env env, const struct job *job) {
  napi_value code, message, error, syscall;
  char text[200];
  snprintf(text, sizeof text, "%s: %s", job->call, strerror(job->error));
  if (napi_create_string_utf8(env, uv_err_name(uv_translate_sys_error(job->error)), NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_string_utf8(env, job->call, NAPI_AUTO_LENGTH, &syscall) != napi_ok ||
      napi_create_error(env, code, message, &error) != napi_ok ||
      napi_set_named_property(env, error, "syscall", syscall) != napi_ok) {
    return NULL;
  }
  return error;
}

static void finish(struct job *job) {
  free(job->bytes);
  free(job);
}

static void complete(napi_env env, napi_status status, void *data) {
  struct job *job = data;
  napi_value value = NULL;
  if (status != napi_ok && job->error == 0) {
    job->error = ECANCELED;
    job->call = "work";
  }
  if (job->error != 0) {
    value = error_of(env, job);
    if (value != NULL) napi_reject_deferred(env, job->deferred, value);
  } else if (napi_create_buffer_copy(env, job->length, job->bytes, NULL, &value) == napi_ok) {
    napi_resolve_deferred(env, job->deferred, value);
  }
  napi_delete_async_work(env, job->work);
  finish(job);
}

static napi_value refuse(napi_env env, struct job *job, const char *why) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", why);
  finish(job);
  return NULL;
}

/* Takes a copy of the request, which is the last argument, and has a thread make the call. */
static napi_value start(napi_env env, struct job *job, napi_value request) {
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  napi_value promise, name;
  if (napi_get_typedarray_info(env, request, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array) {
    return refuse(env, job, "the request must be a Uint8Array");
  }
  if (length == 0 || length > IOCTL_BYTES) return refuse(env, job, "the request is empty or too long");
  if (job->kind == FILES && ((uint8_t *)data)[length - 1] != 0) return refuse(env, job, "each name must end with a null byte");
  job->bytes = malloc(length);
  if (job->bytes == NULL) return refuse(env, job, "out of memory");
  memcpy(job->bytes, data, length);
  job->length = length;
  if (napi_create_string_utf8(env, "sonde:kernel", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, job, &job->work) != napi_ok) {
    return refuse(env, job, "kernel");
  }
  if (napi_queue_async_work(env, job->work) != napi_ok) {
    napi_delete_async_work(env, job->work);
    return refuse(env, job, "kernel");
  }
  return promise;
}

static struct job *new_job(enum kind kind) {
  struct job *job = calloc(1, sizeof *job);
  if (job != NULL) job->kind = kind;
  return job;
}

/* Reads a text that has no null byte in it; false if it is none, or too long. */
static bool read_text(napi_env env, napi_value value, char *text, size_t room) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok || length == 0 || length >= room) return false;
  return napi_get_value_string_utf8(env, value, text, room, &length) == napi_ok && strlen(text) == length;
}

static napi_value netlink(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  struct job *job = new_job(NETLINK);
  if (job == NULL || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_value_int32(env, arguments[0], &job->number) != napi_ok) return refuse(env, job, "the protocol must be a number");
  return start(env, job, arguments[1]);
}

static napi_value ethtool(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  struct job *job = new_job(ETHTOOL);
  if (job == NULL || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_text(env, arguments[0], job->name, IFNAMSIZ)) return refuse(env, job, "the device must be the name of one");
  return start(env, job, arguments[1]);
}

static napi_value btrfs(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  struct job *job = new_job(BTRFS);
  if (job == NULL || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_text(env, arguments[0], job->name, LONGEST_PATH)) return refuse(env, job, "the folder must be a path");
  if (napi_get_value_int32(env, arguments[1], &job->number) != napi_ok || btrfs_request(job->number) == 0) {
    return refuse(env, job, "the number must be one of an ioctl that reads");
  }
  return start(env, job, arguments[2]);
}

static napi_value files(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  struct job *job = new_job(FILES);
  if (job == NULL || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_text(env, arguments[0], job->name, LONGEST_PATH)) return refuse(env, job, "the folder must be a path");
  return start(env, job, arguments[1]);
}

/* Reads to the end; returns the length, or -1 with errno. A buffer that `*bytes` does not begin with is the caller's to free. */
static ssize_t read_all(int fd, char **bytes, bool ends_short) {
  char *first = *bytes;
  size_t room = TEXT_BYTES, used = 0;
  for (;;) {
    if (used == room) {
      char *larger = room >= MOST_TEXT_BYTES ? NULL : realloc(*bytes == first ? NULL : *bytes, 4 * room);
      if (larger == NULL) {
        errno = EFBIG;
        return -1;
      }
      if (*bytes == first) memcpy(larger, first, used);
      *bytes = larger;
      room *= 4;
    }
    ssize_t got = read(fd, *bytes + used, room - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    used += (size_t)got;
    if (got == 0 || (ends_short && used < SMALLEST_PAGE)) return (ssize_t)used;
  }
}

static bool is_ascii(const char *bytes, size_t length) {
  unsigned char all = 0;
  for (size_t index = 0; index < length; index++) all |= (unsigned char)bytes[index];
  return all < 0x80;
}

/* Reads a file below `folder`, which is open or AT_FDCWD, as `text` does. */
static napi_value text_at(napi_env env, int folder, const char *path, bool ends_short) {
  napi_value result = NULL;
  int fd;
  do fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return napi_create_int32(env, -errno, &result) == napi_ok ? result : NULL;
  char first[TEXT_BYTES];
  char *bytes = first;
  ssize_t length = read_all(fd, &bytes, ends_short);
  int error = errno;
  close(fd);
  napi_status status;
  if (length < 0) status = error == EFBIG ? napi_get_undefined(env, &result) : napi_create_int32(env, error, &result);
  else if (is_ascii(bytes, (size_t)length)) status = napi_create_string_latin1(env, bytes, (size_t)length, &result);
  else status = napi_create_string_utf8(env, bytes, (size_t)length, &result);
  if (bytes != first) free(bytes);
  return status == napi_ok ? result : NULL;
}

static napi_value text(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  char path[LONGEST_PATH];
  bool ends_short = false;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_text(env, arguments[0], path, sizeof path) || napi_get_value_bool(env, arguments[1], &ends_short) != napi_ok) return NULL;
  return text_at(env, AT_FDCWD, path, ends_short);
}

/* Looks up the folder once: the way there is most of what a file below it costs. */
static napi_value texts(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], all = NULL;
  char path[LONGEST_PATH], names[LONGEST_PATH];
  bool ends_short = false;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_text(env, arguments[0], path, sizeof path) || !read_text(env, arguments[1], names, sizeof names) ||
      napi_get_value_bool(env, arguments[2], &ends_short) != napi_ok) {
    return NULL;
  }
  int folder;
  do folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  while (folder < 0 && errno == EINTR);
  if (folder < 0) return NULL;
  bool is_well = napi_create_array(env, &all) == napi_ok;
  char *rest = names;
  for (uint32_t index = 0; is_well && rest != NULL; index++) {
    const char *name = strsep(&rest, "/");
    napi_value found = text_at(env, folder, name, ends_short);
    is_well = found != NULL && napi_set_element(env, all, index, found) == napi_ok;
  }
  close(folder);
  return is_well ? all : NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"netlink", netlink}, {"ethtool", ethtool}, {"btrfs", btrfs}, {"files", files}, {"text", text}, {"texts", texts}};
  for (size_t index = 0; index < sizeof functions / sizeof *functions; index++) {
    napi_value function;
    if (napi_create_function(env, functions[index].name, NAPI_AUTO_LENGTH, functions[index].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[index].name, function) != napi_ok) {
      return NULL;
    }
  }
  return exports;
}
