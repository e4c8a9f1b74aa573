// SPDX-License-Identifier: BSL-1.0
// How a file comes to its name: complete, and at once.
#pragma once

#if !defined(_WIN32)
#include <sys/stat.h>
#endif

#include <string>

#include "process/segment.hpp"

namespace holdfast::process::detail {

// What the system says of an open file.
#if defined(_WIN32)
struct file_facts {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
};
#else
using file_facts = struct stat;
#endif

// An open file that closes itself.
class file_handle {
 public:
  explicit file_handle(int number = -1) noexcept : number_(number) {}
  file_handle(file_handle&& other) noexcept : number_(other.release()) {}
  file_handle& operator=(file_handle&& other) noexcept;
  ~file_handle();

  int number() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  int release() noexcept {
    const int number = number_;
    number_ = -1;
    return number;
  }

 private:
  int number_;
};

// Makes the file and gives it the name. An empty handle if somebody else had it first. Throws error;
// nothing is left behind then.
file_handle publish(const segment_request& wanted, const std::string& path);

#if defined(_WIN32)
// The same where no open file can be renamed: true if it has the name now, and has to be opened by it.
bool publish_closed(const segment_request& wanted, const std::string& path);
#endif

// Opens and checks the file of this path, or makes it, as the request says; `found` is what it is.
// Throws error. Every call opens it anew, which segment::open does not.
file_handle open_file(const segment_request& wanted, const std::string& path, file_facts& found);

}  // namespace holdfast::process::detail
