// SPDX-License-Identifier: BSL-1.0
// The values that a fiber has for itself alone.
#pragma once

#include <cstddef>
#include <vector>

namespace holdfast::fiber::detail {

// By key; each with the function that destroys it.
class local_values {
 public:
  local_values() noexcept = default;
  local_values(const local_values&) = delete;
  local_values& operator=(const local_values&) = delete;
  ~local_values() { clear(); }

  void* find(std::size_t key) const noexcept {
    return key < values_.size() ? values_[key].value : nullptr;
  }
  void put(std::size_t key, void* value, void (*destroy)(void*)) {
    if (key >= values_.size()) values_.resize(key + 1);
    values_[key] = {value, destroy};
  }

  // Destroys them, the newest key first; also those that the others' destructors make.
  void clear() noexcept {
    while (!values_.empty()) {
      const entry last = values_.back();
      values_.pop_back();
      if (last.value != nullptr) last.destroy(last.value);
    }
  }

 private:
  struct entry {
    void* value = nullptr;
    void (*destroy)(void*) = nullptr;
  };
  std::vector<entry> values_;
};

}  // namespace holdfast::fiber::detail
