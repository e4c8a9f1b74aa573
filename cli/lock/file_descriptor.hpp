// SPDX-License-Identifier: BSL-1.0
// A file descriptor that is closed at the end of its scope.
#pragma once

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

}  // namespace cli
