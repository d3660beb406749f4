/*
 * Gives back what a process has needed for its start alone:
 * - trim(): malloc_trim(3), which Node has no way to call. glibc keeps what was freed, for later.
 * - unmap(): madvise(2) for the pages of Node's own program file, its code and constants. A start touches some 40 MiB
 *   of them, by the kernel's reading ahead more than it uses; a service goes on with half of it.
 */
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <node_api.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define MOST_SEGMENTS 16
/* The longest line that /proc/self/maps has: addresses and numbers before a path. */
#define LINE_BYTES (PATH_MAX + 128)

/* The parts of the program file that are loaded and that nothing writes to, not even the dynamic linker. */
typedef struct {
  size_t count;
  uintptr_t from[MOST_SEGMENTS];
  uintptr_t to[MOST_SEGMENTS];
} segments;

/* The first object is the program itself; a result other than 0 ends the iteration. */
static int take_segments(struct dl_phdr_info *program, size_t size, void *data) {
  (void)size;
  segments *found = data;
  for (size_t index = 0; index < program->dlpi_phnum && found->count < MOST_SEGMENTS; index++) {
    const ElfW(Phdr) *header = &program->dlpi_phdr[index];
    if (header->p_type != PT_LOAD || (header->p_flags & PF_W) != 0) continue;
    found->from[found->count] = program->dlpi_addr + header->p_vaddr;
    found->to[found->count] = found->from[found->count] + header->p_memsz;
    found->count++;
  }
  return 1;
}

/* Mappings begin and end with a page, segments need not. */
static bool is_within(const segments *parts, uintptr_t from, uintptr_t to, uintptr_t page) {
  for (size_t index = 0; index < parts->count; index++) {
    if (from + page > parts->from[index] && to < parts->to[index] + page) return true;
  }
  return false;
}

/*
 * Drops the pages of one line of /proc/self/maps if they are the file's own, so that the kernel reads them again from
 * there where they are needed: a private mapping of `program` that cannot be written, within the given parts. With
 * large pages (`--use-largepages`) Node's code is no mapping of the file any more, and stays. Returns the size, or 0.
 */
static size_t drop(const char *line, const char *program, const segments *parts, uintptr_t page) {
  uintptr_t from;
  uintptr_t to;
  char access[5];
  int path_at = 0;
  if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &from, &to, access, &path_at) != 3) return 0;
  if (path_at == 0 || strcmp(line + path_at, program) != 0) return 0;
  if (access[0] != 'r' || access[1] != '-' || access[3] != 'p' || !is_within(parts, from, to, page)) return 0;
  return madvise((void *)from, to - from, MADV_DONTNEED) == 0 ? to - from : 0;
}

static size_t drop_program(void) {
  segments parts = {0};
  dl_iterate_phdr(take_segments, &parts);
  long page = sysconf(_SC_PAGESIZE);
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0 || page <= 0) return 0;
  program[length] = '\0';
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) return 0;
  size_t bytes = 0;
  char line[LINE_BYTES];
  while (fgets(line, sizeof line, maps) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    bytes += drop(line, program, &parts, (uintptr_t)page);
  }
  fclose(maps);
  return bytes;
}

/* unmap(): drops what is resident of the program file; returns how many bytes of it are loaded, 0 if that cannot be. */
static napi_value unmap(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  return napi_create_double(env, (double)drop_program(), &result) == napi_ok ? result : NULL;
}

/* trim(): gives back to the system what can be; true if that was anything. Other C libraries keep little. */
static napi_value trim(napi_env env, napi_callback_info info) {
  (void)info;
  bool is_less = false;
#ifdef __GLIBC__
  is_less = malloc_trim(0) != 0;
#endif
  napi_value result;
  return napi_get_boolean(env, is_less, &result) == napi_ok ? result : NULL;
}

static bool export(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  return export(env, exports, "trim", trim) && export(env, exports, "unmap", unmap) ? exports : NULL;
}
