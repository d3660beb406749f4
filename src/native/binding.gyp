{
  "targets": [
    {
      "target_name": "icmp",
      "sources": ["icmp.c", "icmp_socket.c"],
      "defines": ["_GNU_SOURCE", "NAPI_VERSION=8"],
      "cflags": ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
    },
    {
      "target_name": "timex",
      "sources": ["timex.c"],
      "defines": ["_GNU_SOURCE", "NAPI_VERSION=8"],
      "cflags": ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
    },
    {
      "target_name": "kernel",
      "sources": ["kernel.c"],
      "defines": ["_GNU_SOURCE", "NAPI_VERSION=8"],
      "cflags": ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
    },
    {
      "target_name": "memory",
      "sources": ["memory.c"],
      "defines": ["_GNU_SOURCE", "NAPI_VERSION=8"],
      "cflags": ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
    }
  ]
}
