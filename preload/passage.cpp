// SPDX-License-Identifier: BSL-1.0
// Counting for `holdfast run`.
#include "passage.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "setup.hpp"

namespace preload {
namespace {

report_page* shared_page = nullptr;

template <class Count>
void add_one(Count& to) noexcept {
  __atomic_fetch_add(&to, Count{1}, __ATOMIC_RELAXED);
}

// The value of `name`, in place, or null.
char* value_of(char** environment, const char* name) noexcept {
  const std::size_t length = std::strlen(name);
  for (char** each = environment; *each != nullptr; ++each)
    if (std::strncmp(*each, name, length) == 0 && (*each)[length] == '=') return *each + length + 1;
  return nullptr;
}

void take_out(char** environment, const char* value) noexcept {
  char** to = environment;
  for (char** from = environment; *from != nullptr; ++from)
    if (value < *from || value > *from + std::strlen(*from)) *to++ = *from;
  *to = nullptr;
}

// The library is the first word of LD_PRELOAD: what the program starts is not to have it, but what
// stood there before. In place: this runs before malloc may be used.
void leave_environment(char** environment, const char* report) noexcept {
  take_out(environment, report);
  char* const preloaded = value_of(environment, "LD_PRELOAD");
  if (preloaded == nullptr) return;
  const char* const others = std::strchr(preloaded, ':');
  if (others == nullptr)
    take_out(environment, preloaded);
  else
    std::memmove(preloaded, others + 1, std::strlen(others));
}

report_page* map(const char* path) noexcept {
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const at =
      ::mmap(nullptr, sizeof(report_page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return at == MAP_FAILED ? nullptr : static_cast<report_page*>(at);
}

}  // namespace

constinit report_page* passage_report = nullptr;

void note(step what, kind of, void* seen_mark) noexcept {
  report_page::row& row = passage_report->rows[static_cast<unsigned>(of)];
  if (seen_mark != nullptr &&
      __atomic_exchange_n(static_cast<unsigned char*>(seen_mark), 1, __ATOMIC_RELAXED) == 0)
    add_one(row.objects);
  switch (what) {
    case step::acquire:
      return add_one(row.acquires);
    case step::wait:
      return add_one(row.waits);
    case step::release:
      return add_one(row.releases);
    case step::signal:
      return add_one(row.signals);
    case step::init:
      if (is_passed_through(of)) add_one(row.objects);
      return;
  }
}

void open_report(char** environment) noexcept {
  char* const value = environment == nullptr ? nullptr : value_of(environment, report_variable);
  if (value == nullptr) return;
  const std::size_t length = std::strlen(before_env);
  if (std::strncmp(value, before_env, length) == 0) {
    std::memmove(value, value + length, std::strlen(value + length) + 1);
    return;
  }
  const char* const path = std::strchr(value, ':');
  if (path == nullptr) return;
  shared_page = map(path + 1);
  if (shared_page != nullptr) {
    __atomic_store_n(&shared_page->layout, report_layout, __ATOMIC_RELAXED);
    add_one(shared_page->came_up);
    if (shared_page->counts != 0) passage_report = shared_page;
  }
  if (std::strncmp(value, "alone:", 6) == 0) leave_environment(environment, value);
}

void note_child_process() noexcept {
  if (shared_page != nullptr) add_one(shared_page->came_up);
}

}  // namespace preload
