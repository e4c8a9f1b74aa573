// SPDX-License-Identifier: BSL-1.0
// A guard for a part of the data, to hand on no more than is needed.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <holdfast/mutex.hpp>

struct record {
  std::string name;
  std::vector<int> marks;
};

// [member]
// The caller holds the lock for as long as it keeps the guard, and sees nothing but the name.
auto name_of(holdfast::mutex<record>& shared) {
  return holdfast::project(shared.lock(), &record::name);
}
// [/member]

// [function]
auto last_mark_of(holdfast::mutex<record>& shared) {
  return holdfast::project(shared.lock(), [](record& r) -> int& { return r.marks.at(2); });
}
// [/function]

int main() {
  holdfast::mutex<record> shared(record{"Ada", {1, 2, 3}});
  {
    auto name = name_of(shared);
    *name += " Lovelace";
    if (shared.try_lock()) return 1;  // the whole record is locked
  }
  {
    auto mark = last_mark_of(shared);
    ++*mark;
  }

  const record now = shared.copy();
  std::printf("%s: %d\n", now.name.c_str(), now.marks[2]);
  return now.name == "Ada Lovelace" && now.marks[2] == 4 ? 0 : 1;
}
