// SPDX-License-Identifier: BSL-1.0
// The seam between what a mutex promises and what keeps others out: three ways, one contract.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/process/robust_lock.hpp"
#include "holdfast/process/wait_limits.hpp"

#include "process/segment.hpp"

namespace holdfast::process::detail {

// One for each segment in a process, and as immortal. What it must do: let one thread of one process
// in; let the next one in when the owner's thread or process ends in whatever way, also by exec;
// never let in the child of a fork for its parent. What it need not do: tell. The marks do that.
class lock_engine {
 public:
  lock_engine(const lock_engine&) = delete;
  lock_engine& operator=(const lock_engine&) = delete;

  virtual lock_end try_lock() = 0;
  virtual lock_end lock(const wait_limits& limits) = 0;
  virtual void unlock() noexcept = 0;

  // For data that have to be brought: after each lock, and before each unlock. `fetch` throws error.
  // If `keep_data` fails, the mark stays.
  virtual void fetch() {}
  virtual void keep_marks() noexcept {}
  [[nodiscard]] virtual bool keep_data(unsigned) noexcept { return true; }

  // The marks as they are now, for a glance of somebody who is not the owner.
  struct glance {
    std::uint64_t dirty;
    std::uint64_t poisoned;
  };
  virtual glance look() {
    return {head().mark.dirty.load(platform::order::relaxed),
            head().mark.poisoned.load(platform::order::relaxed)};
  }

  // Until `changes` of the marks is not `seen`, or for a while.
  virtual void await_change(std::uint32_t seen, const wait_limits& limits) noexcept;
  virtual void announce_change() noexcept;

  // Whether the calling thread is a reader, where there are readers.
  virtual bool is_read_by_caller() const noexcept { return false; }

  // Where the owner works.
  header& head() const noexcept { return *head_; }
  std::byte* payload(unsigned copy) const noexcept { return payload_ + copy * stride_; }
  std::size_t payload_size() const noexcept { return segment_.payload_size(); }
  segment& file() const noexcept { return segment_; }

  // The robust lock where that is the engine, for the short way.
  robust_lock* robust() const noexcept { return robust_; }

  // The thread of this process that was in last, by its number (see this_thread); 0: none. Where the
  // marks are not shared, the one that is in.
  platform::atomic<std::uint64_t> owner_thread;

  // In the child of a fork, which owns nothing.
  virtual void forked() noexcept { owner_thread.store(0, platform::order::relaxed); }

 protected:
  // `payload` is where the first copy is, in a mapping or in memory of this process.
  lock_engine(segment& of, header* head, std::byte* payload) noexcept
      : segment_(of),
        head_(head),
        payload_(payload),
        stride_(of.payload_place(1) - of.payload_place(0)) {}
  ~lock_engine() = default;

  segment& segment_;
  robust_lock* robust_ = nullptr;

 private:
  header* head_;
  std::byte* payload_;
  std::uint64_t stride_;
};

// The engine of a segment, made by the first who asks. Never destroyed.
lock_engine& engine_of(segment& of, engine_id which);

// The three, and that of a shared_mutex, whose readers do not pass through here.
lock_engine* make_shared_memory_engine(segment& of);
lock_engine* make_kernel_engine(segment& of);
lock_engine* make_file_engine(segment& of);
lock_engine* make_readers_engine(segment& of);

// A number that no other thread of the process has or had. Never 0.
extern thread_local constinit std::uint64_t number_of_thread [[gnu::tls_model("initial-exec")]];
std::uint64_t next_number_of_thread() noexcept;
inline std::uint64_t this_thread() noexcept {
  if (number_of_thread == 0) [[unlikely]]
    number_of_thread = next_number_of_thread();
  return number_of_thread;
}

}  // namespace holdfast::process::detail
