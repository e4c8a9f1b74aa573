// SPDX-License-Identifier: BSL-1.0
// One thread waits for what another one brings.
#include <chrono>
#include <cstdio>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <holdfast/condition.hpp>
#include <holdfast/mutex.hpp>

// [wait]
class mailbox {
 public:
  void put(std::string letter) {
    letters_.lock()->push_back(std::move(letter));
    arrived_.notify_one();
  }

  // The oldest letter; waits for one.
  std::string take() {
    auto letters = letters_.lock();
    arrived_.wait(letters, [&] { return !letters->empty(); });
    return take_first(*letters);
  }

  // Empty if a stop was requested, or if nothing came for a second.
  std::string take(const std::stop_token& stop) {
    using namespace std::chrono_literals;
    auto letters = letters_.lock();
    if (!arrived_.wait_for(letters, stop, 1s, [&] { return !letters->empty(); })) return "";
    return take_first(*letters);
  }
  // [/wait]

 private:
  static std::string take_first(std::vector<std::string>& letters) {
    std::string first = std::move(letters.front());
    letters.erase(letters.begin());
    return first;
  }

  holdfast::mutex<std::vector<std::string>> letters_;
  holdfast::condition arrived_;
};

int main() {
  mailbox box;
  std::jthread sender([&box] { box.put("hello"); });
  const std::string letter = box.take();

  std::stop_source source;
  source.request_stop();
  const std::string none = box.take(source.get_token());

  std::printf("%s\n", letter.c_str());
  return letter == "hello" && none.empty() ? 0 : 1;
}
