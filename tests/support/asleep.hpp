// SPDX-License-Identifier: BSL-1.0
// Waits until a thread of this or another process sleeps in the kernel.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace holdfast::test {

// 'R', 'S' and so on as in /proc; '?' if there is no such thread.
inline char state_of_thread(pid_t thread) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(thread));
  std::FILE* const file = std::fopen(path, "re");
  if (file == nullptr) return '?';
  char text[256] = {};
  const std::size_t length = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[length] = '\0';
  const char* const name_end = std::strrchr(text, ')');
  return name_end != nullptr && name_end[1] == ' ' ? name_end[2] : '?';
}

inline void await_asleep(pid_t thread) {
  while (state_of_thread(thread) != 'S') ::usleep(50);
}

}  // namespace holdfast::test
