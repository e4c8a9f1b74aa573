// SPDX-License-Identifier: BSL-1.0
// A directory that is a test's alone, and gone with it.
#pragma once

#if defined(_WIN32)
#include "platform/windows_api.hpp"
#else
#include <unistd.h>
#endif

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace holdfast::test {

class own_directory {
 public:
  // Below `parent`: /dev/shm as it is memory, or TMPDIR's place if there is none.
  explicit own_directory(const std::string& parent = "/dev/shm") {
    const std::string place =
        can_be_written(parent) ? parent : std::filesystem::temp_directory_path().string();
    path_ = made_below(place);
    if (path_.empty()) throw std::runtime_error("no directory for the test");
  }
  own_directory(const own_directory&) = delete;
  own_directory& operator=(const own_directory&) = delete;
  ~own_directory() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // How many names are in it, drafts among them.
  std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  // The path of a new directory that nobody else has, or nothing.
#if defined(_WIN32)
  static bool can_be_written(const std::string&) { return false; }
  static std::string made_below(const std::string& place) {
    static unsigned made = 0;  // what a process of before left that had our pid goes
    const std::string path = place + "holdfast-test-" + std::to_string(::GetCurrentProcessId()) +
                             "-" + std::to_string(made++);
    std::error_code refused;
    std::filesystem::remove_all(path, refused);
    return std::filesystem::create_directory(path, refused) ? path : std::string();
  }
#else
  static bool can_be_written(const std::string& place) {
    return ::access(place.c_str(), W_OK) == 0;
  }
  static std::string made_below(const std::string& place) {
    std::string path = place + "/holdfast-test-XXXXXX";
    return ::mkdtemp(path.data()) != nullptr ? path : std::string();
  }
#endif

  std::string path_;
};

}  // namespace holdfast::test
