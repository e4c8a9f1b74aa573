// SPDX-License-Identifier: BSL-1.0
// A value that counts how often it is made and destroyed.
#pragma once

#include <atomic>
#include <utility>

namespace holdfast::test {

// What happened to the values of one test.
struct tally {
  std::atomic<int> made{0};  // copies included; a move hands the value on and makes none
  std::atomic<int> copied{0};
  std::atomic<int> moved{0};
  std::atomic<int> destroyed{0};

  int alive() const { return made.load() - destroyed.load(); }
};

// Carries a number and tells its tally. A moved-from one is no value any more and counts nothing.
class counted {
 public:
  explicit counted(tally& counts, int number = 0) : counts_(&counts), number_(number) {
    ++counts_->made;
  }
  counted(const counted& other) : counts_(other.counts_), number_(other.number_) {
    if (counts_ != nullptr) {
      ++counts_->made;
      ++counts_->copied;
    }
  }
  counted(counted&& other) noexcept
      : counts_(std::exchange(other.counts_, nullptr)), number_(other.number_) {
    if (counts_ != nullptr) ++counts_->moved;
  }
  counted& operator=(counted other) noexcept {
    std::swap(counts_, other.counts_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~counted() {
    if (counts_ != nullptr) ++counts_->destroyed;
  }

  bool has_value() const { return counts_ != nullptr; }
  int number() const { return number_; }
  void set_number(int number) { number_ = number; }

 private:
  tally* counts_;
  int number_;
};

}  // namespace holdfast::test
