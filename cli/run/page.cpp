// SPDX-License-Identifier: BSL-1.0
// Making the page, and showing what is on it.
#include "page.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(), "cannot make a page to share");
}

}  // namespace

page::page(bool counts)
    : file_(not_a_standard_stream(file_descriptor(::memfd_create("holdfast-run", MFD_CLOEXEC)))),
      shared_(nullptr) {
  if (file_.get() < 0 || ::ftruncate(file_.get(), sizeof *shared_) != 0) fail();
  void* const at =
      ::mmap(nullptr, sizeof *shared_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (at == MAP_FAILED) fail();
  shared_ = static_cast<preload::report_page*>(at);
  shared_->counts = counts ? 1 : 0;
}

page::~page() { ::munmap(shared_, sizeof *shared_); }

// Not inherited: a program that counts its descriptors finds what it always does.
std::string page::path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), file_.get()); }

bool page::library_came_up() const noexcept {
  return __atomic_load_n(&shared_->came_up, __ATOMIC_RELAXED) != 0 &&
         __atomic_load_n(&shared_->layout, __ATOMIC_RELAXED) == preload::report_layout;
}

// Of the kinds that were used.
template <class Show>
void page::each_row(Show show) const {
  for (unsigned i = 0; i < preload::kinds; ++i) {
    const preload::report_page::row& row = shared_->rows[i];
    if (row.objects + row.acquires + row.releases + row.waits + row.signals != 0)
      show(static_cast<preload::kind>(i), row);
  }
}

std::string page::table() const {
  std::string text = fmt::format("{:<34}{:>10}{:>14}{:>14}{:>12}{:>12}  {}\n", "", "objects",
                                 "acquired", "released", "waits", "signals", "how");
  each_row([&text](preload::kind of, const preload::report_page::row& row) {
    text += fmt::format("{:<34}{:>10}{:>14}{:>14}{:>12}{:>12}  {}\n", preload::name_of(of),
                        grouped(row.objects), grouped(row.acquires), grouped(row.releases),
                        grouped(row.waits), grouped(row.signals),
                        preload::is_passed_through(of) ? "passed through" : "replaced");
  });
  return text + fmt::format("{} with the library\n", counted(shared_->came_up, "time"));
}

json page::as_json() const {
  json used = json::array();
  each_row([&used](preload::kind of, const preload::report_page::row& row) {
    used.push_back({{"kind", preload::name_of(of)},
                    {"replaced", !preload::is_passed_through(of)},
                    {"objects", row.objects},
                    {"acquired", row.acquires},
                    {"released", row.releases},
                    {"waits", row.waits},
                    {"signals", row.signals}});
  });
  return {{"processes", shared_->came_up}, {"used", used}};
}

}  // namespace cli
