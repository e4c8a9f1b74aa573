// SPDX-License-Identifier: BSL-1.0
// A file with data and their lock: made whole before anybody sees it, checked before anybody uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/base/config.hpp"
#include "holdfast/process/directory.hpp"
#include "holdfast/process/options.hpp"

#include "process/header.hpp"

namespace holdfast::process::detail {

struct segment_request {
  std::string_view name;
  std::string_view directory;  // empty: the user's own
  opening how = opening::open_or_create;
  unsigned permissions =
      0600;  // of a new file; with more than the owner's, other users' files are taken
  expectation wanted;
  bool mapped = true;  // false: read and written only
  // Fills a new file: the lock in the header, the first copy of the payload. All zero before.
  void (*initialise)(void* context, header& head, std::byte* payload) = nullptr;
  void* context = nullptr;
};

// What the user's options say of a file; the rest is its kind's.
inline segment_request request_of(std::string_view name, const options& how) noexcept {
  segment_request wanted;
  wanted.name = name;
  wanted.directory = how.directory;
  wanted.how = how.how;
  wanted.permissions = how.permission_bits;
  return wanted;
}

// One for each file in a process, whoever opens it how often. It stays mapped until the process
// ends: nobody can know that no thread is inside a lock or unlock, where the kernel may still look
// at the lock's memory. The file is removed by `remove` alone, and not while somebody uses it.
class HOLDFAST_EXPORT segment {
 public:
  segment(const segment&) = delete;
  segment& operator=(const segment&) = delete;

  // Begins a use, which ends by end_use(), or with the process. Throws error, and has changed nothing
  // then.
  static segment& open(const segment_request& wanted);
  void end_use() noexcept;

  // Takes the file away. False if there is none. Throws error: `busy` if a process uses it, be it this
  // one; and nothing that is no file of ours is touched.
  static bool remove(const segment_request& wanted);

  // What the file says it is; the text is kept in `found`. Throws error.
  static expectation look(const segment_request& wanted, fixed_header& found);

  // Where it is mapped; else null.
  header* head() const noexcept { return head_; }
  std::byte* payload(unsigned copy = 0) const noexcept { return payload_ + copy * stride_; }

  // The open file, by the same number as long as it may be used. Nobody shares it: in the child of a
  // fork it is opened anew, as locks of files belong to it. If that fails it is -1 where it is what
  // locks.
  int file() const noexcept { return file_; }

  std::uint64_t file_size() const noexcept { return size_; }
  std::uint64_t payload_place(unsigned copy) const noexcept { return offset_ + copy * stride_; }
  std::uint64_t payload_size() const noexcept { return payload_size_; }
  std::uint64_t device() const noexcept { return device_; }
  std::uint64_t inode() const noexcept { return inode_; }
  const std::string& name() const noexcept { return name_; }
  const std::string& path() const noexcept { return path_; }

  // For whoever needs one thing for each segment, as the engines do: `make` is called once, by the
  // first who asks. `forked` is called with it in the child of a fork.
  void* attachment(void* (*make)(segment&), void (*forked)(void*));

 private:
  segment() = default;
  friend struct segment_registry;

  header* head_ = nullptr;
  std::byte* payload_ = nullptr;
  std::uint64_t stride_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t payload_size_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  int file_ = -1;
  unsigned uses_ = 0;  // as long as there are any, the file's users_byte is locked
  bool is_locked_by_file_ = false;
  std::string name_;
  std::string path_;
  void* attachment_ = nullptr;
  void (*forked_)(void*) = nullptr;
  segment* next_ = nullptr;
};

}  // namespace holdfast::process::detail
