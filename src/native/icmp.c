/*
 * The addon: icmp_socket.c for JavaScript. Every socket is polled by the event loop of the thread that opened it; nothing blocks.
 *
 *   open({ family: 4|6, raw, ttl, dontFragment, source }, onReadable) -> socket     throws an Error with `code` and `syscall`
 *   send(socket, address, packet: Uint8Array) -> seconds                            throws likewise
 *   receive(socket, bytes: Uint8Array, facts: Float64Array(11), peers: Uint8Array(32)) -> length, or -1 if there is nothing
 *   close(socket)
 *
 * Seconds are on one monotonic time line, whose beginning means nothing.
 */
#include "icmp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum fact {
  FACT_AT_SECONDS,
  FACT_HOP_LIMIT,
  FACT_TRUNCATED,
  FACT_SCOPE,
  FACT_IS_ERROR,
  FACT_ERROR_ORIGIN,
  FACT_ERROR_TYPE,
  FACT_ERROR_CODE,
  FACT_ERROR_NUMBER,
  FACT_ERROR_INFO,
  FACT_OFFENDER_FAMILY,
  FACTS
};

/* Two addresses of 16 bytes: the peer's, and the offender's. */
#define PEERS_BYTES 32
#define LONGEST_ADDRESS 128

struct handle {
  uv_poll_t poll;
  napi_env env;
  int fd;
  int family;
  int closing;
  /* The poll handle and the JavaScript object: whoever goes last frees. */
  int owners;
  napi_ref on_readable;
  napi_async_context async;
  napi_async_cleanup_hook_handle hook;
};

struct addon {
  int stamping_fd;
};

static const napi_type_tag HANDLE_TAG = {0x5a1c9d2e7b6f4083ULL, 0x9e2d41c07f5ab361ULL};

#define TRY(env, call)                     \
  do {                                     \
    if ((call) != napi_ok) {               \
      throw_napi(env);                     \
      return NULL;                         \
    }                                      \
  } while (0)

static void throw_napi(napi_env env) {
  bool pending = false;
  const napi_extended_error_info *info = NULL;
  napi_is_exception_pending(env, &pending);
  if (pending) return;
  napi_get_last_error_info(env, &info);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", info != NULL && info->error_message != NULL ? info->error_message : "icmp");
}

static napi_value throw_errno(napi_env env, int error, const char *call) {
  napi_value code, message, object, syscall;
  int translated = uv_translate_sys_error(error);
  char text[160];
  snprintf(text, sizeof text, "%s: %s", call, strerror(error));
  if (napi_create_string_utf8(env, uv_err_name(translated), NAPI_AUTO_LENGTH, &code) == napi_ok &&
      napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) == napi_ok &&
      napi_create_error(env, code, message, &object) == napi_ok &&
      napi_create_string_utf8(env, call, NAPI_AUTO_LENGTH, &syscall) == napi_ok &&
      napi_set_named_property(env, object, "syscall", syscall) == napi_ok) {
    napi_throw(env, object);
  }
  return NULL;
}

static void release(struct handle *handle) {
  if (--handle->owners == 0) free(handle);
}

static void on_closed(uv_handle_t *poll) {
  struct handle *handle = poll->data;
  napi_remove_async_cleanup_hook(handle->hook);
  release(handle);
}

/* Stops polling and closes the descriptor, at once; what the loop and the environment hold is given back when they allow it. */
static void close_handle(struct handle *handle) {
  if (handle->closing) return;
  handle->closing = 1;
  uv_poll_stop(&handle->poll);
  close(handle->fd);
  handle->fd = -1;
  if (handle->on_readable != NULL) napi_delete_reference(handle->env, handle->on_readable);
  handle->on_readable = NULL;
  if (handle->async != NULL) napi_async_destroy(handle->env, handle->async);
  handle->async = NULL;
  uv_close((uv_handle_t *)&handle->poll, on_closed);
}

/* The environment (the main thread's, or a worker's) comes to its end. */
static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  close_handle(data);
}

