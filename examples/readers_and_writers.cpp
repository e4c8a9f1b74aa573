// SPDX-License-Identifier: BSL-1.0
// Many readers, now and then a writer; reading that becomes writing, and back.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <holdfast/shared_mutex.hpp>

namespace {

// [mutex]
holdfast::shared_mutex<std::map<std::string, int>> prices;

int price_of(const std::string& what) {
  const auto reader = prices.lock_shared();  // beside any number of others; const data
  const auto found = reader->find(what);
  return found != reader->end() ? found->second : 0;
}

void set_price(const std::string& what, int price) {
  auto writer = prices.lock();  // alone
  (*writer)[what] = price;
}
// [/mutex]

// [upgrade]
// Looks first, beside the other readers, and writes only if it has to: what it saw is still true
// then.
void raise_to(const std::string& what, int at_least) {
  auto reader = prices.lock_upgrade();
  const auto found = reader->find(what);
  if (found != reader->end() && found->second >= at_least) return;
  auto writer = upgrade(std::move(reader));
  (*writer)[what] = at_least;
}
// [/upgrade]

// [downgrade]
// Writes, and goes on reading what it has written: nobody writes in between.
std::size_t add_and_count(const std::string& what, int price) {
  auto writer = prices.lock();
  (*writer)[what] = price;
  const auto reader = downgrade(std::move(writer));
  return reader->size();
}
// [/downgrade]

}  // namespace

int main() {
  set_price("tea", 3);
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i)
      readers.emplace_back([] {
        for (int n = 0; n < 10'000; ++n)
          if (price_of("tea") < 3) std::abort();
      });
    std::jthread raises([] {
      for (int price = 4; price <= 100; ++price) raise_to("tea", price);
    });
  }
  raise_to("tea", 50);  // it is dearer already
  const std::size_t count = add_and_count("coffee", 4);
  const auto total = prices.with_shared([](const auto& all) {
    int sum = 0;
    for (const auto& [what, price] : all) sum += price;
    return sum;
  });
  std::printf("tea %d, %zu prices, %d in all\n", price_of("tea"), count, total);
  return price_of("tea") == 100 && count == 2 && total == 104 ? 0 : 1;
}
