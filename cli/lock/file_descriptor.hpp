// SPDX-License-Identifier: BSL-1.0
// A file descriptor that is closed at the end of its scope.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace cli {

class file_descriptor {
 public:
  explicit file_descriptor(int number = -1) noexcept : number_(number) {}
  file_descriptor(file_descriptor&& from) noexcept : number_(std::exchange(from.number_, -1)) {}
  file_descriptor& operator=(file_descriptor&& from) noexcept {
    if (this != &from) {
      close();
      number_ = std::exchange(from.number_, -1);
    }
    return *this;
  }
  ~file_descriptor() { close(); }

  int get() const noexcept { return number_; }
  void close() noexcept {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// The same file under a number that is none of a standard stream's: where one of those was closed, the
// command would take the lock for its input or output.
inline file_descriptor not_a_standard_stream(file_descriptor file) noexcept {
  if (file.get() < 0 || file.get() > STDERR_FILENO) return file;
  const int other = ::fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  return other < 0 ? std::move(file) : file_descriptor(other);
}

}  // namespace cli
