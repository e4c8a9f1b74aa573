// SPDX-License-Identifier: BSL-1.0
// A program that takes the lock of a script.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "holdfast/process/lock_file.hpp"

namespace {

namespace process = holdfast::process;

bool work(const std::string& place) {
  // [take]
  process::lock_file nightly("nightly", place);  // the lock of `holdfast lock nightly`
  if (!nightly.lock({.label = "indexer"}, holdfast::deadline::already_past())) {
    std::puts("a script is at it");
    return false;
  }
  if (nightly.culprit()) {  // somebody did not finish
    std::printf("left by %s\n", process::describe(*nightly.culprit()).c_str());
    nightly.clear_poison();
  }
  const std::uint64_t token = nightly.begin();  // who dies from here on is told to the next
  std::printf("at work with a token: %s\n", token != 0 ? "yes" : "no");
  nightly.finish(process::lock_file::work::finished);
  // [/take]
  return true;
}

}  // namespace

int main() {
  std::string place = std::filesystem::temp_directory_path() / "holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  const bool worked = work(place) && work(place);
  std::filesystem::remove_all(place);
  return worked ? 0 : 1;
}
