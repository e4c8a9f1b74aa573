// SPDX-License-Identifier: BSL-1.0
// Tests that run with every engine, each in a directory of its own.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/child.hpp"
#include "support/own_directory.hpp"

namespace holdfast::test {

class process_test : public ::testing::TestWithParam<process::engine> {
 protected:
  process::engine engine() const { return GetParam(); }
  process::in_directory place() const { return {directory_.path()}; }
  const own_directory& directory() const { return directory_; }

  template <class T, class... Options>
  process::mutex<T> open(const char* name, const Options&... how) const {
    return process::open<T>(name, engine(), place(), how...);
  }

 private:
  own_directory directory_;
};

inline const auto all_engines = ::testing::Values(process::engine::shared_memory,
                                                  process::engine::kernel, process::engine::file);

inline std::string name_of_engine(const ::testing::TestParamInfo<process::engine>& info) {
  switch (info.param) {
    case process::engine::kernel:
      return "kernel";
    case process::engine::file:
      return "file";
    default:
      return "shared_memory";
  }
}

}  // namespace holdfast::test
