/*
 * adjtimex(2), which Node has no way to call. Only reads: `modes` is zero, so that nothing about the clock changes and no privilege is needed.
 */
#include <errno.h>
#include <node_api.h>
#include <string.h>
#include <sys/timex.h>

/* The places of what `read` tells, in the order of src/node/kernel/timex-native.ts. */
enum {
  FACT_OFFSET,
  FACT_FREQUENCY,
  FACT_MAXIMUM_ERROR,
  FACT_ESTIMATED_ERROR,
  FACT_STATUS,
  FACT_CONSTANT,
  FACT_TICK,
  FACT_PPS_FREQUENCY,
  FACT_JITTER,
  FACT_SHIFT,
  FACT_STABILITY,
  FACT_JITTER_COUNT,
  FACT_CALIBRATION_COUNT,
  FACT_ERROR_COUNT,
  FACT_STABILITY_COUNT,
  FACT_TAI,
  FACTS
};

static napi_value throw_errno(napi_env env, int number) {
  napi_value code, message, error, syscall;
  const char *name = number == EPERM ? "EPERM" : number == ENOSYS ? "ENOSYS" : number == EACCES ? "EACCES" : "EUNKNOWN";
  if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_string_utf8(env, strerror(number), NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_string_utf8(env, "adjtimex", NAPI_AUTO_LENGTH, &syscall) != napi_ok ||
      napi_create_error(env, code, message, &error) != napi_ok ||
      napi_set_named_property(env, error, "syscall", syscall) != napi_ok) {
    return NULL;
  }
  napi_throw(env, error);
  return NULL;
}

/* read(facts: Float64Array): fills in the facts and returns the state of the clock. */
static napi_value read_timex(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value argument, result;
  napi_typedarray_type type;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_typedarray_info(env, argument, &type, &length, &data, NULL, NULL) != napi_ok ||
      type != napi_float64_array || length < FACTS) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "facts must be a Float64Array that is long enough");
    return NULL;
  }

  struct timex clock;
  memset(&clock, 0, sizeof clock);
  int state = adjtimex(&clock);
  if (state < 0) return throw_errno(env, errno);

  double *facts = data;
  facts[FACT_OFFSET] = (double)clock.offset;
  facts[FACT_FREQUENCY] = (double)clock.freq;
  facts[FACT_MAXIMUM_ERROR] = (double)clock.maxerror;
  facts[FACT_ESTIMATED_ERROR] = (double)clock.esterror;
  facts[FACT_STATUS] = (double)clock.status;
  facts[FACT_CONSTANT] = (double)clock.constant;
  facts[FACT_TICK] = (double)clock.tick;
  facts[FACT_PPS_FREQUENCY] = (double)clock.ppsfreq;
  facts[FACT_JITTER] = (double)clock.jitter;
  facts[FACT_SHIFT] = (double)clock.shift;
  facts[FACT_STABILITY] = (double)clock.stabil;
  facts[FACT_JITTER_COUNT] = (double)clock.jitcnt;
  facts[FACT_CALIBRATION_COUNT] = (double)clock.calcnt;
  facts[FACT_ERROR_COUNT] = (double)clock.errcnt;
  facts[FACT_STABILITY_COUNT] = (double)clock.stbcnt;
  facts[FACT_TAI] = (double)clock.tai;
  return napi_create_int32(env, state, &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "read", NAPI_AUTO_LENGTH, read_timex, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "read", function) != napi_ok) {
    return NULL;
  }
  return exports;
}
