// SPDX-License-Identifier: BSL-1.0
// The engine that shares nothing but a file: locked by the bytes of its open file, read when a process
// has it, written when it gives it back. What works where files do.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "holdfast/process/error.hpp"

#include "process/file_calls.hpp"
#include "process/file_lock_engine.hpp"

namespace holdfast::process::detail {
namespace {

// All that owners write but the data, in one piece.
constexpr std::size_t marks_begin = offsetof(header, mark);
constexpr std::size_t marks_end = offsetof(header, origin);

// How often somebody who waits for a change looks into the file (nanoseconds; 2026-11-30).
constexpr std::int64_t look_again_ns = 2'000'000;

class file_engine final : public file_lock_engine {
 public:
  file_engine(segment& of, std::byte* image)
      : file_lock_engine(of, std::launder(reinterpret_cast<header*>(image)),
                         image + of.payload_place(0)),
        image_(image) {}

  void fetch() override {
    const int refused =
        read_at(segment_.file(), image_, static_cast<std::size_t>(segment_.file_size()), 0);
    if (refused == ENODATA)
      throw_error(cause::corrupted, segment_.name(), segment_.path(), "has been cut off",
                  "If nobody uses it any more, remove the file");
    if (refused != 0) throw_os_error(refused, segment_.name(), segment_.path(), "cannot be read");
    mark_if_of_another_boot();
  }

  void keep_marks() noexcept override {
    // If that fails, the file says what it said: that the owner before was the last.
    static_cast<void>(write(marks_begin, marks_end - marks_begin));
  }

  bool keep_data(unsigned copy) noexcept override {
    return write(static_cast<std::size_t>(segment_.payload_place(copy)), payload_size()) == 0;
  }

  glance look() override {
    marks now;
    const int refused =
        read_at(segment_.file(), reinterpret_cast<std::byte*>(&now), sizeof now, marks_begin);
    if (refused != 0) throw_os_error(refused, segment_.name(), segment_.path(), "cannot be read");
    return {now.dirty.load(platform::order::relaxed), now.poisoned.load(platform::order::relaxed)};
  }

  // Nobody can be woken through a file.
  void await_change(std::uint32_t, const wait_limits& limits) noexcept override {
    sleep_until(earlier(limits.until, deadline::after(look_again_ns)));
  }
  void announce_change() noexcept override {}

 private:
  int write(std::size_t place, std::size_t size) noexcept {
    return write_at(segment_.file(), image_ + place, size, place);
  }

  // What this host wrote before it was restarted may have reached the disk in any order: nobody knows
  // whether the last owner finished. (Of another host's restarts this one does not know.)
  void mark_if_of_another_boot() noexcept {
    const owner_record& last = head().owner;
    const identity& me = this_process();
    marks& mark = head().mark;
    const std::uint64_t epoch = mark.epoch.load(platform::order::relaxed);
    if (epoch != 0 && !(last.boot == me.boot) &&
        std::memcmp(last.host, me.host, sizeof me.host) == 0 &&
        mark.dirty.load(platform::order::relaxed) == 0)
      mark.dirty.store(epoch, platform::order::relaxed);
  }

  int try_lock_file() noexcept override { return try_whole_file(segment_.file()); }
  int wait_for_file() noexcept override { return wait_for_whole_file(segment_.file()); }
  void unlock_file() noexcept override { release_whole_file(segment_.file()); }

  std::byte* image_;
};

}  // namespace

lock_engine* make_file_engine(segment& of) {
  const auto alignment = std::align_val_t{std::size_t{4096}};
  auto* const image =
      static_cast<std::byte*>(::operator new(static_cast<std::size_t>(of.file_size()), alignment));
  std::memset(image, 0, static_cast<std::size_t>(of.file_size()));
  return new file_engine(of, image);
}

}  // namespace holdfast::process::detail
