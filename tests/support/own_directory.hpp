// SPDX-License-Identifier: BSL-1.0
// A directory that is a test's alone, and gone with it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace holdfast::test {

class own_directory {
 public:
  // Below `parent`: /dev/shm as it is memory, or TMPDIR's place if there is none.
  explicit own_directory(const std::string& parent = "/dev/shm") {
    const std::string place = ::access(parent.c_str(), W_OK) == 0
                                  ? parent
                                  : std::filesystem::temp_directory_path().string();
    path_ = place + "/holdfast-test-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory for the test");
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
  std::string path_;
};

}  // namespace holdfast::test
