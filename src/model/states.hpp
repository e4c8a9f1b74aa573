// SPDX-License-Identifier: BSL-1.0
// The states that the search has been in: what can happen from there need not be tried again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast::model::detail {

// A well mixed number of two. (Source: the finalizer of MurmurHash3, Austin Appleby, public domain.)
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t x = (a + 0x632BE59BD9B4E019U) * 0x9E3779B97F4A7C15U + b;
  x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDU;
  x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53U;
  return x ^ x >> 33;
}

// A hash table from the fingerprint of a state to how many executions go on from there. When it has
// no more room, new states are not kept: they are explored again when they are met again.
class state_table {
 public:
  struct entry {
    std::uint64_t fingerprint = 0;  // 0: free
    std::uint64_t executions = 0;
    unsigned preemptions_left = 0;  // with which it was explored
    bool open = false;              // it is being explored
  };

  explicit state_table(std::size_t at_most) : at_most_(at_most) {}

  void clear() {
    entries_.assign(std::size_t{1} << 12, {});
    used_ = 0;
  }
  std::size_t size() const noexcept { return used_; }

  // The entry of the state, or null.
  entry* find(std::uint64_t fingerprint) noexcept {
    entry& at = slot(fingerprint);
    return at.fingerprint == 0 ? nullptr : &at;
  }
  // Makes one, if there is room.
  void add(std::uint64_t fingerprint, unsigned preemptions_left) {
    if (used_ >= at_most_) return;
    if (used_ * 2 >= entries_.size()) grow();
    entry& at = slot(fingerprint);
    at.fingerprint = fingerprint;
    at.preemptions_left = preemptions_left;
    at.open = true;
    ++used_;
  }

 private:
  entry& slot(std::uint64_t fingerprint) noexcept {
    std::size_t i = fingerprint & (entries_.size() - 1);
    while (entries_[i].fingerprint != 0 && entries_[i].fingerprint != fingerprint)
      i = (i + 1) & (entries_.size() - 1);
    return entries_[i];
  }
  void grow() {
    std::vector<entry> old(entries_.size() * 2);
    old.swap(entries_);
    for (const entry& each : old)
      if (each.fingerprint != 0) slot(each.fingerprint) = each;
  }

  std::size_t at_most_;
  std::size_t used_ = 0;
  std::vector<entry> entries_;
};

}  // namespace holdfast::model::detail
