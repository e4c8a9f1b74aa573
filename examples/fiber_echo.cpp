// SPDX-License-Identifier: BSL-1.0
// An echo by fibers: a client sends lines through a queue, a server sends them back through another;
// with queues this short each waits for the other all the time, and the thread never sleeps.
#include <iostream>
#include <string>
#include <utility>

#include <holdfast/bounded_queue.hpp>
#include <holdfast/fiber/fiber.hpp>

int main() {
  constexpr int lines = 10'000;

  // [echo]
  holdfast::bounded_queue<std::string> to_server(2);
  holdfast::bounded_queue<std::string> to_client(2);
  holdfast::fiber::scheduler s;

  auto server = s.spawn([&] {
    int served = 0;
    while (auto line = to_server.pop()) {  // until the queue is closed and empty
      to_client.push(std::move(*line));
      ++served;
    }
    to_client.close();
    return served;
  });

  auto sender = s.spawn([&] {
    for (int i = 0; i < lines; ++i) to_server.push("line " + std::to_string(i));
    to_server.close();
  });

  auto receiver = s.spawn([&] {
    int in_order = 0;
    for (int i = 0; auto line = to_client.pop(); ++i)
      if (*line == "line " + std::to_string(i)) ++in_order;
    return in_order;
  });

  s.run();
  // [/echo]

  sender.join();
  const int served = server.join();
  const int received = receiver.join();
  std::cout << "sent " << lines << ", served " << served << ", came back in order " << received
            << '\n';
  return served == lines && received == lines ? 0 : 1;
}
