// SPDX-License-Identifier: BSL-1.0
// The page that is shared with the program: whether the library came up, and what it counted.
#pragma once

#include <string>

#include "../../preload/report_page.hpp"
#include "json_output.hpp"
#include "lock/file_descriptor.hpp"

namespace cli {

// In memory alone, there until the end of its scope; programs that are running still have it then.
class page {
 public:
  explicit page(bool counts);
  ~page();
  page(const page&) = delete;
  page& operator=(const page&) = delete;

  // Under which our children can open it.
  std::string path() const;
  bool library_came_up() const noexcept;
  // A table for people, one line a kind.
  std::string table() const;
  json as_json() const;

 private:
  template <class Show>
  void each_row(Show show) const;

  file_descriptor file_;
  preload::report_page* shared_;
};

}  // namespace cli