static void on_object_gone(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_handle(data);
  release(data);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static int start_polling(struct handle *handle) { return uv_poll_start(&handle->poll, UV_READABLE, on_poll); }

static void on_poll(uv_poll_t *poll, int status, int events) {
  (void)events;
  struct handle *handle = poll->data;
  napi_env env = handle->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, error;
  if (napi_get_reference_value(env, handle->on_readable, &callback) == napi_ok &&
      napi_get_global(env, &receiver) == napi_ok &&
      napi_make_callback(env, handle->async, receiver, callback, 0, NULL, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
  /* The loop takes an entry in the error queue for a broken descriptor, and stops. By now the queue has been read. */
  if (status < 0 && !handle->closing && start_polling(handle) != 0) close_handle(handle);
}

static napi_status get_int(napi_env env, napi_value object, const char *name, int *number) {
  napi_value value;
  napi_status status = napi_get_named_property(env, object, name, &value);
  return status == napi_ok ? napi_get_value_int32(env, value, number) : status;
}

static napi_status get_bool(napi_env env, napi_value object, const char *name, int *number) {
  napi_value value;
  bool set = false;
  napi_status status = napi_get_named_property(env, object, name, &value);
  if (status == napi_ok) status = napi_get_value_bool(env, value, &set);
  *number = set;
  return status;
}

static napi_value open_socket(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], source, object, name;
  struct icmp_options options;
  char address[LONGEST_ADDRESS];
  size_t length;
  int family;
  TRY(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(env, get_int(env, arguments[0], "family", &family));
  TRY(env, get_int(env, arguments[0], "ttl", &options.ttl));
  TRY(env, get_bool(env, arguments[0], "raw", &options.raw));
  TRY(env, get_bool(env, arguments[0], "dontFragment", &options.dont_fragment));
  TRY(env, napi_get_named_property(env, arguments[0], "source", &source));
  TRY(env, napi_get_value_string_utf8(env, source, address, sizeof address, &length));
  options.family = family == 4 ? AF_INET : AF_INET6;
  options.source = address;

  const char *call;
  int fd = icmp_open(&options, &call);
  if (fd < 0) return throw_errno(env, -fd, call);
  struct handle *handle = calloc(1, sizeof *handle);
  uv_loop_t *loop;
  if (handle == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok || uv_poll_init(loop, &handle->poll, fd) != 0) {
    close(fd);
    free(handle);
    return throw_errno(env, ENOMEM, "uv_poll_init");
  }
  handle->poll.data = handle;
  handle->env = env;
  handle->fd = fd;
  handle->family = options.family;
  handle->owners = 1;
  /* From here on close_handle cleans up. */
  napi_status status = napi_add_async_cleanup_hook(env, on_environment_end, handle, &handle->hook);
  if (status == napi_ok) status = napi_create_reference(env, arguments[1], 1, &handle->on_readable);
  if (status == napi_ok) status = napi_create_string_utf8(env, "sonde:icmp", NAPI_AUTO_LENGTH, &name);
  if (status == napi_ok) status = napi_async_init(env, NULL, name, &handle->async);
  if (status == napi_ok) status = napi_create_external(env, handle, on_object_gone, NULL, &object);
  if (status == napi_ok) handle->owners = 2;
  if (status == napi_ok) status = napi_type_tag_object(env, object, &HANDLE_TAG);
  if (status == napi_ok && start_polling(handle) != 0) status = napi_generic_failure;
  if (status == napi_ok) return object;
  close_handle(handle);
  throw_napi(env);
  return NULL;
}

static struct handle *unwrap(napi_env env, napi_value object) {
  void *data = NULL;
  bool ours = false;
  if (napi_check_object_type_tag(env, object, &HANDLE_TAG, &ours) != napi_ok || !ours ||
      napi_get_value_external(env, object, &data) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "not a socket of this addon");
    return NULL;
  }
  struct handle *handle = data;
  if (handle->closing) {
    throw_errno(env, EBADF, "closed");
    return NULL;
  }
  return handle;
}

static napi_status get_array(napi_env env, napi_value value, napi_typedarray_type wanted, void **data, size_t *length) {
  napi_typedarray_type type;
  napi_status status = napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL);
  return status == napi_ok && type != wanted ? napi_invalid_arg : status;
}

static napi_value send_packet(napi_env env, napi_callback_info info) {
  size_t count = 3, length;
  napi_value arguments[3], seconds;
  char text[LONGEST_ADDRESS];
  void *packet;
  size_t packet_length;
  TRY(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  struct handle *handle = unwrap(env, arguments[0]);
  if (handle == NULL) return NULL;
  TRY(env, napi_get_value_string_utf8(env, arguments[1], text, sizeof text, &length));
  TRY(env, get_array(env, arguments[2], napi_uint8_array, &packet, &packet_length));

  struct sockaddr_storage address;
  socklen_t address_length;
  int64_t sent_ns;
  int failed = icmp_address(handle->family, text, &address, &address_length);
  if (failed < 0) return throw_errno(env, -failed, "address");
  failed = icmp_send(handle->fd, &address, address_length, packet, packet_length, &sent_ns);
  if (failed < 0) return throw_errno(env, -failed, "sendto");
  TRY(env, napi_create_double(env, (double)sent_ns / 1e9, &seconds));
  return seconds;
}

static void copy_address(const struct sockaddr_storage *address, uint8_t *bytes, double *scope) {
  memset(bytes, 0, 16);
  if (address->ss_family == AF_INET) {
    memcpy(bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
  } else if (address->ss_family == AF_INET6) {
    memcpy(bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    *scope = ((const struct sockaddr_in6 *)address)->sin6_scope_id;
  }
}

static napi_value receive_packet(napi_env env, napi_callback_info info) {
  size_t count = 4, capacity, facts_length, peers_length;
  napi_value arguments[4], result;
  void *bytes, *facts_data, *peers;
  TRY(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  struct handle *handle = unwrap(env, arguments[0]);
  if (handle == NULL) return NULL;
  TRY(env, get_array(env, arguments[1], napi_uint8_array, &bytes, &capacity));
  TRY(env, get_array(env, arguments[2], napi_float64_array, &facts_data, &facts_length));
  TRY(env, get_array(env, arguments[3], napi_uint8_array, &peers, &peers_length));
  if (facts_length < FACTS || peers_length < PEERS_BYTES) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "facts or peers are too short");
    return NULL;
  }

  struct icmp_received received;
  int got = icmp_receive(handle->fd, bytes, capacity, &received);
  if (got < 0) return throw_errno(env, -got, "recvmsg");
  int32_t length = -1;
  if (got == 1) {
    double *facts = facts_data, ignored;
    length = (int32_t)received.length;
    memset(facts, 0, FACTS * sizeof *facts);
    facts[FACT_AT_SECONDS] = (double)received.at_ns / 1e9;
    facts[FACT_HOP_LIMIT] = received.hop_limit;
    facts[FACT_TRUNCATED] = received.truncated;
    facts[FACT_IS_ERROR] = received.is_error;
    facts[FACT_ERROR_ORIGIN] = received.error_origin;
    facts[FACT_ERROR_TYPE] = received.error_type;
    facts[FACT_ERROR_CODE] = received.error_code;
    facts[FACT_ERROR_NUMBER] = received.error_number;
    facts[FACT_ERROR_INFO] = received.error_info;
    facts[FACT_OFFENDER_FAMILY] =
        received.offender.ss_family == AF_INET ? 4 : received.offender.ss_family == AF_INET6 ? 6 : 0;
    copy_address(&received.peer, peers, &facts[FACT_SCOPE]);
    copy_address(&received.offender, (uint8_t *)peers + 16, &ignored);
  }
  TRY(env, napi_create_int32(env, length, &result));
  return result;
}

static napi_value close_socket(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  TRY(env, napi_get_cb_info(env, info, &count, &argument, NULL, NULL));
  struct handle *handle = unwrap(env, argument);
  if (handle != NULL) close_handle(handle);
  return NULL;
}

static void on_addon_gone(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct addon *addon = data;
  if (addon->stamping_fd >= 0) close(addon->stamping_fd);
  free(addon);
}

NAPI_MODULE_INIT() {
  struct addon *addon = calloc(1, sizeof *addon);
  if (addon == NULL) return throw_errno(env, ENOMEM, "calloc");
  addon->stamping_fd = icmp_keep_stamping();
  if (napi_set_instance_data(env, addon, on_addon_gone, NULL) != napi_ok) {
    on_addon_gone(env, addon, NULL);
    throw_napi(env);
    return NULL;
  }
  napi_property_descriptor functions[] = {
      {"open", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"send", NULL, send_packet, NULL, NULL, NULL, napi_enumerable, NULL},
      {"receive", NULL, receive_packet, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_socket, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  TRY(env, napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions));
  return exports;
}
